//! Staged files: a journal is written beside its target and moved there once it is complete.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::FileBackend;

use super::trouble::{opening, unopened};
use super::witness::sync_directory;
use crate::store::StoreError;

/// A staged file, deleted on drop unless it was published.
pub(super) struct StagedFile {
    staged: PathBuf,
    target: PathBuf,
}

impl StagedFile {
    /// Creates a staged file for a target, accessible to its user only, and opens it as a database backend.
    pub(super) fn create(target: &Path) -> Result<(StagedFile, Arc<dyn StorageBackend>), StoreError> {
        let staged = target.with_added_extension(format!("{:x}.new", fastrand::u64(..)));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file: File = options.open(&staged).map_err(unopened)?;
        let this = StagedFile { staged, target: target.to_path_buf() };
        Ok((this, Arc::new(FileBackend::new(file).map_err(opening)?)))
    }

    /// Its path until it is published.
    pub(super) fn path(&self) -> &Path {
        &self.staged
    }

    /// Moves it to its target unless something exists there. Returns whether it did.
    pub(super) fn publish(self) -> Result<bool, StoreError> {
        let put = match fs::hard_link(&self.staged, &self.target) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            // A file system without hard links: moved instead.
            Err(_) => moved(&self.staged, &self.target).map_err(unopened)?,
        };
        sync_directory(&self.target).map_err(unopened)?;
        Ok(put)
    }

    /// Moves it over its target's contents.
    pub(super) fn replace(self) -> Result<(), StoreError> {
        fs::rename(&self.staged, &self.target).and_then(|()| sync_directory(&self.target)).map_err(unopened)
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.staged));
    }
}

#[cfg(target_os = "linux")]
fn moved(staged: &Path, target: &Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, staged, CWD, target, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(error) if error == rustix::io::Errno::EXIST => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn moved(staged: &Path, target: &Path) -> io::Result<bool> {
    if target.exists() { Ok(false) } else { fs::rename(staged, target).map(|()| true) }
}
