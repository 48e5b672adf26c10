//! The journal, which has a log in front of its database, beside redb alone: a lone write, writes with 64 in flight, and the
//! start after a process was killed in the middle of its writes.
//!
//! All four make the same calls through a host, with HTTP answered from memory. With redb alone the host's own journal is in
//! memory, and each call has two commits around it. Ways alternate in one run, and ratios are of the rounds.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench journal_beside_redb`, with `-- one`, `many` or `start` behind it
//! for one of the three. `STOCKBRIDGE_BENCH_DIRECTORY` is the directory whose disk is measured, by default `target`.

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic)] // A bench reports; it has no callers.

mod killed;
mod redb_alone;
#[allow(dead_code, reason = "the calls of the other benches")]
#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code, reason = "the calls of the other benches")]
#[path = "../support/writes.rs"]
mod writes;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redb_alone::{Commits, Records, RedbAlone};
use stockbridge::journal::WriteFilter;
use stockbridge::{Account, Host};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use writes::{IN_FLIGHT, Lost, Taken, Times, at_once, enterprise, occupy, runtime, top, transfer};

/// Where writes are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Memory,
    /// The journal in a file.
    Log,
    /// redb alone, with commits of one phase.
    OnePhase,
    /// redb alone, with quick repair.
    QuickRepair,
}

const ALL: [Kept; 4] = [Kept::Memory, Kept::Log, Kept::OnePhase, Kept::QuickRepair];

impl Kept {
    fn name(self) -> &'static str {
        match self {
            Kept::Memory => "journal in memory",
            Kept::Log => "journal in a file",
            Kept::OnePhase => "redb, one phase",
            Kept::QuickRepair => "redb, quick repair",
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [writes, name, directory, ..] = arguments.as_slice()
        && writes == killed::WRITES
    {
        let kept = ALL.into_iter().find(|kept| kept.name() == name).expect("a way to keep writes");
        return killed::write(kept, Path::new(directory));
    }
    // Not when cargo only checks that benches start.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let place = std::env::var_os("STOCKBRIDGE_BENCH_DIRECTORY").map_or_else(support::target, PathBuf::from);
    let directory = TempDir::with_prefix_in("journal-bench-", place).expect("a directory");
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    for (name, part) in [("one", lone_writes as fn(&Path)), ("many", many_writes), ("start", starts)] {
        if named.is_empty() || named.iter().any(|wanted| *wanted == name) {
            part(directory.path());
        }
    }
}

/// A host, and what keeps its writes where that is not its journal.
struct Writer {
    host: Host,
    account: Account,
    beside: Option<Arc<RedbAlone>>,
    last: Arc<AtomicU64>,
}

impl Writer {
    fn new(runtime: &Runtime, kept: Kept, file: &Path, records: &Records) -> Writer {
        let config = if kept == Kept::Log { enterprise().journal(file.to_owned()) } else { enterprise() };
        let host = runtime.block_on(Host::builder().transport(Taken).build(config)).expect("a host");
        let beside = match kept {
            Kept::Memory | Kept::Log => None,
            Kept::OnePhase => Some(Arc::new(RedbAlone::new(file, Commits::OnePhase, records))),
            Kept::QuickRepair => Some(Arc::new(RedbAlone::new(file, Commits::QuickRepair, records))),
        };
        let account = host.account("bench").expect("the account");
        Writer { host, account, beside, last: Arc::default() }
    }

    /// One write, until its end is durable.
    fn write(&self) -> impl Future<Output = ()> + Send + use<> {
        let (account, beside, last) = (self.account.clone(), self.beside.clone(), self.last.clone());
        async move {
            let Some(beside) = beside else { return transfer(&account).await };
            let id = last.fetch_add(1, Ordering::Relaxed);
            beside.intend(id).await;
            transfer(&account).await;
            beside.end(id).await;
        }
    }

    fn close(self, runtime: &Runtime) {
        runtime.block_on(self.host.shutdown(Duration::from_secs(10))).expect("a journal that closes");
    }
}

/// What the journal records of a transfer that was taken.
fn records_of_a_transfer() -> Records {
    let runtime = runtime(1);
    let host = runtime.block_on(Host::builder().transport(Taken).build(enterprise())).expect("a host");
    runtime.block_on(async {
        transfer(&host.account("bench").expect("the account")).await;
        recorded(&host).await
    })
}

/// What it records of an occupation whose answer was lost.
fn records_of_an_open_write() -> Records {
    let runtime = runtime(1);
    let waits = Host::builder().recovery_waits(Duration::from_secs(600), Duration::from_secs(600));
    let host = runtime.block_on(waits.transport(Lost::default()).build(top())).expect("a host");
    runtime.block_on(async {
        occupy(&host.account("top").expect("the account")).await;
        recorded(&host).await
    })
}

async fn recorded(host: &Host) -> Records {
    let writes = host.journal().list(&WriteFilter::default()).await.expect("a list");
    let id = writes.first().expect("a write").id;
    Records::of(&host.journal().history(id).await.expect("a history").expect("its history"))
}

/// Writes one by one, each in turn with those of the other ways: other work on the disk disturbs all.
fn lone_writes(directory: &Path) {
    const ROUNDS: usize = 25;
    const EACH: usize = 40;
    let (runtime, records) = (runtime(1), records_of_a_transfer());
    let writers = ALL.map(|kept| {
        let file = directory.join(format!("one, {}", kept.name()));
        Writer::new(&runtime, kept, &file, &records)
    });
    let mut times = ALL.map(|_| Times::new());
    for round in 0..=ROUNDS {
        if round == 1 {
            // The first was to warm up.
            times.iter_mut().for_each(Times::clear);
        }
        for (writer, times) in writers.iter().zip(&mut times) {
            // Through `spawn`, so that they run on a worker thread as in an application.
            times.extend((0..EACH).map(|_| timed(&runtime, writer)).collect());
        }
    }
    let [memory, log, ..] = &times;
    let added = |times: &Times| times.median().saturating_sub(memory.median());
    println!(
        "a lone write, whose records have {} bytes, takes {} with the journal in memory;",
        records.length(),
        memory.shown()
    );
    for (kept, times) in ALL.into_iter().zip(&times).skip(1) {
        let of_log = added(log).as_secs_f64() / added(times).as_secs_f64();
        let (all, added) = (times.shown(), added(times).as_micros());
        println!("  {}: {all}, {added} µs more; the journal's file adds {of_log:.2} of that", kept.name());
    }
    writers.into_iter().for_each(|writer| writer.close(&runtime));
}

fn timed(runtime: &Runtime, writer: &Writer) -> Duration {
    let write = writer.write();
    let task = runtime.spawn(async move {
        let begun = Instant::now();
        write.await;
        begun.elapsed()
    });
    runtime.block_on(task).expect("the task")
}

/// Writes a second with 64 in flight, each round into new files.
fn many_writes(directory: &Path) {
    const ROUNDS: usize = 7;
    const WRITES: usize = 20_000;
    let records = records_of_a_transfer();
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        rounds.push(ALL.map(|kept| {
            let runtime = runtime(2);
            let file = directory.join(format!("many-{round}, {}", kept.name()));
            let writer = Arc::new(Writer::new(&runtime, kept, &file, &records));
            let its = writer.clone();
            let begun = Instant::now();
            at_once(&runtime, WRITES, move || its.write());
            let rate = WRITES as f64 / begun.elapsed().as_secs_f64();
            Arc::into_inner(writer).expect("all tasks have ended").close(&runtime);
            rate
        }));
    }
    println!("{IN_FLIGHT} in flight:");
    for (place, kept) in ALL.into_iter().enumerate() {
        let of = |round: &[f64; 4], place: usize| round.get(place).copied().unwrap_or_default();
        let rate = median(rounds.iter().map(|round| of(round, place)).collect());
        let of_log = median(rounds.iter().map(|round| of(round, 1) / of(round, place)).collect());
        println!("  {}: {rate:.0} writes a second; the journal's file makes {of_log:.2} times as many", kept.name());
    }
}

/// How long it takes until all open writes are known, in a file whose process was killed in the middle of its writes.
fn starts(directory: &Path) {
    const ROUNDS: usize = 5;
    let cache = directory.join("compiled");
    let mut begun = Times::new();
    for _ in 0..=ROUNDS {
        begun.add(started(&cache, None));
    }
    println!(
        "a host's start with its journal in memory takes {} ms; after a kill, with {} open writes:",
        begun.median().as_millis(),
        killed::OPEN
    );
    let kept = [Kept::Log, Kept::OnePhase, Kept::QuickRepair];
    for kept in kept {
        killed::leave(kept, &directory.join(kept.name()));
    }
    let mut times = kept.map(|_| Times::new());
    for round in 0..ROUNDS {
        for (kept, times) in kept.into_iter().zip(&mut times) {
            let copy = directory.join(format!("{}, {round}", kept.name()));
            copied(&directory.join(kept.name()), &copy);
            let file = copy.join("journal");
            times.add(if kept == Kept::Log { started(&cache, Some(&file)) } else { read(&file) });
            std::fs::remove_dir_all(copy).expect("a directory");
        }
    }
    for (kept, times) in kept.into_iter().zip(&times) {
        let length = std::fs::metadata(directory.join(kept.name()).join("journal")).expect("a file").len();
        println!("  {}, of {} MiB: {} ms", kept.name(), length >> 20, times.median().as_millis());
    }
}

/// A host's start, until it knows all open writes.
fn started(cache: &Path, journal: Option<&Path>) -> Duration {
    let runtime = runtime(2);
    let took = runtime.block_on(async {
        let config = top().cache(cache);
        let config = if let Some(journal) = journal { config.journal(journal.to_owned()) } else { config };
        let begun = Instant::now();
        let waits = Host::builder().recovery_waits(Duration::from_secs(600), Duration::from_secs(600));
        let host = waits.transport(Lost::default()).build(config).await.expect("a host");
        let took = begun.elapsed();
        if journal.is_some() {
            let open = host.journal().list(&WriteFilter { open: true, ..WriteFilter::default() }).await;
            assert!(open.expect("a list").len() >= killed::OPEN);
        }
        host.cache_written().await;
        took
    });
    runtime.shutdown_background();
    took
}

/// The same of redb alone.
fn read(file: &Path) -> Duration {
    let begun = Instant::now();
    let open = redb_alone::open_writes(file);
    let took = begun.elapsed();
    assert!(open >= killed::OPEN);
    took
}

/// Copies what lies in a directory, sockets apart.
fn copied(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("its type").is_file() {
            let copy = to.join(entry.file_name());
            std::fs::copy(entry.path(), &copy).expect("a copy");
            std::fs::File::open(&copy).and_then(|file| file.sync_all()).expect("a copy");
        }
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
