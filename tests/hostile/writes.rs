//! Guests that write where they may not, or more than once, or make false statements about a write.

use stockbridge::transport::{InboundResponse, TransportError};
use stockbridge_tests::Recording;

use crate::scene::{Call, GRANTED, Scene, answered, failed, not_applied, result_of, unknown};

const READS_ONLY: &str = "the host refused the request: a read-only operation asked for a write";

async fn refused_in(guest: &str, call: Call) {
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at(guest, GRANTED, transport.clone()).await;
    assert_eq!(scene.result_of(call).await, failed("provider.forbidden", READS_ONLY));
    assert!(transport.sent().is_empty(), "{:?}", transport.sent());
}

#[tokio::test]
pub(crate) async fn write_in_query() {
    refused_in("write-in-query", Call::Query).await;
}

#[tokio::test]
pub(crate) async fn write_in_check() {
    refused_in("write-in-check", Call::Check).await;
}

#[tokio::test]
pub(crate) async fn write_in_resolve() {
    refused_in("write-in-resolve", Call::Resolve).await;
}

#[tokio::test]
pub(crate) async fn write_in_operations() {
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at("write-in-operations", GRANTED, transport.clone()).await;
    let refused = "the host refused the request: `operations` sends nothing";
    assert_eq!(scene.account().operations().unwrap()[0].methods, [refused]);
    assert!(transport.sent().is_empty(), "{:?}", transport.sent());
    assert_eq!(scene.result_of(Call::Query).await, answered("nothing"));
}

#[tokio::test]
pub(crate) async fn two_writes_in_one_call() {
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at("two-writes-in-one-call", GRANTED, transport.clone()).await;
    let refused = "the host refused the request: the call has sent its one write";
    assert_eq!(scene.result_of(Call::Transfer).await, answered(refused));
    assert_eq!(transport.sent().len(), 1);
}

#[tokio::test]
pub(crate) async fn receipt_without_a_write() {
    let text = "the connector broke the contract: it gave a receipt without an answer of the provider";
    let result = result_of("receipt-without-a-write", Call::Transfer).await;
    assert_eq!(result, not_applied("connector.violation", text));
}

/// The guest's statement counts only if the provider answered.
#[tokio::test]
pub(crate) async fn not_applied_after_sending() {
    let guest = "not-applied-after-sending";
    let broken = Err(TransportError::Broken("reset".to_owned()));
    let scene = Scene::at(guest, GRANTED, Recording::with([broken])).await;
    assert_eq!(scene.result_of(Call::Transfer).await, unknown("provider.rejected", "nothing happened"));

    let ok = Ok(InboundResponse { status: 200, headers: Vec::new(), body: Vec::new() });
    let scene = Scene::at(guest, GRANTED, Recording::with([ok])).await;
    assert_eq!(scene.result_of(Call::Transfer).await, not_applied("provider.rejected", "nothing happened"));
}
