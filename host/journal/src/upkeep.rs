//! Upkeep of an open journal: copying and verifying it, and closing its gaps.

use std::path::Path;

use super::gap::ClosedGap;
use super::store::{Copied, JournalIdentity, Verified};
use super::{Gap, GapClosure, Journal};
use crate::error::JournalError;

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
