//! A file in which a journal comes to be, beside the place that it is to have: there it is whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::StoreError;
use super::making::{opening, unopened};
use super::witness::sync_directory;

/// Such a file. It goes with this, unless it has its place by then.
pub(super) struct FreshFile {
    fresh: PathBuf,
    place: PathBuf,
}

impl FreshFile {
    /// One for this place, its user's alone; and what is in it.
    pub(super) fn for_place(place: &Path) -> Result<(FreshFile, Arc<dyn StorageBackend>), StoreError> {
        let fresh = place.with_added_extension(format!("{:x}.new", fastrand::u64(..)));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file: File = options.open(&fresh).map_err(unopened)?;
        let this = FreshFile { fresh, place: place.to_path_buf() };
        Ok((this, Arc::new(FileBackend::new(file).map_err(opening)?)))
    }

    /// Where it is until it has its place.
    pub(super) fn path(&self) -> &Path {
        &self.fresh
    }

    /// Puts it in its place where there is nothing. Whether it did: something may be there by now.
    pub(super) fn put(self) -> Result<bool, StoreError> {
        let put = match fs::hard_link(&self.fresh, &self.place) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            // Where the file system has no links it is moved there.
            Err(_) => moved(&self.fresh, &self.place).map_err(unopened)?,
        };
        sync_directory(&self.place).map_err(unopened)?;
        Ok(put)
    }

    /// Puts it in the place of what is there.
    pub(super) fn replace(self) -> Result<(), StoreError> {
        fs::rename(&self.fresh, &self.place).and_then(|()| sync_directory(&self.place)).map_err(unopened)
    }
}

impl Drop for FreshFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.fresh));
    }
}

#[cfg(target_os = "linux")]
fn moved(fresh: &Path, place: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, fresh, CWD, place, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(error) if error == rustix::io::Errno::EXIST => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn moved(fresh: &Path, place: &Path) -> io::Result<bool> {
    if place.exists() { Ok(false) } else { fs::rename(fresh, place).map(|()| true) }
}
