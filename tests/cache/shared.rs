//! Several hosts with one directory, and a directory that is deleted while they run.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;

use crate::scene::{CACHED, COMPILED, OTHER, Place, SMALL, code_sources, start, started};

#[tokio::test(flavor = "multi_thread")]
async fn many_hosts_at_once_leave_one_whole_entry_for_each_component() {
    let place = Place::new();
    let hosts = (0..6).map(|_| {
        let cache = place.cache();
        tokio::spawn(async move { code_sources(&started(&[SMALL, OTHER], cache).await.unwrap()) })
    });
    for (compiled, cached) in join_all(hosts).await.into_iter().map(Result::unwrap) {
        assert_eq!(compiled + cached, 2);
    }
    assert_eq!(place.files().len(), 2, "{:?}", place.files());
    assert_eq!(code_sources(&started(&[SMALL, OTHER], place.cache()).await.unwrap()), (0, 2));
}

#[tokio::test]
async fn a_directory_that_was_deleted_is_made_anew() {
    let place = Place::new();
    assert_eq!(start(place.cache()).await, COMPILED);
    let host = started(&[SMALL], place.cache()).await.unwrap();
    fs::remove_dir_all(place.cache()).unwrap();
    assert!(host.account(SMALL).unwrap().check().await.is_ok());
    assert_eq!(start(place.cache()).await, COMPILED);
    assert_eq!(start(place.cache()).await, CACHED);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_start_while_the_directory_is_deleted_again_and_again() {
    let place = Place::new();
    let done = Arc::new(AtomicBool::new(false));
    let (cache, until) = (place.cache(), done.clone());
    let deleting = std::thread::spawn(move || {
        while !until.load(Ordering::Relaxed) {
            let _ = fs::remove_dir_all(&cache);
            std::thread::yield_now();
        }
    });
    for _ in 0..20 {
        let (compiled, cached) = start(place.cache()).await;
        assert_eq!(compiled + cached, 1);
    }
    done.store(true, Ordering::Relaxed);
    deleting.join().unwrap();
    start(place.cache()).await;
    assert_eq!(start(place.cache()).await, CACHED);
}
