//! A journal in a file, or on a disk of the application: opening, creating, verifying and repairing it.

use std::path::Path;
use std::time::Duration;

use parking_lot::Mutex;
use stockbridge_model::Timestamp;

use super::store::{self, Backing, FileStore, JournalIdentity, Opening, Repaired, Store as _, StoreError, Verified};
use super::{Journal, JournalOptions, age, blocking};
use crate::age::Ageing;
use crate::error::JournalError;
use crate::holder_note::HolderNote;
use crate::not_opened::not_opened;
use crate::opening::FoundAs;

impl Journal {
    /// Opens a journal on this backing.
    pub(crate) async fn open_backing(
        medium: Backing,
        may_make: bool,
        keep: Duration,
        options: JournalOptions,
    ) -> Result<Journal, JournalError> {
        let place = medium.to_string();
        let failed = |error: StoreError| not_opened(&place, &error);
        let (opening, now) = (medium.clone(), options.clock.now());
        let opened = blocking(move || FileStore::open(opening, may_make, now)).await?;
        let (store, opening) = match (opened, &medium) {
            (Err(error @ StoreError::Damaged(_)), Backing::File(file)) => {
                return Err(damaged(file, error).await);
            }
            (opened, _) => opened.map_err(failed)?,
        };
        let (last, open) = (store.last().await.map_err(failed)?, store.open().await.map_err(failed)?);
        options.applications.learn(&store.applications().await.map_err(failed)?);
        age::log_clock_jump(&place, opening.latest, now);
        let Opening { identity, made, epoch, latest, gaps, was_put_back } = opening;
        let opening = FoundAs { made, gap: gaps.last().cloned().filter(|_| was_put_back) };
        let note = match &medium {
            Backing::File(file) => Mutex::new(HolderNote::write(file)),
            Backing::Disk(_) => Mutex::default(),
        };
        let journal = Journal {
            note,
            medium: Some(medium),
            keep,
            ageing: Ageing::since(latest, now),
            identity,
            epoch,
            gaps: Mutex::new(gaps),
            opening,
            ..Journal::with_store(Box::new(store), last, options)
        };
        journal.schedule.found(open.into_iter().filter_map(|(id, at)| Some((id, at?))), now);
        journal.log_news();
        Ok(journal)
    }
}

/// Creates an empty journal in a new file.
///
/// # Errors
/// The file, or the witness of an earlier journal, exists; or it cannot be written.
pub async fn init(file: impl AsRef<Path>) -> Result<JournalIdentity, JournalError> {
    on_file(file.as_ref(), |file| store::init(&file)).await
}

/// Reads a whole journal that no host has open, checks its parts against each other, and changes nothing.
///
/// # Errors
/// `journal.damaged`, with a description and how much can be read; or it is in use.
pub async fn verify(file: impl AsRef<Path>) -> Result<Verified, JournalError> {
    let file = file.as_ref();
    match blocking({
        let file = file.to_path_buf();
        move || store::verify(&file)
    })
    .await?
    {
        Err(error @ StoreError::Damaged(_)) => Err(damaged(file, error).await),
        done => done.map_err(|error| not_opened(&file.display().to_string(), &error)),
    }
}

/// Copies what can be read of a damaged journal into a new file. The old one is left unchanged.
///
/// # Errors
/// The new file exists, or cannot be written; or a host has the old one open.
pub async fn repair(damaged: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Repaired, JournalError> {
    let to = to.as_ref().to_path_buf();
    on_file(damaged.as_ref(), move |damaged| store::repair(&damaged, &to, Timestamp::now())).await
}

/// Error of a journal found damaged, with the number of writes that can be read.
async fn damaged(file: &Path, error: StoreError) -> JournalError {
    let (file, problem) = (file.to_path_buf(), not_opened(&file.display().to_string(), &error));
    let writes = blocking(move || store::readable(&file).ok()).await.unwrap_or_default();
    problem.with_readable(writes)
}

async fn on_file<T: Send + 'static>(
    file: &Path,
    work: impl FnOnce(std::path::PathBuf) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, JournalError> {
    let (file, place) = (file.to_path_buf(), file.display().to_string());
    let done = blocking(move || work(file)).await?;
    done.map_err(|error| not_opened(&place, &error))
}
