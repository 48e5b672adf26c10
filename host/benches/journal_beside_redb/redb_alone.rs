//! Minimal implementation that an application would write with redb alone: the records of a write in the journal's tables, a
//! durable commit for its intent and one for its outcome, and all waiting changes in one commit. Its file lacks the journal's
//! checksums and its witness.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde_json::json;
use stockbridge::journal::WriteHistory;
use tokio::sync::oneshot;

const NAMES: TableDefinition<'_, &[u8], u64> = TableDefinition::new("names");
const INTENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("intents");
const STANDINGS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("standings");
const STORIES: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("stories");
const OPEN: TableDefinition<'_, u64, i64> = TableDefinition::new("open");
const ENDED: TableDefinition<'_, (u64, u64), ()> = TableDefinition::new("ended");
const STAMP: TableDefinition<'_, (), (u64, i64)> = TableDefinition::new("stamp");

/// Cache size and batch limit, as in the journal.
const CACHE_SIZE: usize = 64 * 1024 * 1024;
const MAX_BATCH: usize = 1024;
/// Length of the header of a journal record.
const RECORD_HEADER: usize = 34;

/// Commit mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commits {
    /// One sync per commit; after a crash the whole file is read.
    OnePhase,
    /// Two syncs per commit, and the data that redb needs to open the file immediately after a crash.
    QuickRepair,
}

/// Database with its commit thread; dropping it closes the database.
pub(crate) struct RedbAlone {
    records: Records,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    id: u64,
    step: Step,
    done: oneshot::Sender<()>,
}

#[derive(Clone, Copy)]
enum Step {
    Intent,
    Ended,
    /// Outcome unknown.
    LeftOpen,
}

impl RedbAlone {
    pub(crate) fn new(path: &Path, commits: Commits, records: &Records) -> RedbAlone {
        let database = open(path);
        let (jobs, receiver) = channel();
        let shared = records.clone();
        let thread = std::thread::spawn(move || commit_all(&database, commits, &shared, &receiver));
        RedbAlone { records: records.clone(), jobs: Some(jobs), thread: Some(thread) }
    }

    pub(crate) async fn intend(&self, id: u64) {
        self.commit(id, Step::Intent).await;
    }

    pub(crate) async fn end(&self, id: u64) {
        self.commit(id, Step::Ended).await;
    }

    pub(crate) async fn leave_open(&self, id: u64) {
        self.commit(id, Step::LeftOpen).await;
    }

    async fn commit(&self, id: u64, step: Step) {
        // As in the journal, where the caller of a change serialises its records.
        std::hint::black_box(self.records.clone());
        let (done, completion) = oneshot::channel();
        self.jobs.as_ref().expect("a thread").send(Job { id, step, done }).expect("a thread");
        completion.await.expect("a commit");
    }
}

impl Drop for RedbAlone {
    fn drop(&mut self) {
        drop(self.jobs.take());
        self.thread.take().map(JoinHandle::join).expect("a thread").expect("a thread that ends");
    }
}

fn open(path: &Path) -> Database {
    Database::builder().set_cache_size(CACHE_SIZE).create(path).expect("a database")
}

/// Opens the database that a killed process left, and returns its number of open writes.
pub(crate) fn open_writes(path: &Path) -> usize {
    let database = open(path);
    let read = database.begin_read().expect("a read transaction");
    let open = read.open_table(OPEN).expect("a table");
    let writes: Vec<(u64, i64)> =
        open.iter().expect("rows").map(|row| row.map(|(id, due)| (id.value(), due.value())).expect("a row")).collect();
    writes.len()
}

fn commit_all(database: &Database, commits: Commits, records: &Records, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let waiting: Vec<Job> = std::iter::once(first).chain(jobs.try_iter().take(MAX_BATCH - 1)).collect();
        let mut transaction = database.begin_write().expect("a transaction");
        transaction.set_quick_repair(commits == Commits::QuickRepair);
        records.put(&transaction, &waiting).expect("an insert");
        transaction.commit().expect("a commit");
        for job in waiting {
            job.done.send(()).expect("a waiting caller");
        }
    }
}

/// Records of a write, as long as the journal's.
#[derive(Clone)]
pub(crate) struct Records {
    reference: Vec<u8>,
    intent: Vec<u8>,
    standing: Vec<u8>,
    /// Events; the first is committed with the intent.
    events: Vec<Vec<u8>>,
}

impl Records {
    /// Records of a write in a journal.
    pub(crate) fn of(history: &WriteHistory) -> Records {
        let WriteHistory { record, write, events, .. } = history;
        let application = "0".repeat(64);
        let intent = json!({
            "application": application, "account": record.account, "provider": record.provider,
            "operation": record.operation, "origins": ["http://127.0.0.1:9"], "write": write,
        });
        let boot = json!({ "boot": "00000000-0000-0000-0000-000000000000", "millis": 1_000_000 });
        let standing = json!({
            "state": record.state, "terms": { "repetition": record.repetition, "methods": record.methods },
            "connector": record.connector, "key": record.key, "first-sent": record.first_sent,
            "last-sent": record.last_sent, "first-sent-boot": boot, "last-sent-boot": boot,
            "send-limit": { "within": 600_000 }, "sendings": record.sendings, "lookups": record.lookups,
            "since": record.since, "events": events.len(), "story": { "bytes": 2000, "cut": 0 },
            "first-sent-age": 1_000_000, "since-age": 1_000_000, "epoch": 0,
        });
        Records {
            reference: [&[0; 32], record.reference.as_str().as_bytes()].concat(),
            intent: framed(&intent),
            standing: framed(&standing),
            events: events.iter().map(framed).collect(),
        }
    }

    /// Number of bytes in a write's records.
    pub(crate) fn length(&self) -> usize {
        self.intent.len() + self.standing.len() + self.events.iter().map(Vec::len).sum::<usize>()
    }

    fn put(&self, transaction: &WriteTransaction, jobs: &[Job]) -> Result<(), redb::Error> {
        let (mut names, mut intents) = (transaction.open_table(NAMES)?, transaction.open_table(INTENTS)?);
        let (mut standings, mut stories) = (transaction.open_table(STANDINGS)?, transaction.open_table(STORIES)?);
        let (mut open, mut ended) = (transaction.open_table(OPEN)?, transaction.open_table(ENDED)?);
        for Job { id, step, .. } in jobs {
            standings.insert(id, self.standing.as_slice())?;
            let events = match step {
                Step::Intent => 0..1,
                Step::Ended | Step::LeftOpen => 1..self.events.len(),
            };
            for (number, event) in (0..).zip(&self.events).skip(events.start).take(events.len()) {
                stories.insert((*id, number), event.as_slice())?;
            }
            match step {
                Step::Intent => {
                    // Random references, which have no order.
                    let mut name = self.reference.clone();
                    let random = id.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
                    name.iter_mut().rev().zip(random).for_each(|(byte, random)| *byte = random);
                    names.insert(name.as_slice(), id)?;
                    intents.insert(id, self.intent.as_slice())?;
                    open.insert(id, i64::MAX)?;
                }
                Step::LeftOpen => drop(open.insert(id, 1_700_000_000_000)?),
                Step::Ended => {
                    open.remove(id)?;
                    ended.insert((1_000_000, *id), ())?;
                }
            }
        }
        transaction.open_table(STAMP)?.insert((), (1_000_000, 1_700_000_000_000))?;
        Ok(())
    }
}

/// Record with a header as long as the journal's.
fn framed(record: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_vec(record).expect("JSON");
    [vec![0; RECORD_HEADER], json].concat()
}
