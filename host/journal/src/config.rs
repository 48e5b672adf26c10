//! Where the journal of writes is kept, and for how long.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file in which a host keeps its writes: see [`crate`]. One host at a time works on it.
///
/// There are orders in it, and what went over the wire for them, without the secrets: it is made so that nobody but the
/// host's user reads it.
#[derive(Clone, Debug)]
pub struct JournalConfig {
    pub(crate) file: PathBuf,
    pub(crate) keep: Duration,
    pub(crate) must_exist: bool,
}

impl JournalConfig {
    /// How long a write is kept that has ended, unless it is said otherwise.
    pub const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

    /// A file, made where it is missing.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> JournalConfig {
        JournalConfig { file: file.into(), keep: JournalConfig::KEPT, must_exist: false }
    }

    /// How long a write is kept that has ended: 90 days by default. As long as its provider would take a second one under
    /// its reference for the same, it is kept in any case.
    #[must_use]
    pub fn keep(mut self, age: Duration) -> JournalConfig {
        self.keep = age;
        self
    }

    /// The file has to be there: a host does not start without it, where otherwise it makes an empty one. For a journal on
    /// a volume that might not be mounted. `stockbridge journal init` makes one.
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

    /// How long a write is kept that has ended.
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

/// A path, in each form that an application has one.
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
