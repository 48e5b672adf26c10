//! A journal's disk in a file without a lock, as after a lost lock.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use stockbridge::journal::{Disk, DiskSource};

/// Path of the file.
pub(super) struct Unlocked(pub(super) PathBuf);

#[derive(Debug)]
struct Plain(File);

impl DiskSource for Unlocked {
    fn open(&self) -> io::Result<Box<dyn Disk>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.0)?;
        Ok(Box::new(Plain(file)))
    }
}

impl Disk for Plain {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
