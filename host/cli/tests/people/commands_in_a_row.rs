//! Commands that are run one after the other: together they ask no more of a provider than its application may.

use std::time::{Duration, Instant};

use crate::scene::Scene;

#[test]
fn commands_in_a_row_keep_to_the_rate_of_their_application() {
    let rate = "limits.requests-per-minute = 10\nlimits.deadline-ms = 2000";
    let scene = Scene::with("blind", "journal = \"journal\"\n", rate);
    let begun = Instant::now();
    let said: Vec<_> = (0..4).map(|number| scene.transfer(&format!("row-{number}"))).collect();
    let sent = |number: usize| scene.provider.kept(&format!("row-{number}")).writes;
    assert_eq!((said[0].code, sent(0)), (0, 1), "{said:?}");
    // One of ten a minute is there each seven seconds: on a slow machine another may have come.
    let took = begun.elapsed();
    let fits = 2 + took.as_secs() as usize / 7;
    assert!((0..4).map(sent).sum::<usize>() <= fits && took < Duration::from_secs(60), "{took:?}: {said:?}");
    let refused = said.iter().enumerate().find(|(_, said)| said.code != 0);
    let (number, said) = refused.expect("all were sent");
    assert!(said.error.contains("requests") && sent(number) == 0, "{said:?}");
}
