//! Commands beside an application that holds the journal, and beside each other.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use stockbridge_tests::How;

use crate::scene::Scene;

#[test]
fn commands_that_write_nothing_work_beside_a_host_that_has_the_journal() {
    let scene = Scene::new("blind");
    let (_runtime, _host) = scene.host();
    for arguments in [&["accounts"][..], &["accounts", "--check"], &["check"], &["journal"], &["journal", "--open"]] {
        let result = scene.run(arguments);
        assert_eq!(result.code, 0, "{arguments:?}: {result:?}");
    }
    // The test provider has no query: the error is about that, not about the journal.
    let result = scene.run(&["query", "traced", "--json"]);
    assert_eq!(result.json()["error"]["code"], "operation.unsupported", "{result:?}");
}

/// In either order, as an operator may start them.
#[test]
fn a_watch_over_the_accounts_takes_no_journal() {
    let scene = Scene::new("blind");
    let mut watch = scene.command(&["accounts", "--watch", "--json"]);
    let mut watch = watch.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["accounts"][0]["name"], "traced");
    assert!(!scene.directory.path().join("journal").exists(), "it makes none");

    let (runtime, host) = scene.host();
    let result = scene.run(&["journal"]);
    assert_eq!(result.code, 0, "{result:?}");
    let mut second = scene.command(&["accounts", "--watch", "--json"]);
    let mut second = second.stdout(Stdio::piped()).spawn().unwrap();
    let mut seconds = BufReader::new(second.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&seconds.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["accounts"][0]["name"], "traced");
    for watch in [&mut watch, &mut second] {
        watch.kill().unwrap();
        watch.wait().unwrap();
    }
    runtime.block_on(host.shutdown(Duration::from_secs(5))).unwrap();
}

#[test]
fn a_write_beside_a_host_is_told_which_process_has_the_journal_and_since_when() {
    let scene = Scene::new("blind");
    let (_runtime, _host) = scene.host();
    let result = scene.transfer("move-1");
    assert_eq!(result.code, 5, "under its reference it may have been sent before: {result:?}");
    let why = result.fact("why");
    assert!(why.starts_with("the journal ") && why.contains("is in use: process "), "{why}");
    let process = format!("process {} (", std::process::id());
    assert!(why.contains(&process) && why.contains(", since 20"), "{why}");
    assert_eq!(result.fact("code"), "journal.in-use");
    // An order that is sent for the first time was not sent before, and the next step is given.
    scene.write(
        "fresh.json",
        r#"{"from-warehouse": "a", "to-warehouse": "b", "lines": [{"sku": "s", "quantity": "1"}]}"#,
    );
    let result = scene.run(&["transfer", "traced", "fresh.json"]);
    assert_eq!(result.code, 4, "{result:?}");
    let outcome = result.fact("outcome");
    assert!(
        outcome.starts_with("nothing was carried out: have the host that holds the journal send the order"),
        "{outcome}"
    );
    assert!(scene.provider.ledger().is_empty());
}

#[test]
fn several_commands_at_a_time_share_a_journal_that_no_host_has() {
    let scene = Scene::new("blind");
    assert_eq!(scene.transfer("move-1").code, 0);
    let running: Vec<_> = (0..6).map(|_| scene.start(&["journal", "--json"])).collect();
    for command in running {
        let result = command.ended();
        assert_eq!((result.code, result.json()["writes"].as_array().unwrap().len()), (0, 1), "{result:?}");
    }
}

#[test]
fn a_recovery_beside_a_host_says_who_finds_out_and_waits_for_it() {
    let scene = Scene::new("traceable");
    scene.provider.writes_go(|_| How::DroppedAfter);
    assert_eq!(scene.transfer("move-1").code, 5);
    let (_runtime, _host) = scene.host();
    let result = scene.run(&["journal", "recover", "--json"]);
    assert_eq!(result.code, 0, "{result:?}");
    assert!(result.error.contains(&format!("process {}", std::process::id())), "{result:?}");
    for write in result.json()["writes"].as_array().unwrap() {
        assert_eq!(write["state"]["applied"]["by"], json!("look-up"), "{write}");
    }
}
