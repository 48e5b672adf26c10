//! The connector for Wangdiantong's flagship edition (旺店通旗舰版, QJB).
//!
//! Each method of the vendor is a file that follows the vendor's page: its fields, in its order, under its names. `gateway`
//! handles the envelope that all of them share, [`signing`] the signature, and `errors` the meaning of refusals.

mod condition;
mod errors;
mod gateway;
mod goods;
mod look_up;
mod methods;
mod occupation_line;
mod outer_no;
mod outer_transfer_create_by_api;
mod remark_marker;
mod reserve_extract_add;
pub mod signing;
mod stock_pd_query_stock_pd;
mod stock_spec_search2;
mod stock_sync_by_pd;
mod stocktransfer_edit_create_order;
mod stocktransfer_manage_query_with_detail;
mod virtual_warehouse_create;
mod virtual_warehouse_order_search;

use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, CountLine, Descriptor, Error, Host, OccupationOrder,
    OperationSupport, Receipt, Refused, Resolution, SecretNeed, Setting, StockPage, StockQuery, TransferOrder, Write,
    WriteFailure, characters, full_stock,
};

use look_up::{Search, TRACEABLE};
use methods::{OccupyMethod, TransferMethod};
use remark_marker::Marker;
use stocktransfer_edit_create_order::Key;

/// Wangdiantong's flagship edition.
#[derive(Debug)]
pub struct WdtFlagship;

impl Connector for WdtFlagship {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "wdt-flagship".into(),
            title: "Wangdiantong flagship edition (旺店通旗舰版)".into(),
            settings: vec![
                Setting::required("sid", "The seller account (卖家账号), assigned by Wangdiantong."),
                Setting::required("key", "The interface account (接口账号, appkey)."),
                Setting::required("salt", "The part of the appsecret `secret:salt` after its first colon."),
                Setting::with_default(
                    "url",
                    "The gateway's address. Wangdiantong documents plain http; its test environment is \
                     http://47.92.239.46/openapi.",
                    "http://wdt.wangdian.cn/openapi",
                ),
                full_stock::setting(),
                Setting::with_default(
                    TransferMethod::SETTING,
                    "The method that creates transfers: wms.outer.OuterTransfer.createByApi (外仓快速调拨), or \
                     wms.stocktransfer.Edit.createOrder (调拨单新建), which carries the order's reference as the outside \
                     number (外部单号, outer_no); a longer reference is replaced by a number of 20 characters.",
                    TransferMethod::default().name(),
                ),
                Setting::with_default(
                    OccupyMethod::SETTING,
                    "The method that holds stock: setting.strategy.VirtualWarehouse.reserveExtractAdd, or \
                     setting.strategy.VirtualWarehouse.create (虚拟仓单据), a paid method whose locks can be looked up.",
                    OccupyMethod::default().name(),
                ),
                Setting::with_default(
                    remark_marker::SETTING,
                    "Whether transfers, counts and locks get a marker such as SB-7K2M9QX4TD at the end of their remark (备注), \
                     by which they are looked up after a lost answer. `false`: a person has to look for them.",
                    "true",
                ),
                Setting::optional(
                    look_up::COMPLETE_AFTER,
                    "How long after a write was sent its document is certainly listed, with its remark, for an interface \
                     account with access to all warehouses: `90 s`, `10 min`. A write not found by then was not carried out. \
                     Set it after a trial at the real account; without it a person has to look for a write that is not found.",
                ),
            ],
            secrets: vec![SecretNeed::for_signing(
                "secret",
                "The part of the appsecret `secret:salt` before its first colon.",
            )],
            application: vec!["sid".into(), "key".into()],
            origins: vec!["http://wdt.wangdian.cn".into()],
            requests_per_minute: None,
        }
    }

    /// The provider has no look-up by a number of the caller's, and by no known source drops repeats: writes are found by
    /// the marker in their remark. An invalid setting counts as its default here; [`WdtFlagship::check`] and the write
    /// itself report it.
    fn operations(host: &impl Host) -> Vec<OperationSupport> {
        let transfer = TransferMethod::of(host).unwrap_or_default();
        let occupy = OccupyMethod::of(host).unwrap_or_default();
        let is_marked = host.switch(remark_marker::SETTING).unwrap_or_default();
        let write = |operation, method, has_remark| match is_marked && has_remark {
            true => OperationSupport::traceable(operation, method, TRACEABLE),
            false => OperationSupport::blind(operation, method),
        };
        vec![
            OperationSupport::blind("query", stock_spec_search2::METHOD),
            write("transfer", transfer.name(), true),
            write("adjust.count", stock_sync_by_pd::METHOD, true),
            write("occupy", occupy.name(), matches!(occupy, OccupyMethod::VirtualWarehouseCreate)),
        ]
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        TransferMethod::of(host)?;
        OccupyMethod::of(host)?;
        host.switch(remark_marker::SETTING)?;
        look_up::complete_after(host)?;
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
                "Wangdiantong's flagship edition only adjusts stock by counts",
            )
            .into());
        };
        characters::of_count(&order, lines)?;
        stock_sync_by_pd::count(host, &order, lines)
    }

    fn occupy(host: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        characters::of_occupation(&order)?;
        match OccupyMethod::of(host)? {
            OccupyMethod::ReserveExtractAdd => reserve_extract_add::occupy(host, &order),
            OccupyMethod::VirtualWarehouseCreate => virtual_warehouse_create::occupy(host, &order),
        }
    }

    /// The key shows how a write was sent: with the marker by which it is looked up, or without one, so that a person has
    /// to look. The settings may have changed since.
    fn resolve(host: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        match &write {
            Write::Transfer(order) => transfer(host, order, &attempt),
            Write::Adjust(order) => match &order.adjustment {
                Adjustment::Count(lines) => count(host, order, lines, &attempt),
                _ => Ok(Resolution::CannotTell(
                    "this connector only sends counts as adjustments, so there is nothing to look for".into(),
                )),
            },
            Write::Occupy(order) => lock(host, order, &attempt),
        }
    }
}

/// The marker of a write with this key.
fn marker(attempt: &Attempt) -> Option<Marker> {
    Marker::in_key(attempt.key.as_deref()?)
}

/// Looks up a transfer, made by either method.
fn transfer(host: &impl Host, order: &TransferOrder, attempt: &Attempt) -> Result<Resolution, Error> {
    let (marker, elsewhere) = match (marker(attempt), &attempt.key) {
        (None, Some(key)) => {
            let Key { outer_no, marker } = Key::read(key);
            (marker, stocktransfer_edit_create_order::where_to_look(order, outer_no, attempt))
        }
        (marker, _) => (marker, outer_transfer_create_by_api::where_to_look(order, attempt)),
    };
    let Some(marker) = &marker else { return Ok(Resolution::CannotTell(elsewhere)) };
    let remark = remark_marker::marked(order.remark.as_deref(), Some(marker))?.unwrap_or_default();
    let search = Search { marker, remark, attempt, kind: "transfer (调拨单)", elsewhere };
    stocktransfer_manage_query_with_detail::resolve(host, order, &search)
}

/// Looks up a count.
fn count(
    host: &impl Host,
    order: &AdjustmentOrder,
    lines: &[CountLine],
    attempt: &Attempt,
) -> Result<Resolution, Error> {
    let elsewhere = stock_sync_by_pd::where_to_look(order, lines, attempt);
    let Some(marker) = &marker(attempt) else { return Ok(Resolution::CannotTell(elsewhere)) };
    let remark = stock_sync_by_pd::remark(order, Some(marker))?;
    let search = Search { marker, remark, attempt, kind: "stocktake (盘点单)", elsewhere };
    stock_pd_query_stock_pd::resolve(host, order, lines, &search)
}

/// Looks up an occupation, made by either method.
fn lock(host: &impl Host, order: &OccupationOrder, attempt: &Attempt) -> Result<Resolution, Error> {
    let Some(marker) = &marker(attempt) else {
        // Without a marker the key names no method: the setting is the best guess for the text.
        return Ok(Resolution::CannotTell(match OccupyMethod::of(host).unwrap_or_default() {
            OccupyMethod::ReserveExtractAdd => reserve_extract_add::where_to_look(order, attempt),
            OccupyMethod::VirtualWarehouseCreate => virtual_warehouse_create::where_to_look(order, attempt),
        }));
    };
    let remark = virtual_warehouse_create::remark(order, Some(marker))?;
    let elsewhere = virtual_warehouse_create::where_to_look(order, attempt);
    let search = Search { marker, remark, attempt, kind: "virtual warehouse document (虚拟仓单据)", elsewhere };
    virtual_warehouse_order_search::resolve(host, order, &search)
}

stockbridge_connector::export!(WdtFlagship);
