//! The connector for Wangdiantong's flagship edition (旺店通旗舰版, QJB).
//!
//! Each method of the vendor is a file that reads like the vendor's page: its fields, in its order, under its names.
//! `gateway` knows the envelope that all of them share, [`signing`] the signature, and `errors` what the
//! provider's refusals mean.

mod condition;
mod errors;
mod gateway;
mod outer_no;
mod outer_transfer_create_by_api;
mod reserve_extract_add;
pub mod signing;
mod stock_spec_search2;
mod stock_sync_by_pd;
mod stocktransfer_edit_create_order;
mod transfer_method;

use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, Descriptor, Error, Host, OccupationOrder, OperationSupport,
    Receipt, Refused, Resolution, SecretNeed, Setting, StockPage, StockQuery, TransferOrder, Write, WriteFailure,
    characters, full_stock,
};

use transfer_method::TransferMethod;

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
                full_stock::setting(),
                Setting::with_default(
                    TransferMethod::SETTING,
                    "The method that makes a transfer: wms.outer.OuterTransfer.createByApi (外仓快速调拨), or \
                     wms.stocktransfer.Edit.createOrder (调拨单新建), which carries the order's reference as the outside \
                     number (外部单号, outer_no); one of 20 characters is made of it where it is longer.",
                    TransferMethod::default().name(),
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

    /// The provider has no look-up by a number of the caller's, and drops no repetition that a source knows of: see
    /// the module `stocktransfer_edit_create_order` for the one write that carries such a number. What a setting that cannot be
    /// read stands for, [`WdtFlagship::check`] and the transfer itself say.
    fn operations(host: &impl Host) -> Vec<OperationSupport> {
        let transfer = TransferMethod::of(host).unwrap_or_default();
        vec![
            OperationSupport::blind("query", stock_spec_search2::METHOD),
            OperationSupport::blind("transfer", transfer.name()),
            OperationSupport::blind("adjust.count", stock_sync_by_pd::METHOD),
            OperationSupport::blind("occupy", reserve_extract_add::METHOD),
        ]
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        TransferMethod::of(host)?;
        stock_spec_search2::check(host)
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        stock_spec_search2::query(host, &request)
    }

    fn transfer(host: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        characters::of_transfer(&order)?;
        match TransferMethod::of(host)? {
            TransferMethod::OuterTransfer => outer_transfer_create_by_api::transfer(host, &order),
            TransferMethod::EditCreateOrder => stocktransfer_edit_create_order::transfer(host, &order),
        }
    }

    fn adjust(host: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        let Adjustment::Count(lines) = &order.adjustment else {
            return Err(Refused::unsupported(
                "adjustment",
                "Wangdiantong's flagship edition adjusts stock by counts alone",
            )
            .into());
        };
        characters::of_count(&order, lines)?;
        stock_sync_by_pd::count(host, &order, lines)
    }

    fn occupy(host: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        characters::of_occupation(&order)?;
        reserve_extract_add::occupy(host, &order)
    }

    fn resolve(_: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        // The key says how a transfer was sent, which the setting may no longer say.
        Ok(Resolution::CannotTell(match (&write, &attempt.key) {
            (Write::Transfer(order), Some(key)) => stocktransfer_edit_create_order::where_to_look(order, key, &attempt),
            (Write::Transfer(order), None) => outer_transfer_create_by_api::where_to_look(order, &attempt),
            (Write::Adjust(order), _) => match &order.adjustment {
                Adjustment::Count(lines) => stock_sync_by_pd::where_to_look(order, lines, &attempt),
                _ => "this connector sends no adjustments but counts, so there is none to look for".into(),
            },
            (Write::Occupy(order), _) => reserve_extract_add::where_to_look(order, &attempt),
        }))
    }
}

stockbridge_connector::export!(WdtFlagship);
