//! One disk, one provider, and hosts that start and end with the power.

use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stockbridge_tests::{How, Losses, Repeats, TestDisk, Traced};
use tokio::runtime::{Builder, Runtime};

use crate::book::{Book, CallerOutcome};

/// Power cuts on one disk.
const CUTS: u64 = 12;
/// Repetition promises that the connector makes for the provider.
const REPETITIONS: [&str; 3] = ["deduplicated", "traceable", "blind"];

pub(crate) struct Scenario {
    pub(crate) repetition: &'static str,
    pub(crate) provider: Traced,
    pub(crate) disk: TestDisk,
    pub(crate) book: Arc<Book>,
    pub(crate) cache: PathBuf,
    pub(crate) chance: fastrand::Rng,
    pub(crate) figures: Figures,
}

/// Totals of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) cuts: u64,
    pub(crate) opening: u64,
    pub(crate) failing: u64,
    pub(crate) seen: u64,
    pub(crate) receipts: u64,
    pub(crate) not_applied: u64,
    pub(crate) unknown: u64,
    pub(crate) manual: u64,
    pub(crate) losses: Losses,
}

impl Scenario {
    pub(crate) fn new(seed: u64, cache: &Path) -> Scenario {
        Scenario::on(TestDisk::new(seed), seed, cache)
    }

    /// A scenario on a disk whose syncs do nothing.
    pub(crate) fn on_a_liar(seed: u64, cache: &Path) -> Scenario {
        Scenario::on(TestDisk::new(seed).that_lies(), seed, cache)
    }

    fn on(disk: TestDisk, seed: u64, cache: &Path) -> Scenario {
        let repetition = REPETITIONS[usize::try_from(seed % 3).unwrap()];
        let repeats = if repetition == "deduplicated" { Repeats::Deduplicated } else { Repeats::CarriedOut };
        let provider = Traced::start(repeats);
        provider.writes_go(move |write| {
            // The fate of each sending depends only on its write and number, not on the order of arrival.
            let fate = write
                .reference
                .bytes()
                .fold(seed ^ write.earlier as u64, |sum, byte| sum.wrapping_mul(31) ^ u64::from(byte));
            match fastrand::Rng::with_seed(fate).u8(0..10) {
                0 => How::DroppedBefore,
                1 | 2 => How::DroppedAfter,
                3 => How::Rejected,
                _ => How::Well,
            }
        });
        Scenario {
            repetition,
            provider,
            disk,
            book: Arc::default(),
            cache: cache.to_owned(),
            chance: fastrand::Rng::with_seed(seed),
            figures: Figures::default(),
        }
    }

    /// Runs the whole scenario; fails with the violated property.
    pub(crate) fn run(mut self) -> Result<Figures, String> {
        for _ in 0..CUTS {
            let source = self.disk.plugged_in();
            let runtime = runtime();
            let lived = runtime.block_on(self.until_a_cut(source));
            self.shut_down(runtime);
            self.figures.cuts += 1;
            lived?;
        }
        let source = self.disk.plugged_in();
        let runtime = runtime();
        let lived = runtime.block_on(self.run_out(source));
        self.shut_down(runtime);
        lived.map(|()| self.counted())
    }

    /// Drops the host, and all callers that wait for it.
    fn shut_down(&self, runtime: Runtime) {
        self.disk.cut();
        drop(runtime);
        self.book.release_callers();
    }

    fn counted(self) -> Figures {
        let mut figures = Figures { losses: self.disk.losses(), ..self.figures };
        figures.seen = self.provider.ledger().values().map(|kept| kept.writes as u64).sum();
        for page in self.book.all() {
            match page.outcome {
                CallerOutcome::Nothing => {}
                CallerOutcome::Receipt { .. } => figures.receipts += 1,
                CallerOutcome::NotApplied => figures.not_applied += 1,
                CallerOutcome::Unknown { .. } => figures.unknown += 1,
            }
        }
        figures
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        self.cuts += other.cuts;
        self.opening += other.opening;
        self.failing += other.failing;
        self.seen += other.seen;
        self.receipts += other.receipts;
        self.not_applied += other.not_applied;
        self.unknown += other.unknown;
        self.manual += other.manual;
        self.losses.kept += other.losses.kept;
        self.losses.dropped += other.losses.dropped;
        self.losses.torn += other.losses.torn;
    }
}
