//! Winit.

use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Connector, Packaging, StockQuery,
};
use stockbridge_winit::Winit;

use super::wdt_enterprise::everything;
use super::{Input, Members, Word, code, in_trouble, members, queried, seeds, takes_its_own_cursor, text_of, written};
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "answers-winit",
    run,
    seeds: || {
        let success = include_str!("../../../../plugins/winit/tests/pages/success.json");
        let storage = include_str!("../../../../plugins/winit/tests/pages/storage.json");
        let row = r#"{"code":"0","data":{"total":"3","currentPageSize":"1","list":[{"productCode":"lb","warehouseCode":"w","inStockQty":-1.50,"z":"}"}]}}"#;
        let refused = r#"{"code":"03010250007","msg":"no","data":""}"#;
        let fault = r#"{"code":"-1","msg":null,"data":[]}"#;
        let trouble = r#"{"code":"500","msg":"系统异常","data":""}"#;
        let cursor = "{\"window\":null,\"item\":0,\"page\":4294967295}\0{\"code\":0,\"data\":{\"list\":[]}}";
        seeds(&[0, 1, 2, 64, 128], &[storage, success, row, refused, fault, trouble, cursor])
    },
    words: &[
        "\"code\":0",
        "\"code\"",
        "\"msg\"",
        "\"data\":{",
        "\"list\":[",
        "\"total\"",
        "\"currentPageSize\"",
        "\"productCode\"",
        "\"warehouseCode\"",
        "\"inStockQty\"",
        "\"qtyAvailable\"",
        "\"qtyWaitOut\"",
        "\"pipelineInventory\"",
        "\"orderNo\"",
        "\"-1\"",
        "\"msg\":\"timed out\"",
        "\\u0063ode",
        "0.0",
        "-0",
        "\"00\"",
        "true",
        "null",
        "\"0\"",
        "\"\"",
    ],
};

fn run(data: &[u8]) {
    let Some(input) = Input::read(data) else { return };
    let host = account(input.host());
    match input.asked % 8 {
        1 => written(&input, word, &Winit::adjust(&host, unpack())),
        2 => drop(Winit::check(&host)),
        _ => {
            // Winit is asked for no times.
            let query = StockQuery { changed: None, ..input.query(everything()) };
            let next = queried(&input, Winit::query(&host, query.clone()));
            if next.is_some() {
                takes_its_own_cursor(&Winit::query(&host, StockQuery { cursor: next, ..query }));
            }
        }
    }
}

/// -1 is a fault of any kind, before or after the deed, and so is trouble. A yes comes
/// with the method's data.
fn word(answer: &str) -> Word {
    let Some(answer) = members(answer) else { return Word::None };
    match code(answer.get("code")) {
        Word::Yes if answer.get("data").and_then(|data| members(data.get())).is_none() => Word::None,
        Word::No if fault(&answer) => Word::None,
        word => word,
    }
}

fn fault(answer: &Members<'_>) -> bool {
    let (code, words) = (text_of(answer, "code"), text_of(answer, "msg"));
    code == "-1" || in_trouble(&words)
}

fn account(host: NativeHost) -> NativeHost {
    host.setting("app_key", "key")
        .setting("product-code-unpack", "OSF611005741")
        .secret("token", "token")
        .at(1_589_803_745_000)
}

fn unpack() -> AdjustmentOrder {
    let item = |sku: &str, packaging, quantity: &str| AdjustedItem {
        sku: sku.into(),
        specification: None,
        quantity: quantity.into(),
        packaging,
        standard_parts: None,
        barcode: None,
        extras: vec![],
    };
    let line = AdjustmentLine { from: item("a", Packaging::Box, "1"), to: item("b", Packaging::Single, "10") };
    AdjustmentOrder {
        reference: "r".into(),
        warehouse: "w".into(),
        organisation: None,
        adjustment: Adjustment::Unpack(vec![line]),
        remark: None,
        extras: vec![],
    }
}
