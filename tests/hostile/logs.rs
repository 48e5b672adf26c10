//! Guests that write more into the log than anybody reads, or what nobody should read there.

use stockbridge_tests::Log;

use crate::scene::{Call, answered, came_of};

/// A hundred lines, and how many there would have been.
#[tokio::test]
pub(crate) async fn log_flood_by_line() {
    let log = Log::listen();
    assert_eq!(came_of("log-flood-by-line", Call::Query).await, answered("10000 lines"));
    assert_eq!(log.of_connectors().len(), 100);
    assert_eq!(log.dropped(), [9900]);
}

#[tokio::test]
pub(crate) async fn log_fields_by_thousands() {
    let log = Log::listen();
    assert_eq!(came_of("log-fields-by-thousands", Call::Query).await, answered("one line"));
    let [line] = &log.of_connectors()[..] else { panic!("{:?}", log.of_connectors()) };
    assert!(line.contains("field0=value") && line.len() < 1000, "{line}");
}

#[tokio::test]
pub(crate) async fn log_with_control_characters() {
    let log = Log::listen();
    assert_eq!(came_of("log-with-control-characters", Call::Query).await, answered("painted"));
    let [line] = &log.of_connectors()[..] else { panic!("{:?}", log.of_connectors()) };
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(line.contains("\\u{1b}[2Jone\\u{a}ERROR other: two\\u{8}"), "{line}");
    assert!(line.contains("a\\u{a}b=c\\u{d}\\u{a}d\\u{0}\\u{7f}\\u{9b}31m"), "{line}");
}

/// A call's lines share one budget in bytes.
#[tokio::test]
pub(crate) async fn log_flood_by_size() {
    let log = Log::listen();
    assert_eq!(came_of("log-flood-by-size", Call::Query).await, answered("all of it"));
    let bytes: usize = log.lines().iter().map(String::len).sum();
    assert!(bytes < 256 * 1024, "{bytes} bytes");
}

/// Characters that turn a line around or end it for a reader are shown as what they are.
#[tokio::test]
pub(crate) async fn log_that_runs_backwards() {
    let log = Log::listen();
    assert_eq!(came_of("log-that-runs-backwards", Call::Query).await, answered("turned"));
    let [line] = &log.of_connectors()[..] else { panic!("{:?}", log.of_connectors()) };
    assert!(line.contains("one\\u{202e}owt\\u{2028}three\\u{2029}four\\u{feff}\\u{200b}"), "{line}");
}
