//! Guests that flood the log, or write text into it that must not be shown.

use stockbridge_tests::Log;

use crate::scene::{Call, answered, result_of};

/// A hundred lines, and the number of dropped ones.
#[tokio::test]
pub(crate) async fn log_flood_by_line() {
    let log = Log::listen();
    assert_eq!(result_of("log-flood-by-line", Call::Query).await, answered("10000 lines"));
    assert_eq!(log.of_connectors().len(), 100);
    assert_eq!(log.dropped(), [9900]);
}

#[tokio::test]
pub(crate) async fn log_fields_by_thousands() {
    let log = Log::listen();
    assert_eq!(result_of("log-fields-by-thousands", Call::Query).await, answered("one line"));
    let [line] = &log.of_connectors()[..] else { panic!("{:?}", log.of_connectors()) };
    assert!(line.contains("field0=value") && line.len() < 1000, "{line}");
}

#[tokio::test]
pub(crate) async fn log_with_control_characters() {
    let log = Log::listen();
    assert_eq!(result_of("log-with-control-characters", Call::Query).await, answered("painted"));
    let [line] = &log.of_connectors()[..] else { panic!("{:?}", log.of_connectors()) };
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(line.contains("\\u{1b}[2Jone\\u{a}ERROR other: two\\u{8}"), "{line}");
    assert!(line.contains("a\\u{a}b=c\\u{d}\\u{a}d\\u{0}\\u{7f}\\u{9b}31m"), "{line}");
}

/// A call's lines share one byte budget.
#[tokio::test]
pub(crate) async fn log_flood_by_size() {
    let log = Log::listen();
    assert_eq!(result_of("log-flood-by-size", Call::Query).await, answered("all of it"));
    let bytes: usize = log.lines().iter().map(String::len).sum();
    assert!(bytes < 256 * 1024, "{bytes} bytes");
}

/// Characters that reverse or break a line for a reader are shown escaped.
#[tokio::test]
pub(crate) async fn log_that_runs_backwards() {
    let log = Log::listen();
    assert_eq!(result_of("log-that-runs-backwards", Call::Query).await, answered("turned"));
    let [line] = &log.of_connectors()[..] else { panic!("{:?}", log.of_connectors()) };
    assert!(line.contains("one\\u{202e}owt\\u{2028}three\\u{2029}four\\u{feff}\\u{200b}"), "{line}");
}
