//! The connector for Wangdiantong's enterprise edition (旺店通企业版, openapi2).
//!
//! Each method of the vendor is a file that follows the vendor's page: its fields, in its order, under its names. `openapi`
//! handles the form and the answer that all of them share, [`signing`] the signature, and `errors` the meaning of refusals.

mod errors;
mod openapi;
pub mod signing;
mod stock_query_detail;
mod stock_sync_by_pd;
mod stock_transfer_push;
mod stock_transfer_query;

use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, Descriptor, Error, Host, OperationSupport, Receipt, Refused,
    Resolution, SecretNeed, Setting, StockPage, StockQuery, TransferOrder, Write, WriteFailure, characters, full_stock,
};

/// Wangdiantong's enterprise edition.
#[derive(Debug)]
pub struct WdtEnterprise;

impl Connector for WdtEnterprise {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "wdt-enterprise".into(),
            title: "Wangdiantong enterprise edition (旺店通企业版)".into(),
            settings: vec![
                Setting::required("sid", "The seller account (卖家账号), assigned by Wangdiantong."),
                Setting::required("appkey", "The interface account (接口账号) of the open platform."),
                Setting::with_default(
                    "url",
                    "The gateway's address, without a method's name. The test environment is \
                     https://sandbox.wangdian.cn/openapi2.",
                    "https://api.wangdian.cn/openapi2",
                ),
                full_stock::setting(),
                Setting::with_default(
                    stock_sync_by_pd::AUDITS_ITSELF,
                    "`true` if the client's setting 自动审核盘点出库 is ticked, so that a count changes stock at once. \
                     Otherwise a stocktake waits for a person.",
                    "false",
                ),
            ],
            secrets: vec![SecretNeed::for_signing("secret", "The appsecret of the interface account.")],
            application: vec!["sid".into(), "appkey".into()],
            origins: vec!["https://api.wangdian.cn".into()],
            // Reported by clients; the vendor publishes no figure.
            requests_per_minute: Some(60),
        }
    }

    /// The pushes carry the caller's number, which the provider uses against repeats. For how long, and with which answer,
    /// is not established: too little to send a write again. Nor is it established that a look-up always finds a transfer,
    /// so none is declared traceable.
    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        vec![
            OperationSupport::blind("query", stock_query_detail::METHOD),
            OperationSupport::blind("transfer", stock_transfer_push::METHOD),
            OperationSupport::blind("adjust.count", stock_sync_by_pd::METHOD),
        ]
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        host.switch(stock_sync_by_pd::AUDITS_ITSELF)?;
        stock_query_detail::check(host)
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        stock_query_detail::query(host, &request)
    }

    fn transfer(host: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        characters::of_transfer(&order)?;
        stock_transfer_push::transfer(host, &order)
    }

    fn adjust(host: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        let Adjustment::Count(lines) = &order.adjustment else {
            return Err(Refused::unsupported(
                "adjustment",
                "Wangdiantong's enterprise edition only adjusts stock by counts",
            )
            .into());
        };
        characters::of_count(&order, lines)?;
        stock_sync_by_pd::count(host, &order, lines)
    }

    /// Looks up a transfer by its number. Finding it settles the outcome; not finding it does not.
    fn resolve(host: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        Ok(Resolution::CannotTell(match &write {
            Write::Transfer(order) => return stock_transfer_query::resolve(host, order, &attempt),
            Write::Adjust(order) => match &order.adjustment {
                Adjustment::Count(lines) => stock_sync_by_pd::where_to_look(order, lines, &attempt),
                _ => "this connector only sends counts as adjustments, so there is nothing to look for".into(),
            },
            Write::Occupy(_) => "this connector sends no occupations, so there is none to look for".into(),
        }))
    }
}

stockbridge_connector::export!(WdtEnterprise);
