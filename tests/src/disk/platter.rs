//! The bytes of a disk: durable ones, and operations since the last sync.

/// Unit in which a write is torn when the power fails during it.
const SECTOR: u64 = 512;

/// An operation that is not yet durable.
pub(super) enum Pending {
    Bytes { offset: u64, bytes: Vec<u8> },
    Len(u64),
}

/// Fate of unsynced writes when the power failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Writes that became durable.
    pub kept: u64,
    /// Writes that were lost.
    pub dropped: u64,
    /// Writes of which some sectors became durable.
    pub torn: u64,
}

pub(super) struct Platter {
    durable: Vec<u8>,
    /// The view of a reader, as if all pending operations were durable.
    seen: Vec<u8>,
    pending: Vec<Pending>,
    pub(super) losses: Losses,
    chance: fastrand::Rng,
}

impl Platter {
    pub(super) fn new(durable: Vec<u8>, chance: fastrand::Rng) -> Platter {
        Platter { seen: durable.clone(), durable, pending: Vec::new(), losses: Losses::default(), chance }
    }

    pub(super) fn durable(&self) -> &[u8] {
        &self.durable
    }

    pub(super) fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// A random decision.
    pub(super) fn decides(&mut self) -> bool {
        self.chance.bool()
    }

    pub(super) fn take(&mut self, pending: Pending) {
        pending.done_to(&mut self.seen);
        self.pending.push(pending);
    }

    pub(super) fn sync(&mut self) {
        for pending in self.pending.drain(..) {
            pending.done_to(&mut self.durable);
        }
    }

    /// Each pending write is kept, dropped or torn, in any order.
    pub(super) fn lose_power(&mut self) {
        let mut pending = std::mem::take(&mut self.pending);
        self.chance.shuffle(&mut pending);
        for pending in pending {
            match (self.chance.u8(0..3), pending) {
                (0, _) => self.losses.dropped += 1,
                (1, Pending::Bytes { offset, bytes }) => {
                    self.losses.torn += 1;
                    self.torn(offset, &bytes);
                }
                (_, whole) => {
                    self.losses.kept += 1;
                    whole.done_to(&mut self.durable);
                }
            }
        }
        self.seen.clone_from(&self.durable);
    }

    /// Keeps some sectors of a write, and loses the others.
    fn torn(&mut self, offset: u64, bytes: &[u8]) {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let to_the_sectors_end = usize::try_from(SECTOR - at % SECTOR).unwrap();
            let (sector, after) = rest.split_at(to_the_sectors_end.min(rest.len()));
            if self.chance.bool() {
                Pending::Bytes { offset: at, bytes: sector.to_vec() }.done_to(&mut self.durable);
            }
            (at, rest) = (at + sector.len() as u64, after);
        }
    }
}

impl Pending {
    fn done_to(&self, disk: &mut Vec<u8>) {
        match self {
            Pending::Bytes { offset, bytes } => {
                let from = usize::try_from(*offset).unwrap();
                let end = from + bytes.len();
                if disk.len() < end {
                    disk.resize(end, 0);
                }
                disk[from..end].copy_from_slice(bytes);
            }
            Pending::Len(len) => disk.resize(usize::try_from(*len).unwrap(), 0),
        }
    }
}
