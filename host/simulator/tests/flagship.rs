//! The flagship edition, through its HTTP interface.

mod common;

use common::flagship::{
    self as wdt, COUNT, COUNT_LINES, COUNTS, CREATE, EXAMPLE, LOCK, LOCKS, OCCUPY, POOLS, SEARCH, TRANSFER, TRANSFERS,
    failure,
};
use common::{expect, figures, form, send, simulator};
use serde_json::{Value, json};
use stockbridge_simulator::Fault;

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_example_moves_ten_and_a_repeat_moves_ten_more() {
    let sim = simulator().await;
    let answer = wdt::call(&sim, TRANSFER, EXAMPLE).await;
    assert_eq!(answer, json!({"status": 0, "data": {"transfer_no": "TF38581"}}));
    assert_eq!(figures(&sim, "daj-wms-wdt", "daj1"), expect("128", "0", "128"));
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("15", "0", "15"));
    wdt::call(&sim, TRANSFER, EXAMPLE).await;
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("25", "0", "25"));
    let documents = sim.ledger().documents;
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0].fields["remark"], "testMainRemark");
    assert_eq!(documents[0].lines[0].fields["remark"], "testDetailRemark");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_saved_or_submitted_makes_a_document_and_moves_nothing() {
    let sim = simulator().await;
    for create_mode in [r#""create_mode":"0","#, r#""create_mode":1,"#, ""] {
        let body = EXAMPLE.replace(r#""create_mode":"2","#, create_mode);
        assert_eq!(wdt::call(&sim, TRANSFER, &body).await["status"], 0);
    }
    assert_eq!(figures(&sim, "daj-wms-wdt", "daj1"), expect("138", "0", "138"));
    assert_eq!(sim.ledger().documents.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_there_is_does_not_move_and_neither_do_the_lines_before_it() {
    let sim = simulator().await;
    let body = EXAMPLE.replace(
        r#"[{"defect""#,
        r#"[{"spec_no":"daj1","num":"5"},{"spec_no":"daj1","num":"126","remark":"too many"},{"defect""#,
    );
    let answer = wdt::call(&sim, TRANSFER, &body).await;
    assert_eq!(answer, failure(100, "商家编码(spec_no):daj1,调拨量不能大于可出库存量"));
    assert_eq!(figures(&sim, "daj-wms-wdt", "daj1"), expect("138", "0", "138"));
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("5", "0", "5"));
    assert!(sim.ledger().documents.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_by_batch_takes_that_batch_and_a_transfer_by_item_does_not_look_at_it() {
    let sim = simulator().await;
    let with_batch = |mode: &str, batch: &str| {
        let line = format!(r#"[{{"batch_no":"{batch}","defect""#);
        EXAMPLE.replace(r#""mode":"2""#, &format!(r#""mode":{mode}"#)).replace(r#"[{"defect""#, &line)
    };
    assert_eq!(wdt::call(&sim, TRANSFER, &with_batch("2", "PC20260101")).await["status"], 0);
    let moved = |sim: &stockbridge_simulator::Simulator| {
        let view = sim.ledger();
        let lot = view.stock.iter().find(|lot| lot.warehouse == "lz-002" && lot.batch == "PC20260101");
        lot.map(|lot| (lot.on_hand.to_string(), lot.expiry.clone()))
    };
    assert_eq!(moved(&sim), Some(("10".to_owned(), "2028-01-01".to_owned())));
    let unknown = wdt::call(&sim, TRANSFER, &with_batch("4", "NONE")).await;
    assert_eq!(unknown, failure(100, "批次 NONE 不存在或已停用"));
    assert_eq!(wdt::call(&sim, TRANSFER, &with_batch("1", "NONE")).await["status"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defective_line_moves_defective_goods() {
    let sim = simulator().await;
    let body = EXAMPLE.replace(r#""defect":"0","num":"10""#, r#""defect":1,"num":8"#);
    assert_eq!(wdt::call(&sim, TRANSFER, &body).await["status"], 0);
    let answer = wdt::page(&sim, SEARCH, 10, 0, r#"[{"spec_nos":["daj1"],"warehouse_no":"lz-002"}]"#).await;
    let rows = answer["data"]["detail_list"].as_array().unwrap();
    let defective: Vec<_> = rows.iter().map(|row| (row["defect"].clone(), row["stock_num"].to_string())).collect();
    assert_eq!(defective, [(json!(false), "5.0".to_owned()), (json!(true), "8.0".to_owned())]);
    let again = wdt::call(&sim, TRANSFER, &body).await;
    assert_eq!(again, failure(100, "商家编码(spec_no):daj1,调拨量不能大于可出库存量"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_transfer_is_said_in_the_vendors_words() {
    let sim = simulator().await;
    let cases = [
        ("daj-wms-wdt", "nowhere", failure(100, "源仓库不存在")),
        ("lz-002", "nowhere", failure(100, "目标仓库不存在")),
        (r#""daj1""#, r#""aaaaa""#, failure(100, "商家编码:aaaaa 单品不存在")),
        (r#""daj1""#, r#""WDTPDA-OLD001""#, failure(100, "商家编码:WDTPDA-OLD001 单品不存在")),
        (r#""num":"10""#, r#""num":"0""#, failure(100, "数量不合法")),
        (r#""num":"10""#, r#""num":"1.00001""#, failure(1, "For input string: \"1.00001\"")),
        (r#""num":"10""#, r#""num":"1234567890123456""#, failure(1, "For input string: \"1234567890123456\"")),
        (r#""num":"10""#, r#""num":[]"#, failure(1, "argument type mismatch")),
        (r#""num":"10","#, "", failure(2, "num")),
        (r#""num""#, r#""nmu""#, failure(2, "num")),
        (r#""remark":"testDetailRemark""#, r#""remrak":"x""#, failure(2, "remrak")),
        (r#""mode":"2","#, "", failure(2, "mode")),
        (r#""mode":"2""#, r#""mode":"5""#, failure(1, "参数错误")),
        (r#""defect":"0""#, r#""defect":"2""#, failure(1, "参数错误")),
        ("lz-002", &"w".repeat(41), failure(100, "Data truncation: Data too long for column to_warehouse_no")),
        (
            EXAMPLE,
            r#"[{"mode":1,"from_warehouse_no":"a","to_warehouse_no":"b"},[]]"#,
            failure(100, "detail_list不能为空"),
        ),
        (EXAMPLE, "[{}]", failure(1, "invalid argument count")),
        (EXAMPLE, "[[],{}]", failure(1, "argument type mismatch")),
        (EXAMPLE, "{}", failure(1, "参数错误")),
        (EXAMPLE, "not json", failure(1, "参数错误")),
    ];
    for (from, to, expected) in cases {
        let body = EXAMPLE.replace(from, to);
        assert_eq!(wdt::call(&sim, TRANSFER, &body).await, expected, "{body}");
    }
    assert!(sim.ledger().documents.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_refused_in_the_vendors_words() {
    let sim = simulator().await;
    let cases: [(&[(&str, &str)], Value); 12] = [
        (&[("sid", "other")], failure(1, "sid is not exists")),
        (&[("key", "other")], failure(1, "验证失败")),
        (&[("salt", "other")], failure(1, "验证失败")),
        (&[("v", "2.0")], failure(8, "版本错误")),
        (&[("timestamp", "1665947116495")], failure(1, "For input string: \"1665947116495\"")),
        (&[("timestamp", "469958279")], failure(7, "时间戳错误")),
        (&[("timestamp", "469958521")], failure(7, "时间戳错误")),
        (&[("sid", "")], failure(2, "sid")),
        (&[("timestamp", "")], failure(2, "timestamp")),
        (&[("shop_no", "1")], failure(2, "shop_no")),
        (&[("method", "wms.no.such")], failure(100, "权限不足")),
        (&[("method", "")], failure(2, "method")),
    ];
    for (changes, expected) in cases {
        assert_eq!(wdt::answer(&sim, TRANSFER, changes, EXAMPLE).await.json(), expected, "{changes:?}");
    }
    for accepted in ["469958280", "469958520"] {
        let answer = wdt::answer(&sim, TRANSFER, &[("timestamp", accepted)], EXAMPLE).await;
        assert_eq!(answer.json()["status"], 0, "{accepted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_is_of_the_bytes_of_the_body_and_a_wrong_one_is_refused() {
    let sim = simulator().await;
    let query = form(&wdt::signed(TRANSFER, &[], EXAMPLE));
    let spaced = EXAMPLE.replace(",[", ", [");
    let answer = send(&sim, "POST", &format!("/openapi?{query}"), "application/json", &spaced).await;
    assert_eq!((answer.status, answer.json()), (200, failure(1, "验证失败")));
    assert!(sim.ledger().documents.is_empty());
    assert_eq!(wdt::call(&sim, TRANSFER, &spaced).await["status"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_and_another_content_type_are_refused() {
    let sim = simulator().await;
    let target = format!("/openapi?{}", form(&wdt::signed(TRANSFER, &[], EXAMPLE)));
    for (method, content_type) in [("GET", "application/json"), ("PUT", "application/json"), ("POST", "text/plain")] {
        let answer = send(&sim, method, &target, content_type, EXAMPLE).await;
        assert_eq!((answer.status, answer.json()), (200, failure(1, "参数错误")), "{method} {content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_shows_full_rows_with_exact_decimals() {
    let sim = simulator().await;
    let paging = [("page_size", "10"), ("page_no", "0"), ("calc_total", "1")];
    let body = r#"[{"start_time":"","end_time":"","spec_nos":["WDTPDA-BLACK007"],"mask":3,"need_alarm_info":1}]"#;
    let answer = wdt::answer(&sim, SEARCH, &paging, body).await;
    assert!(answer.body.contains(r#""stock_num":55.0000"#), "{}", answer.body);
    let data = answer.json()["data"].clone();
    assert_eq!(data["total_count"], 1);
    let row = &data["detail_list"][0];
    let fields = "rec_id defect stock_num wms_sync_stock wms_stock_diff spec_no spec_id goods_no goods_name spec_code \
        spec_name brand_no brand_name barcode unpay_num subscribe_num order_num sending_num purchase_num transfer_num \
        to_purchase_num purchase_arrive_num wms_preempty_stock wms_preempty_diff weight img_url warehouse_no warehouse_id \
        warehouse_name warehouse_type available_send_stock created modified part_paid_num refund_num refund_exch_num \
        refund_onway_num return_num return_exch_num return_onway_num to_transfer_num wait_transfer_num wms_sync_time \
        remark lock_num flag_id flag_name to_other_out_num to_other_in_num to_process_out_num to_process_in_num \
        last_pd_time last_inout_time inspect_num trade_reserve_num unit_name aux_unit_name status today_num cost_price \
        safe_stock";
    for field in fields.split_whitespace() {
        assert!(!row[field].is_null(), "{field}");
    }
    assert_eq!(row["modified"], 1_795_305_600_000_i64);
    assert_eq!(row["warehouse_name"], "小鹏测试仓库");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_paged_and_counts_only_if_asked_to() {
    let sim = simulator().await;
    let body = r#"[{"start_time":"2026-11-01 00:00:00","end_time":"2026-11-22 08:00:00","warehouse_no":"bulk"}]"#;
    let mut seen = Vec::new();
    for number in 0..3 {
        let answer = wdt::page(&sim, SEARCH, 100, number, body).await;
        assert_eq!(answer["data"]["total_count"], 250);
        let rows = answer["data"]["detail_list"].as_array().unwrap().clone();
        seen.extend(rows.iter().map(|row| row["spec_no"].to_string()));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 250);
    let paging = [("page_size", "1"), ("page_no", "0"), ("calc_total", "0")];
    assert!(wdt::answer(&sim, SEARCH, &paging, body).await.json()["data"]["total_count"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_search_is_said_in_the_vendors_words() {
    let sim = simulator().await;
    let window = |start: &str, end: &str| format!(r#"[{{"start_time":"{start}","end_time":"{end}"}}]"#);
    let cases = [
        (r#"[{"spec_nos":["test"],"warehouse_no":"1002x"}]"#.to_owned(), "仓库不存在  仓库编号: 1002x"),
        (window("2026-10-01 00:00:00", "2026-10-31 00:00:01"), "您的查询时间过宽,查询时间不能大于30天"),
        (window("2023/02/06 17:59:19", "2026-10-31 00:00:01"), "Unparseable date: 2023/02/06 17:59:19"),
        ("[{}]".to_owned(), "参数中必须包含起止时间"),
    ];
    for (body, message) in cases {
        assert_eq!(wdt::page(&sim, SEARCH, 10, 0, &body).await, failure(100, message));
    }
    let month = window("2026-10-01 00:00:00", "2026-10-31 00:00:00");
    assert_eq!(wdt::page(&sim, SEARCH, 10, 0, &month).await["status"], 0);
    let unpaged = wdt::call(&sim, SEARCH, &month).await;
    assert_eq!(unpaged, failure(100, "此方法仅支持分页查询：接口wms.StockSpec.search2"));
    assert_eq!(wdt::page(&sim, SEARCH, 1001, 0, &month).await, failure(1, "参数错误"));
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_aside_takes_from_the_pool_and_from_what_is_available_and_leaves_the_goods() {
    let sim = simulator().await;
    let body = r#"[{"order_no":38580,"order_type":2},[{"spec_no":"daj1","vir_warehouse_no":"VW-ONLINE","priority":1,"num":"12.5"}]]"#;
    let answer = wdt::call(&sim, OCCUPY, body).await;
    assert_eq!(answer, json!({"status": 0, "data": {"data": "策略创建成功"}}));
    assert_eq!(figures(&sim, "daj-wms-wdt", "daj1"), expect("138", "12.5", "125.5"));
    let pools = wdt::page(&sim, POOLS, 10, 0, r#"[{"spec_nos":"daj1","virtual_warehouse_no":"VW-ONLINE"}]"#).await;
    let row = &pools["data"]["detail_list"][0];
    let figure = |name: &str| row[name].as_f64().unwrap();
    assert_eq!((figure("can_use_num"), figure("assigned_num"), figure("now_lock_num")), (47.5, 12.5, 60.0));
    assert_eq!(sim.ledger().documents[0].reference, "38580");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_target_stock_moves_from_pool_to_pool_and_nothing_is_held() {
    let sim = simulator().await;
    let body = r#"[{"order_no":"TF1","order_type":21},[{"spec_no":"daj1","vir_warehouse_no":"VW-ONLINE","to_virwarehouse_no":"VW-OFFLINE","priority":"1","num":15}]]"#;
    assert_eq!(wdt::call(&sim, OCCUPY, body).await["status"], 0);
    let view = sim.ledger();
    assert_eq!(view.pool_free("VW-ONLINE", "daj1").to_string(), "45");
    assert_eq!(view.pool_free("VW-OFFLINE", "daj1").to_string(), "35");
    assert_eq!(figures(&sim, "daj-wms-wdt", "daj1"), expect("138", "0", "138"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allocation_that_one_line_cannot_have_leaves_all_pools_as_they_were() {
    let sim = simulator().await;
    let line = r#"{"spec_no":"daj1","vir_warehouse_no":"VW-ONLINE","priority":1,"num":"31"}"#;
    let body = format!(r#"[{{"order_no":"1","order_type":2}},[{line},{line}]]"#);
    let refusal = failure(100, "商家编码(spec_no):daj1,调拨量不能大于可出库存量");
    assert_eq!(wdt::call(&sim, OCCUPY, &body).await, refusal);
    assert_eq!(sim.ledger().pool_free("VW-ONLINE", "daj1").to_string(), "60");
    assert_eq!(figures(&sim, "daj-wms-wdt", "daj1"), expect("138", "0", "138"));
    let unknown = body.replace("VW-ONLINE", "VW-X");
    assert_eq!(wdt::call(&sim, OCCUPY, &unknown).await, failure(100, "虚拟仓不存在  虚拟仓编号: VW-X"));
    let priority = body.replace(r#""priority":1,"#, "");
    assert_eq!(wdt::call(&sim, OCCUPY, &priority).await, failure(2, "priority"));
    let kind = body.replace(r#""order_type":2"#, r#""order_type":3"#);
    assert_eq!(wdt::call(&sim, OCCUPY, &kind).await, failure(1, "参数错误"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allocation_without_a_quantity_takes_all_that_the_pool_keeps() {
    let sim = simulator().await;
    let body = r#"[{"order_no":"1","order_type":4},[{"spec_no":"daj1","vir_warehouse_no":"VW-OFFLINE","priority":1}]]"#;
    assert_eq!(wdt::call(&sim, OCCUPY, body).await["status"], 0);
    assert_eq!(figures(&sim, "daj-wms-wdt", "daj1"), expect("138", "20", "118"));
}

fn count(strict: &str, spec_no: &str, number: &str) -> String {
    format!(
        r#"[{{"warehouse_no":"lz-002","defect_mode":0,"remark":""{strict}}},[{{"spec_no":"{spec_no}","remark":"PD TEST","new_num":"{number}","defect":false}}]]"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_sets_what_is_there_up_and_down() {
    let sim = simulator().await;
    let answer = wdt::call(&sim, COUNT, &count("", "daj1", "200.0000")).await;
    assert_eq!(answer, json!({"status": 0, "data": {"pd_no": "WP202611220001", "8638": "ok"}}));
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("200", "0", "200"));
    wdt::call(&sim, COUNT, &count("", "daj1", "3")).await;
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("3", "0", "3"));
    wdt::call(&sim, COUNT, &count("", "I1234", "7")).await;
    assert_eq!(figures(&sim, "lz-002", "I1234"), expect("7", "0", "7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_skips_unknown_items_unless_it_is_strict_or_knows_none() {
    let sim = simulator().await;
    let none = wdt::call(&sim, COUNT, &count("", "nothing", "1")).await;
    assert_eq!(none, failure(100, "商家编码全不存在或都已删除"));
    let strict = wdt::call(&sim, COUNT, &count(r#","is_post_error":true"#, "nothing", "1")).await;
    assert_eq!(strict, failure(100, "商家编码:nothing 单品不存在"));
    let line = r#"{"spec_no":"nothing","remark":"","new_num":"1","defect":false}"#;
    let both = count("", "daj1", "9").replace("]]", &format!(",{line}]]"));
    assert_eq!(wdt::call(&sim, COUNT, &both).await["data"]["skip_spec_no"], "nothing");
    assert_eq!(wdt::call(&sim, COUNT, &count("", "daj1", "-1")).await, failure(100, "数量不合法"));
    let unnamed = count("", "daj1", "1").replace(r#""lz-002""#, r#""""#);
    assert_eq!(wdt::call(&sim, COUNT, &unnamed).await, failure(100, "仓库编号不可为空"));
}

const ORDER: &str = r#"[{"outer_no":"test1111","from_warehouse_no":"daj-wms-wdt","to_warehouse_no":"lz-002","mode":5,"contact":"x","telno":"1","province":"p","city":"c","district":"d","address":"a","remark":"r"},[{"num":1,"spec_no":"daj1","remark":"test1"}],true]"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_approved_moves_and_one_that_is_not_does_not() {
    let sim = simulator().await;
    let draft = ORDER.replace("true]", "false]").replace("test1111", "draft");
    assert_eq!(wdt::call(&sim, CREATE, &draft).await["status"], 0);
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("5", "0", "5"));
    let answer = wdt::call(&sim, CREATE, ORDER).await;
    assert_eq!(answer, json!({"status": 0, "data": {"message": "TF202611220002", "status": 0}}));
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("6", "0", "6"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orders_outer_no_serves_once() {
    let sim = simulator().await;
    wdt::call(&sim, CREATE, ORDER).await;
    assert_eq!(wdt::call(&sim, CREATE, ORDER).await, failure(100, "此外部单已使用!"));
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("6", "0", "6"));
    let unknown = ORDER.replace("daj1", "nothing").replace("test1111", "other");
    assert_eq!(wdt::call(&sim, CREATE, &unknown).await, failure(100, "单品不存在检查商家编码"));
}

/// The document in the list of transfers after the page's example of createByApi.
#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_told_with_its_remarks_and_lines() {
    let sim = simulator().await;
    wdt::call(&sim, TRANSFER, EXAMPLE).await;
    let window = r#"[{"start_time":"2026-11-22 07:59:00","end_time":"2026-11-22 08:00:00"}]"#;
    let answer = wdt::page(&sim, TRANSFERS, 100, 0, window).await;
    assert_eq!(answer["data"]["total_count"], 1);
    let order = &answer["data"]["order"][0];
    assert_eq!(
        (&order["transfer_no"], &order["status"], &order["mode"], &order["remark"], &order["created_date"]),
        (&json!("TF38581"), &json!(90), &json!(14), &json!("testMainRemark"), &json!("2026-11-22 08:00:00"))
    );
    assert_eq!((&order["from_warehouse_no"], &order["to_warehouse_no"]), (&json!("daj-wms-wdt"), &json!("lz-002")));
    let line = &order["details_list"][0];
    assert_eq!(
        (&line["spec_no"], &line["remark"], &line["defect"]),
        (&json!("daj1"), &json!("testDetailRemark"), &json!(false))
    );
    let other = window.replace("}]", r#","to_warehouse_no":"STA"}]"#);
    assert_eq!(wdt::page(&sim, TRANSFERS, 100, 0, &other).await["data"]["total_count"], 0);
    // The rules of its page: both times, thirty days, paging.
    assert_eq!(wdt::page(&sim, TRANSFERS, 100, 0, "[{}]").await, failure(100, "参数中必须包含起止时间"));
    let wide = window.replace("2026-11-22 07:59:00", "2026-10-01 00:00:00");
    assert_eq!(wdt::page(&sim, TRANSFERS, 100, 0, &wide).await["status"], 100);
    assert_eq!(wdt::call(&sim, TRANSFERS, window).await["status"], 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_told_and_its_lines_by_another_method() {
    let sim = simulator().await;
    let body = r#"[{"warehouse_no":"lz-002","defect_mode":1,"remark":"盘"},[{"spec_no":"daj1","remark":"r","new_num":"7","defect":false}]]"#;
    let number = wdt::call(&sim, COUNT, body).await["data"]["pd_no"].clone();
    let window = r#"[{"start_time":"2026-11-22 07:59:00","end_time":"2026-11-22 08:00:00","warehouse_no":"lz-002"}]"#;
    let answer = wdt::page(&sim, COUNTS, 100, 0, window).await;
    let head = &answer["data"]["pd_list"][0];
    assert_eq!((&head["pd_no"], &head["status"], &head["remark"]), (&number, &json!(40), &json!("盘")));
    let lines = wdt::page(&sim, COUNT_LINES, 100, 0, &json!([{"pd_no": number}]).to_string()).await;
    assert_eq!((&lines["data"][0]["spec_no"], &lines["data"][0]["defect"]), (&json!("daj1"), &json!(0)));
    assert_eq!(lines["data"][0]["new_num"].to_string(), "7.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_locked_into_a_virtual_warehouse_and_the_lock_is_told() {
    let sim = simulator().await;
    let lock = |num: &str, check: u8| {
        format!(
            r#"[{{"virtual_warehouse_no":"VW-ONLINE","remark":"x","is_check":{check}}},[{{"spec_no":"daj1","warehouse_no":"daj-wms-wdt","num":{num}}}]]"#
        )
    };
    // 130 sound ones exist, of which 80 are held back.
    assert_eq!(wdt::call(&sim, LOCK, &lock("51", 1)).await["status"], 100);
    let made = wdt::call(&sim, LOCK, &lock("50", 1)).await;
    assert_eq!(made, json!({"status": 0, "data": {"message": "VO202611220001", "status": 0}}));
    assert_eq!(sim.ledger().pool_free("VW-ONLINE", "daj1").to_string(), "110");
    // An order that is not checked holds nothing.
    assert_eq!(wdt::call(&sim, LOCK, &lock("5", 0)).await["status"], 0);
    let window = r#"[{"start_time":"2026-11-22 07:59:00","end_time":"2026-11-22 08:00:00"}]"#;
    let answer = wdt::page(&sim, LOCKS, 100, 0, window).await;
    let status: Vec<_> =
        answer["data"]["order"].as_array().unwrap().iter().map(|order| order["order_status"].clone()).collect();
    assert_eq!(status, [json!(30), json!(20)]);
    let to = r#"[{"virtual_warehouse_no":"VW-ONLINE","order_type":3,"to_virtual_warehouse_no":"VW-OFFLINE","is_check":1},[{"spec_no":"daj1","warehouse_no":"daj-wms-wdt","num":18}]]"#;
    assert_eq!(wdt::call(&sim, LOCK, to).await["status"], 0);
    assert_eq!(sim.ledger().pool_free("VW-OFFLINE", "daj1").to_string(), "38");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_can_be_listed_late_in_part_and_without_the_end_of_their_remarks() {
    let sim = simulator().await;
    wdt::call(&sim, TRANSFER, EXAMPLE).await;
    let window = r#"[{"start_time":"2026-11-22 07:59:00","end_time":"2026-11-22 08:00:00"}]"#;
    let list = async || wdt::page(&sim, TRANSFERS, 100, 0, window).await["data"].clone();
    sim.inject(Fault::from_json(br#"{"gateway":"wdt-flagship","listing":{"after_ms":1000}}"#).unwrap());
    assert_eq!(list().await["total_count"], 0);
    sim.inject(Fault::listed_in_part(stockbridge_simulator::Gateway::WdtFlagship, 0));
    let cut = list().await;
    assert_eq!((&cut["total_count"], &cut["order"]), (&json!(1), &json!([])));
    sim.inject(Fault::remarks_cut(stockbridge_simulator::Gateway::WdtFlagship, 4));
    assert_eq!(list().await["order"][0]["remark"], "test");
}
