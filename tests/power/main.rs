//! Power cuts under a real host with a real component: after each the journal opens, has every write that the provider
//! saw and all that a caller was told, and the host finds out the rest.
//!
//! `scenario` is one disk through many cuts, `life` one host between two of them, `book` what callers were told, `judge`
//! what must hold. `cargo xtask power-cuts --cuts 10000` is the long run.

mod book;
mod judge;
mod life;
mod scenario;

use std::fmt;

use scenario::{Figures, Scenario};

/// How many cuts a run has that nobody asked for more of.
const CUTS: u64 = 300;
/// Which disk comes first: each scenario has the seed after the one before.
const SEED: u64 = 1;

/// What the environment has under this name.
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[test]
fn no_power_cut_loses_a_write_or_a_word_or_has_a_write_carried_out_twice() {
    let (cuts, first) = (asked("STOCKBRIDGE_CUTS").unwrap_or(CUTS), asked("STOCKBRIDGE_SEED").unwrap_or(SEED));
    let (cache, mut figures) = (tempfile::tempdir().unwrap(), Figures::default());
    for seed in first.. {
        if figures.cuts >= cuts {
            break;
        }
        let came = Scenario::new(seed, cache.path()).run();
        figures += came.unwrap_or_else(|problem| panic!("seed {seed}: {problem}; --seed {seed} runs it again"));
        if cuts > CUTS && seed % 50 == 0 {
            println!("seed {seed}: {figures}");
        }
    }
    println!("seeds from {first}: {figures}");
}

#[test]
fn a_disk_that_says_it_has_synced_and_has_not_is_found_out() {
    let cache = tempfile::tempdir().unwrap();
    let found = (SEED..SEED + 20).find_map(|seed| Scenario::on_a_liar(seed, cache.path()).run().err());
    println!("{}", found.expect("no scenario saw that nothing was durable"));
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { cuts, opening, failing, seen, receipts, not_applied, unknown, people, losses, .. } = self;
        write!(
            formatter,
            "{cuts} cuts, {opening} of them while the journal opened and {failing} after the disk failed; "
        )?;
        write!(formatter, "{seen} writes came to the provider; callers were told of {receipts} receipts, ")?;
        write!(
            formatter,
            "{not_applied} not applied, {unknown} unknown; {people} were left to a person; of what was "
        )?;
        write!(
            formatter,
            "not synced {} writes were kept, {} dropped, {} torn",
            losses.kept, losses.dropped, losses.torn
        )
    }
}
