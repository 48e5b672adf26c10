//! The parts of the harness, and its entry point.
//!
//! | module | content |
//! |---|---|
//! | `words` | the parent's plan for a child, and the child's output |
//! | `child` | the host that is killed |
//! | `generation` | one child from its start to its end |
//! | `round` | one journal from its first host to its last, at one simulator |
//! | `judge` | the required properties |
//! | `rate` | whether a provider's rate limit was kept |
//! | `tally` | the report |

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

/// Kills of one round. More would make each round longer, fewer would raise the share of hosts that are not killed.
const KILLS: u32 = 30;

/// Arguments: `KILLS [SEED] [jumps] [unmarked]`, or a parent's plan for its child.
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

/// Runs this many kills, split over concurrent modes: a host mostly waits for the disk.
fn parent(kills: u32, seed: u64, modes: [Mode; 4], marked: bool) -> ExitCode {
    let (started, mut random) = (Instant::now(), fastrand::Rng::with_seed(seed));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let cache = tempfile::tempdir().unwrap();
    // The first host compiles the connectors for the others.
    Round::new(Mode::Plain, marked, random.fork(), cache.path(), &runtime).run_last();
    let share = kills.div_ceil(modes.len() as u32);
    let columns = std::thread::scope(|scope| {
        let running = modes.map(|mode| {
            let (random, cache, runtime) = (random.fork(), cache.path(), &runtime);
            scope.spawn(move || (mode, run_kills(mode, share, marked, random, cache, runtime)))
        });
        running.map(|mode| mode.join().unwrap())
    });
    Tally::new(started, columns).report(seed)
}

/// Runs rounds of one mode until there are enough kills or a violation.
fn run_kills(
    mode: Mode,
    kills: u32,
    marked: bool,
    mut random: fastrand::Rng,
    cache: &Path,
    runtime: &Runtime,
) -> Column {
    let mut column = Column::default();
    while column.kills() < kills && column.violations().is_empty() {
        let left = kills - column.kills();
        Round::new(mode, marked, random.fork(), cache, runtime).run_kills(left.min(KILLS), &mut column);
    }
    column
}
