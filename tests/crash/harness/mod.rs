//! The parts of the harness, and what runs them.
//!
//! | where | what |
//! |---|---|
//! | `words` | what the parent asks of a child, and what a child tells |
//! | `child` | the host that is killed |
//! | `generation` | one child from its start to its end |
//! | `round` | a journal from its first host to its last, at one simulator |
//! | `judge` | what must hold |
//! | `rate` | whether a provider's rate was kept |
//! | `tally` | what is reported |

mod child;
mod generation;
mod judge;
mod rate;
mod round;
mod tally;
mod words;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use tokio::runtime::Runtime;

use round::{Mode, Round};
use tally::{Column, Tally};

/// Kills of one round. More would make each longer, fewer the share of those that are not killed larger.
const KILLS: u32 = 30;

/// `KILLS [SEED] [jumps] [unmarked]`, or what a parent has its child do.
pub(crate) fn run() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["child", plan] = arguments[..] {
        return child::run(plan);
    }
    let mut said = |word: &str| {
        let before = arguments.len();
        arguments.retain(|argument| *argument != word);
        arguments.len() < before
    };
    let modes = if said("jumps") { Mode::JUMPS } else { Mode::USUAL };
    let marked = !said("unmarked");
    match arguments[..] {
        [kills] => parent(kills.parse().unwrap(), fastrand::u64(..), modes, marked),
        [kills, seed] => parent(kills.parse().unwrap(), seed.parse().unwrap(), modes, marked),
        _ => {
            eprintln!("stockbridge-crash KILLS [SEED] [jumps] [unmarked]");
            ExitCode::FAILURE
        }
    }
}

/// So many kills, over the modes, which run beside each other: a host mostly waits for the disk.
fn parent(kills: u32, seed: u64, modes: [Mode; 4], marked: bool) -> ExitCode {
    let (begun, mut random) = (Instant::now(), fastrand::Rng::with_seed(seed));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cache = tempfile::tempdir().unwrap();
    // The first host compiles the connectors for the others.
    Round::new(Mode::Plain, marked, random.fork(), cache.path(), &runtime).peace();
    let share = kills.div_ceil(modes.len() as u32);
    let columns = std::thread::scope(|scope| {
        let running = modes.map(|mode| {
            let (random, cache, runtime) = (random.fork(), cache.path(), &runtime);
            scope.spawn(move || (mode, played(mode, share, marked, random, cache, runtime)))
        });
        running.map(|mode| mode.join().unwrap())
    });
    Tally::new(begun, columns).report(seed)
}

/// Rounds of one mode, until there are enough kills or something does not hold.
fn played(mode: Mode, kills: u32, marked: bool, mut random: fastrand::Rng, cache: &Path, runtime: &Runtime) -> Column {
    let mut column = Column::default();
    while column.kills() < kills && column.violations().is_empty() {
        let left = kills - column.kills();
        Round::new(mode, marked, random.fork(), cache, runtime).played(left.min(KILLS), &mut column);
    }
    column
}
