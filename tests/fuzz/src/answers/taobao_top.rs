//! The Taobao Open Platform.

use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Condition, Connector, OccupationLine, OccupationOrder, OccupationReason};
use stockbridge_taobao_top::TaobaoTop;

use super::{Input, Members, Word, in_trouble, members, seeds, text_of, written};
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "answers-taobao-top",
    run,
    seeds: || {
        let success = include_str!("../../../../plugins/taobao-top/tests/pages/success.json");
        let declined = include_str!("../../../../plugins/taobao-top/tests/pages/declined.json");
        let error = include_str!("../../../../plugins/taobao-top/tests/pages/error.json");
        let limit = r#"{"error_response":{"code":7,"msg":"App Call Limited","sub_code":"accesscontrol.limited-by-api-access-count","sub_msg":"This ban will last for 1 more seconds"}}"#;
        seeds(
            &[0],
            &[
                success,
                declined,
                error,
                limit,
                r#"{"spi_result":{"success":"true"}}"#,
                r#"{"spi_result":{"success":false,"error_code":"B01","error_message":"系统异常"}}"#,
                r#"{"error_response":{"code":"15","sub_code":"isp.x"}}"#,
                r#"{"error_response":{"code":7},"spi_result":{"success":true}}"#,
                r#"{"error_response":{"code":"","sub_code":"isv.invalid-parameter"}}"#,
            ],
        )
    },
    words: &[
        "\"error_response\":{",
        "\"code\"",
        "\"msg\"",
        "\"sub_code\"",
        "\"sub_msg\"",
        "\"isv.",
        "-not-exist",
        "api-access-count",
        "will last for ",
        " more second",
        "18446744073709551615",
        "\"logistics_wms_inventory_imbalance_create_response\":{",
        "\"spi_result\":{",
        "\"success\":true",
        "\"success\":false",
        "\"error_code\"",
        "\"error_message\"",
        "SYSTEM_ERROR",
        "_response\":{",
        "null",
        "\"\"",
        "\\u0063ode",
    ],
};

fn run(data: &[u8]) {
    let Some(input) = Input::read(data) else { return };
    let host = account(input.host());
    written(&input, word, &TaobaoTop::occupy(&host, occupation()));
}

/// The platform says no by an error of its own, or for the service; the service by `success`.
/// Where one of them says no and the other yes, it is no word.
fn word(answer: &str) -> Word {
    let Some(answer) = members(answer) else { return Word::None };
    let service = service(&answer);
    match answer.get("error_response") {
        None => service,
        Some(error) if service == Word::None && members(error.get()).is_some_and(|error| refused(&error)) => Word::No,
        Some(_) => Word::None,
    }
}

fn refused(error: &Members<'_>) -> bool {
    let text = |name: &str| text_of(error, name);
    !text("code").is_empty() && !in_trouble(&text("sub_code")) && !in_trouble(&text("sub_msg"))
}

fn service(answer: &Members<'_>) -> Word {
    let root = answer.get("logistics_wms_inventory_imbalance_create_response").map(|response| members(response.get()));
    let result = match &root {
        Some(Some(response)) => response.get("spi_result"),
        Some(None) => None,
        None => answer.get("spi_result"),
    };
    let result = result.and_then(|result| members(result.get()));
    let Some(result) = result else { return Word::None };
    match result
        .get("success")
        .map(|success| serde_json::from_str(success.get()).unwrap_or_else(|_| success.get().to_owned()))
        .as_deref()
        .map(str::trim)
    {
        Some("1") => Word::Yes,
        Some(yes) if yes.eq_ignore_ascii_case("true") => Word::Yes,
        Some("0") if !troubled(&result) => Word::No,
        Some(no) if no.eq_ignore_ascii_case("false") && !troubled(&result) => Word::No,
        _ => Word::None,
    }
}

/// The service's no tells of trouble.
fn troubled(result: &Members<'_>) -> bool {
    in_trouble(&text_of(result, "error_code")) || in_trouble(&text_of(result, "error_message"))
}

fn account(host: NativeHost) -> NativeHost {
    host.setting("app_key", "key").secret("secret", "secret").at(1_767_240_000_000)
}

pub(super) fn line() -> OccupationLine {
    OccupationLine {
        line: None,
        sku: "s".into(),
        quantity: Some("1".into()),
        condition: None,
        batch: None,
        lot: None,
        produced: None,
        expiry: None,
        serial: None,
        provider_item: None,
        pool: None,
        to_pool: None,
        priority: None,
        extras: vec![],
    }
}

fn occupation() -> OccupationOrder {
    OccupationOrder {
        reference: "r".into(),
        document: "d".into(),
        reason: OccupationReason::Discrepancy,
        owner: Some("o".into()),
        warehouse: Some("w".into()),
        occurred: Some(1_473_393_600_000),
        lines: vec![OccupationLine { line: Some("1".into()), condition: Some(Condition::Sellable), ..line() }],
        remark: None,
        extras: vec![],
    }
}
