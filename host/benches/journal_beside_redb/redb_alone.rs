//! The least that an application would write with redb alone: the records of a write in the journal's tables, a durable commit
//! for its intent and one for its end, and all that wait in one commit. Its file has neither the journal's checksums nor its
//! witness.

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

/// As the journal's.
const CACHE: usize = 64 * 1024 * 1024;
const MOST: usize = 1024;
/// What stands before each of the journal's records.
const FRAME: usize = 34;

/// How it commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Commits {
    /// One sync each; after a crash the whole file is read.
    OnePhase,
    /// Two syncs each, and what redb needs to open the file at once after a crash.
    QuickRepair,
}

/// A database, and the thread that commits to it. It is closed when it is dropped.
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
    /// Nobody knows what became of it.
    LeftOpen,
}

impl RedbAlone {
    pub(crate) fn new(path: &Path, commits: Commits, records: &Records) -> RedbAlone {
        let database = open(path);
        let (jobs, asked) = channel();
        let its = records.clone();
        let thread = std::thread::spawn(move || commit_all(&database, commits, &its, &asked));
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
        // As the journal, which has its records written down by who changes them.
        std::hint::black_box(self.records.clone());
        let (done, is_done) = oneshot::channel();
        self.jobs.as_ref().expect("a thread").send(Job { id, step, done }).expect("a thread");
        is_done.await.expect("a commit");
    }
}

impl Drop for RedbAlone {
    fn drop(&mut self) {
        drop(self.jobs.take());
        self.thread.take().map(JoinHandle::join).expect("a thread").expect("a thread that ends");
    }
}

fn open(path: &Path) -> Database {
    Database::builder().set_cache_size(CACHE).create(path).expect("a database")
}

/// Opens what was left behind, and says how many writes are open.
pub(crate) fn open_writes(path: &Path) -> usize {
    let database = open(path);
    let read = database.begin_read().expect("a reading");
    let open = read.open_table(OPEN).expect("a table");
    let writes: Vec<(u64, i64)> =
        open.iter().expect("rows").map(|row| row.map(|(id, due)| (id.value(), due.value())).expect("a row")).collect();
    writes.len()
}

fn commit_all(database: &Database, commits: Commits, records: &Records, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let waiting: Vec<Job> = std::iter::once(first).chain(jobs.try_iter().take(MOST - 1)).collect();
        let mut transaction = database.begin_write().expect("a transaction");
        transaction.set_quick_repair(commits == Commits::QuickRepair);
        records.put(&transaction, &waiting).expect("what is written");
        transaction.commit().expect("a commit");
        for job in waiting {
            job.done.send(()).expect("who waits for it");
        }
    }
}

/// What the journal records of a write, as long as it does.
#[derive(Clone)]
pub(crate) struct Records {
    reference: Vec<u8>,
    intent: Vec<u8>,
    standing: Vec<u8>,
    /// The first goes with the intent.
    events: Vec<Vec<u8>>,
}

impl Records {
    /// Those of a write that a journal has.
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

    /// How many bytes a write has.
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
            for (place, event) in (0..).zip(&self.events).skip(events.start).take(events.len()) {
                stories.insert((*id, place), event.as_slice())?;
            }
            match step {
                Step::Intent => {
                    // References are drawn, so that they have no order.
                    let mut name = self.reference.clone();
                    let drawn = id.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
                    name.iter_mut().rev().zip(drawn).for_each(|(byte, drawn)| *byte = drawn);
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

/// A record as the journal frames it.
fn framed(record: &impl Serialize) -> Vec<u8> {
    let json = serde_json::to_vec(record).expect("JSON");
    [vec![0; FRAME], json].concat()
}
