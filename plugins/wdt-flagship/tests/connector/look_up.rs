use serde_json::{Value, json};
use stockbridge_connector::native::{NativeHost, SentRequest, not_applied};
use stockbridge_connector::{
    Attempt, Connector, Error, ErrorClass, OccupationOrder, OccupationReason, Progress, Receipt, Resolution, Response,
    TransferOrder, TransferStage, Write, WriteFailure,
};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::{count, create_order, occupy, support, transfer};

const MARKER: &str = "SB-0123456789";
const MINUTES: i64 = 60 * 1000;
const DAYS: i64 = 24 * 60 * MINUTES;

/// Twenty minutes before now.
const SENT: i64 = support::NOW - 20 * MINUTES;

/// The transfer of the page's example of createByApi, as returned by queryWithDetail.
fn found(number: &str, status: i64) -> Value {
    json!({"transfer_no": number, "status": status, "remark": format!("testMainRemark {MARKER}"), "mode": 14,
        "created_date": "2023-11-15 05:53:21", "from_warehouse_no": "daj-wms-wdt", "to_warehouse_no": "lz-002",
        "details_list": [{"spec_no": "daj1", "num": 10.0000, "defect": false, "batch_no": ""}]})
}

fn list(orders: &[Value]) -> String {
    json!({"status": 0, "data": {"total_count": orders.len(), "order": orders}}).to_string()
}

fn attempt(first_sent: i64) -> Attempt {
    Attempt { first_sent, last_sent: first_sent, key: Some(MARKER.to_owned()) }
}

fn resolved_as(host: &NativeHost, order: TransferOrder) -> Result<Resolution, Error> {
    WdtFlagship::resolve(host, Write::Transfer(order), attempt(SENT))
}

fn resolved(host: &NativeHost) -> Result<Resolution, Error> {
    resolved_as(host, transfer::page_example())
}

fn words(resolution: Resolution) -> String {
    match resolution {
        Resolution::CannotTell(words) => words,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_transfer_is_looked_for_by_the_times_of_its_change_alone_and_only_read() {
    let host = support::answering(&list(&[found("zd1", 90)]));
    let Resolution::Applied(receipt) = resolved(&host).unwrap() else { panic!() };
    assert_eq!((receipt.document.as_deref(), receipt.progress), (Some("zd1"), Progress::Done));
    assert!(receipt.extras.contains(&("mode".to_owned(), "14".to_owned())), "{:?}", receipt.extras);
    let request = host.only_sent();
    assert_eq!(request.write, None);
    assert_eq!(request.parameters()["method"], "wms.stocktransfer.Manage.queryWithDetail");
    // Five more minutes at either end, because clocks may differ.
    assert_eq!(request.text(), r#"[{"start_time":"2023-11-15 05:48:20","end_time":"2023-11-15 06:18:20"}]"#);
}

#[test]
fn how_far_a_transfer_got_is_its_status_and_what_was_ordered() {
    for (stage, status, progress) in [
        (TransferStage::Approved, 90, Progress::Done),
        (TransferStage::Approved, 40, Progress::Accepted),
        (TransferStage::Approved, 80, Progress::Accepted),
        (TransferStage::Approved, 20, Progress::Stuck),
        (TransferStage::Approved, 30, Progress::Stuck),
        (TransferStage::Submitted, 30, Progress::Accepted),
        (TransferStage::Submitted, 20, Progress::Stuck),
        (TransferStage::Draft, 20, Progress::Accepted),
    ] {
        let host = support::answering(&list(&[found("zd1", status)]));
        let order = TransferOrder { stage, ..transfer::page_example() };
        let Resolution::Applied(receipt) = resolved_as(&host, order).unwrap() else { panic!("{status}") };
        assert_eq!(receipt.progress, progress, "{status} of {stage:?}");
    }
    let cancelled = words(resolved(&support::answering(&list(&[found("zd1", 10)]))).unwrap());
    assert!(cancelled.contains("zd1") && cancelled.contains("cancelled"), "{cancelled}");
}

#[test]
fn what_staff_edited_is_told_with_its_number() {
    let edited = |change: fn(&mut Value)| {
        let mut order = found("zd1", 90);
        change(&mut order);
        words(resolved(&support::answering(&list(&[order]))).unwrap())
    };
    for (change, word) in [
        ((|order| order["to_warehouse_no"] = json!("lz")) as fn(&mut Value), "to lz"),
        (|order| order["details_list"][0]["num"] = json!(9), "daj1 differs"),
        (|order| order["details_list"][0]["defect"] = json!(true), "daj1 differs"),
        (|order| order["details_list"] = json!([]), "daj1 differs"),
    ] {
        let words = edited(change);
        assert!(words.contains("zd1") && words.contains(word), "{words}");
    }
    // It was created before the order was sent: its remark was copied from an older document.
    let mut older = found("zd0", 90);
    older["created_date"] = json!("2023-11-15 05:40:00");
    assert!(!words(resolved(&support::answering(&list(&[older]))).unwrap()).contains("zd0"));
}

/// Answers each request by its window and page.
fn provider(answer: impl Fn(&str, u64) -> String + 'static) -> NativeHost {
    let answer = move |sent: &SentRequest| {
        let page = sent.parameters()["page_no"].parse().unwrap();
        let body = answer(&sent.text(), page).into_bytes();
        Ok(Response { status: 200, headers: vec![], body })
    };
    support::account(NativeHost::new(answer))
}

fn requested_windows(host: &NativeHost) -> Vec<(String, String)> {
    let time = |body: &Value, name: &str| body[0][name].as_str().unwrap().to_owned();
    let sent = host.sent();
    let bodies = sent.iter().map(|sent| serde_json::from_slice::<Value>(&sent.body).unwrap());
    bodies.map(|body| (time(&body, "start_time"), time(&body, "end_time"))).collect()
}

#[test]
fn a_write_that_was_sent_long_ago_is_looked_for_window_by_window_without_a_gap() {
    let host = support::answering(&list(&[]));
    let sent = support::NOW - 65 * DAYS;
    words(WdtFlagship::resolve(&host, Write::Transfer(transfer::page_example()), attempt(sent)).unwrap());
    let pairs = [
        ("2023-09-11 06:08:20", "2023-10-11 06:08:19"),
        ("2023-10-11 06:08:20", "2023-11-10 06:08:19"),
        ("2023-11-10 06:08:20", "2023-11-15 06:18:20"),
    ];
    assert_eq!(requested_windows(&host), pairs.map(|(start, end)| (start.to_owned(), end.to_owned())));
}

#[test]
fn of_a_list_of_several_pages_the_last_is_asked_for_first_and_then_what_changed_meanwhile() {
    let host = provider(|body, page| {
        let is_recent = body.contains(r#""start_time":"2023-11-15 06:08:20""#);
        let number = if is_recent { 1000 } else { page * 100 };
        let rows: Vec<_> = (number..number + 100).map(|number| json!({"transfer_no": number, "remark": "x"})).collect();
        let rows = if is_recent { vec![found("late", 90)] } else { rows };
        json!({"status": 0, "data": {"total_count": if is_recent { 1 } else { 300 }, "order": rows}}).to_string()
    });
    let Resolution::Applied(receipt) = resolved(&host).unwrap() else { panic!() };
    assert_eq!(receipt.document.as_deref(), Some("late"));
    let pages: Vec<_> = host.sent().iter().map(|sent| sent.parameters()["page_no"].clone()).collect();
    assert_eq!(pages, ["0", "2", "1", "0", "0"]);
}

#[test]
fn more_documents_than_may_be_asked_for_are_said_to_be_more_and_settle_nothing() {
    let host = provider(|_, page| {
        let rows: Vec<_> = (0..100).map(|row| json!({"transfer_no": page * 100 + row, "remark": ""})).collect();
        json!({"status": 0, "data": {"total_count": 5000, "order": rows}}).to_string()
    })
    .setting("look-up-is-complete-after", "1 min");
    let words = words(resolved(&host).unwrap());
    assert!(words.contains("which are not all"), "{words}");
    assert!(host.sent().len() <= 24, "{}", host.sent().len());
}

#[test]
fn a_list_that_lacks_what_it_counts_is_malformed() {
    for rows in [vec![], vec![json!({"transfer_no": "1", "remark": ""})]] {
        let host = support::answering(&json!({"status": 0, "data": {"total_count": 3, "order": rows}}).to_string());
        assert_eq!(resolved(&host).unwrap_err().class, ErrorClass::MalformedResponse);
    }
}

/// Answers with the stocktake of the page's example and its lines, in either of the page's two forms.
fn stocktake(status: i64, lines: Value, in_data: bool) -> NativeHost {
    let heads = json!({"status": 0, "data": {"pd_list": [{"pd_no": "PD1", "warehouse_no": "1002", "status": status,
        "remark": format!("API TEST {MARKER}"), "created": "2023-11-15 05:53:21"}], "total_count": 1}});
    let lines = match in_data {
        true => json!({"status": 0, "data": {"pd_detail_list": lines}}),
        false => json!({"status": 0, "total": 1, "data": lines}),
    };
    support::answering_in_turn(vec![heads.to_string(), lines.to_string()])
}

fn counted(host: &NativeHost) -> Resolution {
    WdtFlagship::resolve(host, Write::Adjust(count::page_example()), attempt(SENT)).unwrap()
}

#[test]
fn a_count_is_found_with_its_lines_in_either_shape() {
    let lines = [json!({"spec_no": "PC_2018", "new_num": "200.0000", "defect": 0})];
    for in_data in [true, false] {
        for (status, progress) in [(40, Progress::Done), (35, Progress::Stuck), (30, Progress::Accepted)] {
            let host = stocktake(status, json!(lines), in_data);
            let Resolution::Applied(receipt) = counted(&host) else { panic!("{status}") };
            assert_eq!((receipt.document.as_deref(), receipt.progress), (Some("PD1"), progress));
            let sent = host.sent();
            assert_eq!(sent[1].text(), r#"[{"pd_no":"PD1"}]"#);
            assert!(sent.iter().all(|sent| sent.write.is_none()));
        }
    }
    assert!(words(counted(&stocktake(10, json!(lines), false))).contains("cancelled"));
    assert!(words(counted(&stocktake(40, json!([]), false))).contains("PD1"));
}

#[test]
fn a_count_whose_lines_are_not_told_is_left_to_a_person_with_its_number() {
    let heads = json!({"status": 0, "data": {"pd_list": [{"pd_no": "PD1", "warehouse_no": "1002", "status": 40,
        "remark": MARKER}], "total_count": 1}});
    let host = support::answering_in_turn(vec![heads.to_string(), r#"{"status":100,"message":"权限不足"}"#.to_owned()]);
    let words = words(counted(&host));
    assert!(words.contains("PD1") && words.contains("权限不足"), "{words}");
}

fn lock() -> OccupationOrder {
    let mut order = occupy::order();
    order.reason = OccupationReason::Other("1".into());
    order.warehouse = Some("0423".into());
    for line in &mut order.lines {
        (line.to_pool, line.priority) = (None, None);
    }
    order
}

#[test]
fn a_lock_is_found_with_its_lines_and_its_status() {
    let answer = |status: i64, warehouse: &str, pool: Option<&str>| {
        json!({"status": 0, "data": {"total_count": 1, "order": [{"order_no": "VO1", "order_status": status, "status": 1,
            "virtual_warehouse_no": pool, "remark": format!("TF38580 {MARKER}"), "created": "2023-11-15 05:53:21",
            "detail_list": [{"spec_no": "daj1", "warehouse_no": warehouse, "num": 2.5}]}]}})
        .to_string()
    };
    let resolved =
        |answer: &str| WdtFlagship::resolve(&support::answering(answer), Write::Occupy(lock()), attempt(SENT)).unwrap();
    for (status, progress) in
        [(30, Progress::Done), (20, Progress::Stuck), (10, Progress::Stuck), (25, Progress::Accepted)]
    {
        // The page's table has the virtual warehouse, its example does not.
        for pool in [None, Some("XNC-1")] {
            let Resolution::Applied(receipt) = resolved(&answer(status, "0423", pool)) else { panic!("{status}") };
            assert_eq!((receipt.document.as_deref(), receipt.progress), (Some("VO1"), progress));
        }
    }
    assert!(words(resolved(&answer(90, "0423", None))).contains("cancelled"));
    assert!(words(resolved(&answer(30, "0424", None))).contains("VO1"));
    assert!(words(resolved(&answer(30, "0423", Some("XNC-2")))).contains("in XNC-2"));
}

#[test]
fn a_lock_says_the_document_in_its_remark_and_refuses_what_it_cannot_carry() {
    let host =
        |answer: &str| support::answering(answer).setting("occupy-method", "setting.strategy.VirtualWarehouse.create");
    let made = r#"{"status":0,"data":{"message":"VO202203290031","status":0}}"#;
    let order = OccupationOrder { remark: Some("促销".into()), ..lock() };
    let sent = host(made).setting("remark-marker", "true");
    let receipt = WdtFlagship::occupy(&sent, order).unwrap();
    assert_eq!((receipt.document.as_deref(), receipt.progress), (Some("VO202203290031"), Progress::Done));
    let body: Value = serde_json::from_slice(&sent.only_sent().body).unwrap();
    let remark = body[0]["remark"].as_str().unwrap();
    assert!(remark.starts_with("促销 TF38580 SB-"), "{remark}");
    assert_eq!(sent.only_sent().write, Some(Some(remark.rsplit(' ').next().unwrap().to_owned())));

    type Change = fn(&mut OccupationOrder);
    let changes: [(&str, Change); 8] = [
        ("reason", |order| order.reason = OccupationReason::Transfer),
        ("warehouse", |order| order.warehouse = None),
        ("owner", |order| order.owner = Some("o".into())),
        ("lines[0].pool", |order| order.lines[0].pool = None),
        ("lines[0].to-pool", |order| order.lines[0].to_pool = Some("V2".into())),
        ("lines[0].quantity", |order| order.lines[0].quantity = None),
        ("lines[0].priority", |order| order.lines[0].priority = Some(1)),
        ("remark", |order| order.remark = Some("急".repeat(250))),
    ];
    for (path, change) in changes {
        let mut order = lock();
        change(&mut order);
        let host = host(made);
        assert_eq!(host.refused_at(not_applied(WdtFlagship::occupy(&host, order).unwrap_err())), path);
    }
    let mut order = lock();
    order.lines.push(order.lines[0].clone());
    order.lines[1].pool = Some("XNC-9".into());
    let host = host(made);
    assert_eq!(host.refused_at(not_applied(WdtFlagship::occupy(&host, order).unwrap_err())), "lines[1].pool");
}

#[test]
fn a_time_that_is_none_is_told_by_its_settings_name() {
    for wrong in ["soon", "-1", "5 days", "1.5 h", "50000 min"] {
        let host = NativeHost::without_http().setting("look-up-is-complete-after", wrong);
        let error = WdtFlagship::check(&host).unwrap_err();
        assert!(error.message.contains("`look-up-is-complete-after`") && error.message.contains(wrong), "{error:?}");
    }
    for setting in ["remark-marker", "occupy-method"] {
        let host = NativeHost::without_http().setting(setting, "yes");
        assert!(WdtFlagship::check(&host).unwrap_err().message.contains(setting));
    }
}

#[test]
fn with_a_marker_the_pages_examples_differ_in_the_heads_remark_alone() {
    type Send = fn(&NativeHost) -> Result<Receipt, WriteFailure>;
    let writes: [(&str, Send); 3] = [
        ("wms.outer.OuterTransfer.createByApi", |host| WdtFlagship::transfer(host, transfer::page_example())),
        ("wms.stocktransfer.Edit.createOrder", |host| WdtFlagship::transfer(host, create_order::page_example())),
        ("wms.outer.OuterTransfer.createByApi", |host| WdtFlagship::adjust(host, count::page_example())),
    ];
    for (method, send) in writes {
        let body = |marker: &str| {
            let answer = r#"{"status":0,"data":{"transfer_no":"TF1","message":"TF1","pd_no":"PD1","status":0}}"#;
            let host = support::answering(answer).setting("transfer-method", method).setting("remark-marker", marker);
            send(&host).unwrap();
            host.only_sent().text()
        };
        let (without, with) = (body("false"), body("true"));
        let remark = |body: &str| {
            let body: Value = serde_json::from_str(body).unwrap();
            body[0]["remark"].as_str().unwrap_or_default().to_owned()
        };
        let (own, marked) = (remark(&without), remark(&with));
        let marker = marked.strip_prefix(&own).unwrap().trim_start();
        assert!(marker.starts_with("SB-") && marker.len() == 13, "{marked}");
        // Byte for byte: an order without a remark gets the field, and any other has the marker appended.
        let expected = match own.as_str() {
            "" => without.replacen(r#""mode":5"#, &format!(r#""mode":5,"remark":"{marker}""#), 1),
            own => without.replacen(own, &marked, 1),
        };
        assert_eq!(with, expected, "{method}");
    }
}
