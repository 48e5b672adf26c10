//! Guests that say odd things about themselves, or do more than that.

use stockbridge_tests::Recording;

use crate::log::Log;
use crate::scene::{Call, GRANTED, Scene, answered, loading};

async fn refused(guest: &str, reason: &str) {
    let text = format!("does not describe itself: {reason}");
    assert_eq!(loading(guest).await, ("component.describe", text), "{guest}");
}

#[tokio::test]
pub(crate) async fn describe_with_an_odd_name() {
    refused("describe-with-an-odd-name", "`\\u{1b}[2Jwdt` is no name").await;
}

#[tokio::test]
pub(crate) async fn describe_the_same_twice() {
    refused("describe-the-same-twice", "it declares `signing` twice").await;
}

#[tokio::test]
pub(crate) async fn describe_by_thousands() {
    refused("describe-by-thousands", "it has more than 64 settings or secrets").await;
}

#[tokio::test]
pub(crate) async fn describe_by_the_clock() {
    refused("describe-by-the-clock", "the connector trapped: `describe` asked for the time").await;
}

/// It is told no, gets nothing, and is not heard.
#[tokio::test]
pub(crate) async fn describe_sends() {
    let (log, way) = (Log::listen(), Recording::answering(["{}"]));
    let scene = Scene::at("describe-sends", GRANTED, way.clone()).await;
    let told = "the host refused the request: `describe` sends nothing; Err(Refusal::Missing); None";
    assert_eq!(scene.account().descriptor().title, told);
    assert!(way.sent().is_empty() && log.of_connectors().is_empty());
    assert_eq!(scene.came_of(Call::Query).await, answered("nothing"));
}

/// The host keeps no more of them than an account can have.
#[tokio::test]
pub(crate) async fn operations_by_thousands() {
    let scene = Scene::of("operations-by-thousands").await;
    assert_eq!(scene.account().operations().len(), 64);
    let came = scene.came_of(Call::Query).await;
    assert_eq!(came.code, "operation.unsupported");
}
