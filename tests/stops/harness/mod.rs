//! | module | content |
//! |---|---|
//! | `child` | a host: the one that is stopped, or its successor on the same journal |
//! | `disk` | a journal's disk in a file without a lock |
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

/// Send window of a write.
pub(crate) const WINDOW: Duration = Duration::from_millis(200);
/// Time in which the provider drops a second write under a reference.
pub(crate) const DEDUPLICATED: Duration = Duration::from_millis(800);
/// Concurrent stops: a stop is mostly waiting.
const AT_ONCE: u64 = 8;
/// Number of tries of a stop.
const TRIES: u32 = 5;

/// Arguments: `STOPS [SEED [FROM [unenforced]]]`, or a parent's plan for its child.
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

/// One stop. On a busy machine a repeat may be too late, with nothing to stop: then the stop is tried again.
fn tried(stop: impl Fn() -> Stop, cache: &Path) -> (Scenario, Seen) {
    let played = || {
        let stop = stop();
        (stop.scenario, stop.played(cache))
    };
    let mut result = played();
    for _ in 1..TRIES {
        if result.1.stopped || result.1.applied > 1 {
            break;
        }
        result = played();
    }
    result
}

/// The stops from this one on. Seed and number determine a stop.
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
                    let result = tried(|| Stop::of(seed, number, enforced), cache.path());
                    let result = (number, result.0, result.1);
                    seen.lock().unwrap().push(result);
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
            "{:<44}{:>6} stops, {:>6} applied once, {:>4} never, {:>4} twice; {:>6} were past their window",
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
    // Without the rule it has to find a violation.
    let holds = unstopped.is_empty() && if enforced { found == 0 } else { found > 0 };
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
