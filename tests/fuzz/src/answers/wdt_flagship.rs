//! Wangdiantong's flagship edition.

use serde_json::Value;
use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Condition, Connector, Error, OccupationLine, OccupationOrder,
    OccupationReason, Resolution, StockQuery, Write,
};
use stockbridge_wdt_flagship::WdtFlagship;

use super::wdt_enterprise::{count, everything, transfer};
use super::{Input, Word, code, in_trouble, members, queried, seeds, takes_its_own_cursor, text_of, written};
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "answers-wdt-flagship",
    run,
    seeds: || {
        let row = r#"{"status":0,"data":{"total_count":2,"detail_list":[{"defect":false,"spec_no":"lb","warehouse_no":"w","stock_num":-1.50,"modified":"1541001600000","z":"}"}]}}"#;
        let page = include_str!("../../../../plugins/wdt-flagship/tests/pages/search2.response.json");
        let error = include_str!("../../../../plugins/wdt-flagship/tests/pages/search2.error.json");
        let cursor = "{\"item\":0,\"page\":1,\"window\":{\"start\":0,\"end\":9000,\"rest\":null,\"backwards\":true,\"live\":true,\
             \"rewalks\":0,\"split\":false,\"delivered\":\"0000000000000001\"}}\0{\"status\":0,\"data\":{\"detail_list\":[]}}";
        let found = r#"{"status":0,"data":{"total_count":1,"order":[{"transfer_no":"TF1","status":90,"remark":"x SB-0123456789",
            "from_warehouse_no":"a","to_warehouse_no":"b","details_list":[{"spec_no":"s","num":1.0,"defect":false}]}]}}"#;
        let made = r#"{"status":0,"data":{"transfer_no":"TF1","status":0,"message":"ok"}}"#;
        let created = r#"{"status":0,"data":{"message":"TF1","status":0}}"#;
        let used = r#"{"status":100,"message":"外部单号重复!"}"#;
        let stuck = r#"{"status":0,"data":{"transfer_no":"","status":20,"message":"审核失败"}}"#;
        let count = r#"{"status":0,"data":{"pd_no":"PD1","8638":"ok","skip_spec_no":"s"}}"#;
        let trouble = r#"{"status":99,"message":"其他","data":{"status":1}}"#;
        seeds(
            &[0, 1, 2, 3, 5, 6, 24, 32, 64, 128],
            &[
                found,
                row,
                page,
                error,
                cursor,
                made,
                created,
                used,
                stuck,
                count,
                trouble,
                r#"{"status":100,"message":"不存在"}"#,
                r#"{"status":100,"message":"系统异常"}"#,
            ],
        )
    },
    words: &[
        "\"status\":0",
        "\"status\"",
        "\"message\"",
        "\"data\":{",
        "\"detail_list\":[",
        "\"total_count\"",
        "\"spec_no\"",
        "\"defect\":true",
        "\"warehouse_no\"",
        "\"stock_num\"",
        "\"modified\"",
        "\"transfer_no\"",
        "\"pd_no\"",
        "\"order\":[",
        "\"details_list\":[",
        "\"remark\"",
        "SB-0123456789",
        "\"num\"",
        "\"skip_spec_no\"",
        "\"lock_num\"",
        "\\u0073tatus",
        "0.0",
        "-0",
        "100",
        "20",
        "超时",
        "不能为空",
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
        1 => written(&input, word, &WdtFlagship::transfer(&host, transfer())),
        2 => written(&input, word, &WdtFlagship::adjust(&host, sellable())),
        3 => written(&input, word, &WdtFlagship::occupy(&host, occupation())),
        4 => drop(WdtFlagship::check(&host)),
        5 => {
            let host = host.setting("transfer-method", "wms.stocktransfer.Edit.createOrder");
            written(&input, word, &WdtFlagship::transfer(&host, transfer()));
        }
        6 => looked_up(&input, &WdtFlagship::resolve(&host, Write::Transfer(transfer()), attempt())),
        _ => {
            let query = input.query(StockQuery { warehouse: None, ..everything() });
            let next = queried(&input, WdtFlagship::query(&host, query.clone()));
            if next.is_some() {
                takes_its_own_cursor(&WdtFlagship::query(&host, StockQuery { cursor: next, ..query }));
            }
        }
    }
}

/// A transfer is found only in an answer that has a document of that number with the marker in its remark; and that none is
/// found says nothing.
fn looked_up(input: &Input<'_>, resolved: &Result<Resolution, Error>) {
    match resolved {
        Ok(Resolution::Applied(receipt)) => {
            // What two readers of JSON differ about is another target's.
            let Ok(answer) = serde_json::from_slice::<Value>(input.body()) else { return };
            let order = &answer["data"]["order"];
            let orders: Vec<&Value> = match order {
                Value::Array(orders) => orders.iter().collect(),
                Value::Object(orders) => orders.values().collect(),
                other => panic!("found in {other}"),
            };
            let number = |order: &Value| match &order["transfer_no"] {
                Value::String(number) => number.clone(),
                other => other.to_string(),
            };
            let is_it = |order: &&Value| {
                let remark = order["remark"].to_string().to_ascii_uppercase();
                let narrow: String = remark.chars().map(narrow).collect();
                receipt.document.as_deref().is_some_and(|document| document == number(order))
                    && narrow.to_ascii_uppercase().contains(MARKER)
            };
            assert!(orders.iter().any(is_it), "{receipt:?}");
        }
        Ok(Resolution::NotApplied(words)) => panic!("no setting makes a look-up complete: {words}"),
        Ok(Resolution::TooEarly(_) | Resolution::CannotTell(_)) | Err(_) => {}
    }
}

const MARKER: &str = "SB-0123456789";

fn attempt() -> Attempt {
    let sent = 1_700_000_000_000 - 600_000;
    Attempt { first_sent: sent, last_sent: sent, key: Some(MARKER.to_owned()) }
}

/// A full-width character as the one of ASCII that it stands for.
fn narrow(character: char) -> char {
    let shifted = u32::from(character).checked_sub(0xfee0).and_then(char::from_u32);
    shifted.filter(char::is_ascii_graphic).unwrap_or(character)
}

/// The first level alone can say no, and what tells of trouble is none. With 20 on the second, a document was made.
fn word(answer: &str) -> Word {
    let Some(answer) = members(answer) else { return Word::None };
    let word = code(answer.get("status"));
    let second = answer.get("data").and_then(|data| members(data.get()));
    let second = second.as_ref().and_then(|data| data.get("status"));
    match (word, second.map(|status| status.get().trim_matches('"'))) {
        (Word::Yes, None | Some("" | "0" | "20" | "null")) => Word::Yes,
        (Word::Yes, Some(_)) => Word::None,
        (Word::No, _) if in_trouble(&text_of(&answer, "message")) => Word::None,
        (word, _) => word,
    }
}

fn account(host: NativeHost) -> NativeHost {
    host.setting("sid", "sid")
        .setting("key", "key")
        .setting("salt", "salt")
        .setting("url", "http://wdt.example/openapi")
        .setting("since", "2012-01-01")
        .secret("secret", "secret")
        .at(1_700_000_000_000)
}

fn sellable() -> AdjustmentOrder {
    let mut order = count();
    if let Adjustment::Count(lines) = &mut order.adjustment {
        lines[0].condition = Some(Condition::Sellable);
    }
    order
}

fn occupation() -> OccupationOrder {
    OccupationOrder {
        reference: "r".into(),
        document: "TF1".into(),
        reason: OccupationReason::Transfer,
        owner: None,
        warehouse: None,
        occurred: None,
        lines: vec![OccupationLine { pool: Some("p".into()), priority: Some(1), ..super::taobao_top::line() }],
        remark: None,
        extras: vec![],
    }
}
