//! An operator's command and the host that holds the journal.

use std::time::Duration;

use stockbridge::journal::{JournalClient, Settlement, WriteFilter};
use stockbridge_tests::How;

use crate::scene::{Scene, account, order, until};

fn settlement() -> Settlement {
    Settlement { applied: true, by: "ana".to_owned(), note: "seen".to_owned(), document: None }
}

#[tokio::test]
async fn a_command_reads_the_journal_of_a_running_host_and_what_it_settles_reaches_it() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let host = scene.host().await;
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap_err();
    let lost = until(&host, "in manual review", |record| record.needs_manual_review()).await;

    let file = scene.directory.path().join("journal");
    let client = JournalClient::open(&file).await.unwrap();
    assert!(client.is_in_use());
    let listed = client.list(&WriteFilter { waiting: true, ..WriteFilter::default() }).await.unwrap();
    assert_eq!(listed.iter().map(|write| write.id).collect::<Vec<_>>(), [lost.id]);
    let story = client.history(lost.id).await.unwrap().unwrap();
    assert_eq!(story, host.journal().history(lost.id).await.unwrap().unwrap());
    assert!(client.history("9".parse().unwrap()).await.unwrap().is_none());

    let mut events = host.journal().subscribe();
    client.settle(lost.id, settlement()).await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap().id, lost.id, "the host gets the settlement at once");
    account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
    assert_eq!(client.settle(lost.id, settlement()).await.unwrap_err().code(), "write.ended");

    // After the host's end the same client's next request finds no host; a new client works on the file.
    host.shutdown(Duration::from_secs(5)).await.unwrap();
    assert_eq!(client.list(&WriteFilter::default()).await.unwrap_err().code(), "journal.unopened");
    let alone = JournalClient::open(&file).await.unwrap();
    assert!(!alone.is_in_use());
    assert_eq!(alone.list(&WriteFilter::default()).await.unwrap().len(), 1);
    alone.close().await.unwrap();
}

#[tokio::test]
async fn a_journal_that_is_not_there_is_not_made_by_looking() {
    let scene = Scene::new("blind");
    let file = scene.directory.path().join("nothing");
    assert_eq!(JournalClient::open(&file).await.unwrap_err().code(), "journal.unopened");
    assert!(!file.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_request_gets_no_more_than_a_refusal_and_the_host_goes_on() {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    let scene = Scene::new("blind");
    let host = scene.host().await;
    let socket = scene.directory.path().join("journal.sock");
    for bytes in [&b"nonsense\n"[..], b"{\"settle\":[1]}\n", b"\xff\n", &[b'x'; 100_000]] {
        let (socket, bytes) = (socket.clone(), bytes.to_vec());
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = UnixStream::connect(socket).unwrap();
            let mut answer = String::new();
            // The host may have closed the connection before it read everything.
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_string(&mut answer);
            answer
        });
        let answer = answer.await.unwrap();
        assert!(answer.is_empty() || answer.starts_with("{\"refused\":"), "{answer}");
    }
    account(&host).transfer(order()).await.unwrap();
    let file = scene.directory.path().join("journal");
    assert_eq!(JournalClient::open(&file).await.unwrap().list(&WriteFilter::default()).await.unwrap().len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn the_socket_is_the_hosts_users_alone_and_goes_with_the_host() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new("blind");
    let socket = scene.directory.path().join("journal.sock");
    // A socket left by a killed host does no harm.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let host = scene.host().await;
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    host.shutdown(Duration::from_secs(5)).await.unwrap();
    assert!(!socket.exists());
}
