//! A query for all stock, as an operator sets it up: its cost in a check, the key to add, and the completeness of the
//! answer.

use stockbridge_tests::{days_ago, simulator};
use tokio::runtime::Runtime;

use crate::scene::Scene;

#[test]
fn a_check_says_what_all_stock_costs_and_a_query_without_the_key_names_it() {
    let scene = Scene::new("blind");
    let runtime = Runtime::new().unwrap();
    let simulator = runtime.block_on(simulator());
    scene.at_the_flagship(&simulator, "");
    let check = scene.run(&["accounts", "--check"]);
    assert_eq!(check.code, 0, "{check:?}");
    assert!(check.error.contains("wms: a query for all stock is refused: it needs the setting `since`"), "{check:?}");
    let refused = scene.run(&["query", "wms"]);
    assert_eq!((refused.code, refused.fact("code")), (2, "provider.invalid-request"), "{refused:?}");
    assert!(refused.fact("why").contains("`settings.since = \"YYYY-MM-DD\"`"), "{refused:?}");
    // A query for named items needs no start day.
    assert_eq!(scene.run(&["query", "wms", "--sku", "daj1"]).code, 0);

    scene.at_the_flagship(&simulator, &format!("settings.since = \"{}\"", days_ago(149)));
    let check = scene.run(&["--json", "accounts", "--check"]).json();
    let note = check["accounts"][0]["check"]["notes"][0].as_str().unwrap();
    assert!(note.contains("takes at least 5 requests"), "{note}");
    let all = scene.run(&["query", "wms"]);
    assert_eq!(all.code, 0, "{all:?}");
    for note in [format!("whole-since: \"{} 00:00:00\"", days_ago(149)), "not-covered: \"rows without".to_owned()] {
        assert_eq!(all.error.matches(&note).count(), 1, "{note}: {all:?}");
    }
}
