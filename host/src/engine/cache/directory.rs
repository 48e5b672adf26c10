//! The cache directory, opened anew for every use, so that it is checked to be private at that moment.
//!
//! If others can write to the configured directory, as on a shared mount, a private one inside it is used instead, named
//! `stockbridge-` and this user's number. Others may replace or remove it; a replacement belongs to them or is writable by them,
//! so it is detected when it is opened, and not used.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, File, Metadata, OpenOptions};

use super::entry::LARGEST;

/// The directory of the entries.
pub(super) struct Directory {
    path: PathBuf,
}

/// A private directory that was opened.
pub(super) struct PrivateDir {
    pub(super) directory: Dir,
    /// Why the configured directory is not used, and the path of the one inside it that is.
    pub(super) inside: Option<(String, PathBuf)>,
}

/// Why the directory, or a file in it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// No cache is possible on this system or under this name: the problem, and what to do.
    #[error("{0}; {1}")]
    Wrong(String, String),
    /// Others can write there, or may have written.
    #[error("{0}")]
    NotPrivate(String),
    /// The system does not allow it at this moment.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Unusable {
    fn wrong(problem: String, fix: &str) -> Unusable {
        Unusable::Wrong(problem, fix.to_owned())
    }
}

impl Directory {
    /// Makes the path absolute, so that it does not depend on the process's working directory.
    pub(super) fn new(path: &Path) -> Directory {
        Directory { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the directory, and creates a missing one; if it is not private, uses a private one inside it. The opened directory
    /// is checked, not its name.
    pub(super) fn open(&self) -> Result<PrivateDir, Unusable> {
        let directory = self.named()?;
        let Err(not_private) = private(&directory.dir_metadata()?, &format!("the directory {}", self.path.display()))
        else {
            return Ok(PrivateDir { directory, inside: None });
        };
        let Unusable::NotPrivate(problem) = not_private else { return Err(not_private) };
        let (name, path) = (own_name(), self.path.join(own_name()));
        let directory = inside(&directory, &name, &path).map_err(|error| {
            Unusable::NotPrivate(format!(
                "{problem}, and a private one inside it, {}, cannot be used: {error}",
                path.display()
            ))
        })?;
        Ok(PrivateDir { directory, inside: Some((problem, path)) })
    }

    fn named(&self) -> Result<Dir, Unusable> {
        let opened = match Dir::open_ambient_dir(&self.path, ambient_authority()) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Another host may create it at the same time.
                match create(&self.path) {
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
                    _ => Dir::open_ambient_dir(&self.path, ambient_authority()),
                }
            }
            opened => opened,
        };
        opened.map_err(|error| match error.kind() {
            ErrorKind::NotADirectory => {
                Unusable::wrong(format!("{} is no directory", self.path.display()), "name a directory")
            }
            _ => error.into(),
        })
    }
}

/// Why a directory is not used as configured.
#[cfg(feature = "config-file")]
pub(crate) enum DirectoryProblem {
    NoDirectory(String),
    NotPrivate(String),
}

/// Inspects a cache directory without creating anything; a missing one is no problem.
#[cfg(feature = "config-file")]
pub(crate) fn inspect(path: &Path) -> Option<DirectoryProblem> {
    let directory = Directory::new(path);
    let found = match Dir::open_ambient_dir(directory.path(), ambient_authority()) {
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Some(DirectoryProblem::NoDirectory(format!("{} is no directory", directory.path().display())));
        }
        opened => opened.and_then(|opened| opened.dir_metadata()).ok()?,
    };
    match private(&found, &format!("the directory {}", directory.path().display())) {
        Err(Unusable::NotPrivate(problem)) => Some(DirectoryProblem::NotPrivate(problem)),
        _ => None,
    }
}

/// Opens the private directory of this name in another one, and creates a missing one. A symlink is not followed: anyone may
/// have created it.
fn inside(parent: &Dir, name: &str, path: &Path) -> Result<Dir, Unusable> {
    let directory = match within(parent, name) {
        Err(error) if error.kind() == ErrorKind::NotFound => match parent.create_dir_with(name, &own_directory()) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
            _ => within(parent, name),
        },
        opened => opened,
    }?;
    private(&directory.dir_metadata()?, &format!("the directory {}", path.display()))?;
    Ok(directory)
}

/// Reads a whole file, if it is private and not too large. None if there is no such file.
pub(super) fn read(directory: &Dir, name: &str) -> Result<Option<(File, Vec<u8>)>, Unusable> {
    let file = match directory.open_with(name, &unfollowed()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unusable::NotPrivate("it is no file; remove it".to_owned()));
    }
    private(&metadata, "the file").map_err(|why| match why {
        Unusable::NotPrivate(problem) => Unusable::NotPrivate(format!("{problem}; remove it")),
        other => other,
    })?;
    if metadata.len() > LARGEST {
        return Err(Unusable::NotPrivate(format!("it has {} bytes; remove it", metadata.len())));
    }
    // One byte more, so that a file of the announced size is read without reallocation.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(usize::MAX).saturating_add(1));
    (&file).take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some((file, bytes)))
}

#[cfg(unix)]
fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Opens the directory of this name, without following a symlink.
#[cfg(unix)]
fn within(parent: &Dir, name: &str) -> std::io::Result<Dir> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    Ok(Dir::from_std_file(opened.into()))
}

/// Options for writing: a new file, for this user only.
#[cfg(unix)]
pub(super) fn fresh() -> OpenOptions {
    use cap_std::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

/// Options for reading: no symlink, and nothing that would wait for a writer.
#[cfg(unix)]
fn unfollowed() -> OpenOptions {
    use cap_std::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options
}

/// Name of this user's directory in one that others can write to.
#[cfg(unix)]
fn own_name() -> String {
    format!("stockbridge-{}", rustix::process::geteuid().as_raw())
}

/// Options for a directory of this user only.
#[cfg(unix)]
fn own_directory() -> DirBuilder {
    use cap_std::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Checks that it belongs to this user and that nobody else can write to it. An access control list shows in the group's bits.
#[cfg(unix)]
fn private(metadata: &Metadata, what: &str) -> Result<(), Unusable> {
    use cap_std::fs::MetadataExt as _;
    let (owner, user, mode) = (metadata.uid(), rustix::process::geteuid().as_raw(), metadata.mode() & 0o7777);
    if owner != user {
        return Err(Unusable::NotPrivate(format!("{what} belongs to user {owner}, and this process is user {user}")));
    }
    let others = match (mode & 0o020 != 0, mode & 0o002 != 0) {
        (_, true) => "everybody",
        (true, false) => "its group",
        (false, false) => return Ok(()),
    };
    Err(Unusable::NotPrivate(format!("{what} can be written to by {others} (mode {mode:04o})")))
}

#[cfg(not(unix))]
fn create(_: &Path) -> std::io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
pub(super) fn fresh() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(not(unix))]
fn within(_: &Dir, _: &str) -> std::io::Result<Dir> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn own_name() -> String {
    "stockbridge".to_owned()
}

#[cfg(not(unix))]
fn own_directory() -> DirBuilder {
    DirBuilder::new()
}

#[cfg(not(unix))]
fn unfollowed() -> OpenOptions {
    OpenOptions::new()
}

/// No cache is possible on systems that do not show who can write to it.
#[cfg(not(unix))]
fn private(_: &Metadata, what: &str) -> Result<(), Unusable> {
    let problem = format!("this system does not show who can write to {what}");
    Err(Unusable::wrong(problem, "leave the cache out on this system"))
}
