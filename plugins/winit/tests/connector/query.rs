//! Stock queries: requests, paging, and the mapping of rows.

use serde_json::{Value, json};
use stockbridge_connector::native::{NativeHost, SentRequest};
use stockbridge_connector::{
    Condition, Connector, ErrorClass, Response, StockPage, StockQuery, TimeWindow, china_time,
};
use stockbridge_winit::Winit;

use super::order::{STORAGE, account};

pub(crate) fn base_query() -> StockQuery {
    StockQuery {
        warehouse: Some("US0001".into()),
        skus: vec![],
        barcodes: vec![],
        changed: None,
        include_deleted: false,
        cursor: None,
        page_size: None,
        extras: vec![],
    }
}

fn body(request: &SentRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn requested(query: StockQuery) -> Value {
    let host = account(NativeHost::answering(STORAGE));
    Winit::query(&host, query).unwrap();
    body(&host.sent()[0])["data"].clone()
}

/// A warehouse of `stock` items, `0` to `stock`, from a provider that returns at most `largest` rows a page.
fn warehouse(stock: usize, largest: usize) -> NativeHost {
    account(NativeHost::new(move |request| {
        let data = &body(request)["data"];
        let requested = usize::try_from(data["pageSize"].as_u64().unwrap()).unwrap();
        let page = usize::try_from(data["pageNum"].as_u64().unwrap()).unwrap();
        let size = requested.min(largest);
        let rows: Vec<_> = (size * (page - 1)..stock.min(size * page))
            .map(|item| json!({"productCode": item.to_string(), "warehouseCode": "US0001"}))
            .collect();
        let answer = json!({
            "code": "0",
            "data": {"currentPageSize": size, "total": stock, "currentPageNum": page, "list": rows}
        });
        Ok(Response { status: 200, headers: Vec::new(), body: answer.to_string().into_bytes() })
    }))
}

fn page(host: &NativeHost, query: &StockQuery, cursor: Option<String>) -> StockPage {
    let query = StockQuery { cursor, ..query.clone() };
    Winit::query(host, query).unwrap()
}

fn skus(page: &StockPage) -> Vec<&str> {
    page.levels.iter().map(|level| level.sku.as_str()).collect()
}

#[test]
fn a_warehouse_is_asked_for_by_its_code_with_pages_from_1() {
    assert_eq!(requested(base_query()), json!({"warehouseCode": "US0001", "pageSize": 100, "pageNum": 1}));
}

#[test]
fn the_data_is_signed_as_it_is_sent() {
    let host = account(NativeHost::answering(STORAGE));
    let mut query = base_query();
    query.warehouse = Some("货仓1".into());
    query.extras = vec![("isActive".into(), "\"Y\"".into())];
    Winit::query(&host, query).unwrap();
    let request = host.only_sent();
    assert_eq!(request.write, None);
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        r#"{"action":"queryWarehouseStorage","app_key":"demo@example.com","data":{"isActive":"Y","pageNum":1,"pageSize":100,"warehouseCode":"货仓1"},"format":"json","language":"zh_CN","platform":"OWNERERP","sign":"274E1DD48BE3BAB933139865BA0E2DE9","sign_method":"md5","timestamp":"2020-05-18 20:09:05","version":"1.0"}"#
    );
}

#[test]
fn conditions_of_winits_own_are_sent_under_their_names() {
    let mut query = base_query();
    query.warehouse = None;
    query.extras = vec![
        ("warehouseID".into(), "1000001".into()),
        ("inReturnInventory".into(), "\"N\"".into()),
        ("isActive".into(), "\"Y\"".into()),
    ];
    assert_eq!(
        requested(query),
        json!({
            "warehouseID": "1000001", "inReturnInventory": "N", "isActive": "Y", "pageSize": 100, "pageNum": 1
        })
    );
}

#[test]
fn the_wish_for_a_page_size_holds_up_to_a_hundred_and_not_for_named_skus() {
    for (wish, named, size) in [(Some(7), false, 7), (Some(5000), false, 100), (Some(7), true, 100)] {
        let mut query = base_query();
        query.page_size = wish;
        if named {
            query.skus = vec!["liaowl1002".into()];
        }
        assert_eq!(requested(query)["pageSize"], size);
    }
}

#[test]
fn a_row_has_its_figures_as_winit_wrote_them_and_all_of_it_in_raw() {
    let host = account(NativeHost::answering(STORAGE));
    let page = Winit::query(&host, base_query()).unwrap();
    let [full, empty] = page.levels.try_into().unwrap();
    assert_eq!(full.sku, "liaowl1002");
    assert_eq!(full.warehouse, "US0001");
    assert_eq!(full.on_hand.as_deref(), Some("12"));
    assert_eq!(full.available.as_deref(), Some("7"));
    assert_eq!(full.reserved.as_deref(), Some("3"));
    assert_eq!(full.incoming.as_deref(), Some("30"));
    assert_eq!(full.barcode.as_deref(), Some("T00001"));
    assert_eq!(full.name.as_deref(), Some("货"));
    assert!(full.condition.is_none() && full.owner.is_none() && full.changed.is_none() && full.details.is_empty());
    assert!(STORAGE.contains(&full.raw), "{}", full.raw);
    let raw: Value = serde_json::from_str(&full.raw).unwrap();
    for field in [
        "specification",
        "qtyFrozen",
        "qtyDestruction",
        "qtyLostConfirming",
        "prohibitUsableQty",
        "warehouseID",
        "warehouseName",
    ] {
        assert!(raw.get(field).is_some(), "{field}");
    }
    assert_eq!((empty.incoming, empty.barcode, empty.name), (None, None, None));
}

#[test]
fn what_stands_beside_the_rows_is_kept() {
    let host = account(NativeHost::answering(STORAGE));
    let page = Winit::query(&host, base_query()).unwrap();
    assert_eq!(page.total, Some(2));
    assert_eq!(page.next, None);
    assert_eq!(
        page.extras,
        [
            ("msg".to_owned(), "\"操作成功\"".to_owned()),
            ("currentPageSize".to_owned(), "100".to_owned()),
            ("currentPageNum".to_owned(), "1".to_owned()),
        ]
    );
}

#[test]
fn pages_are_walked_to_the_end_without_a_request_too_many() {
    let host = warehouse(250, 1000);
    let query = base_query();
    let first = page(&host, &query, None);
    assert_eq!((first.levels.len(), first.total), (100, Some(250)));
    let second = page(&host, &query, first.next);
    assert_eq!(second.levels.len(), 100);
    let third = page(&host, &query, second.next);
    assert_eq!((skus(&third)[0], third.levels.len(), &third.next), ("200", 50, &None));
    assert_eq!(host.sent().len(), 3);
}

#[test]
fn no_row_is_lost_where_winit_gives_smaller_pages_than_it_was_asked_for() {
    let host = warehouse(120, 50);
    let query = base_query();
    let mut rows = Vec::new();
    let mut cursor = None;
    loop {
        let read = page(&host, &query, cursor);
        rows.extend(read.levels.into_iter().map(|level| level.sku));
        cursor = read.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(rows, (0..120).map(|item| item.to_string()).collect::<Vec<_>>());
}

#[test]
fn named_skus_are_looked_for_page_by_page() {
    let host = warehouse(350, 1000);
    let mut query = base_query();
    query.skus = vec!["205".into(), "349".into(), "nowhere".into()];
    let first = page(&host, &query, None);
    assert_eq!((skus(&first), first.total, host.sent().len()), (vec!["205"], None, 3));
    assert!(first.extras.contains(&("total".to_owned(), "350".to_owned())));
    let second = page(&host, &query, first.next);
    assert_eq!((skus(&second), &second.next), (vec!["349"], &None));
}

#[test]
fn a_long_search_gives_an_empty_page_and_goes_on_from_its_cursor() {
    let host = warehouse(900, 1000);
    let mut query = base_query();
    query.skus = vec!["899".into()];
    let first = page(&host, &query, None);
    assert!(first.levels.is_empty());
    assert_eq!(host.sent().len(), 8);
    let second = page(&host, &query, first.next);
    assert_eq!((skus(&second), &second.next), (vec!["899"], &None));
}

#[test]
fn an_empty_warehouse_is_one_empty_page() {
    for list in ["[]", "null"] {
        let host = account(NativeHost::answering(format!(r#"{{"code":"0","data":{{"total":0,"list":{list}}}}}"#)));
        let page = Winit::query(&host, base_query()).unwrap();
        assert!(page.levels.is_empty() && page.next.is_none());
        assert_eq!(page.total, Some(0));
    }
}

#[test]
fn an_answer_that_is_not_as_known_is_malformed() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"code":"0"}"#,
        r#"{"code":"0","data":""}"#,
        r#"{"code":"0","data":{}}"#,
        r#"{"code":"0","data":{"list":{"a":1}}}"#,
        r#"{"code":"0","data":{"total":1}}"#,
        r#"{"code":"0","data":{"total":"many","list":[]}}"#,
        r#"{"code":"0","data":{"list":[{"warehouseCode":"US0001"}]}}"#,
        r#"{"code":"0","data":{"list":[{"productCode":"","warehouseCode":"US0001"}]}}"#,
        r#"{"code":"0","data":{"list":[{"productCode":"a","warehouseCode":"US0001","inStockQty":"many"}]}}"#,
        r#"{"code":"0","data":{"list":[{"productCode":"a","wareh"#,
    ] {
        let host = account(NativeHost::answering(body));
        let error = Winit::query(&host, base_query()).unwrap_err();
        assert_eq!(error.class, ErrorClass::MalformedResponse, "{body}");
    }
}

/// The vendor's page of 2017 has other field names than newer clients receive, and no warehouse code.
#[test]
fn both_shapes_of_a_row_are_read() {
    for (row, on_hand, reserved) in [
        (
            r#"{"productCode":"a","warehouseID":"7","inventory":12,"reservedInventory":"3","pipelineInventory":4}"#,
            "12",
            "3",
        ),
        (
            r#"{"productCode":"a","warehouseCode":"US0001","inStockQty":"12.0","qtyWaitOut":0E-8,"pipelineInventory":4}"#,
            "12.0",
            "0",
        ),
        (
            r#"{"productCode":"a","inStockQty":5,"inventory":6,"qtyWaitOut":1,"reservedInventory":2,"pipelineInventory":4}"#,
            "5",
            "1",
        ),
    ] {
        let answer = format!(r#"{{"code":"0","data":{{"total":"1","list":[{row}]}}}}"#);
        let page = Winit::query(&account(NativeHost::answering(answer)), base_query()).unwrap();
        let level = &page.levels[0];
        assert_eq!((level.sku.as_str(), level.warehouse.as_str()), ("a", "US0001"), "{row}");
        assert_eq!((level.on_hand.as_deref(), level.reserved.as_deref()), (Some(on_hand), Some(reserved)), "{row}");
        assert_eq!(level.incoming.as_deref(), Some("4"), "{row}");
    }
    // Requested by the warehouse's id alone, a row without a code has no warehouse for the contract.
    let by_id = StockQuery { warehouse: None, extras: vec![("warehouseID".into(), "7".into())], ..base_query() };
    let host = account(NativeHost::answering(r#"{"code":"0","data":{"list":[{"productCode":"a"}]}}"#));
    assert_eq!(Winit::query(&host, by_id).unwrap_err().class, ErrorClass::MalformedResponse);
}

#[test]
fn of_barcodes_the_rows_that_have_them_are_kept() {
    let host = account(NativeHost::answering(
        r#"{"code":"0","data":{"total":2,"list":[{"productCode":"a","merchandiseSerno":"T1"},{"productCode":"b"}]}}"#,
    ));
    let page = Winit::query(&host, StockQuery { barcodes: vec!["T1".into()], ..base_query() }).unwrap();
    assert_eq!((skus(&page), page.total), (vec!["a"], None));
}

/// Answers winit.inventory.type.pageInv with a row of the requested grade.
fn graded() -> NativeHost {
    account(NativeHost::new(|request| {
        let data = &body(request)["data"];
        let row = json!({"merchandiseCode": "a", "merchandiseSerno": "T1", "merchandiseGrade": data["merchandiseGrade"],
            "inStockQty": 12, "usableQty": "10.0", "waitingOutboundQty": 2, "onOrderQty": 0, "organization": "nj"});
        let answer = json!({"code": "0", "data": {"pageParams": {"totalCount": 1}, "list": [row]}});
        Ok(Response { status: 200, headers: Vec::new(), body: answer.to_string().into_bytes() })
    }))
}

fn changed(start: &str, end: &str) -> Option<TimeWindow> {
    let time = |text: &str| china_time::parse(text).unwrap();
    Some(TimeWindow { start: time(start), end: time(end) })
}

fn all_requests(host: &NativeHost, query: &StockQuery) -> (Vec<Value>, Vec<StockPage>) {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let next = page(host, query, cursor);
        cursor = next.next.clone();
        pages.push(next);
        if cursor.is_none() {
            return (host.sent().iter().map(|sent| body(sent)["data"].clone()).collect(), pages);
        }
    }
}

#[test]
fn what_changed_is_asked_for_in_both_grades() {
    let host = graded();
    let query = StockQuery {
        changed: changed("2020-05-17 00:00:00", "2020-05-17 23:59:59"),
        skus: vec!["a".into()],
        ..base_query()
    };
    let (requested, pages) = all_requests(&host, &query);
    let expected = |grade: &str| {
        json!({"warehouseCodes": "US0001", "merchandiseVos": [{"merchandiseCode": "a"}], "merchandiseGrade": grade,
            "inventoryChangeTimeType": "NEW", "startTime": "2020-05-17 00:00:00", "endTime": "2020-05-17 23:59:59",
            "pageVo": {"pageNo": 1, "pageSize": 100}})
    };
    assert_eq!(requested, [expected("GOOD"), expected("DEFECTIVE")]);
    let levels: Vec<_> = pages.iter().flat_map(|page| &page.levels).collect();
    assert!(matches!(levels[0].condition, Some(Condition::Sellable)));
    assert!(matches!(levels[1].condition, Some(Condition::Defective)));
    let level = levels[0];
    assert_eq!((level.warehouse.as_str(), level.barcode.as_deref()), ("US0001", Some("T1")));
    assert_eq!((level.on_hand.as_deref(), level.available.as_deref()), (Some("12"), Some("10.0")));
    assert_eq!((level.reserved.as_deref(), level.incoming.as_deref()), (Some("2"), Some("0")));
    assert_eq!(level.owner.as_deref(), Some("nj"));
}

#[test]
fn a_long_window_is_cut_into_three_days_and_each_barcode_is_asked_for() {
    let query = StockQuery {
        changed: changed("2020-05-01 00:00:00", "2020-05-04 12:00:00"),
        barcodes: vec!["T1".into(), "T2".into()],
        extras: vec![("merchandiseGrade".into(), "\"DEFECTIVE\"".into()), ("serviceType".into(), "\"2B\"".into())],
        ..base_query()
    };
    let (requested, _) = all_requests(&graded(), &query);
    let requests: Vec<_> = requested
        .iter()
        .map(|data| {
            let text = |name: &str| data[name].as_str().unwrap().to_owned();
            assert_eq!((text("merchandiseGrade"), text("serviceType")), ("DEFECTIVE".to_owned(), "2B".to_owned()));
            (text("merchandiseSerno"), text("startTime"), text("endTime"))
        })
        .collect();
    let expected = [
        ("T1", "2020-05-01 00:00:00", "2020-05-03 23:59:59"),
        ("T1", "2020-05-04 00:00:00", "2020-05-04 12:00:00"),
        ("T2", "2020-05-01 00:00:00", "2020-05-03 23:59:59"),
        ("T2", "2020-05-04 00:00:00", "2020-05-04 12:00:00"),
    ];
    assert_eq!(requests, expected.map(|(barcode, start, end)| (barcode.to_owned(), start.to_owned(), end.to_owned())));
}
