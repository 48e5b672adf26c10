//! The directory, opened anew for every use: whatever happened to it since, what is used is private at that moment.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use super::entry::LARGEST;

/// Where the entries are.
pub(super) struct Directory {
    path: PathBuf,
}

/// Why the directory, or a file in it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// Others can write there, or may have: the problem, and what to do.
    #[error("{0}; {1}")]
    Refused(String, String),
    /// The machine does not give it, now.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Unusable {
    fn refused(problem: String, fix: &str) -> Unusable {
        Unusable::Refused(problem, fix.to_owned())
    }
}

impl Directory {
    /// The path stays the same though the process changes its working directory.
    pub(super) fn new(path: &Path) -> Directory {
        Directory { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it, and makes it where it is missing. It is judged by what was opened, not by its name.
    pub(super) fn open(&self) -> Result<Dir, Unusable> {
        let opened = match Dir::open_ambient_dir(&self.path, ambient_authority()) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create(&self.path)?;
                Dir::open_ambient_dir(&self.path, ambient_authority())
            }
            opened => opened,
        };
        let directory = opened.map_err(|error| match error.kind() {
            ErrorKind::NotADirectory => {
                Unusable::refused(format!("{} is no directory", self.path.display()), "name a directory")
            }
            _ => error.into(),
        })?;
        private(&directory.dir_metadata()?, &format!("the directory {}", self.path.display()))?;
        Ok(directory)
    }
}

/// All of a file, if it is a private one of a bearable size. None if there is none of this name.
pub(super) fn read(directory: &Dir, name: &str) -> Result<Option<(File, Vec<u8>)>, Unusable> {
    let file = match directory.open_with(name, &unfollowed()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unusable::refused("it is no file".to_owned(), "remove it"));
    }
    private(&metadata, "the file")?;
    if metadata.len() > LARGEST {
        return Err(Unusable::refused(format!("it has {} bytes", metadata.len()), "remove it"));
    }
    // One byte more, so that a file of the announced size is read without making room again.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(usize::MAX).saturating_add(1));
    (&file).take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some((file, bytes)))
}

#[cfg(unix)]
fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// What is written: new, and for this user alone.
#[cfg(unix)]
pub(super) fn fresh() -> OpenOptions {
    use cap_std::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

/// What is read: no symbolic link, and nothing that would wait for a writer.
#[cfg(unix)]
fn unfollowed() -> OpenOptions {
    use cap_std::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits().cast_signed());
    options
}

/// That it belongs to this user and that nobody else can write to it. A list of further rights (an ACL) shows in the
/// group's bits.
#[cfg(unix)]
fn private(metadata: &Metadata, what: &str) -> Result<(), Unusable> {
    use cap_std::fs::MetadataExt as _;
    const ANEW: &str =
        "whoever can write there can run machine code in this process: remove it, the host makes it anew";
    let (owner, user, mode) = (metadata.uid(), rustix::process::geteuid().as_raw(), metadata.mode() & 0o7777);
    if owner != user {
        let problem = format!("{what} belongs to user {owner}, and this process is user {user}");
        return Err(Unusable::refused(problem, "name a directory that only the user of this process can write to"));
    }
    let others = match (mode & 0o020 != 0, mode & 0o002 != 0) {
        (_, true) => "everybody",
        (true, false) => "its group",
        (false, false) => return Ok(()),
    };
    Err(Unusable::refused(format!("{what} can be written to by {others} (mode {mode:04o})"), ANEW))
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
fn unfollowed() -> OpenOptions {
    OpenOptions::new()
}

/// There is no cache where it cannot be told who can write to it.
#[cfg(not(unix))]
fn private(_: &Metadata, what: &str) -> Result<(), Unusable> {
    let problem = format!("there is no way here to tell who can write to {what}");
    Err(Unusable::refused(problem, "leave the cache out on this system"))
}
