//! The directory stays within its limits, and leftovers of killed writers are deleted.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stockbridge::CacheConfig;

use crate::scene::{CACHED, COMPILED, OTHER, Place, SMALL, age, start, started};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn entry_like(place: &Place, digit: char, size: usize) -> PathBuf {
    let half: String = std::iter::repeat_n(digit, 64).collect();
    let path = place.cache().join(format!("{half}-{half}"));
    fs::write(&path, vec![0; size]).unwrap();
    path
}

fn names(paths: &[&Path]) -> Vec<PathBuf> {
    let mut names: Vec<_> = paths.iter().map(|path| path.to_path_buf()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_was_not_used_for_the_longest_time_goes_first() {
    let place = Place::new();
    start(place.cache()).await;
    let used = place.entry();
    let [older, newer] = ['a', 'b'].map(|digit| entry_like(&place, digit, 1000));
    age(&older, 2 * MINUTE);
    age(&newer, MINUTE);
    let room = fs::metadata(&used).unwrap().len() + 1999;
    assert_eq!(start(CacheConfig::new(place.cache()).size(room)).await, CACHED);
    assert_eq!(place.files(), names(&[&used, &newer]));
}

/// One more entry would exceed the limit.
#[tokio::test]
async fn an_entry_that_is_written_displaces_an_older_one() {
    let place = Place::new();
    start(place.cache()).await;
    let older = place.entry();
    age(&older, MINUTE);
    let room = fs::metadata(&older).unwrap().len() + 1000;
    started(&[OTHER], CacheConfig::new(place.cache()).size(room)).await.unwrap();
    assert_ne!(place.entry(), older);
}

#[tokio::test]
async fn what_nobody_used_for_too_long_goes() {
    let place = Place::new();
    start(place.cache()).await;
    let used = place.entry();
    let [old, young] = ['a', 'b'].map(|digit| entry_like(&place, digit, 10));
    age(&old, 31 * DAY);
    age(&young, 29 * DAY);
    start(place.cache()).await;
    assert_eq!(place.files(), names(&[&used, &young]));
    start(CacheConfig::new(place.cache()).unused(28 * DAY)).await;
    assert_eq!(place.entry(), used);
}

#[tokio::test]
async fn an_entry_that_alone_is_too_large_is_not_written() {
    let place = Place::new();
    let small = || CacheConfig::new(place.cache()).size(4096);
    assert_eq!(start(small()).await, COMPILED);
    assert_eq!(start(small()).await, COMPILED);
    assert_eq!(place.files().len(), 0);
}

#[tokio::test]
async fn what_a_killed_writer_left_goes_when_it_is_old_and_nothing_else_goes() {
    let place = Place::new();
    start(place.cache()).await;
    let entry = place.entry();
    let file = |name: &str| {
        let path = place.cache().join(name);
        fs::write(&path, "half").unwrap();
        path
    };
    let [left, writing] = ["0123456789abcdef0123456789abcdef.new", "0123456789abcdef0123456789abcde0.new"].map(file);
    let not_ours = ["notes.txt", "0123.new", "0123456789abcdef0123456789abcdeg.new"].map(file);
    not_ours.iter().for_each(|path| age(path, 100 * DAY));
    age(&left, 11 * MINUTE);
    age(&writing, 9 * MINUTE);
    started(&[SMALL], place.cache()).await.unwrap();
    let [a, b, c] = &not_ours;
    assert_eq!(place.files(), names(&[&entry, &writing, a, b, c]));
}
