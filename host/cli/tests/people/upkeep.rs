//! Maintenance of a journal: created, copied, verified, exported, repaired, and compared.

use std::fs;

use serde_json::Value;

use crate::scene::Scene;

fn journal(scene: &Scene) -> std::path::PathBuf {
    scene.directory.path().join("journal")
}

#[test]
fn a_new_journal_is_told_on_standard_error_once_and_one_that_was_made_is_none() {
    let scene = Scene::new("blind");
    let first = scene.transfer("move-1");
    assert!(
        first.error.contains("a new journal was created: journal, ") || first.error.contains("journal was created: "),
        "{first:?}"
    );
    assert!(!scene.transfer("move-2").error.contains("a new journal"));

    let scene = Scene::with("blind", "journal = { path = \"journal\", must-exist = true }\n", "");
    let missing = scene.transfer("move-1");
    assert_eq!(missing.code, 5, "{missing:?}");
    assert!(missing.error.contains("stockbridge journal init") && !missing.error.contains("safe"), "{missing:?}");
    let made = scene.run(&["journal", "init", "--json"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert_eq!(made.json()["journal"].as_str().map(str::len), Some(36));
    let there = scene.run(&["journal", "init"]);
    assert_eq!((there.code, there.error.contains("exists already")), (2, true), "{there:?}");
    let sent = scene.transfer("move-1");
    assert_eq!((sent.code, sent.error.contains("a new journal")), (0, false), "{sent:?}");
}

#[test]
fn an_order_whose_journal_is_damaged_is_unknown_and_never_called_safe_to_send_again() {
    let scene = Scene::new("blind");
    assert_eq!(scene.transfer("move-1").code, 0);
    let whole = fs::read(journal(&scene)).unwrap();
    for length in [0, 100, 32 * 1024, whole.len() - 4096] {
        fs::write(journal(&scene), whole.split_at(length).0).unwrap();
        let result = scene.transfer("move-1");
        assert_eq!(result.code, 5, "{length}: {result:?}");
        assert!(result.error.contains("is damaged") && result.error.contains("journal repair"), "{length}: {result:?}");
        assert!(!result.error.contains("safe to send") && !result.error.contains("panicked"), "{length}: {result:?}");
        assert_eq!(fs::metadata(journal(&scene)).unwrap().len(), length as u64);
        let verified = scene.run(&["journal", "verify", "--json"]);
        assert_eq!(verified.json()["error"]["code"], "journal.damaged", "{length}: {verified:?}");
    }
    assert_eq!(scene.provider.applied("move-1"), 1);
}

#[test]
fn a_backup_that_is_put_back_holds_orders_until_somebody_has_compared() {
    let scene = Scene::new("blind");
    assert_eq!(scene.transfer("move-1").code, 0);
    let copied = scene.run(&["journal", "backup", "copy"]);
    assert_eq!(copied.code, 0, "{copied:?}");
    assert!(
        copied.output.contains("1 writes in ") && copied.fact("to restore").starts_with("end the host"),
        "{copied:?}"
    );
    assert_eq!(scene.run(&["journal", "--journal", "copy", "verify", "--json"]).json()["writes"], 1);
    assert_eq!(scene.transfer("move-2").code, 0);
    fs::copy(scene.directory.path().join("copy"), journal(&scene)).unwrap();

    let held = scene.transfer("move-2");
    assert_eq!(held.code, 5, "{held:?}");
    assert!(held.error.contains("no record of what was sent between"), "{held:?}");
    assert_eq!(scene.provider.applied("move-2"), 1);
    let file = scene.order("move-3", "\"stage\": \"approved\",");
    let younger = scene.run(&["transfer", "traced", &file, "--ordered-at", "2999-01-01T00:00:00Z"]);
    assert_eq!(younger.code, 0, "{younger:?}");
    let gaps = scene.run(&["journal", "gap"]);
    assert_eq!(gaps.code, 7, "{gaps:?}");
    assert!(gaps.output.contains("restored from a backup") && gaps.output.contains("not yet"), "{gaps:?}");
    let closed = scene.run(&["journal", "gap", "close", "--note", "compared with their list", "--by", "ana"]);
    assert_eq!(closed.code, 0, "{closed:?}");
    assert!(closed.output.contains("all accounts: compared with their list by ana"), "{closed:?}");
    assert_eq!(scene.run(&["journal", "gap", "--json"]).code, 0);
    assert_eq!(scene.transfer("move-4").code, 0);
}

#[test]
fn a_damaged_journal_is_repaired_into_a_new_one_and_what_is_in_it_is_exported() {
    let scene = Scene::new("blind");
    for reference in ["move-1", "move-2", "move-3"] {
        assert_eq!(scene.transfer(reference).code, 0);
    }
    let exported = scene.run(&["journal", "export"]);
    let lines: Vec<Value> = exported.output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let references: Vec<_> =
        lines.iter().map(|line| line["record"]["reference"].as_str().unwrap_or_default()).collect();
    assert_eq!(references, ["move-3", "move-2", "move-1"], "{exported:?}");
    assert!(lines.iter().all(|line| line["events"].as_array().is_some_and(|events| events.len() > 2)));

    // The page of a write varies from run to run: pages are damaged from the file's end on, until one is found that holds
    // no write.
    let whole = fs::read(journal(&scene)).unwrap();
    let is_repaired = (1..40).any(|page| {
        let mut damaged = whole.clone();
        let from = damaged.len() - page * 4096;
        damaged[from..from + 4096].fill(0);
        fs::write(journal(&scene), damaged).unwrap();
        drop(fs::remove_file(scene.directory.path().join("new")));
        let repaired = scene.run(&["journal", "repair", "--to", "new"]);
        repaired.code == 0 && repaired.output.contains("what was wrong") && repaired.output.contains("3 writes copied")
    });
    assert!(is_repaired);
    fs::rename(scene.directory.path().join("new"), journal(&scene)).unwrap();
    let again = scene.transfer("move-2");
    assert_eq!((again.code, scene.provider.applied("move-2")), (0, 1), "{again:?}");
    assert_eq!(scene.transfer("move-9").code, 5, "nobody knows whether it was sent");
}
