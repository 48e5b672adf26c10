use serde_json::Value;
use stockbridge_connector::native::SentRequest;
use stockbridge_connector::{Connector, StockPage, StockQuery, TimeWindow};
use stockbridge_wdt_enterprise::WdtEnterprise;

use crate::support::{self, china_time, pairs};

const RESPONSE: &str = include_str!("../pages/stock_query_detail.response.json");
const NONE: &str = r#"{"code":0,"message":"ok","stocks":[],"total_count":"0"}"#;

/// Every field of a row on the vendor's page, in its table or in its example.
const FIELDS: [&str; 68] = [
    "spec_id",
    "goods_no",
    "brand_no",
    "brand_name",
    "goods_name",
    "spec_no",
    "spec_name",
    "spec_code",
    "barcode",
    "warehouse_id",
    "warehouse_no",
    "warehouse_name",
    "warehouse_type",
    "stock_num",
    "lock_num",
    "rec_id",
    "Created",
    "spec_wh_no2",
    "wms_reserve_num",
    "Status",
    "stock_today_num",
    "stock_diff",
    "Unit",
    "safe_stock1",
    "safe_stock2",
    "safe_stock3",
    "alarm_type",
    "alarm_days",
    "alarm_days1",
    "sales_rate_type",
    "sales_rate",
    "sales_rate_cycle",
    "sales_fixrate",
    "flag_id",
    "default_position_id",
    "last_position_id",
    "last_pd_time",
    "last_inout_time",
    "last_sales_time",
    "Remark",
    "unpay_num",
    "subscribe_num",
    "order_num",
    "sending_num",
    "purchase_num",
    "transfer_num",
    "to_transfer_num",
    "to_purchase_num",
    "purchase_arrive_num",
    "return_num",
    "return_exch_num",
    "return_onway_num",
    "refund_num",
    "process_onway_num",
    "refund_onway_num",
    "part_paid_num",
    "neg_stockout_num",
    "today_num",
    "safe_stock",
    "spec_wh_no",
    "wms_sync_stock",
    "wms_preempty_stock",
    "wms_stock_diff",
    "wms_sync_time",
    "cost_price",
    "weight",
    "img_url",
    "modified",
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

fn window(start: &str, end: &str) -> Option<TimeWindow> {
    Some(TimeWindow { start: china_time(start), end: china_time(end) })
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Page 0 of a query with a row for each of these times of change.
fn rows(modified: &[&str]) -> String {
    first_of(modified.len(), modified)
}

/// Page 0 of a query with this many rows.
fn first_of(total: usize, modified: &[&str]) -> String {
    later(modified).replace(r#"{"code":0,"#, &format!(r#"{{"code":0,"total_count":"{total}","#))
}

/// Any other page: the provider only gives the total with page 0.
fn later(modified: &[&str]) -> String {
    let rows: Vec<_> = modified
        .iter()
        .map(|time| format!(r#"{{"spec_no":"s","warehouse_no":"w","stock_num":"1.5000","modified":"{time}"}}"#))
        .collect();
    format!(r#"{{"code":0,"stocks":[{}]}}"#, rows.join(","))
}

/// The request without its paging.
fn sent(query: StockQuery) -> Vec<(String, String)> {
    let host = support::answering(RESPONSE);
    WdtEnterprise::query(&host, query).unwrap();
    let request = host.only_sent();
    assert_eq!(request.write, None, "a query is a read");
    assert_eq!(request.url, "https://wdt.example/openapi2/stock_query_detail.php");
    let mut business = support::business(&request);
    business.retain(|(name, _)| !name.starts_with("page_"));
    business
}

#[test]
fn the_pages_example_query_gives_the_pages_example_parameters() {
    let query = StockQuery {
        changed: window("2018-06-03 00:00:00", "2018-06-21 20:13:41"),
        include_deleted: true,
        ..everything()
    };
    assert_eq!(sent(query), pairs(&[("start_time", "2018-06-03 00:00:00"), ("end_time", "2018-06-21 20:13:41")]));
}

#[test]
fn every_request_field_of_the_page_has_its_place() {
    let changed = window("2018-06-03 00:00:00", "2018-06-21 20:13:41");
    for (query, expected) in [
        (
            StockQuery { warehouse: Some("w1".into()), ..skus(&["s1"]) },
            pairs(&[("warehouse_no", "w1"), ("spec_no", "s1"), ("is_deleted", "1")]),
        ),
        (
            StockQuery { barcodes: vec!["b1".into()], include_deleted: true, ..everything() },
            pairs(&[("barcode", "b1")]),
        ),
        (
            StockQuery { warehouse: Some("w1".into()), changed, ..everything() },
            pairs(&[
                ("warehouse_no", "w1"),
                ("is_deleted", "1"),
                ("start_time", "2018-06-03 00:00:00"),
                ("end_time", "2018-06-21 20:13:41"),
            ]),
        ),
        (
            StockQuery { warehouse: Some("w1".into()), ..everything() },
            pairs(&[
                ("warehouse_no", "w1"),
                ("is_deleted", "1"),
                ("start_time", "2023-11-01 00:00:00"),
                // Five minutes ahead, in case the provider's clock is.
                ("end_time", "2023-11-15 06:18:20"),
            ]),
        ),
        (
            StockQuery { extras: pairs(&[("is_all", "1")]), ..everything() },
            pairs(&[("is_deleted", "1"), ("is_all", "1")]),
        ),
        // For a warehouse alone the page has the last hour: so the rows of other warehouses are filtered here.
        (
            StockQuery { warehouse: Some("w1".into()), extras: pairs(&[("is_all", "\"1\"")]), ..everything() },
            pairs(&[("is_deleted", "1"), ("is_all", "1")]),
        ),
    ] {
        assert_eq!(sent(query), expected);
    }
}

#[test]
fn a_page_has_a_hundred_rows_unless_fewer_are_wished_for() {
    for (wish, size) in [(None, "100"), (Some(40), "40"), (Some(500), "100"), (Some(0), "1")] {
        let host = support::answering(NONE);
        let query = StockQuery { page_size: wish, ..skus(&["s"]) };
        WdtEnterprise::query(&host, query).unwrap();
        let request = host.only_sent();
        assert_eq!(request.field("page_size").as_deref(), Some(size));
        assert_eq!(request.field("page_no").as_deref(), Some("0"));
    }
}

#[test]
fn the_typed_fields_are_those_of_the_row() {
    let page = WdtEnterprise::query(&support::answering(RESPONSE), everything()).unwrap();
    assert_eq!((page.total, page.next), (Some(1), None));
    let level = &page.levels[0];
    assert_eq!(level.sku, "WDTPDA-BLACK007");
    assert_eq!(level.warehouse, "xyp2test");
    assert_eq!(level.on_hand.as_deref(), Some("55.0000"));
    // `lock_num` is only a part of the contract's reserved figure.
    assert_eq!(level.reserved, None);
    assert_eq!(level.barcode.as_deref(), Some("WDTPDA-BLACK007"));
    assert_eq!(level.name.as_deref(), Some("旺店通手持终端"));
    assert_eq!(level.changed, Some(china_time("2019-05-18 18:02:43")));
    // The example lacks avaliable_num, although the page's table has it.
    assert_eq!(level.available, None);
    assert!(level.condition.is_none() && level.owner.is_none() && level.incoming.is_none());
    assert!(RESPONSE.contains(&level.raw), "the row is kept as it came");
    let (answer, row) = (json(RESPONSE), json(&level.raw));
    assert_eq!(row, answer["stocks"][0], "the whole row");
}

#[test]
fn every_field_of_the_page_is_in_the_raw_row() {
    let mut row = serde_json::Map::new();
    for (index, field) in FIELDS.iter().enumerate() {
        row.insert((*field).to_owned(), Value::from(index.to_string()));
    }
    row.insert("avaliable_num".to_owned(), Value::from("7.5000"));
    row.insert("created".to_owned(), Value::from("2019-01-01 00:00:00"));
    row.insert("modified".to_owned(), Value::from("2019-01-01 00:00:00"));
    let answer = format!(r#"{{"code":"0","stocks":[{}]}}"#, Value::from(row.clone()));
    let page = WdtEnterprise::query(&support::answering(&answer), skus(&["s"])).unwrap();
    let raw: Value = serde_json::from_str(&page.levels[0].raw).unwrap();
    for field in FIELDS.into_iter().chain(["avaliable_num", "created"]) {
        assert_eq!(raw[field], row[field], "{field}");
    }
    assert_eq!(page.levels[0].available.as_deref(), Some("7.5000"));
    assert_eq!(page.levels[0].changed, Some(china_time("2019-01-01 00:00:00")));
}

#[test]
fn the_example_detail_is_kept_although_it_is_empty() {
    let page = WdtEnterprise::query(&support::answering(RESPONSE), everything()).unwrap();
    let detail = &page.levels[0].details[0];
    assert_eq!((&detail.position, &detail.batch, &detail.expiry, &detail.quantity), (&None, &None, &None, &None));
    assert_eq!(detail.extras, pairs(&[("stock_spec_id", "1"), ("spec_no", "\"\"")]));
}

#[test]
fn every_field_of_a_detail_has_its_place() {
    for (expire_date, day) in [
        ("2027-01-31 00:00:00", Some("2027-01-31")),
        ("2027-01-31", Some("2027-01-31")),
        ("0000-00-00 00:00:00", None),
        ("", None),
    ] {
        let answer = format!(
            r#"{{"code":0,"stocks":[{{"spec_no":"s","warehouse_no":"w","stock_num":"1","details":[{{"stock_spec_id":21,
            "spec_no":"s","position_no":"A-1","batch_no":"B-1","expire_date":"{expire_date}","stock_num":5,"new":1.50}}]}}]}}"#
        );
        let page = WdtEnterprise::query(&support::answering(&answer), skus(&["s"])).unwrap();
        let detail = &page.levels[0].details[0];
        assert_eq!(detail.position.as_deref(), Some("A-1"));
        assert_eq!(detail.batch.as_deref(), Some("B-1"));
        assert_eq!(detail.expiry.as_deref(), day);
        assert_eq!(detail.quantity.as_deref(), Some("5"));
        let date = format!("\"{expire_date}\"");
        assert_eq!(
            detail.extras,
            pairs(&[("stock_spec_id", "21"), ("spec_no", "\"s\""), ("new", "1.50"), ("expire_date", &date)])
        );
    }
}

#[test]
fn what_the_provider_cannot_be_asked_is_refused_with_its_path() {
    let queries = [
        ("barcodes", StockQuery { barcodes: vec!["b".into()], ..skus(&["s"]) }),
        ("warehouse", StockQuery { warehouse: Some(String::new()), ..everything() }),
        ("skus[1]", skus(&["s", ""])),
        ("barcodes[0]", StockQuery { barcodes: vec!["b".repeat(51)], ..everything() }),
        ("extras.is_all", StockQuery { extras: pairs(&[("is_all", "1")]), ..skus(&["s"]) }),
        (
            "extras.is_all",
            StockQuery {
                changed: window("2018-06-03 00:00:00", "2018-06-21 20:13:41"),
                extras: pairs(&[("is_all", "1")]),
                ..everything()
            },
        ),
        ("extras.is_all", StockQuery { extras: pairs(&[("is_all", "2")]), ..everything() }),
        ("cursor", StockQuery { cursor: Some("2".into()), ..everything() }),
        ("changed", StockQuery { changed: Some(TimeWindow { start: i64::MAX - 1, end: i64::MAX }), ..everything() }),
    ];
    for (path, query) in queries {
        let host = support::answering(RESPONSE);
        let error = WdtEnterprise::query(&host, query).unwrap_err();
        assert_eq!(host.refused_at(error), path);
    }
}

/// Walks a query to its end; returns the value of `name` and `page_no` in each request, and the pages.
fn walk(query: &StockQuery, name: &str, answers: Vec<String>) -> (Vec<(String, String)>, Vec<StockPage>) {
    let host = support::answering_in_turn(answers);
    let (mut pages, mut cursor) = (vec![], None);
    loop {
        let page = WdtEnterprise::query(&host, StockQuery { cursor, ..query.clone() }).unwrap();
        cursor = page.next.clone();
        pages.push(page);
        if cursor.is_none() {
            let value = |request: &SentRequest, name| request.field(name).unwrap_or_default();
            let sent = host.sent();
            let requests = sent.iter().map(|request| (value(request, name), value(request, "page_no")));
            return (requests.collect(), pages);
        }
    }
}

#[test]
fn each_sku_is_a_request_of_its_own_and_those_without_stock_make_no_page() {
    let day = "2019-05-18 18:02:43";
    let answers = vec![rows(&[day]), NONE.to_owned(), rows(&[day, day])];
    let (requests, pages) = walk(&skus(&["a", "b", "c"]), "spec_no", answers.clone());
    assert_eq!(requests, pairs(&[("a", "0"), ("b", "0"), ("c", "0")]));
    let page_sizes: Vec<_> = pages.iter().map(|page| (page.levels.len(), page.total)).collect();
    assert_eq!(page_sizes, [(1, None), (2, None)]);

    let barcodes = StockQuery { barcodes: vec!["a".into(), "b".into(), "c".into()], ..everything() };
    let (requests, _) = walk(&barcodes, "barcode", answers);
    assert_eq!(requests, pairs(&[("a", "0"), ("b", "0"), ("c", "0")]));
}

#[test]
fn more_rows_than_a_page_has_are_walked_page_by_page() {
    let day = "2019-05-18 18:02:43";
    let query = StockQuery { page_size: Some(2), ..skus(&["s"]) };
    let (requests, pages) = walk(&query, "spec_no", vec![first_of(3, &[day, day]), later(&[day])]);
    assert_eq!(requests, pairs(&[("s", "0"), ("s", "1")]));
    let page_sizes: Vec<_> = pages.iter().map(|page| (page.levels.len(), page.total)).collect();
    assert_eq!(page_sizes, [(2, Some(3)), (1, None)]);
}

#[test]
fn no_row_is_lost_though_the_last_page_comes_first() {
    let day = "2019-05-18 18:02:43";
    let query = StockQuery { page_size: Some(2), ..skus(&["s"]) };
    let (requests, pages) = walk(&query, "spec_no", vec![later(&[day]), first_of(3, &[day, day]), later(&[])]);
    // After a full page there may be more by now.
    assert_eq!(requests, pairs(&[("s", "0"), ("s", "1"), ("s", "2")]));
    assert_eq!(pages.iter().map(|page| page.levels.len()).sum::<usize>(), 3);
}

#[test]
fn a_full_page_that_is_all_there_is_ends_the_query() {
    let day = "2019-05-18 18:02:43";
    let query = StockQuery { page_size: Some(2), ..everything() };
    let all = rows(&[day, day]).replace("\"2\"", "2");
    let (requests, pages) = walk(&query, "start_time", vec![all]);
    assert_eq!((requests.len(), pages[0].total), (1, Some(2)));
}

#[test]
fn all_stock_is_told_from_a_day_on_that_the_operator_names() {
    let host = support::answering(RESPONSE);
    let page = WdtEnterprise::query(&host, everything()).unwrap();
    let extra = |name: &str| page.extras.iter().find(|(given, _)| given == name).map(|(_, json)| json.as_str());
    assert_eq!(extra("whole-since"), Some("\"2023-11-01 00:00:00\""));
    assert!(extra("not-covered").unwrap().contains("`modified`"), "{:?}", page.extras);

    let error = WdtEnterprise::query(&support::since(None), everything()).unwrap_err();
    assert!(error.message.contains("`settings.since = \"YYYY-MM-DD\"`"), "{}", error.message);
    for day in ["2023-11-16", "last year", "2023-11-01 00:00:00"] {
        let error = WdtEnterprise::query(&support::since(Some(day)), everything()).unwrap_err();
        assert!(error.message.contains(&format!("`since` cannot be used: `{day}`")), "{}", error.message);
    }
}

#[test]
fn a_refusal_of_is_all_says_at_which_hours_it_is_taken() {
    let query = StockQuery { extras: pairs(&[("is_all", "1")]), ..everything() };
    let host = support::answering(r#"{"code":100,"message":"只允许凌晨00:00-02:00调用，其余时间调用会报错"}"#);
    let error = WdtEnterprise::query(&host, query).unwrap_err();
    assert!(error.message.contains("00:00 to 02:00 in Asia/Shanghai, where it is 2023-11-15 06:13:20"), "{error:?}");
    assert_eq!(error.provider_message.as_deref(), Some("只允许凌晨00:00-02:00调用，其余时间调用会报错"));
}

#[test]
fn of_is_all_with_a_warehouse_its_rows_are_kept() {
    let query = |warehouse: &str| StockQuery {
        warehouse: Some(warehouse.into()),
        extras: pairs(&[("is_all", "1")]),
        ..everything()
    };
    for (warehouse, rows) in [("xyp2test", 1), ("other", 0)] {
        let page = WdtEnterprise::query(&support::answering(RESPONSE), query(warehouse)).unwrap();
        // The total counts every warehouse's rows.
        assert_eq!((page.levels.len(), page.total), (rows, None), "{warehouse}");
    }
}

#[test]
fn a_window_longer_than_thirty_days_is_walked_in_pieces() {
    let query = StockQuery { changed: window("2018-11-01 00:00:00", "2018-12-31 12:00:00"), ..everything() };
    let day = "2018-11-18 18:02:43";
    let host = support::answering_in_turn(vec![NONE.to_owned(), NONE.to_owned(), rows(&[day])]);
    let page = WdtEnterprise::query(&host, query).unwrap();
    let windows: Vec<_> = host
        .sent()
        .iter()
        .map(|request| {
            let time = |name| request.field(name).unwrap();
            (time("start_time"), time("end_time"))
        })
        .collect();
    assert_eq!(
        windows,
        pairs(&[
            ("2018-11-01 00:00:00", "2018-11-30 23:59:59"),
            ("2018-12-01 00:00:00", "2018-12-30 23:59:59"),
            ("2018-12-31 00:00:00", "2018-12-31 12:00:00"),
        ])
    );
    assert_eq!((page.levels.len(), page.total, page.next), (1, None, None));
    // The empty answers had the same extra twice.
    assert_eq!(page.extras, pairs(&[("message", "\"ok\"")]));
}

#[test]
fn with_a_sku_the_rows_outside_the_window_are_left_out_here() {
    let query = StockQuery {
        changed: Some(TimeWindow {
            start: china_time("2019-05-18 00:00:00") + 500,
            end: china_time("2019-05-19 00:00:00"),
        }),
        ..skus(&["s"])
    };
    assert_eq!(sent(query.clone()), pairs(&[("spec_no", "s"), ("is_deleted", "1")]));
    let answer = rows(&[
        "2019-05-17 23:59:59",
        "2019-05-18 00:00:00",
        "2019-05-19 00:00:00",
        "2019-05-19 00:00:01",
        "0000-00-00 00:00:00",
    ]);
    let page = WdtEnterprise::query(&support::answering(&answer), query).unwrap();
    let kept: Vec<_> = page.levels.iter().map(|level| level.changed.unwrap()).collect();
    assert_eq!(kept, [china_time("2019-05-18 00:00:00"), china_time("2019-05-19 00:00:00")]);
    // The provider counts the filtered rows too.
    assert_eq!(page.total, None);
}
