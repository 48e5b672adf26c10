use serde_json::{Value, json};
use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Attempt, Connector, Error, ErrorClass, Progress, Resolution, Write};
use stockbridge_wdt_enterprise::WdtEnterprise;

use crate::{support, transfer};

/// Twenty minutes before now.
const SENT: i64 = support::NOW - 20 * 60 * 1000;

fn row(outer_no: &str, status: i64) -> Value {
    json!({"transfer_no": format!("TF-{outer_no}"), "outer_no": outer_no, "status": status, "goods_count": "1.0000"})
}

fn rows(rows: &[Value]) -> String {
    json!({"code": 0, "message": "ok", "transfer_list": rows}).to_string()
}

fn resolved(host: &NativeHost) -> Result<Resolution, Error> {
    let attempt = Attempt { first_sent: SENT, last_sent: SENT, key: Some("ref-1".into()) };
    WdtEnterprise::resolve(host, Write::Transfer(transfer::order()), attempt)
}

#[test]
fn a_lost_transfer_is_looked_for_between_its_warehouses_since_it_was_sent_and_only_read() {
    let host = support::answering(&rows(&[row("ref-0", 90), row("ref-1", 90)]));
    let Resolution::Applied(receipt) = resolved(&host).unwrap() else { panic!() };
    assert_eq!((receipt.document.as_deref(), receipt.progress), (Some("TF-ref-1"), Progress::Done));
    assert_eq!(receipt.extras, support::pairs(&[("goods_count", "\"1.0000\""), ("status", "90")]));
    let request = host.only_sent();
    assert_eq!((request.url.as_str(), request.write), ("https://wdt.example/openapi2/stock_transfer_query.php", None));
    assert_eq!(
        support::business(&host.only_sent()),
        support::pairs(&[
            // Five minutes before it was sent, because the provider's clock may be slow.
            ("start_time", "2023-11-15 05:48:20"),
            ("end_time", "2023-11-15 06:13:20"),
            ("from_warehouse_no", "ghs2test"),
            ("to_warehouse_no", "lx2test"),
            ("page_size", "100"),
            ("page_no", "0"),
        ])
    );
}

#[test]
fn a_transfer_that_is_not_carried_out_yet_is_accepted() {
    let Resolution::Applied(receipt) = resolved(&support::answering(&rows(&[row("ref-1", 30)]))).unwrap() else {
        panic!()
    };
    assert_eq!(receipt.progress, Progress::Accepted);
}

#[test]
fn it_is_found_on_a_later_page() {
    let full: Vec<Value> = (0..100).map(|number| row(&format!("other-{number}"), 90)).collect();
    let host = support::answering_in_turn(vec![rows(&full), rows(&[row("ref-1", 90)])]);
    assert!(matches!(resolved(&host).unwrap(), Resolution::Applied(_)));
    assert_eq!(host.sent()[1].field("page_no").as_deref(), Some("1"));
}

#[test]
fn that_none_is_found_proves_nothing_and_a_person_is_told_where_to_look() {
    let unnumbered = json!({"transfer_no": "TF1", "status": 90});
    let full: Vec<Value> = (0..100).map(|number| row(&format!("other-{number}"), 90)).collect();
    for (answer, requests) in [(rows(&[]), 1), (rows(&[row("ref-2", 90), unnumbered]), 1), (rows(&full), 10)] {
        let host = support::answering(&answer);
        let Resolution::CannotTell(text) = resolved(&host).unwrap() else { panic!() };
        let expected = [
            "proves nothing",
            "(调拨单)",
            "(外部单号) ref-1",
            "daj1 × 1",
            "2023-11-15 05:53:20",
            "do not send it again",
        ];
        for word in expected {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert_eq!(host.sent().len(), requests);
    }
}

#[test]
fn a_look_up_that_fails_settles_nothing_and_says_where_to_look_all_the_same() {
    for (answer, class) in [
        (r#"{"code":2100,"message":"sign error"}"#, ErrorClass::Unauthorized),
        (r#"{"code":0,"message":"ok"}"#, ErrorClass::MalformedResponse),
        (r#"{"code":0,"transfer_list":[{"outer_no":"ref-1""#, ErrorClass::MalformedResponse),
        (r#"{"code":0,"transfer_list":[{"outer_no":"ref-1","outer_no":"ref-2"}]}"#, ErrorClass::MalformedResponse),
    ] {
        let error = resolved(&support::answering(answer)).unwrap_err();
        assert_eq!(error.class, class, "{answer}");
        assert!(error.message.contains("says nothing about the write"), "{}", error.message);
        assert!(error.message.contains("(外部单号) ref-1"), "{}", error.message);
    }
}
