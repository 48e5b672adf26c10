//! Wangdiantong's enterprise edition.

use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Connector, CountLine, StockQuery, TransferGranularity, TransferLine, TransferOrder,
    TransferStage, WarehouseNotice,
};
use stockbridge_wdt_enterprise::WdtEnterprise;

use super::{Input, Word, code, in_trouble, members, queried, seeds, takes_its_own_cursor, text_of, written};
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "answers-wdt-enterprise",
    run,
    seeds: || {
        let row = r#"{"code":"0","message":"ok","total_count":2,"stocks":[{"spec_no":"lb","warehouse_no":"w","stock_num":-1.50,"modified":"2018-11-01 00:00:00","details":[{"expire_date":"2026-11-21","stock_num":"1"}],"z":"}"}]}"#;
        let page = include_str!("../../../../plugins/wdt-enterprise/tests/pages/stock_query_detail.response.json");
        let error = include_str!("../../../../plugins/wdt-enterprise/tests/pages/stock_query_detail.error.json");
        let empty = r#"{"code":0,"stocks":[]}"#;
        let cursor = "{\"item\":0,\"page\":1,\"window\":{\"start\":0,\"end\":9000,\"rest\":null,\"backwards\":true,\"live\":true,\
             \"rewalks\":0,\"split\":false,\"delivered\":\"0000000000000001\"}}\0{\"code\":0,\"stocks\":[]}";
        let trouble = r#"{"code":4711,"message":"系统错误","data":[1.50]}"#;
        seeds(
            &[0, 1, 2, 24, 32, 64, 104, 152],
            &[
                row,
                page,
                error,
                empty,
                cursor,
                trouble,
                r#"{"code":100,"message":"系统异常"}"#,
                r#"{"code":"0","message":"TF1"}"#,
            ],
        )
    },
    words: &[
        "\"code\":0",
        "\"code\"",
        "\"message\"",
        "\"stocks\":[",
        "\"total_count\"",
        "\"spec_no\"",
        "\"warehouse_no\"",
        "\"stock_num\"",
        "\"details\":[{",
        "\"expire_date\"",
        "\"modified\"",
        "\"lock_num\"",
        "\"avaliable_num\"",
        "频率超限",
        "不存在",
        "超时",
        "system error",
        "\\u0063ode",
        "0.0",
        "-0",
        "1e0",
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
        1 => written(&input, word, &WdtEnterprise::transfer(&host, transfer())),
        2 => written(&input, word, &WdtEnterprise::adjust(&host, count())),
        3 => drop(WdtEnterprise::check(&host)),
        _ => {
            let query = input.query(everything());
            let next = queried(&input, WdtEnterprise::query(&host, query.clone()));
            if next.is_some() {
                takes_its_own_cursor(&WdtEnterprise::query(&host, StockQuery { cursor: next, ..query }));
            }
        }
    }
}

/// Trouble is no no.
fn word(answer: &str) -> Word {
    let Some(answer) = members(answer) else { return Word::None };
    match code(answer.get("code")) {
        Word::No if in_trouble(&text_of(&answer, "message")) => Word::None,
        word => word,
    }
}

fn account(host: NativeHost) -> NativeHost {
    host.setting("sid", "sid")
        .setting("appkey", "key")
        .setting("since", "2023-11-01")
        .setting("url", "https://wdt.example/openapi2")
        .secret("secret", "secret")
        .at(1_700_000_000_000)
}

pub(super) fn everything() -> StockQuery {
    StockQuery {
        warehouse: Some("w".into()),
        skus: vec![],
        barcodes: vec![],
        changed: None,
        include_deleted: false,
        cursor: None,
        page_size: Some(1),
        extras: vec![],
    }
}

pub(super) fn transfer() -> TransferOrder {
    TransferOrder {
        reference: "r".into(),
        from_warehouse: "a".into(),
        to_warehouse: "b".into(),
        stage: TransferStage::Approved,
        granularity: TransferGranularity::ByItem,
        notice: WarehouseNotice::Silent,
        lines: vec![TransferLine {
            sku: "s".into(),
            quantity: "1".into(),
            condition: None,
            batch: None,
            expiry: None,
            remark: None,
            extras: vec![],
        }],
        remark: None,
        extras: vec![],
    }
}

pub(super) fn count() -> AdjustmentOrder {
    AdjustmentOrder {
        reference: "r".into(),
        warehouse: "w".into(),
        organisation: None,
        adjustment: Adjustment::Count(vec![CountLine {
            sku: "s".into(),
            condition: None,
            position: None,
            batch: None,
            counted: "1".into(),
            remark: None,
            extras: vec![],
        }]),
        remark: None,
        extras: vec![],
    }
}
