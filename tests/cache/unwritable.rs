//! A directory that cannot be written to costs time, not the start.

use std::fs;

use stockbridge_tests::Log;

use crate::scene::{COMPILED, OTHER, Place, SMALL, came, start, started};

fn warnings(log: &Log) -> Vec<String> {
    let lines = log.lines().into_iter();
    lines.filter(|line| line.starts_with("WARN ") && line.contains("compile cache")).collect()
}

/// The kernel's list of this process's threads: ours, and nobody can write there, not even the administrator.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_read_only_directory_is_told_of_once_and_the_host_works() {
    let log = Log::listen();
    let host = started(&[SMALL, OTHER], "/proc/self/task").await.unwrap();
    assert_eq!(came(&host), (2, 0));
    let told = warnings(&log);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("WARN the compile cache cannot be written: the host works, and compiles again"),
        "{told:?}"
    );
    assert!(told[0].contains("directory=/proc/self/task"), "{told:?}");
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
    // A file above it will never be a directory: that is a mistake in the configuration.
    let error = started(&[SMALL], place.path("file/cache")).await.map(drop).unwrap_err();
    assert_eq!(error.code(), "config.invalid");
}
