//! Journal with a log in front of its database, compared with redb alone: a lone write, writes with 64 in flight, and the start
//! after a process was killed during its writes.
//!
//! All four backends make the same calls through a host, with HTTP answered from memory. With redb alone the host's own journal
//! is in memory, and each call has two commits around it. Backends alternate in one run, and ratios are computed per round.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench journal_beside_redb`; append `-- one`, `many` or `start` for one
//! of the three. `STOCKBRIDGE_BENCH_DIRECTORY` is the directory whose disk is measured, by default `target`.

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

/// Storage of the writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backend {
    /// Journal in memory.
    Memory,
    /// Journal in a file.
    Log,
    /// redb alone, with one-phase commits.
    OnePhase,
    /// redb alone, with quick repair.
    QuickRepair,
}

const ALL: [Backend; 4] = [Backend::Memory, Backend::Log, Backend::OnePhase, Backend::QuickRepair];

impl Backend {
    fn name(self) -> &'static str {
        match self {
            Backend::Memory => "journal in memory",
            Backend::Log => "journal in a file",
            Backend::OnePhase => "redb, one phase",
            Backend::QuickRepair => "redb, quick repair",
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [writes, name, directory, ..] = arguments.as_slice()
        && writes == killed::WRITES
    {
        let backend = ALL.into_iter().find(|backend| backend.name() == name).expect("a backend");
        return killed::write(backend, Path::new(directory));
    }
    // Skipped when cargo only checks that benches start.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let parent = std::env::var_os("STOCKBRIDGE_BENCH_DIRECTORY").map_or_else(support::target, PathBuf::from);
    let directory = TempDir::with_prefix_in("journal-bench-", parent).expect("a directory");
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    for (name, part) in [("one", lone_writes as fn(&Path)), ("many", many_writes), ("start", starts)] {
        if named.is_empty() || named.iter().any(|wanted| *wanted == name) {
            part(directory.path());
        }
    }
}

/// Host, with the database for its writes if the backend is redb alone.
struct Writer {
    host: Host,
    account: Account,
    redb: Option<Arc<RedbAlone>>,
    next_id: Arc<AtomicU64>,
}

impl Writer {
    fn new(runtime: &Runtime, backend: Backend, file: &Path, records: &Records) -> Writer {
        let config = if backend == Backend::Log { enterprise().journal(file.to_owned()) } else { enterprise() };
        let host = runtime.block_on(Host::builder().transport(Taken).build(config)).expect("a host");
        let redb = match backend {
            Backend::Memory | Backend::Log => None,
            Backend::OnePhase => Some(Arc::new(RedbAlone::new(file, Commits::OnePhase, records))),
            Backend::QuickRepair => Some(Arc::new(RedbAlone::new(file, Commits::QuickRepair, records))),
        };
        let account = host.account("bench").expect("the account");
        Writer { host, account, redb, next_id: Arc::default() }
    }

    /// One write, until its outcome is durable.
    fn write(&self) -> impl Future<Output = ()> + Send + use<> {
        let (account, redb, next_id) = (self.account.clone(), self.redb.clone(), self.next_id.clone());
        async move {
            let Some(redb) = redb else { return transfer(&account).await };
            let id = next_id.fetch_add(1, Ordering::Relaxed);
            redb.intend(id).await;
            transfer(&account).await;
            redb.end(id).await;
        }
    }

    fn close(self, runtime: &Runtime) {
        runtime.block_on(self.host.shutdown(Duration::from_secs(10))).expect("a journal that closes");
    }
}

/// Journal records of an accepted transfer.
fn records_of_a_transfer() -> Records {
    let runtime = runtime(1);
    let host = runtime.block_on(Host::builder().transport(Taken).build(enterprise())).expect("a host");
    runtime.block_on(async {
        transfer(&host.account("bench").expect("the account")).await;
        records_of_only_write(&host).await
    })
}

/// Journal records of an occupation with a lost answer.
fn records_of_an_open_write() -> Records {
    let runtime = runtime(1);
    let builder = Host::builder().recovery_waits(Duration::from_secs(600), Duration::from_secs(600));
    let host = runtime.block_on(builder.transport(Lost::default()).build(top())).expect("a host");
    runtime.block_on(async {
        occupy(&host.account("top").expect("the account")).await;
        records_of_only_write(&host).await
    })
}

async fn records_of_only_write(host: &Host) -> Records {
    let writes = host.journal().list(&WriteFilter::default()).await.expect("a list");
    let id = writes.first().expect("a write").id;
    Records::of(&host.journal().history(id).await.expect("a journal").expect("a history"))
}

/// Lone writes, the backends in turn: other work on the disk disturbs all of them.
fn lone_writes(directory: &Path) {
    const ROUNDS: usize = 25;
    const EACH: usize = 40;
    let (runtime, records) = (runtime(1), records_of_a_transfer());
    let writers = ALL.map(|backend| {
        let file = directory.join(format!("one, {}", backend.name()));
        Writer::new(&runtime, backend, &file, &records)
    });
    let mut times = ALL.map(|_| Times::new());
    for round in 0..=ROUNDS {
        if round == 1 {
            // The first round was a warm-up.
            times.iter_mut().for_each(Times::clear);
        }
        for (writer, times) in writers.iter().zip(&mut times) {
            // Spawned on a worker thread, as in an application.
            times.extend((0..EACH).map(|_| timed(&runtime, writer)).collect());
        }
    }
    let [memory, log, ..] = &times;
    let added = |times: &Times| times.median().saturating_sub(memory.median());
    println!("lone write, with {} bytes of records: {} with the journal in memory", records.length(), memory.shown());
    for (backend, times) in ALL.into_iter().zip(&times).skip(1) {
        let ratio = added(log).as_secs_f64() / added(times).as_secs_f64();
        let (all, added) = (times.shown(), added(times).as_micros());
        println!("  {}: {all}, {added} µs added; the journal's file adds {ratio:.2} of that", backend.name());
    }
    writers.into_iter().for_each(|writer| writer.close(&runtime));
}

fn timed(runtime: &Runtime, writer: &Writer) -> Duration {
    let write = writer.write();
    let task = runtime.spawn(async move {
        let started = Instant::now();
        write.await;
        started.elapsed()
    });
    runtime.block_on(task).expect("the task")
}

/// Throughput with 64 writes in flight, each round into new files.
fn many_writes(directory: &Path) {
    const ROUNDS: usize = 7;
    const WRITES: usize = 20_000;
    let records = records_of_a_transfer();
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        rounds.push(ALL.map(|backend| {
            let runtime = runtime(2);
            let file = directory.join(format!("many-{round}, {}", backend.name()));
            let writer = Arc::new(Writer::new(&runtime, backend, &file, &records));
            let shared = writer.clone();
            let started = Instant::now();
            at_once(&runtime, WRITES, move || shared.write());
            let rate = WRITES as f64 / started.elapsed().as_secs_f64();
            Arc::into_inner(writer).expect("all tasks have ended").close(&runtime);
            rate
        }));
    }
    println!("{IN_FLIGHT} in flight:");
    for (index, backend) in ALL.into_iter().enumerate() {
        let rate_of = |round: &[f64; 4], index: usize| round.get(index).copied().unwrap_or_default();
        let rate = median(rounds.iter().map(|round| rate_of(round, index)).collect());
        let ratio = median(rounds.iter().map(|round| rate_of(round, 1) / rate_of(round, index)).collect());
        println!("  {}: {rate:.0} writes per second; {ratio:.2} times as many with the journal's file", backend.name());
    }
}

/// Time until all open writes are loaded, from the file of a process that was killed during its writes.
fn starts(directory: &Path) {
    const ROUNDS: usize = 5;
    let cache = directory.join("compiled");
    let mut in_memory = Times::new();
    for _ in 0..=ROUNDS {
        in_memory.add(host_start(&cache, None));
    }
    println!(
        "host start with the journal in memory: {} ms; after a kill, with {} open writes:",
        in_memory.median().as_millis(),
        killed::OPEN
    );
    let backends = [Backend::Log, Backend::OnePhase, Backend::QuickRepair];
    for backend in backends {
        killed::leave(backend, &directory.join(backend.name()));
    }
    let mut times = backends.map(|_| Times::new());
    for round in 0..ROUNDS {
        for (backend, times) in backends.into_iter().zip(&mut times) {
            let copy = directory.join(format!("{}, {round}", backend.name()));
            copy_files(&directory.join(backend.name()), &copy);
            let file = copy.join("journal");
            times.add(if backend == Backend::Log { host_start(&cache, Some(&file)) } else { redb_start(&file) });
            std::fs::remove_dir_all(copy).expect("a directory");
        }
    }
    for (backend, times) in backends.into_iter().zip(&times) {
        let length = std::fs::metadata(directory.join(backend.name()).join("journal")).expect("a file").len();
        println!("  {}, of {} MiB: {} ms", backend.name(), length >> 20, times.median().as_millis());
    }
}

/// Start of a host, until all open writes are loaded.
fn host_start(cache: &Path, journal: Option<&Path>) -> Duration {
    let runtime = runtime(2);
    let elapsed = runtime.block_on(async {
        let config = top().cache(cache);
        let config = if let Some(journal) = journal { config.journal(journal.to_owned()) } else { config };
        let started = Instant::now();
        let builder = Host::builder().recovery_waits(Duration::from_secs(600), Duration::from_secs(600));
        let host = builder.transport(Lost::default()).build(config).await.expect("a host");
        let elapsed = started.elapsed();
        if journal.is_some() {
            let open = host.journal().list(&WriteFilter { open: true, ..WriteFilter::default() }).await;
            assert!(open.expect("a list").len() >= killed::OPEN);
        }
        host.cache_written().await;
        elapsed
    });
    runtime.shutdown_background();
    elapsed
}

/// Start of redb alone, until all open writes are loaded.
fn redb_start(file: &Path) -> Duration {
    let started = Instant::now();
    let open = redb_alone::open_writes(file);
    let elapsed = started.elapsed();
    assert!(open >= killed::OPEN);
    elapsed
}

/// Copies the files of a directory, except sockets.
fn copy_files(from: &Path, to: &Path) {
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
