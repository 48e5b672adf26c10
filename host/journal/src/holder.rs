//! The process that holds a journal.

use std::fmt;

use serde::{Deserialize, Serialize};

use stockbridge_model::Timestamp;
use stockbridge_model::sanitize::one_line;

/// Maximum length of a displayed name, in bytes.
const MAX_NAME: usize = 100;

/// The process that holds a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct JournalHolder {
    /// Process number on its machine.
    pub process: u32,
    /// Name of its program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Name of its machine or container, where that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Time since which it holds the journal.
    pub since: Timestamp,
}

impl fmt::Display for JournalHolder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "process {}", self.process)?;
        if let Some(program) = &self.program {
            write!(formatter, " ({})", one_line(program, MAX_NAME))?;
        }
        if let Some(machine) = self.machine.as_ref().filter(|machine| Some(*machine) != self::machine().as_ref()) {
            write!(formatter, " on {}", one_line(machine, MAX_NAME))?;
        }
        write!(formatter, ", since {}", self.since)
    }
}

/// Name of this machine, or this container.
pub(crate) fn machine() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
