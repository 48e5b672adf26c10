//! A changed entry is a miss: reported, never run, and rewritten.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use stockbridge::CacheConfig;
use stockbridge_tests::Log;

use crate::scene::{CACHED, COMPILED, OTHER, Place, SMALL, code_sources, start, started};

/// Damages the entry; checks that a host works without it and reports why, and that the next one finds a complete entry.
async fn assert_miss(damage: impl FnOnce(&Path), said: &str) {
    let place = Place::new();
    start(place.cache()).await;
    let entry = place.entry();
    let whole = fs::read(&entry).unwrap();
    damage(&entry);

    let log = Log::listen();
    // Without a size limit, so that it is not pruned.
    assert_eq!(start(CacheConfig::new(place.cache()).size(u64::MAX)).await, COMPILED, "{said}");
    let reported =
        |line: &String| line.starts_with("WARN an entry of the compile cache is not used") && line.contains(said);
    assert!(log.lines().iter().any(reported), "{said}: {:?}", log.lines());

    assert_eq!(start(place.cache()).await, CACHED, "{said}");
    assert_eq!(fs::read(place.entry()).unwrap(), whole, "{said}");
}

/// In each field of the head, and at some places of the code.
#[tokio::test]
async fn a_flipped_bit_anywhere_is_a_miss() {
    let place = Place::new();
    start(place.cache()).await;
    let length = fs::metadata(place.entry()).unwrap().len();
    let head = [(0, 16), (16, 32), (48, 32), (80, 8)].map(|(field, bytes)| (field, field + bytes - 1));
    for at in head.into_iter().flat_map(|(first, last)| [first, last]) {
        assert_miss(|entry| flip(entry, at), "its head is not that of this component").await;
    }
    let checksum_and_code = [88, 119, 120, 200, length / 4, length / 2, length - 4096, length - 1];
    for at in checksum_and_code {
        assert_miss(|entry| flip(entry, at), "its checksum is wrong").await;
    }
}

fn flip(entry: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(entry).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

#[tokio::test]
async fn an_entry_that_was_cut_is_a_miss_wherever_it_was_cut() {
    let cut =
        |length: u64| move |entry: &Path| OpenOptions::new().write(true).open(entry).unwrap().set_len(length).unwrap();
    for length in [0, 1, 15, 16, 87, 88, 119] {
        assert_miss(cut(length), "it is shorter than its head").await;
    }
    for length in [120, 121, 4096, 20_000] {
        assert_miss(cut(length), "its head is not that of this component, this engine and this length").await;
    }
}

#[tokio::test]
async fn an_entry_with_more_behind_it_is_a_miss() {
    let longer = |entry: &Path| {
        let length = fs::metadata(entry).unwrap().len();
        OpenOptions::new().write(true).open(entry).unwrap().set_len(length + 1).unwrap();
    };
    assert_miss(longer, "its head is not that of this component, this engine and this length").await;
}

/// A sparse file, of which nothing is read.
#[tokio::test]
async fn an_entry_of_eight_gigabytes_is_a_miss() {
    let huge = |entry: &Path| OpenOptions::new().write(true).open(entry).unwrap().set_len(1 << 33).unwrap();
    assert_miss(huge, "it has 8589934592 bytes").await;
}

#[tokio::test]
async fn an_entry_of_zeroes_or_text_is_a_miss() {
    assert_miss(|entry| fs::write(entry, vec![0; 50_000]).unwrap(), "its head is not that of this component").await;
    assert_miss(|entry| fs::write(entry, "hello").unwrap(), "it is shorter than its head").await;
}

#[tokio::test]
async fn the_code_of_another_component_under_this_ones_name_is_a_miss() {
    let others = Place::new();
    started(&[OTHER], others.cache()).await.unwrap();
    let other = others.entry();
    assert_miss(|entry| fs::copy(&other, entry).map(drop).unwrap(), "its head is not that of this component").await;
}

#[tokio::test]
async fn an_entry_that_others_can_write_to_is_not_used() {
    let open = |mode| move |entry: &Path| fs::set_permissions(entry, fs::Permissions::from_mode(mode)).unwrap();
    assert_miss(open(0o620), "the file can be written to by its group (mode 0620)").await;
    assert_miss(open(0o602), "the file can be written to by everybody (mode 0602)").await;
}

/// Even if it leads to the entry itself; a fresh file replaces it.
#[tokio::test]
async fn a_symbolic_link_is_not_followed() {
    let inside = |entry: &Path| {
        let moved = entry.with_file_name("moved");
        fs::rename(entry, &moved).unwrap();
        symlink("moved", entry).unwrap();
    };
    let place = Place::new();
    start(place.cache()).await;
    let (entry, outside) = (place.entry(), place.path("outside"));
    for away in [true, false] {
        if away {
            fs::rename(&entry, &outside).unwrap();
            symlink(&outside, &entry).unwrap();
        } else {
            inside(&entry);
        }
        assert_eq!(start(place.cache()).await, COMPILED);
        assert!(fs::symlink_metadata(&entry).unwrap().is_file());
        assert_eq!(start(place.cache()).await, CACHED);
    }
}

/// Reading it would block without end.
#[tokio::test]
async fn a_pipe_in_place_of_an_entry_is_a_miss() {
    let pipe = |entry: &Path| {
        fs::remove_file(entry).unwrap();
        assert!(Command::new("mkfifo").arg(entry).status().unwrap().success());
    };
    assert_miss(pipe, "it is no file").await;
}

/// It may belong to somebody: it stays, and the host compiles at every start until an operator removes it.
#[tokio::test]
async fn a_directory_in_place_of_an_entry_is_a_miss_and_stays() {
    let place = Place::new();
    start(place.cache()).await;
    let entry = place.entry();
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    fs::write(entry.join("kept"), "").unwrap();
    for _ in 0..2 {
        let log = Log::listen();
        assert_eq!(start(place.cache()).await, COMPILED);
        let lines = log.lines();
        assert!(
            lines.iter().any(|line| line.starts_with("WARN ") && line.contains("it is no file; remove it")),
            "{lines:?}"
        );
        assert_eq!(place.entry(), entry, "no temporary file is left");
        assert!(entry.join("kept").exists());
    }
    fs::remove_dir_all(&entry).unwrap();
    assert_eq!(start(place.cache()).await, COMPILED);
    assert_eq!(start(place.cache()).await, CACHED);
}

#[tokio::test]
async fn one_damaged_entry_leaves_the_others_theirs() {
    let place = Place::new();
    started(&[SMALL, OTHER], place.cache()).await.unwrap();
    flip(&place.files()[0], 500);
    assert_eq!(code_sources(&started(&[SMALL, OTHER], place.cache()).await.unwrap()), (1, 1));
    assert_eq!(code_sources(&started(&[SMALL, OTHER], place.cache()).await.unwrap()), (0, 2));
}
