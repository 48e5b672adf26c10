//! The connector for Wangdiantong's flagship edition (旺店通旗舰版, QJB).
//!
//! Each method of the vendor is a file that reads like the vendor's page: its fields, in its order, under its names.
//! `gateway` knows the envelope that all of them share, [`signing`] the signature, and `errors` what the
//! provider's refusals mean.

mod errors;
mod gateway;
mod outer_transfer_create_by_api;
mod reserve_extract_add;
pub mod signing;
mod stock_spec_search2;
mod stock_sync_by_pd;

use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, Descriptor, Error, Host, OccupationOrder, OperationSupport,
    Receipt, Refused, Resolution, SecretNeed, Setting, StockPage, StockQuery, TransferOrder, Write, WriteFailure,
};

/// Wangdiantong's flagship edition.
#[derive(Debug)]
pub struct WdtFlagship;

impl Connector for WdtFlagship {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "wdt-flagship".into(),
            title: "Wangdiantong flagship edition (旺店通旗舰版)".into(),
            settings: vec![
                Setting::required("sid", "The seller account (卖家账号), which Wangdiantong assigns."),
                Setting::required("key", "The interface account (接口账号, appkey)."),
                Setting::required("salt", "What stands behind the first colon of the appsecret `secret:salt`."),
                Setting::with_default(
                    "url",
                    "The gateway. Wangdiantong documents plain http; its test environment is \
                     http://47.92.239.46/openapi.",
                    "http://wdt.wangdian.cn/openapi",
                ),
                Setting::with_default(
                    "since",
                    "The first day (in Asia/Shanghai) that a query for all items of all times looks at. It is walked \
                     from there in windows of 30 days, so a later day is faster.",
                    "2012-01-01",
                ),
            ],
            secrets: vec![SecretNeed::for_signing(
                "secret",
                "What stands before the first colon of the appsecret `secret:salt`.",
            )],
            application: vec!["sid".into(), "key".into()],
            origins: vec!["http://wdt.wangdian.cn".into()],
            requests_per_minute: None,
        }
    }

    /// None of the three writes carries a number of the caller's that the provider could find it by.
    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        vec![
            OperationSupport::blind("query", stock_spec_search2::METHOD),
            OperationSupport::blind("transfer", outer_transfer_create_by_api::METHOD),
            OperationSupport::blind("adjust.count", stock_sync_by_pd::METHOD),
            OperationSupport::blind("occupy", reserve_extract_add::METHOD),
        ]
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        stock_spec_search2::check(host)
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        stock_spec_search2::query(host, &request)
    }

    fn transfer(host: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        outer_transfer_create_by_api::transfer(host, &order)
    }

    fn adjust(host: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        let Adjustment::Count(lines) = &order.adjustment else {
            return Err(Refused::unsupported(
                "adjustment",
                "Wangdiantong's flagship edition adjusts stock by counts alone",
            )
            .into());
        };
        stock_sync_by_pd::count(host, &order, lines)
    }

    fn occupy(host: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        reserve_extract_add::occupy(host, &order)
    }

    fn resolve(_: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        Ok(Resolution::CannotTell(match &write {
            Write::Transfer(order) => outer_transfer_create_by_api::where_to_look(order, &attempt),
            Write::Adjust(order) => stock_sync_by_pd::where_to_look(order, &attempt),
            Write::Occupy(order) => reserve_extract_add::where_to_look(order, &attempt),
        }))
    }
}

stockbridge_connector::export!(WdtFlagship);
