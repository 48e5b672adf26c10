//! Who has a journal.

use std::fmt;

use serde::{Deserialize, Serialize};

use stockbridge_model::Timestamp;
use stockbridge_model::sanitize::one_line;

/// The longest name that is told, in bytes.
const LONGEST_NAME: usize = 100;

/// The process that has a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct JournalHolder {
    /// Its number on its machine.
    pub process: u32,
    /// What it runs: the name of its program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The machine or container that it runs on, where that says its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Since when it has the journal.
    pub since: Timestamp,
}

impl fmt::Display for JournalHolder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "process {}", self.process)?;
        if let Some(program) = &self.program {
            write!(formatter, " ({})", one_line(program, LONGEST_NAME))?;
        }
        if let Some(machine) = self.machine.as_ref().filter(|machine| Some(*machine) != self::machine().as_ref()) {
            write!(formatter, " on {}", one_line(machine, LONGEST_NAME))?;
        }
        write!(formatter, ", since {}", self.since)
    }
}

/// What this machine, or this container, calls itself.
pub(crate) fn machine() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
