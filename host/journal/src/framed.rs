//! Framing of records: what each record is, a digest, and JSON.
//!
//! A record identifies itself and shows whether it is whole, so that it can be found in the remains of a damaged journal.
//! Released formats stay readable: a file of each is kept as a test.

use serde::Serialize;
use serde::de::DeserializeOwned;

use stockbridge_model::WriteId;

/// Format in which records are written.
const FORMAT: u8 = 2;
/// The format before: its number, and JSON.
const FORMAT_1: u8 = 1;
const DIGEST: usize = 16;
/// Length of the head before the JSON: format, kind, write, place, length and digest.
const HEAD: usize = 1 + 1 + 8 + 4 + 4 + DIGEST;

/// Kind of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Intent,
    WriteStatus,
    /// The event at this place in the write's story.
    Event(u32),
}

/// Identity of a record: its write and its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Which {
    pub id: WriteId,
    pub kind: Kind,
}

impl Kind {
    fn bytes(self) -> (u8, u32) {
        match self {
            Kind::Intent => (1, 0),
            Kind::WriteStatus => (2, 0),
            Kind::Event(place) => (3, place),
        }
    }

    fn of(kind: u8, place: u32) -> Option<Kind> {
        match kind {
            1 => Some(Kind::Intent),
            2 => Some(Kind::WriteStatus),
            3 => Some(Kind::Event(place)),
            _ => None,
        }
    }
}

/// A record that cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BadRecord {
    #[error("it is of format {0}, written by a later version of Stockbridge; this one reads 1 to {FORMAT}")]
    Later(u8),
    #[error("it is damaged: {0}")]
    Damaged(String),
}

/// Encodes a record.
pub(crate) fn encode<T: Serialize>(which: Which, record: &T) -> Result<Vec<u8>, BadRecord> {
    let json = serde_json::to_vec(record).map_err(|error| BadRecord::Damaged(error.to_string()))?;
    Ok(framed(which, &json))
}

/// Frames JSON as a record.
fn framed(which: Which, json: &[u8]) -> Vec<u8> {
    let (kind, place) = which.kind.bytes();
    let mut bytes = Vec::with_capacity(HEAD + json.len());
    bytes.extend([FORMAT, kind]);
    bytes.extend(which.id.0.to_le_bytes());
    bytes.extend(place.to_le_bytes());
    bytes.extend(u32::try_from(json.len()).unwrap_or(u32::MAX).to_le_bytes());
    let digest = digest(&bytes, json);
    bytes.extend(digest);
    bytes.extend(json);
    bytes
}

/// Converts a record of any format into the current one.
pub(crate) fn renewed(which: Which, record: &[u8]) -> Vec<u8> {
    match record.split_first() {
        Some((&FORMAT_1, json)) => framed(which, json),
        _ => record.to_vec(),
    }
}

/// Decodes a record.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadRecord> {
    let json = match bytes.first() {
        Some(&FORMAT_1) => bytes.get(1..).unwrap_or_default(),
        Some(&FORMAT) => first(bytes).ok_or_else(|| BadRecord::Damaged("its digest does not match".to_owned()))?.1,
        Some(&later) if later > FORMAT => return Err(BadRecord::Later(later)),
        _ => return Err(BadRecord::Damaged("it has no format".to_owned())),
    };
    serde_json::from_slice(json).map_err(|error| BadRecord::Damaged(error.to_string()))
}

/// Decodes a record and checks that it is the expected one.
pub(crate) fn decode_as<T: DeserializeOwned>(which: Which, bytes: &[u8]) -> Result<T, BadRecord> {
    match first(bytes) {
        Some((found, _)) if found != which => {
            Err(BadRecord::Damaged(format!("a record of write {} is in the place of one of {}", found.id, which.id)))
        }
        _ => decode(bytes),
    }
}

/// Finds the whole records in arbitrary bytes.
pub(crate) fn found(bytes: &[u8]) -> impl Iterator<Item = (Which, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            let at = rest.iter().position(|byte| *byte == FORMAT)?;
            let from = rest.get(at..)?;
            if let Some((which, json)) = first(from) {
                let (record, after) = from.split_at_checked(HEAD + json.len())?;
                rest = after;
                return Some((which, record));
            }
            rest = from.get(1..)?;
        }
    })
}

/// The record at the beginning of these bytes, if a whole one is there.
fn first(bytes: &[u8]) -> Option<(Which, &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let (named, found) = head.split_at_checked(HEAD - DIGEST)?;
    let ([format, kind], after) = named.split_first_chunk::<2>()?;
    let (id, after) = after.split_first_chunk::<8>()?;
    let (place, after) = after.split_first_chunk::<4>()?;
    let length = u32::from_le_bytes(*after.first_chunk::<4>()?);
    let kind = Kind::of(*kind, u32::from_le_bytes(*place)).filter(|_| *format == FORMAT)?;
    let json = rest.get(..usize::try_from(length).ok()?)?;
    // No JSON has this byte, which each record begins with. So in bytes that name record after record, of which none is whole,
    // a search hashes none of them as far as the end.
    if json.contains(&FORMAT) {
        return None;
    }
    let which = Which { id: WriteId(u64::from_le_bytes(*id)), kind };
    (digest(named, json) == found).then_some((which, json))
}

fn digest(named: &[u8], json: &[u8]) -> [u8; DIGEST] {
    let mut digest = [0; DIGEST];
    blake3::Hasher::new().update(named).update(json).finalize_xof().fill(&mut digest);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHICH: Which = Which { id: WriteId(7), kind: Kind::Event(3) };

    #[test]
    fn a_record_is_read_as_it_was_written_and_not_where_a_bit_of_it_is_another() {
        let bytes = encode(WHICH, &"one").unwrap();
        assert_eq!(decode_as::<String>(WHICH, &bytes).unwrap(), "one");
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<String>(&damaged).is_err(), "bit {bit}");
        }
        assert!(decode_as::<String>(Which { id: WriteId(8), ..WHICH }, &bytes).is_err());
    }

    #[test]
    fn a_record_of_the_first_format_is_read_and_renewed() {
        let bytes = b"\x01\"one\"";
        assert_eq!(decode::<String>(bytes).unwrap(), "one");
        assert_eq!(renewed(WHICH, bytes), encode(WHICH, &"one").unwrap());
        assert!(matches!(decode::<String>(b"\x03\"one\""), Err(BadRecord::Later(3))));
    }

    #[test]
    fn records_are_found_in_what_is_left_of_others() {
        let (one, other) = (encode(WHICH, &"one").unwrap(), encode(Which { id: WriteId(9), ..WHICH }, &"two").unwrap());
        let left = [&[2, 2, 1][..], &one, &one[..20], &[0; 9], &other].concat();
        let found: Vec<_> = found(&left).map(|(which, record)| (which.id.0, record.to_vec())).collect();
        assert_eq!(found, [(7, one), (9, other)]);
    }

    /// Each of these heads says that all that follows is its record.
    #[test]
    fn a_search_ends_among_heads_that_claim_all_the_rest() {
        const HEADS: usize = 100_000;
        let head = |place: usize| {
            let rest = u32::try_from((HEADS - place - 1) * HEAD).unwrap();
            [&[FORMAT, 1][..], &[7; 12], &rest.to_le_bytes(), &[0xff; DIGEST]].concat()
        };
        let bytes: Vec<u8> = (0..HEADS).flat_map(head).collect();
        let begun = std::time::Instant::now();
        assert_eq!(found(&bytes).count(), 0);
        assert!(begun.elapsed().as_secs() < 10, "it took {:?}", begun.elapsed());
    }
}
