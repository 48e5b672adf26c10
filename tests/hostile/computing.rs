//! Guests that compute without end, trap, or recurse.

use std::time::Instant;

use crate::scene::{
    Call, CallResult, DEADLINE, Scene, answered, failed, loading, not_applied, queried, result_of, unknown,
};

const LATE: &str = "the call did not end within 400 ms";
const PANICKED: &str = "the connector trapped: it panicked or aborted";

fn late() -> CallResult {
    failed("connector.deadline", LATE)
}

fn trapped() -> CallResult {
    failed("connector.trapped", PANICKED)
}

/// The guests' common frame: other effects are those of the guest under test.
#[tokio::test]
pub(crate) async fn harmless() {
    assert_eq!(result_of("harmless", Call::Query).await, answered("nothing"));
    assert_eq!(result_of("harmless", Call::Check).await, answered("checked"));
}

/// Like [`harmless`], for guests written in the text format.
#[tokio::test]
pub(crate) async fn plain() {
    assert_eq!(result_of("plain", Call::Query).await, answered(""));
    assert_eq!(result_of("plain", Call::Check).await, answered("checked"));
    let gave = "the connector broke the contract: it gave a receipt without an answer of the provider";
    for call in [Call::Transfer, Call::Adjust, Call::Occupy] {
        assert_eq!(result_of("plain", call).await, not_applied("connector.violation", gave), "{call:?}");
    }
}

#[tokio::test]
pub(crate) async fn spin_in_check() {
    assert_eq!(result_of("spin-in-check", Call::Check).await, late());
}

/// The call runs until its deadline.
#[tokio::test]
pub(crate) async fn spin_in_query() {
    let scene = Scene::of("spin-in-query").await;
    let started = Instant::now();
    assert_eq!(scene.result_of(Call::Query).await, late());
    assert!(started.elapsed() >= DEADLINE, "{:?}", started.elapsed());
}

#[tokio::test]
pub(crate) async fn spin_in_transfer() {
    assert_eq!(result_of("spin-in-transfer", Call::Transfer).await, not_applied("connector.deadline", LATE));
}

#[tokio::test]
pub(crate) async fn spin_in_adjust() {
    assert_eq!(result_of("spin-in-adjust", Call::Adjust).await, not_applied("connector.deadline", LATE));
}

#[tokio::test]
pub(crate) async fn spin_in_occupy() {
    assert_eq!(result_of("spin-in-occupy", Call::Occupy).await, not_applied("connector.deadline", LATE));
}

#[tokio::test]
pub(crate) async fn spin_in_resolve() {
    assert_eq!(result_of("spin-in-resolve", Call::Resolve).await, late());
}

/// Setting an account up asks for its operations, within the account's deadline.
#[tokio::test]
pub(crate) async fn spin_in_operations() {
    assert_eq!(loading("spin-in-operations").await, ("connector.deadline", format!("account `hostile`: {LATE}")));
}

#[tokio::test]
pub(crate) async fn spin_after_a_write() {
    assert_eq!(result_of("spin-after-a-write", Call::Transfer).await, unknown("connector.deadline", LATE));
}

/// Each of its tail calls can be interrupted, as a loop header can.
#[tokio::test]
pub(crate) async fn spin_without_a_loop() {
    assert_eq!(result_of("spin-without-a-loop", Call::Query).await, late());
}

#[tokio::test]
pub(crate) async fn spin_in_bulk() {
    assert_eq!(result_of("spin-in-bulk", Call::Query).await, late());
}

#[tokio::test]
pub(crate) async fn spin_in_realloc() {
    assert_eq!(result_of("spin-in-realloc", Call::Query).await, late());
}

#[tokio::test]
pub(crate) async fn spin_in_post_return() {
    assert_eq!(result_of("spin-in-post-return", Call::Query).await, late());
}

#[tokio::test]
pub(crate) async fn trap_in_check() {
    assert_eq!(result_of("trap-in-check", Call::Check).await, trapped());
}

#[tokio::test]
pub(crate) async fn trap_in_query() {
    assert_eq!(result_of("trap-in-query", Call::Query).await, trapped());
}

#[tokio::test]
pub(crate) async fn trap_in_transfer() {
    assert_eq!(result_of("trap-in-transfer", Call::Transfer).await, not_applied("connector.trapped", PANICKED));
}

#[tokio::test]
pub(crate) async fn trap_in_adjust() {
    assert_eq!(result_of("trap-in-adjust", Call::Adjust).await, not_applied("connector.trapped", PANICKED));
}

#[tokio::test]
pub(crate) async fn trap_in_occupy() {
    assert_eq!(result_of("trap-in-occupy", Call::Occupy).await, not_applied("connector.trapped", PANICKED));
}

#[tokio::test]
pub(crate) async fn trap_in_resolve() {
    assert_eq!(result_of("trap-in-resolve", Call::Resolve).await, trapped());
}

#[tokio::test]
pub(crate) async fn trap_in_operations() {
    assert_eq!(loading("trap-in-operations").await, ("connector.trapped", format!("account `hostile`: {PANICKED}")));
}

#[tokio::test]
pub(crate) async fn trap_in_describe() {
    assert_eq!(
        loading("trap-in-describe").await,
        ("component.describe", format!("does not describe itself: {PANICKED}"))
    );
}

#[tokio::test]
pub(crate) async fn trap_after_a_write() {
    assert_eq!(result_of("trap-after-a-write", Call::Transfer).await, unknown("connector.trapped", PANICKED));
}

/// The trapped instance is dropped: the next call gets a fresh one.
#[tokio::test]
pub(crate) async fn trap_when_told() {
    let scene = Scene::of("trap-when-told").await;
    for _ in 0..3 {
        assert_eq!(queried(&scene.account(), "s").await, answered("1"));
        assert_eq!(queried(&scene.account(), "trap").await, trapped());
    }
    assert_eq!(scene.result_of(Call::Query).await, answered("1"));
}

/// The stack is at the bottom of the guest's memory, so that an overflow leaves the memory.
#[tokio::test]
pub(crate) async fn recurse_for_ever() {
    let result = result_of("recurse-for-ever", Call::Query).await;
    assert_eq!(
        result,
        failed(
            "connector.trapped",
            "the connector trapped: it reached beyond its memory (wasm trap: out of bounds memory access)"
        )
    );
}

#[tokio::test]
pub(crate) async fn recurse_in_describe() {
    let text = "does not describe itself: the connector trapped: it reached beyond its memory (wasm trap: out of bounds memory access)";
    assert_eq!(loading("recurse-in-describe").await, ("component.describe", text.to_owned()));
}

/// Recursion without memory use takes the host's stack for the guest, which is limited.
#[tokio::test]
pub(crate) async fn recurse_without_memory() {
    let result = result_of("recurse-without-memory", Call::Query).await;
    assert_eq!(
        result,
        failed(
            "connector.trapped",
            "the connector trapped: it called itself too deep (wasm trap: call stack exhausted)"
        )
    );
}
