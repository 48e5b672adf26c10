//! The page's three examples as orders, and an account to send them with.

use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, OwnerChange, Packaging};

pub(crate) const SUCCESS: &str = include_str!("../pages/success.json");
pub(crate) const STORAGE: &str = include_str!("../pages/storage.json");

/// 2020-05-18 20:09:05 in Beijing, the examples' `timestamp`.
pub(crate) const EXAMPLES: i64 = 1_589_803_745_000;

pub(crate) fn item(sku: &str, packaging: Packaging, quantity: &str, barcode: &str) -> AdjustedItem {
    AdjustedItem {
        sku: sku.into(),
        specification: Some(String::new()),
        quantity: quantity.into(),
        packaging,
        standard_parts: Some(10),
        barcode: Some(barcode.into()),
        extras: vec![],
    }
}

fn order(organisation: Option<&str>, adjustment: Adjustment) -> AdjustmentOrder {
    AdjustmentOrder {
        reference: "liao1028".into(),
        warehouse: "US0001".into(),
        organisation: organisation.map(str::to_owned),
        adjustment,
        remark: None,
        extras: vec![],
    }
}

/// 箱/套装转单一产品:OSF61.
pub(crate) fn unpack(lines: Vec<AdjustmentLine>) -> AdjustmentOrder {
    order(Some("nj"), Adjustment::Unpack(lines))
}

pub(crate) fn unpacked() -> AdjustmentLine {
    AdjustmentLine {
        from: item("liaowl1002", Packaging::Box, "1", "T00001"),
        to: item("liaowl1003", Packaging::Single, "10", "T00001"),
    }
}

/// 库存组织调整:OSF64.
pub(crate) fn change_owner(lines: Vec<AdjustmentLine>) -> AdjustmentOrder {
    let change = OwnerChange { from_organisation: "nj".into(), to_organisation: "bj".into() };
    order(None, Adjustment::ChangeOwner((change, lines)))
}

pub(crate) fn moved() -> AdjustmentLine {
    AdjustmentLine {
        from: item("liaowl1002", Packaging::Box, "1", "T00001"),
        to: item("liaowl1002", Packaging::Box, "1", "T00001"),
    }
}

/// 条码值调整:OSF65.
pub(crate) fn relabel(lines: Vec<AdjustmentLine>) -> AdjustmentOrder {
    order(Some("nj"), Adjustment::Relabel(lines))
}

pub(crate) fn relabelled() -> AdjustmentLine {
    AdjustmentLine {
        from: item("liaowl1002", Packaging::Box, "1", "T00001"),
        to: item("liaowl1002", Packaging::Box, "1", "T00002"),
    }
}

pub(crate) fn account(host: NativeHost) -> NativeHost {
    host.setting("app_key", "demo@example.com")
        .setting("product-code-unpack", "OSF611005741")
        .setting("product-code-change-owner", "OSF641006365")
        .setting("product-code-relabel", "OSF651006365")
        .secret("token", "demo-token")
        .at(EXAMPLES)
}
