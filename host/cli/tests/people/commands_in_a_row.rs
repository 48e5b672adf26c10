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

#[test]
fn two_hundred_commands_keep_to_the_rate_of_their_application_and_make_use_of_it() {
    // Six at once, and one each 522 ms after that.
    let rate = "limits.requests-per-minute = 120\nlimits.deadline-ms = 400\nlimits.min-time-left-ms = 100";
    let scene = Scene::with("blind", "journal = \"journal\"\n", rate);
    let begun = Instant::now();
    let said: Vec<_> = (0..200).map(|number| scene.transfer(&format!("row-{number}"))).collect();
    let took = begun.elapsed();
    let sent: Vec<usize> = (0..200).map(|number| scene.provider.kept(&format!("row-{number}")).writes).collect();
    for (said, sent) in said.iter().zip(&sent) {
        assert!(matches!((said.code, sent), (0, 1) | (4, 0)), "{sent} sent: {said:?}");
    }
    let (sent, steadily) = (sent.iter().sum::<usize>(), took.as_millis() as usize / 522);
    assert!(sent <= 6 + 1 + steadily, "{sent} were sent in {took:?}");
    assert!(sent >= steadily / 4, "{sent} were sent in {took:?}");
}
