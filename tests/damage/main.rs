//! Damaged journals: whatever the damage, no sent write is reported as unsent, none is applied twice, and no new journal silently
//! replaces the damaged one.
//!
//! `harm` is the damage to a file, `case` one journal from its first host to its last. `cargo xtask damage --cases 5000` is the
//! long run.

mod case;
mod harm;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use case::{Case, CaseResult};
use harm::Kind;
use stockbridge_tests::{Repeats, Traced};

/// Default number of damaged journals.
const CASES: u64 = 56;
/// Default seed of the first case: each later one has the next seed.
const SEED: u64 = 1;

/// Number in this environment variable.
fn environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Number of panics, contained ones included.
static PANICS: AtomicU64 = AtomicU64::new(0);

#[test]
fn no_damage_to_a_journal_has_a_write_forgotten_doubled_or_called_unsent() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panicked| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        before(panicked);
    }));
    let (cases, first) =
        (environment("STOCKBRIDGE_CASES").unwrap_or(CASES), environment("STOCKBRIDGE_SEED").unwrap_or(SEED));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (cache, provider) = (tempfile::tempdir().unwrap(), Traced::start(Repeats::CarriedOut));
    let mut seen: BTreeMap<Kind, Counts> = BTreeMap::new();
    for seed in first..first + cases {
        let kind = Kind::ALL[usize::try_from(seed).unwrap() % Kind::ALL.len()];
        let case = Case::new(seed, kind, &provider, cache.path());
        let ended = runtime.block_on(case.run());
        let ended = ended.unwrap_or_else(|problem| panic!("{kind:?}, seed {seed}: {problem}"));
        seen.entry(kind).or_default().count(&ended);
        if cases > CASES && seed % 500 == 0 {
            println!("{}", table(&seen));
        }
    }
    println!("seeds from {first}\n{}", table(&seen));
    assert_eq!(PANICS.load(Ordering::Relaxed), 0, "something panicked, if only inside");
}

/// Results of journals with the same kind of damage.
#[derive(Default)]
struct Counts {
    whole: u64,
    refused: u64,
    put_back: u64,
    orders: u64,
    unknown: u64,
    repaired: u64,
    readable: u64,
    sent: u64,
}

impl Counts {
    fn count(&mut self, ended: &CaseResult) {
        match ended.refused {
            true => self.refused += 1,
            false if ended.gap => self.put_back += 1,
            false => self.whole += 1,
        }
        self.orders += ended.orders;
        self.unknown += ended.unknown;
        self.repaired += u64::from(ended.repaired.is_some());
        self.readable += ended.repaired.unwrap_or_default();
        self.sent += if ended.repaired.is_some() { ended.orders } else { 0 };
    }
}

fn table(seen: &BTreeMap<Kind, Counts>) -> String {
    let head = format!(
        "{:<22}{:>8}{:>8}{:>10}{:>8}{:>9}{:>10}{:>24}",
        "", "whole", "refused", "put back", "orders", "unknown", "repaired", "of their writes read"
    );
    let line = |name: &str, counts: &Counts| {
        let Counts { whole, refused, put_back, orders, unknown, repaired, readable, sent } = counts;
        format!(
            "{name:<22}{whole:>8}{refused:>8}{put_back:>10}{orders:>8}{unknown:>9}{repaired:>10}{:>24}",
            format!("{readable} of {sent}")
        )
    };
    let lines = seen.iter().map(|(kind, counts)| line(&format!("{kind:?}"), counts));
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}
