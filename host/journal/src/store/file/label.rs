//! Label at the beginning of a journal: its format, its identity, and the offset of its database.

use std::io;

use redb::StorageBackend;

use super::{blocks, log};
use crate::store::identity::JournalIdentity;

/// Beginning of every journal, before the number of its format.
const NAME: &[u8] = b"stockbridge journal ";
/// Magic of the format that is written.
const MAGIC: [u8; 24] = *b"stockbridge journal 2\r\n\0";
/// Magic of the format before: its database had no checksums that are verified, and its log was in front of it as now.
pub(super) const MAGIC_1: [u8; 24] = *b"stockbridge journal 1\r\n\0";
const DIGEST: usize = 16;
/// Length of the label: magic, identity, offset of the database, and a digest of all that.
pub(super) const LABEL: usize = MAGIC.len() + 16 + 8 + DIGEST;

/// Kind of data found where a journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// No bytes at all.
    Empty,
    /// A journal.
    Journal(Label),
    /// A journal of the first format.
    Format1,
    /// A journal of a format that this version does not know.
    Later,
    /// Bytes that are not the beginning of a journal.
    Other,
}

/// Identity of a journal, and the offset of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) identity: JournalIdentity,
    pub(super) begin: u64,
}

impl Label {
    /// The label of a new journal, whose database follows its log.
    pub(super) fn new() -> Label {
        Label { identity: JournalIdentity::new(), begin: log::END as u64 }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.identity.bytes());
        bytes.extend(self.begin.to_le_bytes());
        let digest = blake3::hash(&bytes);
        bytes.extend(digest.as_bytes().iter().take(DIGEST));
        bytes
    }

    /// Whether a journal begins with it.
    pub(super) fn stands_on(&self, whole: &dyn StorageBackend) -> io::Result<bool> {
        let mut bytes = [0; LABEL];
        whole.read(0, &mut bytes)?;
        Ok(Label::read(&bytes) == Some(*self))
    }

    fn read(bytes: &[u8; LABEL]) -> Option<Label> {
        let (content, digest) = bytes.split_at(LABEL - DIGEST);
        let (magic, rest) = content.split_first_chunk::<24>()?;
        let (identity, rest) = rest.split_first_chunk::<16>()?;
        let begin = u64::from_le_bytes(*rest.first_chunk()?);
        let whole = *magic == MAGIC && blake3::hash(content).as_bytes().starts_with(digest);
        // No file is longer than this, so that nothing lies there.
        let is_a_place = i64::try_from(begin).is_ok();
        (whole && is_a_place).then(|| Label { identity: JournalIdentity::of(*identity), begin })
    }
}

/// Identifies what is there. A journal with a damaged label is recognised by what follows its log.
pub(super) fn found(whole: &dyn StorageBackend) -> io::Result<Found> {
    let len = whole.len()?;
    if len == 0 {
        return Ok(Found::Empty);
    }
    let mut bytes = [0; LABEL];
    let there = usize::try_from(len).unwrap_or(LABEL).min(LABEL);
    let (begun, _) = bytes.split_at_mut(there);
    whole.read(0, begun)?;
    if let Some(label) = Label::read(&bytes) {
        return Ok(Found::Journal(label));
    }
    if let Some(identity) = blocks::owner(whole, log::END as u64) {
        return Ok(Found::Journal(Label { identity, begin: log::END as u64 }));
    }
    let (magic, _) = bytes.split_at(MAGIC.len());
    if magic == MAGIC_1 {
        return Ok(Found::Format1);
    }
    let later = magic.strip_prefix(NAME).and_then(|rest| rest.strip_suffix(b"\r\n\0"));
    Ok(match later {
        Some(number) if number.iter().all(u8::is_ascii_digit) && number != b"1" && number != b"2" => Found::Later,
        _ => Found::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_as_it_was_written_unless_it_names_a_place_beyond_any_file() {
        let read = |label: Label| Label::read(&label.bytes().try_into().unwrap());
        let label = Label::new();
        assert_eq!(read(label), Some(label));
        for begin in [i64::MAX.cast_unsigned() + 1, u64::MAX] {
            assert_eq!(read(Label { begin, ..label }), None, "{begin}");
        }
    }
}
