//! Configuration of the journal: its file, and how long writes are kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file in which a host keeps its writes: see [`crate`]. One host at a time works on it.
///
/// It contains orders and their HTTP exchanges, without the secrets: it is created so that only the host's user can read
/// it.
#[derive(Clone, Debug)]
pub struct JournalConfig {
    pub(crate) file: PathBuf,
    pub(crate) keep: Duration,
    pub(crate) must_exist: bool,
}

impl JournalConfig {
    /// Default time for which an ended write is kept.
    pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

    /// A file, created where it is missing.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> JournalConfig {
        JournalConfig { file: file.into(), keep: JournalConfig::KEPT, must_exist: false }
    }

    /// Sets the time for which an ended write is kept: 90 days by default. It is kept in any case for as long as its provider
    /// would recognise a second one under its reference.
    #[must_use]
    pub fn keep(mut self, age: Duration) -> JournalConfig {
        self.keep = age;
        self
    }

    /// Requires the file to exist: a host does not start without it, instead of creating an empty one. For a journal on
    /// a volume that might not be mounted. `stockbridge journal init` creates one.
    #[must_use]
    pub fn must_exist(mut self) -> JournalConfig {
        self.must_exist = true;
        self
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Time for which an ended write is kept.
    #[must_use]
    pub fn kept_for(&self) -> Duration {
        self.keep
    }

    /// Whether the file [has to be there](JournalConfig::must_exist).
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.must_exist
    }
}

/// Accepts a path in each form that an application may have.
macro_rules! from_path {
    ($($path:ty),+) => {
        $(impl From<$path> for JournalConfig {
            fn from(path: $path) -> JournalConfig {
                JournalConfig::new(path)
            }
        })+
    };
}

from_path!(&str, &Path, &String, &PathBuf, String, PathBuf);
