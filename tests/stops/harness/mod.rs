//! | where | what |
//! |---|---|
//! | `child` | a host: the one that is stopped, or the one that takes its journal over |
//! | `disk` | a journal's disk that is a file without a lock |
//! | `stop` | one stop from its beginning to its end |

mod child;
mod disk;
mod stop;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use stop::{Scenario, Seen, Stop};

/// How long a write may take to leave.
pub(crate) const WINDOW: Duration = Duration::from_millis(200);
/// For how long the provider drops a second write under a reference.
pub(crate) const DEDUPLICATED: Duration = Duration::from_millis(800);
/// Stops that run beside each other: a stop is mostly waiting.
const AT_ONCE: u64 = 8;
/// How often a stop is tried.
const TRIES: u32 = 5;

/// `STOPS [SEED [FROM [unenforced]]]`, or what a parent has its child do.
pub(crate) fn run() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |text: &str| text.parse().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["child", plan] => child::run(plan),
        [stops] => parent(number(stops), fastrand::u64(..), 0, true),
        [stops, seed] => parent(number(stops), number(seed), 0, true),
        [stops, seed, from] => parent(number(stops), number(seed), number(from), true),
        [stops, seed, from, "unenforced"] => parent(number(stops), number(seed), number(from), false),
        _ => {
            eprintln!("stockbridge-stops STOPS [SEED [FROM [unenforced]]]");
            ExitCode::FAILURE
        }
    }
}

/// One stop. On a busy machine a repeat may come too late to be made, and there is nothing to stop: then it is tried again.
fn tried(stop: impl Fn() -> Stop, cache: &Path) -> (Scenario, Seen) {
    let played = || {
        let stop = stop();
        (stop.scenario, stop.played(cache))
    };
    let mut came = played();
    for _ in 1..TRIES {
        if came.1.stopped || came.1.applied > 1 {
            break;
        }
        came = played();
    }
    came
}

/// The stops from this one on. Each is what it is by the seed and its number.
fn parent(stops: u64, seed: u64, from: u64, enforced: bool) -> ExitCode {
    let (begun, next, seen) = (Instant::now(), AtomicU64::new(from), Mutex::new(Vec::<(u64, Scenario, Seen)>::new()));
    let cache = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= from + stops {
                        return;
                    }
                    let came = tried(|| Stop::of(seed, number, enforced), cache.path());
                    let came = (number, came.0, came.1);
                    seen.lock().unwrap().push(came);
                }
            });
        }
    });
    let seen = seen.into_inner().unwrap();
    let mut found = 0;
    for scenario in Scenario::ALL {
        let its: Vec<_> = seen.iter().filter(|(_, its, _)| *its == scenario).collect();
        let count = |of: &dyn Fn(&Seen) -> bool| its.iter().filter(|(_, _, seen)| of(seen)).count();
        println!(
            "{:<44}{:>6} stops, {:>6} carried out once, {:>4} never, {:>4} twice; {:>6} were not to leave when they went on",
            scenario.title(),
            count(&|seen| seen.stopped),
            count(&|seen| seen.applied == 1),
            count(&|seen| seen.applied == 0),
            count(&|seen| seen.applied > 1),
            count(&|seen| seen.window_over),
        );
        found += count(&|seen| seen.applied > 1);
    }
    let unstopped: Vec<_> = seen.iter().filter(|(_, _, seen)| !seen.stopped).map(|(number, ..)| number).collect();
    let doubled: Vec<_> = seen.iter().filter(|(_, _, seen)| seen.applied > 1).map(|(number, ..)| number).collect();
    println!(
        "{stops} stops in {} s by the seed {seed} from {from}, {}: {found} doubled {doubled:?}, not stopped {unstopped:?}",
        begun.elapsed().as_secs(),
        if enforced { "with the rule" } else { "without the rule" },
    );
    // Without the rule it has to find something.
    let holds = unstopped.is_empty() && if enforced { found == 0 } else { found > 0 };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
