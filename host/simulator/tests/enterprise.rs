//! The enterprise edition, through its HTTP interface.

mod common;

use std::time::Duration;

use common::enterprise::{call, call_counting, failure, post};
use common::{clock, expect, figures, send, simulator, with};
use serde_json::{Value, json};
use stockbridge_simulator::{IsAll, LengthUnit, Options};

const QUERY: &str = "stock_query_detail";
const TRANSFER: &str = "stock_transfer_push";
const TRANSFERS: &str = "stock_transfer_query";
const COUNT: &str = "stock_sync_by_pd";

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_item_is_shown_with_every_field_of_the_page() {
    let sim = simulator().await;
    let answer = call(&sim, QUERY, &[("spec_no", "WDTPDA-BLACK007")]).await;
    assert_eq!((&answer["code"], &answer["total_count"]), (&json!(0), &json!("1")));
    let row = &answer["stocks"][0];
    let sample = json!({
        "spec_id": "21453", "warehouse_id": "67", "stock_num": "55.0000", "lock_num": "0.0000",
        "modified": "2026-11-22 08:00:00", "wms_sync_time": "0000-00-00 00:00:00", "goods_no": "WDTPDA",
        "goods_name": "旺店通手持终端", "brand_no": "BD201811230002", "brand_name": "旺店通",
        "spec_no": "WDTPDA-BLACK007", "spec_name": "旺店通手持终端黑色007型", "spec_code": "BLACK007",
        "barcode": "WDTPDA-BLACK007", "weight": "0.0000", "img_url": "http://baidu.com",
        "warehouse_no": "xyp2test", "warehouse_name": "小鹏测试仓库", "warehouse_type": "1", "spec_wh_no": "",
        "avaliable_num": "55.0000"
    });
    for (field, value) in sample.as_object().unwrap() {
        assert_eq!(&row[field], value, "{field}");
    }
    let others = "unpay_num subscribe_num order_num sending_num purchase_num transfer_num to_transfer_num \
        to_purchase_num purchase_arrive_num return_num return_exch_num return_onway_num refund_num process_onway_num \
        refund_onway_num part_paid_num neg_stockout_num today_num safe_stock wms_sync_stock wms_preempty_stock \
        wms_stock_diff cost_price rec_id created spec_wh_no2 wms_reserve_num status stock_today_num stock_diff unit \
        safe_stock1 safe_stock2 safe_stock3 alarm_type alarm_days alarm_days1 sales_rate_type sales_rate \
        sales_rate_cycle sales_fixrate flag_id default_position_id last_position_id last_pd_time last_inout_time \
        last_sales_time remark";
    for field in others.split_whitespace() {
        assert!(row[field].is_string(), "{field}");
    }
    let detail = &row["details"][0];
    assert!(detail["stock_spec_id"].is_number());
    let shown = ["spec_no", "position_no", "batch_no", "expire_date", "stock_num"].map(|field| detail[field].clone());
    assert_eq!(shown, ["WDTPDA-BLACK007", "A-01-01", "B20190501", "2029-05-01 00:00:00", "40.0000"]);
    assert_eq!(row["details"][1]["expire_date"], "0000-00-00 00:00:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_forty_rows_unless_asked_otherwise_and_only_the_first_tells_the_total() {
    let sim = simulator().await;
    let first = call(&sim, QUERY, &[("warehouse_no", "bulk")]).await;
    assert_eq!(first["stocks"].as_array().unwrap().len(), 40);
    assert_eq!(first["total_count"], "250");
    let mut seen = Vec::new();
    for page in ["0", "1", "2"] {
        let answer = call(&sim, QUERY, &[("warehouse_no", "bulk"), ("page_size", "100"), ("page_no", page)]).await;
        assert_eq!(answer["total_count"].is_null(), page != "0");
        seen.extend(answer["stocks"].as_array().unwrap().iter().map(|row| row["spec_no"].to_string()));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 250);
    for size in ["0", "101", "x"] {
        let answer = call(&sim, QUERY, &[("warehouse_no", "bulk"), ("page_size", size)]).await;
        assert_eq!(answer, failure(100, "参数错误: page_size"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_closed_and_at_most_thirty_days() {
    let sim = simulator().await;
    let rows = async |start: &str, end: &str| {
        let answer = call(&sim, QUERY, &[("warehouse_no", "bulk"), ("start_time", start), ("end_time", end)]).await;
        answer["total_count"].clone()
    };
    assert_eq!(rows("2026-11-22 08:00:00", "2026-11-22 08:00:00").await, "250");
    assert_eq!(rows("2026-11-22 08:00:01", "2026-11-22 08:00:02").await, "0");
    assert_eq!(rows("2026-11-21 08:00:00", "2026-11-22 07:59:59").await, "0");
    assert_eq!(rows("2026-10-23 08:00:00", "2026-11-22 08:00:00").await, "250");
    let month = [("start_time", "2026-10-23 07:59:59"), ("end_time", "2026-11-22 08:00:00")];
    let too_wide = failure(2104, "start_time与end_time时间跨度不能超过最大范围 30天");
    assert_eq!(call(&sim, QUERY, &month).await, too_wide);
    let [start, end] = month;
    assert_eq!(call(&sim, QUERY, &[start, end, ("spec_no", "daj1")]).await["code"], 0);
    assert_eq!(call(&sim, QUERY, &[start, end, ("barcode", "daj1")]).await["total_count"], "2");
    assert_eq!(call(&sim, QUERY, &[]).await, failure(100, "start_time不能为空"));
    assert_eq!(call(&sim, QUERY, &[start]).await, failure(100, "end_time不能为空"));
}

/// 01:59:59 of the next night in Beijing, and the second after it.
#[tokio::test(flavor = "multi_thread")]
async fn everything_is_told_in_the_hours_after_midnight() {
    for (is_all, all, warehouse) in
        [(IsAll::Everything, json!("257"), json!("250")), (IsAll::ThirtyDays, json!(null), json!("0"))]
    {
        let clock = clock();
        let sim = with(Options { clock: clock.clone(), enterprise_is_all: is_all, ..Options::default() }).await;
        let total = async |later: u64, parameters: &[(&str, &str)]| {
            let timestamp = (common::NOW + later).to_string();
            let parameters = [parameters, &[("is_all", "1"), ("timestamp", &timestamp)]].concat();
            call(&sim, QUERY, &parameters).await
        };
        let hours = failure(100, "只允许凌晨00:00-02:00调用，其余时间调用会报错");
        assert_eq!(total(0, &[]).await, hours);
        let night = 18 * 3600 - 1;
        clock.advance(Duration::from_secs(night));
        assert_eq!(total(night, &[]).await["total_count"], all, "{is_all:?}");
        assert_eq!(total(night, &[("warehouse_no", "bulk")]).await["total_count"], warehouse, "{is_all:?}");
        // A window of more than thirty days is accepted under both readings.
        let year = [("start_time", "2026-01-01 00:00:00"), ("end_time", "2026-12-31 00:00:00")];
        assert_eq!(total(night, &year).await["total_count"], "257");
        clock.advance(Duration::from_secs(1));
        assert_eq!(total(night + 1, &[]).await, hours);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_alone_means_the_last_hour() {
    let clock = clock();
    let sim = with(Options { clock: clock.clone(), ..Options::default() }).await;
    clock.advance(Duration::from_secs(200));
    assert_eq!(call(&sim, QUERY, &[("warehouse_no", "bulk")]).await["total_count"], "250");
    clock.advance(Duration::from_secs(3500));
    let later = (common::NOW + 3700).to_string();
    assert_eq!(call(&sim, QUERY, &[("warehouse_no", "bulk"), ("timestamp", &later)]).await["total_count"], "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_goods_are_left_out_only_by_one() {
    let sim = simulator().await;
    let total = async |is_deleted: &str| {
        call(&sim, QUERY, &[("warehouse_no", "xyp2test"), ("is_deleted", is_deleted)]).await["total_count"].clone()
    };
    assert_eq!((total("1").await, total("0").await, total("").await), (json!("1"), json!("2"), json!("2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_refused() {
    let sim = simulator().await;
    let spec = ("spec_no", "daj1");
    let cases: [(&[(&str, &str)], Value); 7] = [
        (&[("sid", "other"), spec], failure(2030, "sid is not exists")),
        (&[("appkey", "other"), spec], failure(2060, "app auth fail")),
        (&[("timestamp", "1795305299"), spec], failure(1, "时间戳错误")),
        (&[("timestamp", "1795305901"), spec], failure(1, "时间戳错误")),
        (&[("timestamp", ""), spec], failure(100, "timestamp不能为空")),
        (&[("spec_on", "daj1")], failure(100, "参数错误: spec_on")),
        (&[("warehouse_no", "nowhere")], failure(100, "仓库不存在  仓库编号: nowhere")),
    ];
    for (changes, expected) in cases {
        assert_eq!(call(&sim, QUERY, changes).await, expected, "{changes:?}");
    }
    assert_eq!(call(&sim, QUERY, &[("timestamp", "1795305300"), spec]).await["code"], 0);
    let unsigned = format!("sid=demo-sid&appkey=demo-key&timestamp={}&spec_no=daj1&sign=x", common::NOW);
    assert_eq!(post(&sim, QUERY, &unsigned).await, failure(2100, "sign error"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_another_content_type_and_a_broken_form_are_refused_and_a_method_that_is_no_file_is_not_found() {
    let sim = simulator().await;
    let form = "application/x-www-form-urlencoded";
    let target = "/openapi2/stock_query_detail.php";
    let wrong = failure(1, "参数错误");
    assert_eq!(send(&sim, "GET", target, form, "").await.json(), wrong);
    assert_eq!(send(&sim, "POST", target, "application/json", "{}").await.json(), wrong);
    assert_eq!(send(&sim, "POST", target, form, "a=%zz").await.json()["code"], 1);
    assert_eq!(send(&sim, "POST", "/openapi2/no_such.php", form, "").await.status, 404);
    assert_eq!(send(&sim, "POST", "/openapi2/stock_query_detail", form, "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_count_characters_unless_told_to_count_bytes() {
    let sim = simulator().await;
    let query = [("spec_no", "是")];
    assert_eq!(call(&sim, QUERY, &query).await["code"], 0);
    assert_eq!(call_counting(&sim, QUERY, &query, str::len).await, failure(2100, "sign error"));
    let options = Options { clock: clock(), enterprise_length: LengthUnit::Bytes, ..Options::default() };
    let bytes = with(options).await;
    assert_eq!(call_counting(&bytes, QUERY, &query, str::len).await["code"], 0);
    assert_eq!(call(&bytes, QUERY, &query).await, failure(2100, "sign error"));
}

fn transfer(autocheck: i64, num: &str) -> String {
    json!({
        "outer_no": "T1", "from_warehouse_no": "xyp2test", "to_warehouse_no": "lz-002", "address": "a", "contact": "c",
        "remark": "r", "transfer_type": 1, "mode": 0, "autocheck": autocheck,
        "skus": [{"spec_no": "WDTPDA-BLACK007", "num": num, "remark": "l", "from_position_no": "", "to_position_no": "Z1"}]
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_approved_moves_over_lots_and_keeps_their_batches() {
    let sim = simulator().await;
    let answer = call(&sim, TRANSFER, &[("transfer_info", &transfer(1, "50.5"))]).await;
    assert_eq!(answer, json!({"code": 0, "message": "ok", "transfer_no": "TF202611220001"}));
    assert_eq!(figures(&sim, "xyp2test", "WDTPDA-BLACK007"), expect("4.5", "0", "4.5"));
    let shown = call(&sim, QUERY, &[("spec_no", "WDTPDA-BLACK007"), ("warehouse_no", "lz-002")]).await;
    let details = shown["stocks"][0]["details"].as_array().unwrap();
    let batches: Vec<_> = details.iter().map(|detail| (&detail["batch_no"], &detail["position_no"])).collect();
    assert_eq!(batches, [(&json!("B20190501"), &json!("Z1")), (&json!("B20190601"), &json!("Z1"))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_not_approved_or_not_possible_or_repeated_moves_nothing() {
    let sim = simulator().await;
    let too_many = call(&sim, TRANSFER, &[("transfer_info", &transfer(1, "55.0001"))]).await;
    assert_eq!(too_many, failure(100, "商家编码(spec_no):WDTPDA-BLACK007,调拨量不能大于可出库存量"));
    assert_eq!(call(&sim, TRANSFER, &[("transfer_info", &transfer(0, "5"))]).await["code"], 0);
    let repeated = call(&sim, TRANSFER, &[("transfer_info", &transfer(1, "5"))]).await;
    assert_eq!(repeated, failure(100, "此外部单已使用!"));
    assert_eq!(figures(&sim, "xyp2test", "WDTPDA-BLACK007"), expect("55", "0", "55"));
    assert_eq!(sim.ledger().documents.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_transfer_is_named() {
    let sim = simulator().await;
    let good = transfer(1, "5");
    let cases = [
        ("autocheck", "autochek", "参数错误: transfer_info.autochek"),
        ("\"outer_no\":\"T1\",", "", "transfer_info.outer_no不能为空"),
        ("\"num\"", "\"nmu\"", "transfer_info.skus[0].num不能为空"),
        ("\"5\"", "\"-5\"", "参数错误: transfer_info.skus[0].num"),
        ("\"mode\":0", "\"mode\":3", "参数错误: transfer_info.mode"),
        ("lz-002", "nowhere", "仓库不存在  仓库编号: nowhere"),
        ("WDTPDA-BLACK007", "nothing", "商家编码:nothing 单品不存在"),
    ];
    for (from, to, message) in cases {
        let info = good.replace(from, to);
        assert_eq!(call(&sim, TRANSFER, &[("transfer_info", &info)]).await, failure(100, message), "{info}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_sets_the_stock_if_it_is_approved() {
    let sim = simulator().await;
    let goods = r#"[{"spec_no":"daj1","stock_num":"77.5"}]"#;
    let waiting = [("warehouse_no", "lz-002"), ("outer_no", "P1"), ("is_adjust_stock", "0"), ("goods_list", goods)];
    assert_eq!(call(&sim, COUNT, &waiting).await["code"], 0);
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("5", "0", "5"));
    let approved = [("warehouse_no", "lz-002"), ("outer_no", "P2"), ("is_adjust_stock", "1"), ("goods_list", goods)];
    assert_eq!(call(&sim, COUNT, &approved).await, json!({"code": 0, "message": "PD202611220002"}));
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("77.5", "0", "77.5"));
    let by_page = [("warehouse_no", "lz-002"), ("api_outer_no", "P3"), ("is_check", "1"), ("goods_list", goods)];
    assert_eq!(call(&sim, COUNT, &by_page).await["code"], 0);
    assert_eq!(sim.ledger().documents[2].reference, "P3");
}

#[tokio::test(flavor = "multi_thread")]
async fn transfers_are_told_with_the_callers_number() {
    let sim = simulator().await;
    call(&sim, TRANSFER, &[("transfer_info", &transfer(1, "2"))]).await;
    call(&sim, TRANSFER, &[("transfer_info", &transfer(0, "1").replace("T1", "T2"))]).await;
    let window = [("start_time", "2026-11-01 00:00:00"), ("end_time", "2026-11-30 23:59:59")];
    let answer = call(&sim, TRANSFERS, &window).await;
    assert_eq!((&answer["code"], &answer["total_count"]), (&json!(0), &json!("2")));
    let rows: Vec<_> =
        answer["transfer_list"].as_array().unwrap().iter().map(|row| (&row["outer_no"], &row["status"])).collect();
    assert_eq!(rows, [(&json!("T1"), &json!(90)), (&json!("T2"), &json!(30))]);

    for (name, value, count) in [
        ("api_outer_no", "T2", 1),
        ("status", "90", 1),
        ("to_warehouse_no", "xyp2test", 0),
        ("page_size", "1", 1),
        ("page_no", "1", 0),
    ] {
        let answer = call(&sim, TRANSFERS, &[window[0], window[1], (name, value)]).await;
        assert_eq!(answer["transfer_list"].as_array().unwrap().len(), count, "{name}={value}");
    }
    let long = [("start_time", "2026-10-01 00:00:00"), window[1]];
    assert_eq!(call(&sim, TRANSFERS, &long).await["code"], 2104);
    assert_eq!(call(&sim, TRANSFERS, &window[1..]).await, failure(100, "start_time不能为空"));
}
