//! Identity of a journal.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use stockbridge_model::Timestamp;

/// Identity of a journal: constant for as long as its file exists, and the same in its copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JournalIdentity(Uuid);

impl TryFrom<String> for JournalIdentity {
    type Error = uuid::Error;

    fn try_from(text: String) -> Result<JournalIdentity, uuid::Error> {
        Uuid::try_parse(&text).map(JournalIdentity)
    }
}

impl From<JournalIdentity> for String {
    fn from(identity: JournalIdentity) -> String {
        identity.to_string()
    }
}

impl JournalIdentity {
    /// A new unique identity.
    pub(super) fn new() -> JournalIdentity {
        JournalIdentity(Uuid::now_v7())
    }

    pub(super) fn of(bytes: [u8; 16]) -> JournalIdentity {
        JournalIdentity(Uuid::from_bytes(bytes))
    }

    pub(super) fn bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// Time of its creation.
    pub(super) fn made(self) -> Option<Timestamp> {
        let (seconds, nanoseconds) = self.0.get_timestamp()?.to_unix();
        let milliseconds = i64::try_from(seconds).ok()?.checked_mul(1000)?;
        Some(Timestamp::from_millis(milliseconds.checked_add(i64::from(nanoseconds / 1_000_000))?))
    }

    /// Key of the journal's checksums.
    pub(super) fn key(self) -> [u8; 32] {
        blake3::derive_key("stockbridge journal 2: checksums", self.0.as_bytes())
    }
}

impl fmt::Display for JournalIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
