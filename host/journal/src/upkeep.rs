//! Upkeep of a whole journal: creating, copying, verifying and repairing it, and closing its gaps.

use std::path::Path;

use stockbridge_model::Timestamp;

use super::gap::ClosedGap;
use super::store::{self, Copied, JournalIdentity, Repaired, Verified};
use super::{Gap, GapClosure, Journal, StoreError};
use crate::blocking;
use crate::error::JournalError;
use crate::not_opened::not_opened;

/// Maximum length of an operator's note on a closed gap, in bytes, including the name.
const MAX_NOTE: usize = 4096;

impl Journal {
    /// Identity of the journal; none of one in memory.
    #[must_use]
    pub fn identity(&self) -> Option<JournalIdentity> {
        self.identity
    }

    /// Whether it was missing, and created when this host opened it.
    #[must_use]
    pub fn was_made(&self) -> bool {
        self.opening.made
    }

    /// The times of which it has no record, since it was restored or repaired; includes closed gaps.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        self.known_gaps().clone()
    }

    /// Closes the gaps that are open for an account, or for all: from now on an order that it does not know counts as new
    /// again. An operator must first have compared the provider's data for that time with the orders.
    ///
    /// # Errors
    /// There is no such gap, the note is missing or too long, or the journal cannot be written.
    pub async fn close_gap(&self, closure: ClosedGap) -> Result<Vec<Gap>, JournalError> {
        if closure.by.len() + closure.note.len() > MAX_NOTE || closure.note.trim().is_empty() {
            return Err(JournalError::Note { limit: MAX_NOTE });
        }
        let open = |gap: &Gap| closure.account.as_ref().map_or(!gap.is_closed(), |account| gap.is_open_for(account));
        let mut closed: Vec<Gap> = self.gaps().into_iter().filter(open).collect();
        if closed.is_empty() {
            return Err(JournalError::NoGap { account: closure.account });
        }
        for gap in &mut closed {
            let (account, by, note) = (closure.account.clone(), closure.by.clone(), closure.note.clone());
            gap.closed.push(GapClosure { account, by, note, at: self.now() });
            self.store().put_gap(gap.clone()).await?;
            if let Some(known) = self.known_gaps().iter_mut().find(|known| known.epoch == gap.epoch) {
                known.clone_from(gap);
            }
        }
        Ok(closed)
    }

    /// Writes a copy of its current contents into a new file: itself a journal, readable only by the host's user. Put in the
    /// journal's place, it begins a new epoch with a gap.
    ///
    /// # Errors
    /// The file exists, or cannot be written; or the journal is in memory.
    pub async fn back_up(&self, to: impl AsRef<Path>) -> Result<Copied, JournalError> {
        Ok(self.store().back_up(to.as_ref().to_path_buf(), self.now()).await?)
    }

    /// Reads the whole journal and checks its parts against each other.
    ///
    /// # Errors
    /// `journal.damaged`, with a description.
    pub async fn verify(&self) -> Result<Verified, JournalError> {
        Ok(self.store().verify().await?)
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
pub(super) async fn damaged(file: &Path, error: StoreError) -> JournalError {
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
