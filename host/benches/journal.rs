//! What the journal of writes costs, with HTTP answered from memory and the journal in a file, beside what this machine's
//! disk takes to make 4 KiB durable: one write by itself, writes with 64 in flight, and the start of a host on a journal
//! that was not closed and has 100,000 open writes.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench journal`, with `-- one`, `many` or `start` behind it for one
//! of the three.
//!
//! `STOCKBRIDGE_BENCH_DIRECTORY` is the directory whose disk is measured, by default `target`.
//! `STOCKBRIDGE_BENCH_ENDED` is how many writes the journal of that start has that have ended, by default none.

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic)] // A bench reports; it has no callers.

#[allow(dead_code, reason = "the calls of the other benches")]
mod support;
#[path = "support/writes.rs"]
mod writes;

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use stockbridge::journal::{Failpoint, WriteFilter};
use stockbridge::{Config, Host};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use writes::{IN_FLIGHT, Lost, Taken, Times, at_once, enterprise, occupy, runtime, top, transfer};

/// What is wanted: of a lone write in medians of a sync, of the others as they are.
const SYNCS: f64 = 6.0;
const A_SECOND: f64 = 5000.0;
const RECOVERED: Duration = Duration::from_secs(1);

const OPEN: usize = 100_000;

fn main() {
    // Not when cargo only checks that benches start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let directory = TempDir::with_prefix_in("journal-bench-", place()).expect("a directory");
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    for (name, part) in [("one", one_write as fn(&Path)), ("many", many_writes), ("start", a_start)] {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            part(directory.path());
        }
    }
}

fn place() -> PathBuf {
    std::env::var_os("STOCKBRIDGE_BENCH_DIRECTORY").map_or_else(support::target, PathBuf::from)
}

/// A write by itself, in rounds with the syncs beside it: other work on the disk disturbs both.
fn one_write(directory: &Path) {
    const ROUNDS: usize = 25;
    const EACH: usize = 40;
    let runtime = runtime(1);
    let points = Arc::new(Points::default());
    let seen = points.clone();
    let watched = Host::builder().on_failpoint(move |point| seen.passed(point));
    let in_file = runtime.block_on(watched.transport(Taken).build(enterprise().journal(directory.join("one"))));
    let in_memory = runtime.block_on(Host::builder().transport(Taken).build(enterprise()));
    let (in_file, in_memory) = (in_file.expect("a host"), in_memory.expect("a host"));
    let mut syncs = Syncs::on(directory);

    let (mut overwriting, mut appending, mut filed, mut remembered) =
        (Times::new(), Times::new(), Times::new(), Times::new());
    for round in 0..=ROUNDS {
        if round == 1 {
            // The first was to warm up.
            [&mut overwriting, &mut appending, &mut filed, &mut remembered].into_iter().for_each(Times::clear);
            points.clear();
        }
        (0..EACH).for_each(|_| overwriting.add(syncs.overwrite()));
        (0..EACH).for_each(|_| appending.add(syncs.append()));
        remembered.extend(transfers(&runtime, &in_memory, EACH));
        filed.extend(transfers(&runtime, &in_file, EACH));
    }
    runtime.block_on(in_file.shutdown(Duration::from_secs(10))).expect("a journal that closes");

    println!(
        "fdatasync of 4 KiB: {} in a file that has its length; {} at its end",
        overwriting.shown(),
        appending.shown()
    );
    println!("one write: {} with the journal in memory, {} in a file", remembered.shown(), filed.shown());
    println!("of it the intent {}, the end {}", points.intents().shown(), points.ends().shown());
    let added = filed.median().saturating_sub(remembered.median());
    let times = added.as_secs_f64() / overwriting.median().as_secs_f64();
    println!("the journal adds {} µs: {times:.2} times the fdatasync (at most {SYNCS})", added.as_micros());
}

/// How long each of so many transfers took, one after the other.
fn transfers(runtime: &Runtime, host: &Host, many: usize) -> Vec<Duration> {
    let account = host.account("bench").expect("the account");
    // Through `spawn`, so that they run on a worker thread as in an application.
    let task = runtime.spawn(async move {
        let mut taken = Vec::new();
        for _ in 0..many {
            let begun = Instant::now();
            transfer(&account).await;
            taken.push(begun.elapsed());
        }
        taken
    });
    runtime.block_on(task).expect("the task")
}

/// Writes a second with 64 in flight, and as many with the journal in memory beside them.
fn many_writes(directory: &Path) {
    const ROUNDS: usize = 5;
    const WRITES: usize = 20_000;
    let rate = |config: Config| {
        let runtime = runtime(2);
        let host = runtime.block_on(Host::builder().transport(Taken).build(config)).expect("a host");
        let account = host.account("bench").expect("the account");
        let begun = Instant::now();
        at_once(&runtime, WRITES, move || {
            let account = account.clone();
            async move { transfer(&account).await }
        });
        let rate = WRITES as f64 / begun.elapsed().as_secs_f64();
        runtime.block_on(host.shutdown(Duration::from_secs(10))).expect("a journal that closes");
        rate
    };
    let (mut filed, mut remembered) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        remembered.push(rate(enterprise()));
        filed.push(rate(enterprise().journal(directory.join(format!("many-{round}")))));
    }
    let median = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates.get(ROUNDS / 2).copied().unwrap_or_default()
    };
    let (remembered, median) = (median(&mut remembered), median(&mut filed));
    println!(
        "{IN_FLIGHT} in flight: {remembered:.0} writes a second with the journal in memory, {median:.0} in a file, {:.0} in \
         its slowest round (at least {A_SECOND})",
        filed.first().copied().unwrap_or_default()
    );
}

/// The start of a host on the file of one that ended in the middle of its work: until it knows all writes that are open,
/// and has acted on one that was on its way.
fn a_start(directory: &Path) {
    const ROUNDS: usize = 3;
    let left = left_behind(directory);
    let length = std::fs::metadata(&left).expect("a file").len();
    let cache = directory.join("compiled");
    let mut rounds: Vec<(Duration, Duration)> = (0..=ROUNDS)
        .map(|round| {
            let journal = directory.join(format!("started-{round}"));
            std::fs::copy(&left, &journal).expect("a copy");
            File::open(&journal).and_then(|file| file.sync_all()).expect("a copy");
            let runtime = runtime(2);
            let took = runtime.block_on(async {
                let begun = Instant::now();
                let config = top().cache(&*cache).journal(journal.clone());
                let host = Host::builder().transport(Lost::default()).build(config).await.expect("a host");
                let known = begun.elapsed();
                let mut changes = host.journal().subscribe();
                changes.next().await.expect("a change").expect("no change was missed");
                let acted = begun.elapsed();
                if round == 0 {
                    let open = host.journal().list(&WriteFilter { open: true, ..WriteFilter::default() }).await;
                    assert_eq!(open.expect("a list").len(), OPEN + IN_FLIGHT);
                    host.cache_written().await;
                }
                (known, acted)
            });
            runtime.shutdown_background();
            std::fs::remove_file(journal).expect("a file");
            took
        })
        .skip(1)
        .collect();
    rounds.sort_unstable();
    let (known, acted) = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
    println!(
        "{OPEN} open writes, in a file of {} MiB that was not closed: all known after {} ms, one acted on after {} ms \
         (at most {})",
        length >> 20,
        known.as_millis(),
        acted.as_millis(),
        RECOVERED.as_millis()
    );
}

/// The file of a host that ended while 64 writes were on their way, and had lost the answers of 100,000 before.
fn left_behind(directory: &Path) -> PathBuf {
    let (open, left) = (directory.join("open"), directory.join("left"));
    let ended = std::env::var("STOCKBRIDGE_BENCH_ENDED").map_or(0, |many| many.parse().expect("a number"));
    if ended > 0 {
        let runtime = runtime(2);
        let host = runtime.block_on(Host::builder().transport(Taken).build(enterprise().journal(open.clone())));
        let account = host.as_ref().expect("a host").account("bench").expect("the account");
        at_once(&runtime, ended, move || {
            let account = account.clone();
            async move { transfer(&account).await }
        });
        runtime.block_on(host.expect("a host").shutdown(Duration::from_secs(10))).expect("a journal that closes");
    }
    let runtime = runtime(2);
    let lost = Arc::new(Lost::default());
    // Longer than this takes, and within the time for which the provider knows a repetition.
    let waits = Host::builder().recovery_waits(Duration::from_secs(300), Duration::from_secs(300));
    let host = runtime.block_on(waits.transport(lost.clone()).build(top().journal(open.clone()))).expect("a host");
    let account = host.account("top").expect("the account");
    let begun = Instant::now();
    at_once(&runtime, OPEN, {
        let account = account.clone();
        move || {
            let account = account.clone();
            async move { occupy(&account).await }
        }
    });
    println!("{OPEN} writes whose answers were lost: {:.0} a second", OPEN as f64 / begun.elapsed().as_secs_f64());
    lost.silent.store(true, Ordering::Relaxed);
    for _ in 0..IN_FLIGHT {
        let account = account.clone();
        runtime.spawn(async move { occupy(&account).await });
    }
    while lost.waiting.load(Ordering::Relaxed) < IN_FLIGHT {
        std::thread::sleep(Duration::from_millis(10));
    }
    // All intents are durable and nothing else is under way: the file is as a crash leaves it.
    std::fs::copy(&open, &left).expect("a copy");
    runtime.shutdown_background();
    left
}

/// A file next to the journal's, and how long it takes to make 4 KiB of it durable.
struct Syncs {
    file: File,
    next: u64,
}

impl Syncs {
    const BLOCK: u64 = 4096;
    const BLOCKS: u64 = 256;

    fn on(directory: &Path) -> Syncs {
        let mut options = OpenOptions::new();
        let mut file = options.create_new(true).write(true).open(directory.join("sync")).expect("a file");
        for _ in 0..Syncs::BLOCKS {
            file.write_all(&[1; Syncs::BLOCK as usize]).expect("a block");
        }
        file.sync_all().expect("a sync");
        Syncs { file, next: 0 }
    }

    fn overwrite(&mut self) -> Duration {
        self.next = (self.next + 37) % Syncs::BLOCKS;
        self.file.seek(SeekFrom::Start(self.next * Syncs::BLOCK)).expect("a place");
        self.written()
    }

    fn append(&mut self) -> Duration {
        self.file.seek(SeekFrom::End(0)).expect("a place");
        self.written()
    }

    fn written(&mut self) -> Duration {
        let begun = Instant::now();
        self.file.write_all(&[2; Syncs::BLOCK as usize]).expect("a block");
        self.file.sync_data().expect("a sync");
        begun.elapsed()
    }
}

/// When lone writes passed the points of their lives.
#[derive(Default)]
struct Points(Mutex<Vec<(Failpoint, Instant)>>);

impl Points {
    fn passed(&self, point: Failpoint) {
        self.0.lock().push((point, Instant::now()));
    }

    fn clear(&self) {
        self.0.lock().clear();
    }

    fn intents(&self) -> Times {
        self.between(Failpoint::Intending, Failpoint::Intended)
    }

    fn ends(&self) -> Times {
        self.between(Failpoint::Ending, Failpoint::Ended)
    }

    fn between(&self, from: Failpoint, to: Failpoint) -> Times {
        let points = self.0.lock();
        let pairs = points.iter().zip(points.iter().skip(1));
        let both = pairs.filter(|((one, _), (other, _))| (*one, *other) == (from, to));
        Times(both.map(|((_, begun), (_, ended))| *ended - *begun).collect())
    }
}
