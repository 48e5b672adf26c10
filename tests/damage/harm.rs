//! Damage to a journal's file.

use std::fs;
use std::path::Path;

const PAGE: usize = 4096;
/// End of the log, where the database begins.
pub(crate) const LOG: usize = 4 * 1024 * 1024;

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// It is truncated anywhere, even at its beginning.
    Cut,
    /// Less than a hundred KiB are missing at its end.
    CutShort,
    /// A flipped bit in the log or in front of it.
    FlippedInLog,
    /// A flipped bit in the database.
    FlippedInDatabase,
    /// A few changed bytes, anywhere.
    Scribbled,
    /// A zeroed page.
    Zeroed,
    /// Two pages swapped.
    Swapped,
    /// A page of another journal.
    Foreign,
    /// An earlier version of a page.
    Stale,
    /// An earlier version of some part.
    StalePart,
    /// An older copy, with today's witness.
    OldCopy,
    /// Another complete journal.
    Exchanged,
    /// The file is missing, and its witness is there.
    Gone,
    /// An empty file in its place.
    Touched,
}

impl Kind {
    pub(crate) const ALL: [Kind; 14] = [
        Kind::Cut,
        Kind::CutShort,
        Kind::FlippedInLog,
        Kind::FlippedInDatabase,
        Kind::Scribbled,
        Kind::Zeroed,
        Kind::Swapped,
        Kind::Foreign,
        Kind::Stale,
        Kind::StalePart,
        Kind::OldCopy,
        Kind::Exchanged,
        Kind::Gone,
        Kind::Touched,
    ];
}

/// A journal's file, and sources of other pages.
pub(crate) struct Bytes<'b> {
    pub(crate) now: Vec<u8>,
    /// The same journal, earlier.
    pub(crate) before: &'b [u8],
    /// Another journal.
    pub(crate) other: &'b [u8],
}

impl Bytes<'_> {
    /// Applies the damage to a file.
    pub(crate) fn damaged(mut self, kind: Kind, chance: &mut fastrand::Rng, file: &Path) {
        let len = self.now.len();
        match kind {
            Kind::Cut => self.now.truncate(match chance.u8(0..4) {
                0 => 0,
                1 => chance.usize(0..PAGE),
                2 => chance.usize(0..LOG),
                _ => chance.usize(0..len),
            }),
            Kind::CutShort => self.now.truncate(len - chance.usize(1..100 * 1024)),
            Kind::FlippedInLog => self.flipped(chance, 0..LOG),
            Kind::FlippedInDatabase => self.flipped(chance, LOG..len),
            Kind::Scribbled => {
                for _ in 0..chance.usize(1..40) {
                    let at = self.interesting(chance, 0..len);
                    self.now[at] = chance.u8(..);
                }
            }
            Kind::Zeroed => {
                let at = self.page(chance);
                self.now[at..(at + PAGE).min(len)].fill(0);
            }
            Kind::Swapped => {
                let (one, other) = (self.page(chance), self.page(chance));
                for at in 0..PAGE.min(len - one).min(len - other) {
                    self.now.swap(one + at, other + at);
                }
            }
            Kind::Foreign => {
                let (to, from) = (self.page(chance), self.page(chance));
                let from = if chance.bool() { to } else { from };
                copied(self.other, from, &mut self.now, to, PAGE);
            }
            Kind::Stale => {
                let at = self.page(chance);
                copied(self.before, at, &mut self.now, at, PAGE);
            }
            Kind::StalePart => {
                let at = self.page(chance);
                let length = chance.usize(PAGE..1024 * 1024) / PAGE * PAGE;
                copied(self.before, at, &mut self.now, at, length);
            }
            Kind::OldCopy => self.now = self.before.to_vec(),
            Kind::Exchanged => self.now = self.other.to_vec(),
            Kind::Gone => return fs::remove_file(file).unwrap(),
            Kind::Touched => self.now.clear(),
        }
        fs::write(file, self.now).unwrap();
    }

    fn flipped(&mut self, chance: &mut fastrand::Rng, range: std::ops::Range<usize>) {
        let at = self.interesting(chance, range);
        self.now[at] ^= 1 << chance.u8(0..8);
    }

    /// A place in a mostly zeroed file: three times in four one with content.
    fn interesting(&self, chance: &mut fastrand::Rng, range: std::ops::Range<usize>) -> usize {
        for _ in 0..chance.usize(0..400) {
            let at = chance.usize(range.clone());
            if self.now[at] != 0 {
                return at;
            }
        }
        chance.usize(range)
    }

    fn page(&self, chance: &mut fastrand::Rng) -> usize {
        self.interesting(chance, 0..self.now.len()) / PAGE * PAGE
    }
}

fn copied(from: &[u8], at: usize, into: &mut [u8], to: usize, length: usize) {
    let length = length.min(from.len().saturating_sub(at)).min(into.len().saturating_sub(to));
    if let Some(piece) = from.get(at..at + length) {
        into[to..to + length].copy_from_slice(piece);
    }
}
