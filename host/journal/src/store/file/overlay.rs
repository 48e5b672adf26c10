//! Overlay of a journal's bytes for read-only use: writes go into memory, and are read again from there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

use super::blocks::BLOCK;
use super::trouble::{opening, unopened};
use crate::store::StoreError;

use parking_lot::{Mutex, MutexGuard};

const BLOCK_LEN: u64 = BLOCK as u64;

#[derive(Debug)]
pub(super) struct Overlay {
    below: Arc<dyn StorageBackend>,
    /// Whether it can be locked against the journal's holder: only a file open for writing can.
    locks: bool,
    above: Mutex<Above>,
}

#[derive(Debug, Default)]
struct Above {
    len: Option<u64>,
    blocks: BTreeMap<u64, Vec<u8>>,
}

impl Overlay {
    pub(super) fn over(below: Arc<dyn StorageBackend>) -> Overlay {
        Overlay { below, locks: true, above: Mutex::default() }
    }

    /// Overlays a file, which stays unchanged.
    pub(super) fn on(file: &Path) -> Result<Overlay, StoreError> {
        let writable = OpenOptions::new().read(true).write(true).open(file);
        let (opened, locks) = match writable {
            Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {
                (File::open(file).map_err(unopened)?, false)
            }
            opened => (opened.map_err(unopened)?, true),
        };
        Ok(Overlay { locks, ..Overlay::over(Arc::new(FileBackend::new(opened).map_err(opening)?)) })
    }

    fn above(&self) -> MutexGuard<'_, Above> {
        self.above.lock()
    }

    /// Current contents of a block: zeros beyond the end.
    fn block(&self, above: &Above, number: u64) -> io::Result<Vec<u8>> {
        if let Some(block) = above.blocks.get(&number) {
            return Ok(block.clone());
        }
        let mut bytes = vec![0; BLOCK];
        let there = self.below.len()?.saturating_sub(number * BLOCK_LEN).min(BLOCK_LEN);
        let (read, _) = bytes.split_at_mut(usize::try_from(there).unwrap_or_default());
        if !read.is_empty() {
            self.below.read(number * BLOCK_LEN, read)?;
        }
        Ok(bytes)
    }
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        self.above().len.map_or_else(|| self.below.len(), Ok)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let len = self.len()?;
        if offset + out.len() as u64 > len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let above = self.above();
        let (mut at, mut rest) = (offset, out);
        while !rest.is_empty() {
            let from = usize::try_from(at % BLOCK_LEN).unwrap_or_default();
            let (piece, after) = rest.split_at_mut((BLOCK - from).min(rest.len()));
            let block = self.block(&above, at / BLOCK_LEN)?;
            piece.iter_mut().zip(block.iter().skip(from)).for_each(|(out, byte)| *out = *byte);
            (at, rest) = (at + piece.len() as u64, after);
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.above().len = Some(len);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut above = self.above();
        let (mut at, mut rest) = (offset, data);
        while !rest.is_empty() {
            let (number, from) = (at / BLOCK_LEN, usize::try_from(at % BLOCK_LEN).unwrap_or_default());
            let (piece, after) = rest.split_at((BLOCK - from).min(rest.len()));
            let mut block = self.block(&above, number)?;
            block.iter_mut().skip(from).zip(piece).for_each(|(kept, byte)| *kept = *byte);
            above.blocks.insert(number, block);
            (at, rest) = (at + piece.len() as u64, after);
        }
        let len = above.len.map_or_else(|| self.below.len(), Ok)?.max(at);
        above.len = Some(len);
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.below.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.locks { self.below.try_lock_range(start, end) } else { Ok(true) }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        if self.locks { self.below.unlock_range(start, end) } else { Ok(()) }
    }
}
