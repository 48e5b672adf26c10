//! What is done to a journal as a whole: it is made, copied, verified and repaired, and its gaps are closed.

use std::path::Path;

use stockbridge_model::Timestamp;

use super::gap::ClosedGap;
use super::store::{self, Copied, JournalIdentity, Repaired, Verified};
use super::{Gap, GapClosure, Journal, StoreError};
use crate::blocking;
use crate::error::JournalError;
use crate::not_opened::not_opened;

/// The longest text that a person may write beside a closed gap, in bytes, with the name.
const LONGEST_NOTE: usize = 4096;

impl Journal {
    /// Who it is; none of one in memory.
    #[must_use]
    pub fn identity(&self) -> Option<JournalIdentity> {
        self.identity
    }

    /// Whether it was not there, and was made as this host opened it.
    #[must_use]
    pub fn was_made(&self) -> bool {
        self.opening.made
    }

    /// The times of which it has no record, since it was restored or repaired; those too that are closed.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        self.known_gaps().clone()
    }

    /// Closes the gaps that are open for an account, or for all: from now on an order that it does not know is a new one
    /// again. Somebody has compared before, for that time, what the provider has with what was ordered.
    ///
    /// # Errors
    /// There is no such gap, the note is missing or too long, or the journal cannot be written.
    pub async fn close_gap(&self, word: ClosedGap) -> Result<Vec<Gap>, JournalError> {
        if word.by.len() + word.note.len() > LONGEST_NOTE || word.note.trim().is_empty() {
            return Err(JournalError::Note { limit: LONGEST_NOTE });
        }
        let open = |gap: &Gap| word.account.as_ref().map_or(!gap.is_closed(), |account| gap.is_open_for(account));
        let mut closed: Vec<Gap> = self.gaps().into_iter().filter(open).collect();
        if closed.is_empty() {
            return Err(JournalError::NoGap { account: word.account });
        }
        for gap in &mut closed {
            let (account, by, note) = (word.account.clone(), word.by.clone(), word.note.clone());
            gap.closed.push(GapClosure { account, by, note, at: self.now() });
            self.store().put_gap(gap.clone()).await?;
            if let Some(known) = self.known_gaps().iter_mut().find(|known| known.epoch == gap.epoch) {
                known.clone_from(gap);
            }
        }
        Ok(closed)
    }

    /// Writes a copy of what it has at this moment into a file that is not there: a journal itself, for the host's user
    /// alone. Put in the journal's place, it begins a new epoch with a gap.
    ///
    /// # Errors
    /// The file is there, or cannot be written; or the journal is in memory.
    pub async fn back_up(&self, to: impl AsRef<Path>) -> Result<Copied, JournalError> {
        Ok(self.store().back_up(to.as_ref().to_path_buf(), self.now()).await?)
    }

    /// Reads all that it has, and holds each part against the others.
    ///
    /// # Errors
    /// `journal.damaged`, with what is.
    pub async fn verify(&self) -> Result<Verified, JournalError> {
        Ok(self.store().verify().await?)
    }
}

/// Makes an empty journal in a file that is not there.
///
/// # Errors
/// There is a file of that name, or a witness of a journal that was there; or it cannot be written.
pub async fn init(file: impl AsRef<Path>) -> Result<JournalIdentity, JournalError> {
    on_file(file.as_ref(), |file| store::init(&file)).await
}

/// Reads all of a journal on which no host works, holds each part against the others, and changes nothing.
///
/// # Errors
/// `journal.damaged`, with what is and how much of it can be read; or it is in use.
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

/// Brings what can be read of a damaged journal into a new file. The old one is left as it is.
///
/// # Errors
/// The new file is there, or cannot be written; or a host works on the old one.
pub async fn repair(damaged: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<Repaired, JournalError> {
    let to = to.as_ref().to_path_buf();
    on_file(damaged.as_ref(), move |damaged| store::repair(&damaged, &to, Timestamp::now())).await
}

/// A journal that was found damaged, with how much of it can be read.
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
