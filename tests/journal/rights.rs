//! Ownership of a journal: its file belongs to the host's user, and files beside it are left alone unless they are the host's
//! own.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use stockbridge::Host;
use stockbridge::journal::{JournalClient, WriteFilter};
use stockbridge_tests::Log;

use crate::scene::{Scene, account, order};

#[tokio::test]
async fn a_journal_that_is_open_to_everybody_is_refused_and_what_a_volume_gives_its_group_is_taken_away() {
    let log = Log::listen();
    let scene = Scene::new("blind");
    let file = scene.directory.path().join("journal");
    let ended = scene.host().await;
    account(&ended).transfer(order()).await.unwrap();
    ended.shutdown(Duration::from_secs(5)).await.unwrap();
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    for open in [0o604, 0o606, 0o644, 0o666] {
        fs::set_permissions(&file, fs::Permissions::from_mode(open)).unwrap();
        let refused = Host::builder().build(scene.config()).await.unwrap_err();
        assert_eq!(refused.code(), "journal.unopened");
        assert!(refused.to_string().contains(&format!("(mode {open:o})")), "{refused}");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
        assert_eq!(mode(), open, "its mode is unchanged");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o660)).unwrap();
    let host = scene.host().await;
    assert_eq!(mode(), 0o600);
    assert_eq!(host.journal().list(&WriteFilter::default()).await.unwrap().len(), 1);
    assert!(!log.lines().join("\n").contains("group cannot be removed"), "they were taken away");
}

/// Only a user who may change a file's owner can run this test.
#[tokio::test]
async fn a_journal_of_another_user_is_refused() {
    let scene = Scene::new("blind");
    let file = scene.directory.path().join("journal");
    scene.host().await.shutdown(Duration::from_secs(5)).await.unwrap();
    if std::os::unix::fs::chown(&file, Some(65_534), None).is_err() {
        println!("skipped: this user cannot give a file away");
        return;
    }
    let refused = Host::builder().build(scene.config()).await.unwrap_err();
    assert_eq!(refused.code(), "journal.unopened");
    assert!(refused.to_string().contains("it belongs to the user 65534, and this is the user"), "{refused}");
}

#[tokio::test]
async fn what_stands_in_the_sockets_place_and_is_none_is_left_alone_and_writes_go_on() {
    let log = Log::listen();
    let scene = Scene::new("blind");
    let socket = scene.directory.path().join("journal.sock");
    fs::write(&socket, "somebody's notes").unwrap();
    let host = scene.host().await;
    account(&host).transfer(order()).await.unwrap();
    assert_eq!(fs::read_to_string(&socket).unwrap(), "somebody's notes");
    assert!(log.lines().join("\n").contains("exists and is not a socket: it was not touched"), "{:?}", log.lines());
    host.shutdown(Duration::from_secs(5)).await.unwrap();
    drop(host);
    assert_eq!(fs::read_to_string(&socket).unwrap(), "somebody's notes");
    // A socket of an earlier host belongs to the host.
    fs::remove_file(&socket).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let _host = scene.host().await;
    assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
    JournalClient::open(scene.directory.path().join("journal")).await.unwrap();
}

/// Files beside a journal are beside its real file, whichever link it is opened by.
#[tokio::test]
async fn a_journal_has_one_name_by_whichever_link_it_is_opened() {
    let scene = Scene::new("blind");
    let elsewhere = tempfile::tempdir().unwrap();
    scene.host().await.shutdown(Duration::from_secs(5)).await.unwrap();
    let link = elsewhere.path().join("linked");
    symlink(scene.directory.path().join("journal"), &link).unwrap();
    let host = Host::builder().build(scene.config_without_account().journal(&link)).await.unwrap();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "there is nothing beside the link");
    for path in [&link, &scene.directory.path().join("journal")] {
        assert!(JournalClient::open(path).await.unwrap().is_in_use());
    }
    drop(host);
}

/// A client that connects and neither asks nor reads soon loses its place to others.
#[tokio::test]
async fn many_who_neither_ask_nor_read_keep_nobody_from_the_journal() {
    let scene = Scene::new("blind");
    let host = scene.host().await;
    account(&host).transfer(order()).await.unwrap();
    let socket = scene.directory.path().join("journal.sock");
    let mute: Vec<UnixStream> = (0..100).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    let started = Instant::now();
    let client = JournalClient::open(scene.directory.path().join("journal")).await.unwrap();
    assert_eq!(client.list(&WriteFilter::default()).await.unwrap().len(), 1);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    drop(mute);
}
