//! Encoding of changes in the log in front of the database.

use stockbridge_model::{Timestamp, WriteId};

use crate::age::{Age, Stamp};
use crate::application::Row;
use crate::store::{Change, End, StoreError};

/// Tags before an optional part, and before each kind of end.
const ABSENT: u8 = 0;
const PRESENT: u8 = 1;
const OPEN: u8 = 2;
const DUE: u8 = 3;
const ENDED: u8 = 4;

/// Encodes changes in their order.
pub(super) fn encode<'c>(changes: impl Iterator<Item = &'c Change>) -> Vec<u8> {
    let mut out = Vec::new();
    changes.for_each(|change| change.write(&mut out));
    out
}

/// Decodes changes.
pub(super) fn decode(mut bytes: &[u8]) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    while !bytes.is_empty() {
        let damaged = || StoreError::Unreadable("a record of its log is damaged".to_owned());
        changes.push(Change::read(&mut bytes).ok_or_else(damaged)?);
    }
    Ok(changes)
}

impl Change {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.id.0.to_le_bytes());
        out.extend(self.stamp.age.as_millis().to_le_bytes());
        out.extend(self.stamp.at.as_millis().to_le_bytes());
        match &self.intent {
            None => out.push(ABSENT),
            Some((name, intent)) => {
                out.push(PRESENT);
                text(out, name);
                text(out, intent);
            }
        }
        out.extend((self.applications.len() as u64).to_le_bytes());
        for Row { key, value } in &self.applications {
            text(out, key);
            text(out, value);
        }
        text(out, &self.status);
        out.extend(self.first_event.to_le_bytes());
        out.extend((self.events.len() as u64).to_le_bytes());
        self.events.iter().for_each(|event| text(out, event));
        number(out, PRESENT, self.reopens.map(|age| age.as_millis().to_le_bytes()));
        match self.end {
            End::Open(due) => {
                out.push(OPEN);
                number(out, DUE, due.map(|at| at.as_millis().to_le_bytes()));
            }
            End::Ended { needed_until } => number(out, ENDED, Some(needed_until.as_millis().to_le_bytes())),
        }
    }

    fn read(bytes: &mut &[u8]) -> Option<Change> {
        let id = WriteId(u64::from_le_bytes(take(bytes)?));
        let age = Age::from_millis(u64::from_le_bytes(take(bytes)?));
        let stamp = Stamp { age, at: Timestamp::from_millis(i64::from_le_bytes(take(bytes)?)) };
        let intent = match take(bytes)? {
            [ABSENT] => None,
            [PRESENT] => Some((taken_text(bytes)?, taken_text(bytes)?)),
            _ => return None,
        };
        let applications = u64::from_le_bytes(take(bytes)?);
        let row = |_| Some(Row { key: taken_text(bytes)?, value: taken_text(bytes)? });
        let applications = (0..applications).map(row).collect::<Option<Vec<_>>>()?;
        let status = taken_text(bytes)?;
        let first_event = u32::from_le_bytes(take(bytes)?);
        let events = u64::from_le_bytes(take(bytes)?);
        let events = (0..events).map(|_| taken_text(bytes)).collect::<Option<Vec<_>>>()?;
        // A story has a place for each of its events.
        first_event.checked_add(u32::try_from(events.len()).ok()?)?;
        let reopens = taken_number(bytes, PRESENT)?.map(|age| Age::from_millis(u64::from_le_bytes(age)));
        let end = match take(bytes)? {
            [OPEN] => End::Open(taken_number(bytes, DUE)?.map(|at| Timestamp::from_millis(i64::from_le_bytes(at)))),
            [ENDED] => End::Ended { needed_until: Age::from_millis(u64::from_le_bytes(take(bytes)?)) },
            _ => return None,
        };
        // A change in the log is durable: nothing is owed.
        Some(Change { id, stamp, intent, applications, status, events, first_event, reopens, end, owed: None })
    }
}

fn text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text);
}

fn number(out: &mut Vec<u8>, tag: u8, number: Option<[u8; 8]>) {
    match number {
        None => out.push(ABSENT),
        Some(number) => {
            out.push(tag);
            out.extend(number);
        }
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

fn taken_text(bytes: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(u64::from_le_bytes(take(bytes)?)).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(text.to_vec())
}

fn taken_number(bytes: &mut &[u8], tag: u8) -> Option<Option<[u8; 8]>> {
    match take(bytes)? {
        [ABSENT] => Some(None),
        [found] if found == tag => Some(Some(take(bytes)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_as_they_were_written() {
        let (time, age) = (Timestamp::from_millis(1_700_000_000_123), Age::from_millis(7));
        let new = Change {
            id: WriteId(1),
            stamp: Stamp { age, at: time },
            intent: Some((b"name".to_vec(), b"intent".to_vec())),
            applications: vec![Row { key: b"key".to_vec(), value: Vec::new() }],
            status: b"standing".to_vec(),
            events: vec![b"one".to_vec(), Vec::new()],
            first_event: 0,
            reopens: None,
            end: End::Open(Some(time)),
            owed: None,
        };
        let later = Change {
            intent: None,
            applications: Vec::new(),
            events: Vec::new(),
            first_event: 2,
            reopens: Some(age),
            ..new.clone()
        };
        let person = Change { end: End::Open(None), ..later.clone() };
        let ended = Change { end: End::Ended { needed_until: age }, ..later.clone() };
        let all = [new, later, person, ended];
        let bytes = encode(all.iter());
        let again = encode(decode(&bytes).unwrap().iter());
        assert_eq!(again, bytes);
        assert!(decode(&bytes[..bytes.len() - 1]).is_err());

        let [new, ..] = all;
        let last = Change { first_event: u32::MAX - 2, ..new };
        assert!(decode(&encode([&last].into_iter())).is_ok());
        let beyond = Change { first_event: u32::MAX - 1, ..last };
        assert!(decode(&encode([&beyond].into_iter())).is_err(), "no story has so many places");
    }
}
