//! Promises that the host does not keep yet. Each test says what it has to do; when it does, the test moves to the file
//! that it belongs to and loses its `ignore`. Until then some of them take all the memory that there is: run them one by
//! one, under `ulimit -d 3000000`.

use std::time::{Duration, Instant};

use stockbridge::inspect;
use stockbridge_tests::Recording;

use crate::files::doubled;
use crate::scene::{Call, Came, GRANTED, Scene, came_of, failed, loading};

/// How long loading a guest may take that does not come to an end by itself.
const LOADING: Duration = Duration::from_secs(6);

async fn does_not_load_for_ever(guest: &str) {
    let begun = Instant::now();
    let (code, text) = loading(guest).await;
    assert!(begun.elapsed() < LOADING, "it took {:?}", begun.elapsed());
    assert_eq!(code, "component.describe", "{text}");
    assert!(text.starts_with("does not describe itself: the call did not end within "), "{text}");
}

#[tokio::test]
#[ignore = "loading waits 30 s, the default deadline, whatever the account's is"]
pub(crate) async fn spin_in_describe() {
    does_not_load_for_ever("spin-in-describe").await;
}

#[tokio::test]
#[ignore = "loading waits 30 s, and says that the file is malformed"]
pub(crate) async fn spin_in_start() {
    does_not_load_for_ever("spin-in-start").await;
}

#[tokio::test]
#[ignore = "the text says that the file is malformed, which it is not"]
pub(crate) async fn trap_in_start() {
    let text = "does not describe itself: the connector trapped: it panicked or aborted";
    assert_eq!(loading("trap-in-start").await, ("component.describe", text.to_owned()));
}

#[tokio::test]
#[ignore = "the text says that the file is malformed, which it is not"]
pub(crate) async fn memory_of_four_gigabytes() {
    let text = "does not describe itself: the connector wanted more than 67108864 bytes of memory";
    assert_eq!(loading("memory-of-four-gigabytes").await, ("component.describe", text.to_owned()));
}

/// 256 of 4 MiB are a gigabyte.
#[tokio::test]
#[ignore = "joined secrets are bounded one by one, not together: the host takes a gigabyte"]
pub(crate) async fn handles_of_huge_secrets() {
    let scene = Scene::lasting("handles-of-huge-secrets", Duration::from_secs(30)).await;
    assert_eq!(scene.came_of(Call::Query).await.code, "answered");
}

/// The length is looked at before the parts are written down: a million times eight megabytes are nobody's to have.
#[tokio::test]
#[ignore = "the parts are written before their length is looked at: the process runs out of memory and ABORTS"]
pub(crate) async fn secret_parts_that_multiply() {
    let refused = failed("provider.rejected", "refused: limit");
    assert_eq!(came_of("secret-parts-that-multiply", Call::Query).await, refused);
}

/// Each capture reads the whole answer, in one go that nothing interrupts.
#[tokio::test]
#[ignore = "captures have no limit in number: the call runs for minutes past its deadline and holds the runtime's thread"]
pub(crate) async fn captures_by_thousands() {
    let answer = format!("[{}0]", "0,".repeat(2 * 1024 * 1024));
    let scene = Scene::at("captures-by-thousands", GRANTED, Recording::answering([answer])).await;
    assert_eq!(scene.came_of(Call::Query).await.code, "provider.forbidden");
}

/// An error's text is read in a terminal too.
#[tokio::test]
#[ignore = "control characters in a connector's message come out as they are"]
pub(crate) async fn return_an_error_that_paints() {
    let Came { code, text, .. } = came_of("return-an-error-that-paints", Call::Query).await;
    assert_eq!(code, "provider.rejected");
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

#[tokio::test]
#[ignore = "a descriptor's texts have no limit"]
pub(crate) async fn describe_at_length() {
    let (code, text) = loading("describe-at-length").await;
    assert_eq!(code, "component.describe", "{text}");
}

/// A million instances, before anything of them is made.
#[tokio::test]
#[ignore = "instances within a component are not counted before it is compiled: seconds and 340 MB, twice that a level deeper"]
async fn a_million_instances_in_a_small_file_are_refused_at_once() {
    assert!(doubled(20).await.code().starts_with("component."));
}

#[tokio::test]
#[ignore = "only files are measured before they are read as a component"]
async fn a_component_in_memory_is_bounded_as_a_file_is() {
    let error = inspect(vec![0; 33 * 1024 * 1024]).await.unwrap_err();
    assert_eq!(error.code(), "component.too-large");
}
