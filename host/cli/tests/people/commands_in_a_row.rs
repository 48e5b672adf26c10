//! Commands that run one after the other keep to the rate of their application together.

use std::time::Instant;

use crate::scene::Scene;

const COMMANDS: usize = 200;

#[test]
fn two_hundred_commands_keep_to_the_rate_of_their_application_and_make_use_of_it() {
    // A burst of six, then one each 522 ms.
    let rate = "limits.requests-per-minute = 120\nlimits.deadline-ms = 400\nlimits.min-time-left-ms = 100";
    let scene = Scene::with("blind", "journal = \"journal\"\n", rate);
    let begun = Instant::now();
    let said: Vec<_> = (0..COMMANDS).map(|number| scene.transfer(&format!("row-{number}"))).collect();
    let took = begun.elapsed();
    let mut sent = 0;
    for (number, said) in said.iter().enumerate() {
        match (said.code, scene.provider.kept(&format!("row-{number}")).writes) {
            (0, 1) => sent += 1,
            (4, 0) => assert!(said.error.contains("the limit of requests has no room for it in time"), "{said:?}"),
            (_, writes) => panic!("{writes} writes: {said:?}"),
        }
    }
    assert_eq!(said[0].code, 0, "the first has room: {:?}", said[0]);
    let steadily = took.as_millis() as usize / 522;
    assert!(sent <= 6 + 1 + steadily, "{sent} were sent in {took:?}");
    assert!(sent >= steadily / 4, "{sent} were sent in {took:?}");
    assert!(sent < COMMANDS, "the machine is too slow to show anything: {took:?}");
}
