use serde_json::Value;
use stockbridge_connector::{Condition, Connector, Error, StockPage, StockQuery, TimeWindow};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::support::{self, china_time, extras};

const RESPONSE: &str = include_str!("../pages/search2.response.json");
const NONE: &str = r#"{"status":0,"data":{"total_count":0,"detail_list":[]}}"#;

/// Every field of a row on the vendor's page.
const FIELDS: [&str; 76] = [
    "rec_id",
    "defect",
    "stock_num",
    "wms_sync_stock",
    "wms_stock_diff",
    "spec_no",
    "spec_id",
    "goods_no",
    "goods_name",
    "spec_code",
    "brand_name",
    "spec_name",
    "barcode",
    "unpay_num",
    "subscribe_num",
    "order_num",
    "sending_num",
    "purchase_num",
    "transfer_num",
    "to_purchase_num",
    "purchase_arrive_num",
    "wms_preempty_stock",
    "weight",
    "img_url",
    "warehouse_no",
    "warehouse_id",
    "warehouse_name",
    "warehouse_type",
    "available_send_stock",
    "created",
    "modified",
    "part_paid_num",
    "refund_exch_num",
    "refund_num",
    "refund_onway_num",
    "return_exch_num",
    "return_num",
    "return_onway_num",
    "to_transfer_num",
    "wms_preempty_diff",
    "wms_sync_time",
    "remark",
    "lock_num",
    "flag_id",
    "flag_name",
    "brand_no",
    "to_other_out_num",
    "to_other_in_num",
    "to_process_out_num",
    "to_process_in_num",
    "wait_transfer_num",
    "last_pd_time",
    "last_inout_time",
    "sys_user_define_stock1",
    "sys_user_define_stock2",
    "inspect_num",
    "trade_reserve_num",
    "unit_name",
    "aux_unit_name",
    "process_onway_num",
    "status",
    "today_num",
    "num_yesterday",
    "num_7days",
    "num_14days",
    "num_month",
    "num_all",
    "num_60days",
    "num_90days",
    "cost_price",
    "safe_stock",
    "safe_stock_upper",
    "alarm_type",
    "alarm_days",
    "alarm_days_upper",
    "cycle_days",
];

pub(crate) fn everything() -> StockQuery {
    StockQuery {
        warehouse: None,
        skus: vec![],
        barcodes: vec![],
        changed: None,
        include_deleted: false,
        cursor: None,
        page_size: None,
        extras: vec![],
    }
}

fn skus(skus: &[&str]) -> StockQuery {
    StockQuery { skus: skus.iter().map(|sku| (*sku).to_owned()).collect(), ..everything() }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// An answer with this many rows.
fn rows(count: usize) -> String {
    rows_from(0, count)
}

/// An answer with this many rows, numbered from `first`.
fn rows_from(first: usize, count: usize) -> String {
    let row = |id| format!(r#"{{"rec_id":{id},"defect":false,"spec_no":"s","warehouse_no":"w","stock_num":1.5}}"#);
    let rows: Vec<_> = (first..first + count).map(row).collect();
    format!(r#"{{"status":0,"data":{{"detail_list":[{}]}}}}"#, rows.join(","))
}

fn sent(query: StockQuery) -> (StockPage, String, std::collections::BTreeMap<String, String>) {
    let host = support::answering(RESPONSE);
    let page = WdtFlagship::query(&host, query).unwrap();
    let request = host.only_sent();
    assert_eq!(request.write, None, "a query is a read");
    (page, request.text(), request.parameters())
}

#[test]
fn the_pages_example_query_gives_the_pages_example_body() {
    let query = StockQuery { warehouse: Some("1002".into()), ..skus(&["test"]) };
    let (page, body, parameters) = sent(query);
    assert_eq!(body, include_str!("../pages/search2.request.json").trim_end());
    let paging: Vec<_> =
        ["method", "page_size", "page_no", "calc_total"].iter().map(|name| parameters[*name].as_str()).collect();
    assert_eq!(paging, ["wms.StockSpec.search2", "100", "0", "1"]);
    assert_eq!((page.levels.len(), page.total, page.next), (1, Some(1), None));
}

#[test]
fn the_typed_fields_are_those_of_the_row() {
    let (page, ..) = sent(skus(&["wangdiantong"]));
    let level = &page.levels[0];
    assert_eq!(level.sku, "wangdiantong");
    assert_eq!(level.warehouse, "wdtapi3-test");
    assert!(matches!(level.condition, Some(Condition::Defective)));
    assert_eq!(level.on_hand.as_deref(), Some("3"));
    assert_eq!(level.available.as_deref(), Some("3"));
    // `lock_num` is only a part of the contract's reserved figure.
    assert_eq!(level.reserved, None);
    assert_eq!(level.barcode.as_deref(), Some("wangdiantong"));
    assert_eq!(level.name.as_deref(), Some("wangdiantong"));
    assert_eq!(level.changed, Some(1_681_106_995_000));
    assert!(level.incoming.is_none() && level.owner.is_none() && level.details.is_empty());
    assert!(RESPONSE.contains(&level.raw), "the row is kept as it came");
    let (answer, row) = (json(RESPONSE), json(&level.raw));
    assert_eq!(row, answer["data"]["detail_list"][0], "the whole row");
}

#[test]
fn every_field_of_the_page_is_in_the_raw_row() {
    let mut row = serde_json::Map::new();
    for (index, field) in FIELDS.iter().enumerate() {
        row.insert((*field).to_owned(), Value::from(index));
    }
    row.insert("defect".to_owned(), Value::from(false));
    let answer = format!(r#"{{"status":0,"data":{{"detail_list":[{}]}}}}"#, Value::from(row.clone()));
    let page = WdtFlagship::query(&support::answering(&answer), skus(&["s"])).unwrap();
    let raw: Value = serde_json::from_str(&page.levels[0].raw).unwrap();
    for field in FIELDS {
        assert_eq!(raw[field], row[field], "{field}");
    }
}

#[test]
fn figures_keep_their_digits_and_each_has_its_own_field() {
    let answer = r#"{"status":0,"data":{"detail_list":[{"defect":false,"spec_no":"s","warehouse_no":"w",
        "stock_num":12345678901234.5600,"available_send_stock":-0.1000,"lock_num":"7.0000","modified":"2023-04-10 14:09:55"}]}}"#;
    let page = WdtFlagship::query(&support::answering(answer), skus(&["s"])).unwrap();
    let level = &page.levels[0];
    assert_eq!(level.on_hand.as_deref(), Some("12345678901234.5600"));
    assert_eq!(level.available.as_deref(), Some("-0.1000"));
    assert!(matches!(level.condition, Some(Condition::Sellable)));
    assert_eq!(level.changed, Some(china_time("2023-04-10 14:09:55")));
    assert_eq!((&level.barcode, &level.name), (&None, &None));
}

#[test]
fn every_request_field_of_the_page_has_its_place() {
    let query = StockQuery {
        warehouse: Some("1002".into()),
        changed: Some(TimeWindow { start: china_time("2023-04-01 00:00:00"), end: china_time("2023-04-30 23:59:59") }),
        page_size: Some(5_000),
        extras: extras(&[("mask", "3"), ("need_alarm_info", "\"1\"")]),
        ..skus(&["test"])
    };
    let (_, body, parameters) = sent(query);
    assert_eq!(
        body,
        r#"[{"start_time":"2023-04-01 00:00:00","end_time":"2023-04-30 23:59:59","spec_nos":["test"],"warehouse_no":"1002","mask":3,"need_alarm_info":1}]"#
    );
    assert_eq!(parameters["page_size"], "1000");
}

#[test]
fn what_the_provider_cannot_be_asked_is_refused_with_its_path() {
    let queries = [
        ("barcodes", StockQuery { barcodes: vec!["b".into()], ..everything() }),
        ("include-deleted", StockQuery { include_deleted: true, ..everything() }),
        ("warehouse", StockQuery { warehouse: Some("仓".repeat(41)), ..everything() }),
        ("skus[1]", skus(&["a", &"s".repeat(41)])),
        ("extras.mask", StockQuery { extras: extras(&[("mask", "4")]), ..everything() }),
        ("extras.need_alarm_info", StockQuery { extras: extras(&[("need_alarm_info", "true")]), ..everything() }),
        ("extras.spec_nos", StockQuery { extras: extras(&[("spec_nos", "[]")]), ..everything() }),
        ("cursor", StockQuery { cursor: Some("page 2".into()), ..everything() }),
        ("cursor", StockQuery { cursor: Some(r#"{"window":null,"item":1,"page":0}"#.into()), ..skus(&["a"]) }),
        ("changed", StockQuery { changed: Some(TimeWindow { start: i64::MAX - 1, end: i64::MAX }), ..everything() }),
    ];
    for (path, query) in queries {
        let host = support::answering(RESPONSE);
        let error = WdtFlagship::query(&host, query).unwrap_err();
        assert_eq!(host.refused_at(error), path);
    }
}

#[test]
fn a_day_that_is_none_is_told_by_the_settings_name() {
    let host = support::answering(NONE).setting("since", "last year");
    let error: Error = WdtFlagship::query(&host, everything()).unwrap_err();
    assert!(error.message.contains("`since` cannot be used: `last year`"), "{}", error.message);
    assert!(host.sent().is_empty());
}

/// A request as its body and its page number, and a page as the number of its rows and its total.
type Requests = Vec<(String, String)>;
type Pages = Vec<(usize, Option<u64>)>;

/// Walks a query to its end.
fn walk(query: &StockQuery, answers: Vec<String>) -> (Requests, Pages) {
    let host = support::answering_in_turn(answers);
    let (mut pages, mut cursor) = (vec![], None);
    loop {
        let page = WdtFlagship::query(&host, StockQuery { cursor, ..query.clone() }).unwrap();
        pages.push((page.levels.len(), page.total));
        cursor = page.next;
        if cursor.is_none() {
            let sent = host.sent();
            let asked = sent.iter().map(|sent| (sent.text(), sent.parameters()["page_no"].clone()));
            return (asked.collect(), pages);
        }
    }
}

#[test]
fn more_rows_than_a_page_has_are_walked_page_by_page() {
    let query = StockQuery { page_size: Some(2), ..skus(&["s"]) };
    let (requests, pages) = walk(&query, vec![rows(2), rows_from(2, 2), rows_from(4, 1)]);
    let numbers: Vec<_> = requests.iter().map(|(_, page)| page.as_str()).collect();
    assert_eq!(numbers, ["0", "1", "2"]);
    assert_eq!(pages.iter().map(|(rows, _)| rows).sum::<usize>(), 5);
}

#[test]
fn no_row_is_lost_though_the_last_page_comes_first() {
    let last = rows_from(2, 1).replace(r#""data":{"#, r#""data":{"total_count":3,"#);
    let query = StockQuery { page_size: Some(2), ..skus(&["s"]) };
    let (requests, pages) = walk(&query, vec![last, rows(2), rows(0)]);
    // After a full page there may be more by now.
    assert_eq!(requests.len(), 3);
    assert_eq!(pages.iter().map(|(rows, _)| rows).sum::<usize>(), 3);
}

#[test]
fn the_total_is_asked_for_with_each_windows_first_page() {
    let query = StockQuery {
        page_size: Some(2),
        changed: Some(TimeWindow { start: china_time("2018-11-01 00:00:00"), end: china_time("2018-12-11 00:00:00") }),
        ..everything()
    };
    let host = support::answering_in_turn(vec![rows(2), rows_from(2, 1), rows(1)]);
    let mut cursor = None;
    for _ in 0..3 {
        cursor = WdtFlagship::query(&host, StockQuery { cursor, ..query.clone() }).unwrap().next;
    }
    let sent = host.sent();
    let asked: Vec<_> = sent.iter().map(|sent| sent.parameters()["calc_total"].clone()).collect();
    assert_eq!((asked.join(","), cursor), ("1,0,1".to_owned(), None));
}

#[test]
fn a_full_page_that_is_all_there_is_ends_the_query() {
    let full = rows(2).replace(r#""data":{"#, r#""data":{"total_count":2,"#);
    let query = StockQuery { page_size: Some(2), ..skus(&["s"]) };
    assert_eq!(walk(&query, vec![full]).1, [(2, Some(2))]);
}

#[test]
fn more_codes_than_a_request_takes_are_walked_a_hundred_at_a_time() {
    let query = StockQuery { skus: (0..250).map(|number| format!("s{number}")).collect(), ..everything() };
    let (requests, pages) = walk(&query, vec![rows(1), rows(1), rows(1)]);
    let codes: Vec<usize> = requests
        .iter()
        .map(|(body, _)| {
            let body: Value = serde_json::from_str(body).unwrap();
            assert!(body[0].get("start_time").is_none(), "with codes, no times are needed");
            body[0]["spec_nos"].as_array().unwrap().len()
        })
        .collect();
    assert_eq!(codes, [100, 100, 50]);
    // The total of one request is not the query's.
    assert_eq!(pages, [(1, None), (1, None), (1, None)]);
}

#[test]
fn a_window_longer_than_thirty_days_is_walked_in_pieces() {
    let query = StockQuery {
        changed: Some(TimeWindow { start: china_time("2018-11-01 00:00:00"), end: china_time("2018-12-31 12:00:00") }),
        ..everything()
    };
    let (requests, pages) = walk(&query, vec![rows(1), NONE.to_owned(), rows(1)]);
    let bodies: Vec<_> = requests.iter().map(|(body, _)| body.as_str()).collect();
    assert_eq!(
        bodies,
        [
            r#"[{"start_time":"2018-11-01 00:00:00","end_time":"2018-11-30 23:59:59"}]"#,
            r#"[{"start_time":"2018-12-01 00:00:00","end_time":"2018-12-30 23:59:59"}]"#,
            r#"[{"start_time":"2018-12-31 00:00:00","end_time":"2018-12-31 12:00:00"}]"#,
        ]
    );
    // The empty window in the middle makes no page of its own.
    assert_eq!(pages, [(1, None), (1, None)]);
}

#[test]
fn a_query_for_everything_starts_at_since_and_ends_at_the_moment_of_its_last_request() {
    let host = support::answering(NONE).setting("since", "2023-09-20");
    let page = WdtFlagship::query(&host, everything()).unwrap();
    let first = host.sent()[0].text();
    assert_eq!(first, r#"[{"start_time":"2023-09-20 00:00:00","end_time":"2023-10-19 23:59:59"}]"#);
    let last = host.sent().last().unwrap().text();
    assert_eq!(last, r#"[{"start_time":"2023-10-20 00:00:00","end_time":"2023-11-15 06:18:20"}]"#);
    assert_eq!((page.levels.len(), page.next), (0, None));
    assert!(
        page.extras.contains(&("whole-since".to_owned(), "\"2023-09-20 00:00:00\"".to_owned())),
        "{:?}",
        page.extras
    );

    // A row that changed meanwhile is in the window of a later page.
    let host = support::answering(&rows(1)).setting("since", "2023-09-20");
    let cursor = WdtFlagship::query(&host, everything()).unwrap().next;
    let host = support::answering(&rows_from(1, 1)).setting("since", "2023-09-20").at(support::NOW + 3_600_000);
    let page = WdtFlagship::query(&host, StockQuery { cursor, ..everything() }).unwrap();
    assert!(host.only_sent().text().contains(r#""end_time":"2023-11-15 07:18:20""#));
    assert_eq!(page.next, None);
}

#[test]
fn a_long_walk_through_nothing_stops_after_a_few_requests_and_goes_on() {
    let host = support::answering(NONE);
    let page = WdtFlagship::query(&host, everything()).unwrap();
    assert_eq!((host.sent().len(), page.levels.len()), (8, 0));
    assert!(page.next.is_some());
}

#[test]
fn what_stands_beside_the_rows_is_kept() {
    let answer = r#"{"status":0,"server":"a","data":{"total_count":0,"hint":1.50,"detail_list":[]}}"#;
    let page = WdtFlagship::query(&support::answering(answer), skus(&["s"])).unwrap();
    assert_eq!(page.extras, extras(&[("server", "\"a\""), ("hint", "1.50")]));
}
