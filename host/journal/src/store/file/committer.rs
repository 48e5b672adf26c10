//! Group commit: one thread makes changes durable, all waiting ones in one transaction.
//!
//! A change that arrives during a commit goes with the next, so that a thousand concurrent writes cost a few syncs and
//! a single one costs its own. After a disk error the file is reopened with the next change; owed changes are kept,
//! ahead of everything else, until they are durable.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use crate::LOG_TARGET;
use tokio::sync::oneshot;

use super::journal_file::JournalFile;
use super::tables::Tables;
use crate::age::Age;
use crate::store::{Change, StoreError};

/// Maximum number of changes in one commit.
const MAX_BATCH: usize = 1024;
/// Delay before owed changes are tried again.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// A job for the thread.
pub(super) enum Job {
    Commit(Change, oneshot::Sender<Result<(), StoreError>>),
    Forget(Age, oneshot::Sender<Result<usize, StoreError>>),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// Runs the thread, until it is asked to close or all senders are gone.
pub(super) fn run(opened: &JournalFile, jobs: &Receiver<Job>) {
    let mut owed: Vec<Change> = Vec::new();
    loop {
        let first = if owed.is_empty() {
            jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            jobs.recv_timeout(RETRY_INTERVAL)
        };
        let mut batch = Batch::default();
        let mut end = match first {
            Ok(job) => batch.add(job),
            Err(RecvTimeoutError::Timeout) => Some(End::NotYet),
            Err(RecvTimeoutError::Disconnected) => Some(End::NoSenders),
        };
        while end.is_none() && batch.changes.len() < MAX_BATCH {
            end = match jobs.try_recv() {
                Ok(job) => batch.add(job),
                Err(TryRecvError::Empty) => Some(End::NotYet),
                Err(TryRecvError::Disconnected) => Some(End::NoSenders),
            };
        }
        batch.commit(opened, &mut owed);
        match end {
            None | Some(End::NotYet) => {}
            Some(last) => return close(opened, &owed, last),
        }
    }
}

/// How a batch ended.
enum End {
    NotYet,
    /// All senders are gone.
    NoSenders,
    Requested(oneshot::Sender<Result<(), StoreError>>),
}

fn close(opened: &JournalFile, owed: &[Change], end: End) {
    opened.close();
    if !owed.is_empty() {
        tracing::error!(
            target: LOG_TARGET,
            writes = owed.len(),
            "the journal is closed without the ends of these writes: the next start finds them as unknown"
        );
    }
    if let End::Requested(reply) = end {
        let lost = || StoreError::NotCommitted(format!("the ends of {} writes are not durable", owed.len()));
        // The requester may have gone.
        drop(reply.send(if owed.is_empty() { Ok(()) } else { Err(lost()) }));
    }
}

#[derive(Default)]
struct Batch {
    changes: Vec<(Change, oneshot::Sender<Result<(), StoreError>>)>,
    forgets: Vec<(Age, oneshot::Sender<Result<usize, StoreError>>)>,
}

impl Batch {
    /// Adds a job; returns the end, if that was requested.
    fn add(&mut self, job: Job) -> Option<End> {
        match job {
            Job::Commit(change, reply) => self.changes.push((change, reply)),
            Job::Forget(since, reply) => self.forgets.push((since, reply)),
            Job::Close(reply) => return Some(End::Requested(reply)),
        }
        None
    }

    /// Makes all of it durable, and answers the waiting requesters.
    fn commit(self, opened: &JournalFile, owed: &mut Vec<Change>) {
        let Batch { changes, forgets } = self;
        if !changes.is_empty() || !owed.is_empty() {
            let (changes, mut replies): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
            // The waiting requesters may have gone.
            let mut reply_all = |done: &Result<(), StoreError>| {
                replies.drain(..).for_each(|reply: oneshot::Sender<_>| drop(reply.send(done.clone())));
            };
            match opened.commit(owed.iter().chain(&changes), || reply_all(&Ok(()))) {
                Ok(()) => owed.clear(),
                Err(error) => {
                    tracing::error!(target: LOG_TARGET, %error, journal = %opened.medium, "the journal cannot be written: writes are refused");
                    reply_all(&Err(error));
                    owed.extend(changes.into_iter().filter(|change| change.owed.is_some()));
                }
            }
        }
        for (since, reply) in forgets {
            drop(reply.send(opened.transaction(|tables: &mut Tables<'_>| tables.forget(since))));
        }
    }
}
