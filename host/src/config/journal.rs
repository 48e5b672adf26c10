//! What a configuration file says of the journal.

use std::path::Path;

use stockbridge_journal::JournalConfig;

use super::Config;
use crate::error::Error;

impl Config {
    /// What a configuration file says of the journal, and nothing else of it: for who looks into the journal and has none
    /// of the secrets. None where it says nothing.
    ///
    /// # Errors
    /// The file cannot be read, or what it says of the journal is wrong.
    pub fn journal_from_file(path: impl AsRef<Path>) -> Result<Option<JournalConfig>, Error> {
        Ok(super::file::journal(path.as_ref())?)
    }
}
