//! An unwritable directory costs time, and does not prevent the start.

use std::fs;

use stockbridge_tests::Log;

use crate::scene::{COMPILED, OTHER, Place, SMALL, code_sources, start, started};

fn warnings(log: &Log) -> Vec<String> {
    let lines = log.lines().into_iter();
    lines.filter(|line| line.starts_with("WARN ") && line.contains("compile cache")).collect()
}

/// The kernel's list of this process's threads: our own directory, in which not even the administrator can write.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_read_only_directory_is_told_of_once_and_the_host_works() {
    let log = Log::listen();
    let host = started(&[SMALL, OTHER], "/proc/self/task").await.unwrap();
    assert_eq!(code_sources(&host), (2, 0));
    let warned = warnings(&log);
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert!(
        warned[0].starts_with("WARN the compile cache cannot be written: the host works, and compiles again"),
        "{warned:?}"
    );
    assert!(warned[0].contains("directory=/proc/self/task"), "{warned:?}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_told_of_and_the_host_works() {
    let place = Place::new();
    fs::write(place.path("file"), "").unwrap();
    let log = Log::listen();
    #[cfg(target_os = "linux")]
    assert_eq!(start("/proc/self/nowhere/cache").await, COMPILED);
    #[cfg(target_os = "linux")]
    assert_eq!(warnings(&log).len(), 1, "{:?}", warnings(&log));
    drop(log);
    // A file in place of a parent directory is a mistake in the configuration.
    let error = started(&[SMALL], place.path("file/cache")).await.map(drop).unwrap_err();
    assert_eq!(error.code(), "config.invalid");
}
