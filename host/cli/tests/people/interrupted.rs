//! SIGINT and SIGTERM during a write.

use std::time::Duration;

use stockbridge_tests::How;

use crate::scene::{Scene, until};

#[test]
fn the_first_signal_waits_for_the_end_of_the_write() {
    for signal in ["INT", "TERM"] {
        let scene = Scene::new("blind");
        scene.provider.writes_go(|_| How::AnsweredAfter(Duration::from_secs(2)));
        let file = scene.order("move-1", "");
        let mut running = scene.start(&["transfer", "traced", &file]);
        until("a write at the provider", || scene.provider.kept("move-1").writes == 1);
        running.signal(signal);
        let result = running.until_it_says("then unknown\n");
        assert!(
            result.contains("interrupted: waiting for the end of the transfer, reference move-1, within "),
            "{result}"
        );
        let result = running.ended();
        assert_eq!(result.code, 0, "{signal}: {result:?}");
        assert!(result.output.starts_with("the transfer was "), "{result:?}");
    }
}

#[test]
fn the_second_signal_says_reference_and_that_the_outcome_is_unknown() {
    for (top, options) in [("journal = \"journal\"\n", 4), ("", 0)] {
        let scene = Scene::with("blind", top, "");
        scene.provider.writes_go(|_| How::AnsweredAfter(Duration::from_secs(20)));
        let file = scene.order("move-1", "");
        let mut running = scene.start(&["transfer", "traced", &file, "--json"]);
        until("a write at the provider", || scene.provider.kept("move-1").writes == 1);
        running.signal("INT");
        running.until_it_says("then unknown\n");
        running.signal("TERM");
        let result = running.ended();
        assert_eq!(result.code, 5, "{result:?}");
        assert_eq!(result.fact("reference"), "move-1");
        assert!(result.fact("outcome").starts_with("unknown: it may have been carried out"), "{result:?}");
        let error = &result.json()["error"];
        assert_eq!((error["outcome"].as_str(), error["code"].as_str()), (Some("unknown"), Some("command.interrupted")));
        assert_eq!(error["next"].as_array().map_or(0, Vec::len), options, "{error}");
        if options > 0 {
            assert_eq!(error["write"], 1);
            let listed = scene.run(&["journal", "--open", "--json"]).json();
            assert_eq!(listed["writes"][0]["reference"], "move-1", "{listed}");
        }
    }
}

/// Interrupted while the connector is compiled, which takes a moment without a cache: the journal is open by then.
#[test]
fn where_nothing_was_sent_yet_that_is_said() {
    for more in ["", "\"reference\": \"move-1\","] {
        let scene = Scene::new("blind");
        let configuration = std::fs::read_to_string(scene.directory.path().join("stockbridge.toml")).unwrap();
        let uncached = configuration.lines().filter(|line| !line.starts_with("cache")).collect::<Vec<_>>().join("\n");
        scene.write("stockbridge.toml", &uncached);
        scene.write(
            "order.json",
            &format!(
                r#"{{{more} "from-warehouse": "a", "to-warehouse": "b", "lines": [{{"sku": "s", "quantity": "1"}}]}}"#
            ),
        );
        let running = scene.start(&["transfer", "traced", "order.json", "--json"]);
        until("an open journal", || scene.directory.path().join("journal.host").exists());
        running.signal("INT");
        let result = running.ended();
        assert_eq!(result.code, 1, "{result:?}");
        assert_eq!(result.fact("why"), "the command was interrupted, and sent nothing");
        assert_eq!(result.fact("outcome"), "nothing was carried out: it may be sent again unchanged");
        assert_eq!(result.json()["error"]["outcome"], "not-applied");
        assert!(scene.provider.ledger().is_empty());
    }
}
