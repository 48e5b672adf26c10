//! Writes that need a person: of unknown outcome, stuck documents, and what a process left.

use std::time::Duration;

use serde_json::json;
use stockbridge_simulator::{Fault, Gateway};
use stockbridge_tests::{How, simulator};
use tokio::runtime::Runtime;

use crate::scene::{Scene, until};

#[test]
fn a_write_that_waits_for_a_person_is_listed_with_an_exit_code_of_its_own_and_closed_with_its_document() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let lost = scene.transfer("move-1");
    assert_eq!(lost.code, 5);
    assert_eq!(scene.run(&["journal", "recover"]).code, 7, "only a person can settle the rest");
    let listed = scene.run(&["journal", "--waiting"]);
    assert_eq!(listed.code, 7, "{listed:?}");
    assert!(listed.output.contains("unknown, needs you"), "{listed:?}");
    assert!(listed.output.contains("journal show 1"), "{listed:?}");
    let settle = ["journal", "settle", "1", "--applied", "--document", "DOC-9", "--note", "seen", "--by", "ana"];
    let settled = scene.run(&settle);
    assert_eq!(settled.code, 0, "{settled:?}");
    assert!(settled.output.contains("DOC-9"), "{settled:?}");
    assert_eq!(scene.run(&["journal", "--waiting"]).code, 0);
    let again = scene.run(&["transfer", "traced", "move-1.json", "--json"]).json();
    assert_eq!((&again["document"], &again["repeated"]), (&json!("DOC-9"), &json!(null)), "{again}");
    let text = scene.run(&["journal", "show", "1"]).output;
    assert!(text.contains("settled as applied, document DOC-9 by ana: seen"), "{text}");
    let wrong = ["--not-applied", "--document", "DOC-9"];
    let result = scene.run(&[&["journal", "settle", "1", "--note", "x"][..], &wrong].concat());
    assert_eq!(result.code, 2, "{result:?}");
}

#[test]
fn after_unknown_the_command_says_what_to_type_next_with_its_own_options() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let configuration = std::fs::read_to_string(scene.directory.path().join("stockbridge.toml")).unwrap();
    scene.write("it's mine.toml", &configuration);
    let file = scene.order("move-1", "");
    let result = scene.run(&["--config", "it's mine.toml", "transfer", "traced", &file]);
    assert_eq!(result.code, 5, "{result:?}");
    assert_eq!(result.fact("write"), "1");
    let begin = format!(r"{} --config 'it'\''s mine.toml' journal ", env!("CARGO_BIN_EXE_stockbridge"));
    for command in [
        "recover",
        "show 1",
        "settle 1 --applied --note 'how you know'",
        "settle 1 --not-applied --note 'how you know'",
    ] {
        assert!(result.error.contains(&format!("{begin}{command}\n")), "{begin}{command}\n{}", result.error);
    }
    // The suggested commands work as printed.
    let shown = result.error.lines().find(|line| line.ends_with("show 1")).unwrap();
    let (_, line) = shown.split_at(shown.find(&begin).unwrap());
    let output =
        std::process::Command::new("sh").args(["-c", line]).current_dir(scene.directory.path()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let json = scene.run(&["--config", "it's mine.toml", "transfer", "traced", &file, "--json"]).json();
    assert_eq!(json["error"]["write"], 1);
    assert!(json["error"]["next"][0]["command"].as_str().unwrap().contains("journal"), "{json}");
}

#[test]
fn what_a_process_left_when_it_was_killed_is_listed_and_shown_as_left() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::AnsweredAfter(Duration::from_secs(20)));
    let file = scene.order("move-1", "");
    let running = scene.start(&["transfer", "traced", &file]);
    until("a write at the provider", || scene.provider.kept("move-1").writes == 1);
    running.signal("KILL");
    drop(running);
    let listed = scene.run(&["journal", "--waiting"]);
    assert_eq!(listed.code, 7, "{listed:?}");
    assert!(listed.output.contains("left while sending") && listed.output.contains("journal recover"), "{listed:?}");
    let json = scene.run(&["journal", "--waiting", "--json"]).json();
    assert_eq!((&json["writes"][0]["state"], &json["writes"][0]["interrupted"]), (&json!("sending"), &json!(true)));
    let text = scene.run(&["journal", "show", "1"]).output;
    assert!(text.contains("left while sending"), "{text}");
}

#[test]
fn a_write_that_is_on_its_way_waits_for_nobody() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::AnsweredAfter(Duration::from_secs(3)));
    let file = scene.order("move-1", "");
    let running = scene.start(&["transfer", "traced", &file]);
    until("a write at the provider", || scene.provider.kept("move-1").writes == 1);
    let listed = scene.run(&["journal", "--waiting", "--json"]);
    assert_eq!((listed.code, listed.json()), (0, json!({"writes": []})));
    let json = scene.run(&["journal", "--json"]).json();
    assert_eq!((&json["writes"][0]["state"], &json["writes"][0]["interrupted"]), (&json!("sending"), &json!(null)));
    assert_eq!(running.ended().code, 0);
}

/// The provider accepts an order as a document, and fails to audit it.
#[test]
fn what_is_stuck_waits_for_a_person_until_it_is_closed() {
    let scene = Scene::new("blind");
    let runtime = Runtime::new().unwrap();
    let simulator = runtime.block_on(simulator());
    let body = r#"{"status":0,"data":{"status":20,"message":"TF1","transfer_no":"TF1"}}"#;
    simulator.inject(Fault::raw(Gateway::WdtFlagship, 200, "application/json", body));
    scene.at_the_flagship(&simulator, "");
    scene.write(
        "order.json",
        r#"{"reference": "move-1", "from-warehouse": "daj-wms-wdt", "to-warehouse": "lz-002", "stage": "approved",
            "lines": [{"sku": "daj1", "quantity": "1"}]}"#,
    );
    let result = scene.run(&["transfer", "wms", "order.json"]);
    assert_eq!(result.code, 6, "{result:?}");
    let listed = scene.run(&["journal", "--waiting"]);
    assert_eq!(listed.code, 7, "{listed:?}");
    assert!(listed.output.contains("applied  stuck") && listed.output.contains("TF1; act on it, then "), "{listed:?}");
    let shown = scene.run(&["journal", "show", "1"]).output;
    assert!(shown.contains("progress ") && shown.contains("stuck"), "{shown}");
    // Beside a host, as in an application.
    let (_runtime, _host) = scene.host();
    let listed = scene.run(&["journal", "--waiting", "--json"]);
    assert_eq!((listed.code, listed.json()["writes"].as_array().unwrap().len()), (7, 1));
    let settled = scene.run(&["journal", "settle", "1", "--applied", "--note", "audited", "--by", "ana", "--json"]);
    assert_eq!(settled.code, 0, "{settled:?}");
    let receipt = &settled.json()["writes"][0]["state"]["applied"]["receipt"];
    assert_eq!((&receipt["progress"], &receipt["document"]), (&json!("done"), &json!("TF1")), "{receipt}");
    assert_eq!(scene.run(&["journal", "--waiting"]).code, 0);
    // A write that has ended and is not stuck cannot be settled.
    let again = scene.run(&["journal", "settle", "1", "--applied", "--note", "audited", "--by", "ana", "--json"]);
    assert_eq!(again.json()["error"]["code"], "write.ended", "{again:?}");
}
