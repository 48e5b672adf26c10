//! The connector for the Taobao Open Platform (TOP), 淘天仓储.
//!
//! It occupies stock with `taobao.logistics.wms.inventory.imbalance.create` 仓内库存差异占用, as documented on the vendor's page.
//! TOP deduplicates by `out_biz_code`, which is the order's reference.

mod errors;
mod gateway;
mod imbalance_create;
pub mod signing;
mod spi_result;

use stockbridge_connector::{
    Attempt, Connector, Descriptor, Error, ErrorClass, Host, OccupationOrder, OperationSupport, Receipt, Repetition,
    Resolution, SecretNeed, Setting, Write, WriteFailure,
};

/// The connector `taobao-top`.
#[derive(Debug)]
pub struct TaobaoTop;

/// Time for which an order may be sent again under its reference, in milliseconds: ten minutes.
///
/// The page says that a repeated `out_biz_code` is not processed again, and no source says for how long it is remembered.
/// TOP refuses a request whose timestamp is more than ten minutes off, so it must expect the same request twice within at
/// least that time. After it a person decides.
const REMEMBERED: u64 = 10 * 60 * 1000;

impl Connector for TaobaoTop {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "taobao-top".into(),
            title: "Taobao Open Platform 淘天仓储".into(),
            settings: vec![
                setting("app_key", "The application's AppKey, as shown in its console", None),
                setting("url", "TOP's gateway", Some(gateway::URL)),
                setting(
                    "sign_method",
                    "How requests are signed: md5, hmac or hmac-sha256",
                    Some(signing::SignMethod::HmacSha256.name()),
                ),
            ],
            secrets: vec![
                SecretNeed {
                    name: "secret".into(),
                    description: "The application's AppSecret, shown with the AppKey".into(),
                    required: true,
                    sent: false,
                    captured: false,
                },
                SecretNeed {
                    name: "session".into(),
                    description: "The session key that the seller granted the application. TOP's page does not say \
                                  whether this method needs one; it is sent if configured"
                        .into(),
                    required: false,
                    sent: true,
                    captured: false,
                },
            ],
            application: vec!["app_key".into()],
            origins: vec!["https://eco.taobao.com".into()],
            requests_per_minute: None,
        }
    }

    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        vec![OperationSupport {
            operation: "occupy".into(),
            repetition: Repetition::Deduplicated(REMEMBERED),
            methods: vec![imbalance_create::METHOD.into()],
        }]
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        gateway::Account::of(host)?;
        Err(Error::new(
            ErrorClass::Unsupported,
            "the settings are complete, but TOP documents no read-only request that would test them: the \
             first occupation shows whether TOP accepts them",
        ))
    }

    fn occupy(host: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        imbalance_create::occupy(host, &order)
    }

    /// TOP has no look-up, and none is needed while the order may be sent again. The text is for the time after that.
    fn resolve(_: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        Ok(Resolution::CannotTell(match &write {
            Write::Occupy(order) => imbalance_create::where_to_look(order, &attempt),
            Write::Transfer(_) | Write::Adjust(_) => {
                "this connector only sends occupations, so there is nothing to look for".into()
            }
        }))
    }
}

fn setting(name: &str, description: &str, default: Option<&str>) -> Setting {
    Setting {
        name: name.into(),
        description: description.into(),
        required: default.is_none(),
        default: default.map(str::to_owned),
    }
}

stockbridge_connector::export!(TaobaoTop);
