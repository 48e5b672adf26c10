//! What a file held when it was last looked at.
//!
//! What counts is its contents, by their digest. A stamp (which file, its size, its times) says cheaply that they are
//! the same; a changed stamp alone, from `chmod`, `touch` or a tool that writes the same again, is no change.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use stockbridge_model::named_file;

/// What is read of a file. Nothing that a host takes is as large.
const MOST: u64 = 64 * 1024 * 1024;

/// How coarse a file system's clock may be. Within this time of a change a second one may leave the stamp as it is.
const COARSE: Duration = Duration::from_secs(2);

/// What a path held.
#[derive(Debug)]
pub(super) struct FileFingerprint {
    contents: Contents,
    /// The stamp of these contents, once it is old enough to vouch for them.
    stamp: Option<Stamp>,
}

#[derive(Debug, PartialEq, Eq)]
enum Contents {
    Unreadable(ErrorKind),
    /// A directory, a device or the like.
    NoFile,
    Held {
        size: u64,
        digest: [u8; 32],
    },
}

impl FileFingerprint {
    /// Looks at a path. `before` is what it held, if that is known.
    pub(super) fn at(path: &Path, before: Option<&FileFingerprint>) -> FileFingerprint {
        FileFingerprint::read(path, before)
            .unwrap_or_else(|error| FileFingerprint { contents: Contents::Unreadable(error.kind()), stamp: None })
    }

    /// Whether the path holds something else than before.
    pub(super) fn differs(&self, before: &FileFingerprint) -> bool {
        self.contents != before.contents
    }

    fn read(path: &Path, before: Option<&FileFingerprint>) -> std::io::Result<FileFingerprint> {
        let found = std::fs::metadata(path)?;
        if !found.is_file() {
            return Ok(FileFingerprint { contents: Contents::NoFile, stamp: None });
        }
        if let Some(FileFingerprint { contents: Contents::Held { size, digest }, stamp: Some(stamp) }) = before
            && *stamp == Stamp::of(&found)
        {
            return Ok(FileFingerprint {
                contents: Contents::Held { size: *size, digest: *digest },
                stamp: Some(*stamp),
            });
        }
        let file = named_file::open(path)?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Ok(FileFingerprint { contents: Contents::NoFile, stamp: None });
        }
        let contents = Contents::Held { size: found.len(), digest: digest(file)? };
        Ok(FileFingerprint { contents, stamp: vouching(&found, SystemTime::now()) })
    }
}

/// The digest of what is in a file, which may be a secret.
fn digest(file: File) -> std::io::Result<[u8; 32]> {
    let mut digest = Sha256::new();
    let mut piece = Zeroizing::new(vec![0; 16 * 1024]);
    let mut rest = file.take(MOST);
    loop {
        let length = rest.read(&mut piece)?;
        match piece.get(..length) {
            Some(read) if !read.is_empty() => digest.update(read),
            _ => return Ok(digest.finalize().into()),
        }
    }
}

/// The stamp of a file that was not changed just now.
fn vouching(found: &Metadata, now: SystemTime) -> Option<Stamp> {
    let age = now.duration_since(changed(found)?).ok()?;
    (age > COARSE).then(|| Stamp::of(found))
}

/// Which file, of what size, changed when. The time of the last access is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    changed: Option<SystemTime>,
    file: Inode,
}

impl Stamp {
    fn of(found: &Metadata) -> Stamp {
        Stamp { size: found.len(), modified: found.modified().ok(), changed: changed(found), file: inode(found) }
    }
}

/// When the file was changed: on Unix the time that nobody can set.
#[cfg(unix)]
fn changed(found: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt as _;
    let seconds = Duration::from_secs(u64::try_from(found.ctime()).ok()?);
    let rest = Duration::from_nanos(u64::try_from(found.ctime_nsec()).ok()?);
    SystemTime::UNIX_EPOCH.checked_add(seconds + rest)
}

#[cfg(not(unix))]
fn changed(found: &Metadata) -> Option<SystemTime> {
    found.modified().ok()
}

/// Which file or directory of which file system it is, where the system says so.
pub(super) type Inode = (u64, u64);

#[cfg(unix)]
pub(super) fn inode(found: &Metadata) -> Inode {
    use std::os::unix::fs::MetadataExt as _;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
pub(super) fn inode(_: &Metadata) -> Inode {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_written_again_with_the_same_size_and_time_is_different() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        let before = FileFingerprint::at(&path, None);
        std::fs::write(&path, "two").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert!(FileFingerprint::at(&path, Some(&before)).differs(&before));
    }

    #[test]
    fn a_file_that_is_touched_or_replaced_by_its_like_is_the_same() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let before = FileFingerprint::at(&path, None);
        File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let touched = FileFingerprint::at(&path, Some(&before));
        assert!(!touched.differs(&before));
        std::fs::write(directory.path().join("other"), "one").unwrap();
        std::fs::rename(directory.path().join("other"), &path).unwrap();
        assert!(!FileFingerprint::at(&path, Some(&touched)).differs(&before));
    }

    #[test]
    fn what_is_not_there_and_what_is_no_file_is_told_from_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let missing = FileFingerprint::at(&path, None);
        assert!(!FileFingerprint::at(&path, Some(&missing)).differs(&missing));
        assert!(FileFingerprint::at(directory.path(), Some(&missing)).differs(&missing));
        std::fs::write(&path, "").unwrap();
        assert!(FileFingerprint::at(&path, Some(&missing)).differs(&missing));
    }

    #[test]
    fn a_stamp_vouches_for_a_file_only_when_the_last_change_is_a_while_ago() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let found = std::fs::metadata(&path).unwrap();
        let changed = changed(&found).unwrap();
        assert_eq!(vouching(&found, changed + COARSE), None);
        assert_eq!(vouching(&found, changed + 2 * COARSE), Some(Stamp::of(&found)));
        // A clock that runs behind the file system's.
        assert_eq!(vouching(&found, changed - COARSE), None);
    }
}
