//! A disk in memory that loses its power, fills up and breaks as a test says. When the power fails, unsynced writes are kept,
//! dropped or torn at a sector, in any order.
//!
//! `platter` has the bytes: durable ones, pending ones, and the fate of the latter. This module has the faults and their times.

mod platter;

use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use stockbridge::journal::{Disk, DiskSource};

pub use platter::Losses;
use platter::{Pending, Platter};

/// An operation on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read bytes.
    Read,
    /// Write bytes.
    Write,
    /// Change the length.
    SetLen,
    /// Make written bytes durable.
    Sync,
}

/// A fault of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// No space left.
    Full,
    /// The medium fails. Of the bytes to sync, some become durable and the rest is lost.
    Broken,
}

/// Decides whether an operation fails.
type GoesWrong = Box<dyn FnMut(Operation) -> Option<DiskFault> + Send>;

/// The disk. Clones are the same one.
#[derive(Clone)]
pub struct TestDisk(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Signalled when the previous user is gone.
    unplugged: Condvar,
}

struct State {
    platter: Platter,
    /// Number of times that it was plugged in.
    plugged: u64,
    powered: bool,
    /// Remaining number of modifying operations.
    left: Option<u64>,
    lies: bool,
    wrong: Option<GoesWrong>,
}

impl TestDisk {
    /// An empty disk. The seed decides the fate of unsynced writes.
    #[must_use]
    pub fn new(seed: u64) -> TestDisk {
        TestDisk::with(Vec::new(), seed)
    }

    /// A disk with these durable bytes.
    #[must_use]
    pub fn with(bytes: Vec<u8>, seed: u64) -> TestDisk {
        let platter = Platter::new(bytes, fastrand::Rng::with_seed(seed));
        let state = State { platter, plugged: 0, powered: false, left: None, lies: false, wrong: None };
        TestDisk(Arc::new(Shared { state: Mutex::new(state), unplugged: Condvar::new() }))
    }

    /// From now on its syncs succeed without any effect.
    #[must_use]
    pub fn that_lies(self) -> TestDisk {
        self.state().lies = true;
        self
    }

    /// Gives it power, for one host. Its previous user gets only errors.
    #[must_use]
    pub fn plugged_in(&self) -> impl DiskSource + use<> {
        self.cut();
        let mut state = self.state();
        (state.powered, state.left, state.wrong) = (true, None, None);
        state.plugged += 1;
        self.0.unplugged.notify_all();
        Plugged { disk: self.clone(), time: state.plugged }
    }

    /// The power fails after this many more modifying operations; an interrupted sync has completed in part.
    pub fn cut_after(&self, operations: u64) {
        self.state().left = Some(operations);
    }

    /// The power fails now.
    pub fn cut(&self) {
        let mut state = self.state();
        if state.powered {
            state.power_goes();
        }
        // A sync that waits for the end of its host can return.
        state.plugged += 1;
        self.0.unplugged.notify_all();
    }

    /// Whether it has power.
    #[must_use]
    pub fn has_power(&self) -> bool {
        self.state().powered
    }

    /// From now on operations fail as this function says, until it is plugged in again.
    pub fn goes_wrong(&self, wrong: impl FnMut(Operation) -> Option<DiskFault> + Send + 'static) {
        self.state().wrong = Some(Box::new(wrong));
    }

    /// From now on no operation fails.
    pub fn is_mended(&self) {
        self.state().wrong = None;
    }

    /// Fate of unsynced writes at power cuts and failed syncs.
    #[must_use]
    pub fn losses(&self) -> Losses {
        self.state().platter.losses
    }

    /// The durable bytes.
    #[must_use]
    pub fn durable(&self) -> Vec<u8> {
        self.state().platter.durable().to_vec()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}

impl State {
    fn power_goes(&mut self) {
        self.powered = false;
        self.platter.lose_power();
    }

    /// Checks whether the operation succeeds.
    fn may(&mut self, operation: Operation) -> io::Result<()> {
        if !self.powered {
            return Err(no_power());
        }
        if operation != Operation::Read
            && let Some(left) = &mut self.left
        {
            if *left == 0 {
                self.power_goes();
                return Err(no_power());
            }
            *left -= 1;
        }
        let fault = self.wrong.as_mut().and_then(|wrong| wrong(operation));
        fault.map_or(Ok(()), |fault| Err(fault.error()))
    }
}

impl DiskFault {
    /// The system's errors: `ENOSPC` and `EIO`.
    fn error(self) -> io::Error {
        io::Error::from_raw_os_error(match self {
            DiskFault::Full => 28,
            DiskFault::Broken => 5,
        })
    }
}

fn no_power() -> io::Error {
    io::Error::other("the power is gone")
}

/// The disk as one host has it.
struct Plugged {
    disk: TestDisk,
    /// The number of this plugging-in.
    time: u64,
}

impl Plugged {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.plugged == self.time { Ok(state) } else { Err(no_power()) }
    }
}

impl DiskSource for Plugged {
    fn open(&self) -> io::Result<Box<dyn Disk>> {
        if !self.state()?.powered {
            return Err(no_power());
        }
        Ok(Box::new(Plugged { disk: self.disk.clone(), time: self.time }))
    }
}

impl Disk for Plugged {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.state()?;
        state.may(Operation::Read)?;
        Ok(state.platter.seen().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut state = self.state()?;
        state.may(Operation::Read)?;
        let from = usize::try_from(offset).unwrap();
        let bytes = state.platter.seen().get(from..from + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state()?;
        let may = state.may(Operation::Write);
        if state.powered {
            // A failed write may be there in part.
            let done = if may.is_ok() { bytes.len() } else { bytes.len() / 2 };
            state.platter.take(Pending::Bytes { offset, bytes: bytes[..done].to_vec() });
        }
        may
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state()?;
        state.may(Operation::SetLen)?;
        state.platter.take(Pending::Len(len));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state()?;
        if state.powered && state.left == Some(0) && state.platter.decides() {
            // The sync does not return to its caller before that caller's host is gone.
            state.power_goes();
            while state.plugged == self.time {
                state = self.disk.0.unplugged.wait(state).unwrap();
            }
            return Err(no_power());
        }
        let may = state.may(Operation::Sync);
        match may {
            Ok(()) if state.lies => {}
            Ok(()) => state.platter.sync(),
            Err(_) if state.powered => state.platter.lose_power(),
            Err(_) => {}
        }
        may
    }
}

impl fmt::Debug for TestDisk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TestDisk")
    }
}

impl fmt::Debug for Plugged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Plugged")
    }
}
