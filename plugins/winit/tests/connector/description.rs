//! The connector's description, its account check, and its texts for a lost answer.

use serde_json::json;
use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Attempt, Connector, ErrorClass, Repetition, Resolution, Response, Write};
use stockbridge_winit::Winit;

use super::order::{EXAMPLES, account, unpack, unpacked};

fn operations(host: &NativeHost) -> Vec<String> {
    Winit::operations(host).into_iter().map(|support| support.operation).collect()
}

#[test]
fn both_secrets_are_for_signing_alone() {
    let secrets: Vec<_> =
        Winit::describe().secrets.into_iter().map(|secret| (secret.name, secret.required, secret.sent)).collect();
    assert_eq!(secrets, [("token".to_owned(), true, false), ("client_secret".to_owned(), false, false)]);
}

#[test]
fn the_settings_have_the_defaults_of_the_pages_examples() {
    let descriptor = Winit::describe();
    let settings: Vec<_> = descriptor
        .settings
        .iter()
        .map(|setting| (setting.name.as_str(), setting.required, setting.default.as_deref()))
        .collect();
    assert_eq!(
        settings,
        [
            ("app_key", true, None),
            ("client_id", false, None),
            ("platform", false, None),
            ("language", false, Some("zh_CN")),
            ("url", false, Some("https://openapi.winit.com.cn/openapi/service")),
            ("product-code-unpack", false, None),
            ("product-code-change-owner", false, None),
            ("product-code-relabel", false, None),
        ]
    );
    assert_eq!(descriptor.requests_per_minute, Some(1000));
    assert_eq!(descriptor.application, ["app_key"]);
    assert_eq!(descriptor.origins, ["https://openapi.winit.com.cn"]);
}

#[test]
fn an_account_can_adjust_what_it_has_product_codes_for() {
    let host = NativeHost::without_http();
    assert_eq!(operations(&host), ["query"]);
    let host = host.setting("product-code-relabel", "OSF651006365");
    assert_eq!(operations(&host), ["query", "adjust.relabel"]);
    let host = account(NativeHost::without_http());
    assert_eq!(operations(&host), ["query", "adjust.unpack", "adjust.change-owner", "adjust.relabel"]);
    for support in Winit::operations(&host) {
        assert!(matches!(support.repetition, Repetition::Blind));
        let methods: &[&str] = match support.operation.as_str() {
            "query" => &["queryWarehouseStorage", "winit.inventory.type.pageInv"],
            _ => &["wh.inventoryAdjustment.createOrder.v2"],
        };
        assert_eq!(support.methods, methods);
    }
}

#[test]
fn a_check_asks_for_the_warehouses_and_looks_at_the_code_alone() {
    let host = account(NativeHost::answering(r#"{"code":"0","data":[]}"#));
    Winit::check(&host).unwrap();
    let request = host.only_sent();
    assert_eq!(request.write, None);
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        r#"{"action":"queryWarehouse","app_key":"demo@example.com","data":{},"format":"json","language":"zh_CN","platform":"OWNERERP","sign":"9835A1DE3E13CFA2A1731A8818C03836","sign_method":"md5","timestamp":"2020-05-18 20:09:05","version":"1.0"}"#
    );
    let host = account(NativeHost::answering(r#"{"code":"03010250007","msg":"身份校验失败"}"#));
    assert_eq!(Winit::check(&host).unwrap_err().class, ErrorClass::Unauthorized);
}

#[test]
fn a_check_finds_a_product_code_of_another_kind() {
    let host = account(NativeHost::without_http()).setting("product-code-change-owner", "OSF611005741");
    assert_eq!(
        Winit::check(&host).unwrap_err().message,
        "the setting `product-code-change-owner` cannot be used: `OSF611005741` does not begin with OSF64"
    );
    assert!(host.sent().is_empty());
}

#[test]
fn a_lost_answer_is_for_a_person_to_look_into() {
    // Also without an answer to the look-up of movements.
    let host = account(NativeHost::without_http());
    let attempt = Attempt { first_sent: 0, last_sent: 0, key: None };
    let write = Write::Adjust(unpack(vec![unpacked()]));
    let Resolution::CannotTell(text) = Winit::resolve(&host, write, attempt).unwrap() else {
        panic!("Winit has no look-up");
    };
    for word in [
        "库存调整单",
        "(客户订单号) liao1028",
        "US0001",
        "liaowl1002 × 1",
        "1970-01-01 08:00:00",
        "do not send it again",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(text.contains("look-up of movements (库存流水) failed"), "{text}");
}

/// Answers with the movements of each item.
fn moving(movements: fn(&str) -> serde_json::Value) -> NativeHost {
    account(NativeHost::new(move |request| {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["action"], "winit.inventory.pageInvInouts");
        let list = movements(body["data"]["skuCode"].as_str().unwrap());
        let answer = serde_json::json!({"code": "0", "msg": "操作成功", "data": {"pageParams": {"totalCount": list.as_array().unwrap().len()}, "list": list}});
        Ok(Response { status: 200, headers: vec![], body: answer.to_string().into_bytes() })
    }))
}

#[test]
fn the_adjustments_that_moved_its_goods_are_named_for_the_person() {
    let host = moving(|sku| match sku {
        "liaowl1002" => json!([
            {"docNo": "WT1", "changeQty": -1, "changeDate": "2020-05-18 20:09:10"},
            {"docNo": "WT2", "changeQty": "-5.0", "changeDate": "2020-05-18 20:10:00"},
        ]),
        _ => json!([{"docNo": "WT1", "changeQty": 10, "changeDate": "2020-05-18 20:09:10"}]),
    });
    let attempt = Attempt { first_sent: EXAMPLES, last_sent: EXAMPLES, key: None };
    let write = Write::Adjust(unpack(vec![unpacked()]));
    let Resolution::CannotTell(text) = Winit::resolve(&host, write, attempt).unwrap() else { panic!() };
    let named =
        "WT1 at 2020-05-18 20:09:10 (liaowl1002 -1, liaowl1003 10); WT2 at 2020-05-18 20:10:00 (liaowl1002 -5.0)";
    assert!(text.contains(named), "{text}");
    let sent = host.sent();
    // One request for each item, from the day before, whatever the time zone of its days.
    let data: Vec<serde_json::Value> = sent
        .iter()
        .map(|sent| serde_json::from_slice::<serde_json::Value>(&sent.body).unwrap()["data"].clone())
        .collect();
    assert_eq!(data.len(), 2);
    assert_eq!(
        data[0],
        json!({"skuCode": "liaowl1002", "warehouseCode": "US0001", "docType": "ADJUSTMENT", "startDate": "2020-05-17",
            "endDate": "2020-05-19", "pageVo": {"pageNo": 1, "pageSize": 100}})
    );
    assert!(sent.iter().all(|sent| sent.write.is_none()));
}

#[test]
fn an_item_with_more_movements_than_were_read_is_named() {
    let host = account(NativeHost::answering(
        r#"{"code":"0","data":{"pageParams":{"totalCount":101},"list":[{"docNo":"WT9","changeQty":1,"changeDate":"x"}]}}"#,
    ));
    let attempt = Attempt { first_sent: EXAMPLES, last_sent: EXAMPLES, key: None };
    let Resolution::CannotTell(text) = Winit::resolve(&host, Write::Adjust(unpack(vec![unpacked()])), attempt).unwrap()
    else {
        panic!()
    };
    assert!(text.contains("liaowl1002, liaowl1003 had more movements than the 100 read"), "{text}");
}

#[test]
fn of_many_items_the_first_eight_are_asked_for_and_the_others_counted() {
    let host = moving(|_| json!([]));
    let line = |number: usize| {
        let mut line = unpacked();
        (line.from.sku, line.to.sku) = (format!("box-{number}"), format!("item-{number}"));
        line
    };
    let write = Write::Adjust(unpack((0..6).map(line).collect()));
    let long_ago = EXAMPLES - 90 * 24 * 3_600_000;
    let attempt = Attempt { first_sent: long_ago, last_sent: long_ago, key: None };
    let Resolution::CannotTell(text) = Winit::resolve(&host, write, attempt).unwrap() else { panic!() };
    assert_eq!(host.sent().len(), 8);
    assert!(text.contains("No adjustment") && text.contains("4 more items were not looked up"), "{text}");
    // At most thirty-one days, both ends counted.
    let first: serde_json::Value = serde_json::from_slice(&host.sent()[0].body).unwrap();
    assert_eq!((&first["data"]["startDate"], &first["data"]["endDate"]), (&json!("2020-02-17"), &json!("2020-03-18")));
}
