//! Commands that run one after the other share the rate limit of their application.

use std::time::Instant;

use crate::scene::Scene;

const COMMANDS: usize = 200;

/// Exit code for a write of unknown outcome.
const UNKNOWN: i32 = 5;

/// Reasons for not starting a write: no turn in time, or too little time left after its turn.
const NOT_BEGUN: [&str; 2] = ["the request limit has no room for it in time", "call.too-late"];

#[test]
fn two_hundred_commands_keep_to_the_rate_of_their_application_and_make_use_of_it() {
    // A burst of six, then one each 522 ms.
    let rate = "limits.requests-per-minute = 120\nlimits.deadline-ms = 400\nlimits.min-time-left-ms = 100";
    let scene = Scene::with("blind", "journal = \"journal\"\n", rate);
    let begun = Instant::now();
    let results: Vec<_> = (0..COMMANDS).map(|number| scene.transfer(&format!("row-{number}"))).collect();
    let took = begun.elapsed();
    let mut sent = 0;
    for (number, result) in results.iter().enumerate() {
        let writes = scene.provider.kept(&format!("row-{number}")).writes;
        match (result.code, writes) {
            (0, 1) => {}
            (4, 0) => assert!(NOT_BEGUN.iter().any(|why| result.error.contains(why)), "{result:?}"),
            // On a busier machine the request left, and the deadline passed before its answer was read.
            (UNKNOWN, 0 | 1) => {}
            _ => panic!("{writes} writes: {result:?}"),
        }
        sent += writes;
    }
    let steadily = took.as_millis() as usize / 522;
    assert!(sent <= 6 + 1 + steadily, "{sent} were sent in {took:?}");
    assert!(sent >= steadily / 4, "{sent} were sent in {took:?}");
    assert!(sent < COMMANDS, "the machine is too slow to show anything: {took:?}");
}
