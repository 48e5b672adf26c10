//! Power cuts under a real host with a real component: after each cut the journal opens and has every write that the provider saw
//! and every outcome that a caller got, and the host recovers the rest.
//!
//! `scenario` is one disk through many cuts, `life` one host between two of them, `book` the outcomes that callers got, `judge`
//! the required properties. `cargo xtask power-cuts --cuts 10000` is the long run.

mod book;
mod judge;
mod life;
mod scenario;

use std::fmt;

use scenario::{Figures, Scenario};

/// Default number of cuts.
const CUTS: u64 = 300;
/// Default seed of the first scenario: each later one has the next seed.
const SEED: u64 = 1;

/// Number in this environment variable.
fn environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

#[test]
fn no_power_cut_loses_a_write_or_a_word_or_has_a_write_carried_out_twice() {
    let (cuts, first) =
        (environment("STOCKBRIDGE_CUTS").unwrap_or(CUTS), environment("STOCKBRIDGE_SEED").unwrap_or(SEED));
    let (cache, mut figures) = (tempfile::tempdir().unwrap(), Figures::default());
    for seed in first.. {
        if figures.cuts >= cuts {
            break;
        }
        let result = Scenario::new(seed, cache.path()).run();
        figures += result.unwrap_or_else(|problem| panic!("seed {seed}: {problem}; --seed {seed} runs it again"));
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
    println!("{}", found.expect("no scenario noticed that nothing was durable"));
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { cuts, opening, failing, seen, receipts, not_applied, unknown, manual, losses, .. } = self;
        write!(
            formatter,
            "{cuts} cuts, {opening} of them while the journal opened and {failing} after the disk failed; "
        )?;
        write!(formatter, "{seen} writes reached the provider; callers got {receipts} receipts, ")?;
        write!(
            formatter,
            "{not_applied} not applied, {unknown} unknown; {manual} need manual review; of the unsynced "
        )?;
        write!(formatter, "disk writes {} were kept, {} dropped, {} torn", losses.kept, losses.dropped, losses.torn)
    }
}
