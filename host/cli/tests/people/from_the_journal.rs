//! Orders answered from the journal, references that are taken, and drafts.

use serde_json::{Value, json};
use stockbridge_tests::How;

use crate::scene::Scene;

#[test]
fn an_order_that_is_answered_from_the_journal_says_so_and_that_nothing_was_sent() {
    let scene = Scene::new("blind");
    let first = scene.transfer("move-1");
    assert_eq!(first.code, 0, "{first:?}");
    assert!(!first.output.contains("from the journal"), "{first:?}");
    let again = scene.transfer("move-1");
    assert_eq!(again.code, 0, "{again:?}");
    let fact = again.fact("from the journal");
    assert!(fact.starts_with("write 1, recorded at 20") && fact.ends_with("nothing was sent now"), "{fact}");
    assert_eq!(again.fact("repeated"), "no", "the provider's statement at that time");
    assert_eq!(scene.provider.kept("move-1").writes, 1);

    let json = scene.run(&["transfer", "traced", "move-1.json", "--json"]).json();
    assert_eq!(json["from-journal"]["write"], 1, "{json}");
    assert!(json["from-journal"]["recorded"].as_str().unwrap().starts_with("20"), "{json}");
    assert_eq!((&json["repeated"], &json["document"]), (&json!(false), &first.fact("document").into()));
}

#[test]
fn an_order_of_which_the_journal_knows_no_end_says_when_that_was_recorded() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::DroppedAfter);
    assert_eq!(scene.transfer("move-1").code, 5);
    let again = scene.transfer("move-1");
    assert_eq!(again.code, 5, "{again:?}");
    let why = again.fact("why");
    assert!(
        why.starts_with("it was sent before, as write 1 of the journal, and is not sent again; recorded at 20"),
        "{why}"
    );
    assert_eq!(scene.provider.kept("move-1").writes, 1);
}

#[test]
fn a_taken_reference_asks_for_another_one_and_never_says_that_it_is_safe_to_send_again() {
    let scene = Scene::new("blind");
    assert_eq!(scene.transfer("move-1").code, 0);
    let file = scene.order("move-1", "\"remark\": \"another\",");
    let result = scene.run(&["transfer", "traced", &file, "--json"]);
    assert_eq!(
        (result.code, result.json()["error"]["code"].as_str()),
        (2, Some("order.reference-taken")),
        "{result:?}"
    );
    let outcome = result.fact("outcome");
    assert_eq!(
        outcome,
        "nothing was carried out: give the order a reference of its own; under this one it will never be sent"
    );
    assert!(!result.error.contains("safe"), "{result:?}");
}

#[test]
fn a_draft_says_that_it_is_one_in_the_receipt_and_in_the_table() {
    let scene = Scene::new("blind");
    let file = scene.order("draft-1", "\"stage\": \"draft\",");
    let result = scene.run(&["transfer", "traced", &file]);
    assert_eq!(result.code, 0, "{result:?}");
    assert!(result.output.starts_with("the transfer was accepted as a draft: nothing moves before "), "{result:?}");
    let json = scene.run(&["transfer", "traced", &file, "--json"]).json();
    assert_eq!(json["stage"], "draft");
    assert_eq!(scene.transfer("move-1").code, 0);
    let listed = scene.run(&["journal"]).output;
    let row = |reference: &str| listed.lines().find(|line| line.contains(reference)).unwrap().to_owned();
    assert!(listed.lines().next().unwrap().contains("PROGRESS"), "{listed}");
    assert!(row("draft-1").contains("applied  draft"), "{listed}");
    assert!(row("move-1").contains("applied  done"), "{listed}");
    let writes: Value = scene.run(&["journal", "--json"]).json();
    assert_eq!([&writes["writes"][0]["stage"], &writes["writes"][1]["stage"]], [&json!("approved"), &json!("draft")]);
}
