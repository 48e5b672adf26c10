//! Faults on the wire, as seen by a client that reads bytes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::time::{Duration, Instant};

use common::{enterprise, flagship as wdt, send, simulator, top, winit};
use serde_json::{Value, json};
use stockbridge_simulator::{DropAt, Fault, FaultKind, Framing, Gateway, Limit, PageOrder, Shape, Simulator};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything here takes.
const SOON: Duration = Duration::from_secs(20);
const GATEWAY: Gateway = Gateway::Winit;

/// A connection with the request of one adjustment sent.
async fn send_request(sim: &Simulator) -> TcpStream {
    send_request_with(sim, &winit::envelope(winit::ADJUST, &winit::unpack(), common::NOW_TEXT).to_string()).await
}

async fn send_request_with(sim: &Simulator, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(sim.address()).await.unwrap();
    let head = format!(
        "POST /openapi/service HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        sim.address(),
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream
}

/// Everything received until the connection's end, however it ends.
async fn to_the_end(mut stream: TcpStream) -> String {
    let mut received = Vec::new();
    let _ = timeout(SOON, stream.read_to_end(&mut received)).await.expect("the connection does not end");
    String::from_utf8(received).unwrap()
}

async fn met(sim: &Simulator, fault: Fault) -> String {
    sim.inject(fault);
    to_the_end(send_request(sim).await).await
}

fn documents(sim: &Simulator) -> usize {
    sim.ledger().documents.len()
}

async fn post(sim: &Simulator, faults: &Value) -> (u16, String) {
    let answer = send(sim, "POST", "/_simulator/faults", "application/json", &faults.to_string()).await;
    (answer.status, answer.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_dropped_before_the_requests_body_was_read() {
    let sim = simulator().await;
    sim.inject(Fault::dropped(GATEWAY, DropAt::Request));
    let mut stream = TcpStream::connect(sim.address()).await.unwrap();
    let head = "POST /openapi/service HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(to_the_end(stream).await, "");
    assert_eq!(sim.requests()[0].body, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_dropped_without_an_answer_before_or_after_the_commit() {
    let sim = simulator().await;
    assert_eq!(met(&sim, Fault::dropped(GATEWAY, DropAt::Answer)).await, "");
    assert_eq!(documents(&sim), 0);
    assert_eq!(met(&sim, Fault::dropped(GATEWAY, DropAt::Answer).after_commit()).await, "");
    assert_eq!(documents(&sim), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_ends_before_the_length_that_its_head_tells() {
    let sim = simulator().await;
    let answer = met(&sim, Fault::cut(GATEWAY, Framing::Length, Some(12))).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let content_length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert_eq!(body, r#"{"code":"0","#);
    assert!(content_length.parse::<usize>().unwrap() > body.len() && !head.contains("transfer-encoding"), "{head}");
    assert_eq!(documents(&sim), 1);
    // Whatever length is requested, at least one byte is missing.
    let answer = met(&sim, Fault::cut(GATEWAY, Framing::Length, Some(1 << 20))).await;
    assert!(answer.contains("\"data\":{") && !answer.ends_with("}}"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_ends_without_its_last_chunk() {
    let sim = simulator().await;
    let answer = met(&sim, Fault::cut(GATEWAY, Framing::Chunked, Some(1 << 20))).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert!(body.contains("\"orderNo\":") && body.ends_with("}}\r\n") && !body.contains("\r\n0\r\n"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_answers_nothing_and_ends_after_its_time() {
    let sim = simulator().await;
    let begun = Instant::now();
    assert_eq!(met(&sim, Fault::stalled(GATEWAY, Duration::from_millis(300))).await, "");
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_eq!(documents(&sim), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_ends_when_its_client_goes_away() {
    let sim = simulator().await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    sim.inject(Fault::stalled(GATEWAY, Duration::from_secs(60)));
    let stream = send_request(&sim).await;
    while sim.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The connection's own are among them.
    let stalling = tasks();
    drop(stream);
    let gone = async {
        while tasks() >= stalling {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, gone).await.expect("the stall goes on without its client");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stall_a_drip_and_a_flood_that_nobody_reads_end_with_the_simulator() {
    let sim = simulator().await;
    let minute = Duration::from_secs(60);
    let mut waiting = Vec::new();
    for fault in [
        Fault::stalled(GATEWAY, minute),
        Fault::dripped(GATEWAY, minute),
        Fault::oversized(GATEWAY, Framing::Chunked, 64 << 20),
    ] {
        sim.inject(fault);
        waiting.push(send_request(&sim).await);
        while sim.requests().len() < waiting.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    timeout(SOON, sim.stop()).await.expect("the simulator does not stop");
    for stream in waiting {
        to_the_end(stream).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drip_sends_head_and_body_byte_by_byte() {
    let sim = simulator().await;
    sim.inject(Fault::dripped(GATEWAY, Duration::from_millis(3)));
    let stream = send_request(&sim).await;
    let begun = Instant::now();
    let received = to_the_end(stream).await;
    let every_byte = Duration::from_millis(3) * u32::try_from(received.len()).unwrap();
    assert!(begun.elapsed() >= every_byte, "{:?}, {every_byte:?}", begun.elapsed());
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n") && received.ends_with("}}"), "{received}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_has_as_many_bytes_as_it_was_told_to() {
    let sim = simulator().await;
    let bytes = (3 << 20) + 7;
    let answer = met(&sim, Fault::oversized(GATEWAY, Framing::Length, bytes)).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("content-length: {bytes}")), "{head}");
    assert_eq!(body.len(), bytes);
    let answer = met(&sim, Fault::oversized(GATEWAY, Framing::Chunked, bytes)).await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.bytes().filter(|byte| *byte == b' ').count(), bytes);
    assert!(body.ends_with("\r\n0\r\n\r\n"));
    assert_eq!(documents(&sim), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_leads_to_the_address_of_credentials_and_a_limit_says_how_long_to_wait() {
    let sim = simulator().await;
    sim.inject(Fault::redirected(GATEWAY, 307));
    sim.inject(Fault::limited(GATEWAY, Limit::Status, 3));
    let body = winit::envelope(winit::ADJUST, &winit::unpack(), common::NOW_TEXT).to_string();
    let mut both = String::new();
    let mut stream = send_request_with(&sim, &body).await;
    let mut piece = [0; 4096];
    let length = stream.read(&mut piece).await.unwrap();
    both.push_str(std::str::from_utf8(&piece[..length]).unwrap());
    assert!(both.starts_with("HTTP/1.1 307 "), "{both}");
    assert!(both.contains("location: http://169.254.169.254/latest/meta-data/\r\n"), "{both}");
    let mut stream = send_request_with(&sim, &body).await;
    let length = stream.read(&mut piece).await.unwrap();
    let limited = std::str::from_utf8(&piece[..length]).unwrap();
    assert!(limited.starts_with("HTTP/1.1 429 ") && limited.contains("retry-after: 3\r\n"), "{limited}");
    assert_eq!(documents(&sim), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateways_own_answer_comes_as_another_type_or_in_another_shape() {
    let sim = simulator().await;
    sim.inject(Fault::mistyped(GATEWAY, "text/html"));
    let body = winit::envelope(winit::STORAGE, &json!({"warehouseCode": "US0001"}), common::NOW_TEXT).to_string();
    let answer = send(&sim, "POST", "/openapi/service", "application/json", &body).await;
    assert_eq!((answer.content_type.as_str(), &answer.json()["code"]), ("text/html", &json!("0")));
    sim.inject(Fault::misshapen(GATEWAY, Shape::WrongInside));
    let answer = send(&sim, "POST", "/openapi/service", "application/json", &body).await.json();
    assert!(answer["data"]["list"].is_object(), "{answer}");
    sim.inject(Fault::not_json(GATEWAY, "<h1>"));
    let answer = send(&sim, "POST", "/openapi/service", "application/json", &body).await;
    assert_eq!((answer.status, answer.content_type.as_str(), answer.body.as_str()), (200, "text/html", "<h1>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_told_as_each_provider_documents_it() {
    let sim = simulator().await;
    for gateway in [Gateway::WdtFlagship, Gateway::WdtEnterprise, Gateway::TaobaoTop] {
        sim.inject(Fault::limited(gateway, Limit::Answer, 3));
    }
    let flagship = wdt::call(&sim, wdt::TRANSFER, wdt::EXAMPLE).await;
    assert_eq!(flagship, wdt::failure(100, "超过每分钟最大调用频率限制，请稍后重试"));
    assert_eq!(enterprise::call(&sim, "stock_query_detail", &[]).await["message"], "频率超限");
    let top = top::occupy(&sim, &top::example()).await["error_response"].clone();
    assert_eq!((&top["code"], &top["sub_msg"]), (&json!(7), &json!("This ban will last for 3 more seconds")));
    assert_eq!(documents(&sim), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_refuses_the_right_time() {
    let sim = simulator().await;
    for seconds in [-900, 900] {
        for gateway in [Gateway::WdtFlagship, Gateway::WdtEnterprise, Gateway::TaobaoTop, Gateway::Winit] {
            sim.inject(Fault::skewed(gateway, seconds));
        }
        assert_eq!(wdt::call(&sim, wdt::TRANSFER, wdt::EXAMPLE).await, wdt::failure(7, "时间戳错误"));
        let enterprise = enterprise::call(&sim, "stock_query_detail", &[("spec_no", "daj1")]).await;
        assert_eq!(enterprise, enterprise::failure(1, "时间戳错误"));
        assert_eq!(top::occupy(&sim, &top::example()).await["error_response"]["code"], 31);
        assert_eq!(winit::call(&sim, winit::ADJUST, &winit::unpack()).await["code"], "-1");
    }
    // A small skew is within the provider's tolerance.
    sim.inject(Fault::skewed(GATEWAY, 60));
    assert_eq!(winit::call(&sim, winit::ADJUST, &winit::unpack()).await["code"], "0");
    assert_eq!(documents(&sim), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_in_another_order_than_they_are_asked_for() {
    let sim = simulator().await;
    let first = async |number: u32| {
        let data = json!({"warehouseCode": "bulk", "pageSize": 100, "pageNum": number});
        let data = winit::call(&sim, winit::STORAGE, &data).await["data"].clone();
        (data["currentPageNum"].as_u64().unwrap(), data["list"][0]["productCode"].as_str().unwrap().to_owned())
    };
    let in_order = [first(1).await, first(2).await, first(3).await];
    sim.inject(Fault::out_of_order(GATEWAY, PageOrder::Swapped).times(3));
    let swapped = [first(1).await, first(2).await, first(3).await];
    assert_eq!(swapped, [in_order[1].clone(), in_order[0].clone(), in_order[2].clone()]);
    sim.inject(Fault::out_of_order(GATEWAY, PageOrder::Repeated).times(3));
    let repeated = [first(1).await, first(2).await, first(3).await];
    assert_eq!(repeated, [in_order[0].clone(), in_order[0].clone(), in_order[1].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_schedule_and_of_one_method_happen_to_their_requests_until_they_are_ended() {
    let sim = simulator().await;
    let program = json!([
        {"gateway": "winit", "method": "queryWarehouseStorage", "every": 2, "raw": {"body": "\"every second\""}},
        {"gateway": "winit", "from": 2, "to": 3, "raw": {"body": "\"second or third\""}},
    ]);
    assert_eq!(post(&sim, &program).await, (204, String::new()));
    let storage = json!({"warehouseCode": "US0001"});
    let mut seen = Vec::new();
    for action in [winit::STORAGE, winit::STORAGE, "queryWarehouse", "queryWarehouse", winit::STORAGE, winit::STORAGE] {
        let data = if action == winit::STORAGE { &storage } else { &json!({}) };
        seen.push(winit::call(&sim, action, data).await.as_str().unwrap_or("answered").to_owned());
    }
    assert_eq!(seen, ["answered", "every second", "second or third", "answered", "answered", "every second"]);
    assert_eq!(send(&sim, "DELETE", "/_simulator/faults", "", "").await.status, 204);
    for _ in 0..2 {
        assert_eq!(winit::call(&sim, winit::STORAGE, &storage).await["code"], "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_can_last_for_a_time() {
    let sim = simulator().await;
    let fault = json!({"gateway": "winit", "for_ms": 1500, "raw": {"body": "\"down\""}});
    assert_eq!(post(&sim, &fault).await.0, 204);
    let data = json!({"warehouseCode": "US0001"});
    assert_eq!(winit::call(&sim, winit::STORAGE, &data).await, "down");
    tokio::time::sleep(Duration::from_millis(1600)).await;
    assert_eq!(winit::call(&sim, winit::STORAGE, &data).await["code"], "0");
}

#[test]
fn the_faults_of_the_documentation_are_faults_and_show_every_kind() {
    let documentation = include_str!("../src/faults/mod.rs");
    let examples = documentation.lines().filter_map(|line| line.strip_prefix("//! {"));
    let kinds: Vec<_> = examples.map(|rest| Fault::from_json(format!("{{{rest}").as_bytes()).unwrap().kind()).collect();
    for kind in FaultKind::ALL {
        assert!(kinds.contains(kind), "{}", kind.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_fault_is_said_in_a_sentence() {
    let sim = simulator().await;
    let one = "a fault has one kind, such as `error` or `drop`; this has";
    let when = "a fault has one of `times`, `every`, `from` with `to`, and `for_ms`";
    for (members, text) in [
        (json!({}), format!("{one} 0")),
        (json!({"drop": {}, "not_json": {"body": ""}}), format!("{one} 2")),
        (json!({"drop": {}, "times": 1, "every": 2}), when.to_owned()),
        (json!({"drop": {}, "from": 1}), when.to_owned()),
        (json!({"drop": {}, "from": 3, "to": 2}), "`to` is out of range".to_owned()),
        (json!({"drop": {}, "every": 0}), "`every` is out of range".to_owned()),
        (json!({"redirect": {"status": 200}}), "200 is not an HTTP status for this".to_owned()),
        (json!({"redirect": {"location": "a\nb"}}), "`location` does not fit into a header".to_owned()),
        (json!({"oversize": {"bytes": 1_u64 << 40}}), "`bytes` is out of range".to_owned()),
    ] {
        let mut fault = json!({"gateway": "winit"});
        fault.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        assert_eq!(post(&sim, &fault).await, (400, format!("{text}\n")), "{fault}");
    }
    for fault in [
        json!({"gateway": "winit", "stal": {"ms": 1}}),
        json!({"gateway": "winit", "drop": {"when": "answer"}}),
        json!([{"gateway": "winit", "drop": {}}, {"gateway": "nowhere", "drop": {}}]),
    ] {
        let (status, text) = post(&sim, &fault).await;
        assert!(status == 400 && text.starts_with("not a fault: "), "{text}");
    }
    assert_eq!(winit::call(&sim, "queryWarehouse", &json!({})).await["code"], "0");
}
