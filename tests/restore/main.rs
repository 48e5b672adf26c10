//! Restored backups: orders that were sent after the backup are not sent again, until an operator has compared.
//!
//! `round` is one journal that is copied and put back. `cargo xtask restore --rounds 1000` is the long run.

mod round;

use std::ops::AddAssign;

use round::Round;
use stockbridge_tests::{Repeats, Traced};

/// Default number of rounds.
const ROUNDS: u64 = 20;
const SEED: u64 = 1;

/// Number in this environment variable.
fn environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Totals of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    /// Earlier orders, repeated after the backup was put back.
    pub(crate) again: u64,
    /// Unknown ones among them.
    pub(crate) unknown: u64,
    /// New orders that were sent while the gap was open, and those that were not.
    pub(crate) went_out: u64,
    pub(crate) held_back: u64,
    /// New orders that were sent once it was closed.
    pub(crate) after: u64,
    /// Orders that were applied twice.
    pub(crate) doubled: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        self.again += other.again;
        self.unknown += other.unknown;
        self.went_out += other.went_out;
        self.held_back += other.held_back;
        self.after += other.after;
        self.doubled += other.doubled;
    }
}

fn rounds(rounds: u64, first: u64, compares: bool) -> Figures {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (cache, provider) = (tempfile::tempdir().unwrap(), Traced::start(Repeats::CarriedOut));
    let mut figures = Figures::default();
    for seed in first..first + rounds {
        let round = Round::new(seed, &provider, cache.path(), compares);
        figures += runtime.block_on(round.run()).unwrap_or_else(|problem| panic!("seed {seed}: {problem}"));
    }
    figures
}

#[test]
fn what_was_sent_since_a_backup_is_not_sent_again_when_it_is_put_back() {
    let (count, first) =
        (environment("STOCKBRIDGE_ROUNDS").unwrap_or(ROUNDS), environment("STOCKBRIDGE_SEED").unwrap_or(SEED));
    let figures = rounds(count, first, true);
    println!("{count} rounds from seed {first}: {figures:?}");
    assert_eq!(figures.doubled, 0);
    assert!(figures.went_out > 0 && figures.held_back > 0 && figures.after > 0 && figures.unknown > 0, "{figures:?}");
}

#[test]
fn a_gap_that_is_closed_by_somebody_who_has_not_compared_is_what_it_guards_against() {
    let figures = rounds(10, SEED, false);
    assert!(figures.doubled > 0, "nothing was doubled with the rule off, so that it proves nothing: {figures:?}");
}
