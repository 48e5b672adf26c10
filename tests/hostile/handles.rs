//! Guests that leak handles, return them twice, use them after dropping, or invent them.

use crate::scene::{Call, answered, failed, result_of};

/// A call holds at most 256 at a time.
#[tokio::test]
pub(crate) async fn handles_leaked() {
    assert_eq!(result_of("handles-leaked", Call::Query).await, answered("256"));
}

#[tokio::test]
pub(crate) async fn handle_dropped_twice() {
    let text = "the connector trapped: unknown handle index 1";
    assert_eq!(result_of("handle-dropped-twice", Call::Query).await, failed("connector.trapped", text));
}

#[tokio::test]
pub(crate) async fn handle_used_after_drop() {
    let text = "the connector trapped: unknown handle index 1";
    assert_eq!(result_of("handle-used-after-drop", Call::Query).await, failed("connector.trapped", text));
}

#[tokio::test]
pub(crate) async fn handle_made_up() {
    let text = "the connector trapped: unknown handle index 12345";
    assert_eq!(result_of("handle-made-up", Call::Query).await, failed("connector.trapped", text));
}

/// Each use of a secret in the body is lent to the host for the call.
#[tokio::test]
pub(crate) async fn body_of_secrets() {
    let text = "the connector trapped: cannot lend resource: store handle limit exceeded";
    assert_eq!(result_of("body-of-secrets", Call::Query).await, failed("connector.trapped", text));
}
