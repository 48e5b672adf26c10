//! The simulator's own endpoints, and the gateways together.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::enterprise::call;
use common::flagship::{self as wdt, EXAMPLE, TRANSFER};
use common::top::{self, example, occupy, result};
use common::winit;
use common::{clock, expect, figures, form, send, simulator, with};
use serde_json::{Value, json};
use stockbridge_simulator::{Fault, Gateway, Options, Simulator, StartError, Stock};

async fn inject(sim: &Simulator, fault: &Value) -> u16 {
    send(sim, "POST", "/_simulator/faults", "application/json", &fault.to_string()).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_gateway_writes_all_gateways_show() {
    let sim = simulator().await;
    occupy(&sim, &example()).await;
    let row = call(&sim, "stock_query_detail", &[("spec_no", "I1234")]).await["stocks"][0].clone();
    let figures = ["stock_num", "lock_num", "avaliable_num"].map(|name| row[name].clone());
    assert_eq!(figures, ["120.0000", "12.0000", "108.0000"]);
    let searched = wdt::page(&sim, wdt::SEARCH, 10, 0, r#"[{"spec_nos":["I1234"]}]"#).await;
    assert_eq!(searched["data"]["detail_list"][0]["available_send_stock"].as_f64(), Some(88.0));
    let listed = winit::call(&sim, winit::STORAGE, &json!({"warehouseCode": "STA"})).await;
    assert_eq!(listed["data"]["list"][0]["qtyAvailable"], "108");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_shown_as_json_with_decimals_as_text() {
    let sim = simulator().await;
    wdt::call(&sim, TRANSFER, EXAMPLE).await;
    let ledger = send(&sim, "GET", "/_simulator/ledger", "", "").await.json();
    let bulk = ledger["stock"].as_array().unwrap().iter().find(|lot| lot["item"] == "BULK-0001").unwrap();
    assert_eq!((&bulk["on_hand"], &bulk["available"]), (&json!("12.5000"), &json!("12.5000")));
    let document = &ledger["documents"][0];
    assert_eq!((&document["gateway"], &document["state"]), (&json!("wdt-flagship"), &json!("done")));
    assert_eq!(document["lines"][0]["quantity"], "10.0000");
    assert_eq!(ledger["pools"][0]["free"], "20.0000");
    assert_eq!(ledger, serde_json::to_value(sim.ledger()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_answers_so_many_requests_in_the_gateways_own_shape_and_carries_nothing_out() {
    let sim = simulator().await;
    let limit = "超过每分钟最大调用频率限制，请稍后重试";
    let fault = json!({"gateway": "wdt-flagship", "times": 2, "error": {"status": 100, "message": limit}});
    assert_eq!(inject(&sim, &fault).await, 204);
    for _ in 0..2 {
        assert_eq!(wdt::call(&sim, TRANSFER, EXAMPLE).await, wdt::failure(100, limit));
    }
    assert!(sim.ledger().documents.is_empty());
    assert_eq!(wdt::call(&sim, TRANSFER, EXAMPLE).await["status"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_after_the_commit_loses_only_the_answer() {
    let sim = simulator().await;
    sim.inject(Fault::raw(Gateway::WdtFlagship, 502, "text/html", "<h1>Bad Gateway</h1>").after_commit());
    let answer = wdt::answer(&sim, TRANSFER, &[], EXAMPLE).await;
    assert_eq!((answer.status, answer.body.as_str()), (502, "<h1>Bad Gateway</h1>"));
    assert_eq!(figures(&sim, "lz-002", "daj1"), expect("15", "0", "15"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_gateway_has_its_own_faults() {
    let sim = simulator().await;
    let sub_code = "accesscontrol.limited-by-app-api-access-count";
    let sub_msg = "This ban will last for 3 more seconds";
    inject(&sim, &json!({"gateway": "taobao-top", "error": {"code": "7", "sub_code": sub_code, "sub_msg": sub_msg}}))
        .await;
    inject(&sim, &json!({"gateway": "taobao-top", "error": {"error_code": "E1", "error_message": "x"}})).await;
    inject(&sim, &json!({"gateway": "wdt-enterprise", "error": {"code": "2030", "message": "频率超限"}})).await;
    inject(&sim, &json!({"gateway": "winit", "error": {"code": 1, "msg": "03010250006"}})).await;
    let limited = occupy(&sim, &example()).await["error_response"].clone();
    assert_eq!((&limited["code"], &limited["msg"]), (&json!(7), &json!("App Call Limited")));
    assert_eq!((&limited["sub_code"], &limited["sub_msg"]), (&json!(sub_code), &json!(sub_msg)));
    let refused = json!({"success": false, "error_code": "E1", "error_message": "x"});
    assert_eq!(result(&occupy(&sim, &example()).await), refused);
    let simple = Fault::top_business("E2", "y");
    sim.inject(simple);
    let answer = top::call(&sim, &[("req_dto", &example().to_string()), ("simplify", "true")]).await.json();
    assert_eq!(answer["spi_result"]["error_code"], "E2");
    let enterprise = call(&sim, "stock_query_detail", &[("spec_no", "daj1")]).await;
    assert_eq!(enterprise, json!({"code": "2030", "message": "频率超限"}));
    let winit = winit::call(&sim, winit::ADJUST, &winit::unpack()).await;
    assert_eq!(winit, json!({"code": 1, "msg": "03010250006", "data": {}}));
    assert!(sim.ledger().documents.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_fault_is_refused_with_a_sentence() {
    let sim = simulator().await;
    let cases = [
        json!({"gateway": "taobao-top"}),
        json!({"gateway": "taobao-top", "error": {"code": 7}, "raw": {"body": ""}}),
        json!({"gateway": "nowhere", "raw": {"body": ""}}),
        json!({"gateway": "winit", "error": {"code": "1"}}),
        json!({"gateway": "winit", "error": {"code": "1", "msg": "m", "more": 1}}),
        json!({"gateway": "winit", "raw": {"status": 99, "body": ""}}),
        json!({"gateway": "winit", "raw": {"body": ""}, "stall": 1}),
    ];
    for fault in cases {
        assert_eq!(inject(&sim, &fault).await, 400, "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_kept_as_they_came_in() {
    let sim = simulator().await;
    let query = form(&wdt::signed(TRANSFER, &[], EXAMPLE));
    send(&sim, "POST", &format!("/openapi?{query}"), "application/json", EXAMPLE).await;
    send(&sim, "GET", "/_simulator/ledger", "", "").await;
    let requests = sim.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(
        (request.gateway, request.method.as_str(), request.path.as_str()),
        (Gateway::WdtFlagship, "POST", "/openapi")
    );
    assert_eq!((request.query.as_str(), request.body.as_slice()), (query.as_str(), EXAMPLE.as_bytes()));
    assert!(request.headers.contains(&("content-type".to_owned(), "application/json".to_owned())));
    for _ in 0..1100 {
        send(&sim, "GET", "/openapi", "", "").await;
    }
    assert_eq!(sim.requests().len(), 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_at_every_gateway() {
    let sim = simulator().await;
    let body = "x".repeat((4 << 20) + 1);
    for target in ["/openapi", "/openapi2/stock_query_detail.php", "/router/rest", "/openapi/service"] {
        assert_eq!(send(&sim, "POST", target, "text/plain", &body).await.status, 413, "{target}");
    }
    assert_eq!(send(&sim, "GET", "/elsewhere", "", "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_listens_on_loopback_only() {
    let refused = Simulator::start("0.0.0.0:0".parse().unwrap(), Options::default()).await.unwrap_err();
    assert!(matches!(refused, StartError::NotLoopback(_)));
    let text = "the simulator listens on loopback only, and 0.0.0.0:0 is not a loopback address";
    assert_eq!(refused.to_string(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_named() {
    let sim = simulator().await;
    let refused = Simulator::start(sim.address(), Options::default()).await.unwrap_err();
    assert!(refused.to_string().starts_with(&format!("cannot listen at {} (", sim.address())));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_told_to_and_when_dropped() {
    let sim = simulator().await;
    let address = sim.address();
    sim.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let sim = simulator().await;
    let address = sim.address();
    drop(sim);
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("still listening");
}

const TWO_WAREHOUSES: &str = r#"
[[warehouse]]
no = "A"
[[warehouse]]
no = "B"
[[item]]
no = "a"
[[stock]]
warehouse = "A"
item = "a"
on_hand = 10
reserved = 4
position = "P1"
[[stock]]
warehouse = "A"
item = "a"
on_hand = 10
position = "P2"
[[pool]]
no = "PA"
warehouse = "A"
[[pool.stock]]
item = "a"
quantity = 5
[[pool]]
no = "PB"
warehouse = "B"
"#;

async fn two_warehouses() -> Simulator {
    let stock = Some(Stock::from_toml("two.toml", TWO_WAREHOUSES).unwrap());
    with(Options { stock, clock: clock(), ..Options::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pools_of_different_warehouses_do_not_give_to_each_other() {
    let sim = two_warehouses().await;
    let line = r#"{"spec_no":"a","vir_warehouse_no":"PA","to_virwarehouse_no":"PB","priority":1,"num":1}"#;
    let body = format!(r#"[{{"order_no":"1","order_type":2}},[{line}]]"#);
    assert_eq!(wdt::call(&sim, wdt::OCCUPY, &body).await, wdt::failure(100, "虚拟仓不属于同一仓库"));
    assert_eq!(sim.ledger().pool_free("PA", "a").to_string(), "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_below_what_is_held_leaves_it_held() {
    let sim = two_warehouses().await;
    let goods = r#"[{"spec_no":"a","stock_num":"3"}]"#;
    let count = [("warehouse_no", "A"), ("is_adjust_stock", "1"), ("goods_list", goods)];
    assert_eq!(call(&sim, "stock_sync_by_pd", &count).await["code"], 0);
    assert_eq!(figures(&sim, "A", "a"), expect("3", "4", "-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_does_not_move_and_a_transfer_by_position_takes_from_there() {
    let sim = two_warehouses().await;
    let order = |outer_no: &str, num: i64| {
        let head = json!({"outer_no": outer_no, "from_warehouse_no": "A", "to_warehouse_no": "B", "mode": 6});
        json!([head, [{"spec_no": "a", "num": num, "from_position_no": "P1", "to_position_no": "Z"}], true]).to_string()
    };
    let too_many = wdt::call(&sim, wdt::CREATE, &order("1", 7)).await;
    assert_eq!(too_many, wdt::failure(100, "商家编码(spec_no):a,调拨量不能大于可出库存量"));
    assert_eq!(wdt::call(&sim, wdt::CREATE, &order("2", 6)).await["data"]["status"], 0);
    assert_eq!(figures(&sim, "A", "a"), expect("14", "4", "10"));
    let moved = sim.ledger().stock.into_iter().find(|lot| lot.warehouse == "B").unwrap();
    assert_eq!((moved.position.as_str(), moved.on_hand.to_string()), ("Z", "6".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_of_ones_own_takes_the_place_of_the_built_in_one() {
    let text = "[[warehouse]]\nno = \"W\"\n[[item]]\nno = \"a\"\n[[stock]]\nwarehouse = \"W\"\nitem = \"a\"\non_hand = \"2.5\"\nreserved = 1\n";
    let stock = Some(Stock::from_toml("own.toml", text).unwrap());
    let sim = with(Options { stock, clock: clock(), ..Options::default() }).await;
    assert_eq!(figures(&sim, "W", "a"), expect("2.5", "1", "1.5"));
    assert_eq!(sim.ledger().stock.len(), 1);
    assert_eq!(sim.ledger().stock[0].changed, "2026-11-22 08:00:00");
}
