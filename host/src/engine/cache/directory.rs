//! The directory, opened anew for every use: whatever happened to it since, what is used is private at that moment.
//!
//! Where others can write to the one that is named, as on a mount that is shared, a private one inside it is used instead,
//! `stockbridge-` and the number of this user. Others may put something else in its place, or take it away; what they put
//! there is theirs or can be written to by them, so it is seen as it is opened, and not used.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, File, Metadata, OpenOptions};

use super::entry::LARGEST;

/// Where the entries are.
pub(super) struct Directory {
    path: PathBuf,
}

/// A directory that was opened, and is private.
pub(super) struct Opened {
    pub(super) directory: Dir,
    /// Why the one that was named is not used, and which one inside it is.
    pub(super) inside: Option<(String, PathBuf)>,
}

/// Why the directory, or a file in it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// It can be none, on this system or of this name: the problem, and what to do.
    #[error("{0}; {1}")]
    Wrong(String, String),
    /// Others can write there, or may have.
    #[error("{0}")]
    NotPrivate(String),
    /// The machine does not give it, now.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Unusable {
    fn wrong(problem: String, fix: &str) -> Unusable {
        Unusable::Wrong(problem, fix.to_owned())
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

    /// Opens it, and makes it where it is missing; a private one inside it where it is not private itself. It is judged by
    /// what was opened, not by its name.
    pub(super) fn open(&self) -> Result<Opened, Unusable> {
        let directory = self.named()?;
        let Err(not_private) = private(&directory.dir_metadata()?, &format!("the directory {}", self.path.display()))
        else {
            return Ok(Opened { directory, inside: None });
        };
        let Unusable::NotPrivate(problem) = not_private else { return Err(not_private) };
        let (name, path) = (own_name(), self.path.join(own_name()));
        let directory = inside(&directory, &name, &path).map_err(|error| {
            Unusable::NotPrivate(format!(
                "{problem}, and a private one inside it, {}, is not to be had: {error}",
                path.display()
            ))
        })?;
        Ok(Opened { directory, inside: Some((problem, path)) })
    }

    fn named(&self) -> Result<Dir, Unusable> {
        let opened = match Dir::open_ambient_dir(&self.path, ambient_authority()) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Another host may make it at the same time.
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

/// What is seen of a directory, where nothing is made: why it is not used as it is named.
#[cfg(feature = "config-file")]
pub(crate) enum Look {
    NoDirectory(String),
    NotPrivate(String),
}

/// Looks at a directory for a cache; nothing is wrong with one that is not there yet.
#[cfg(feature = "config-file")]
pub(crate) fn looked_at(path: &Path) -> Option<Look> {
    let directory = Directory::new(path);
    let found = match Dir::open_ambient_dir(directory.path(), ambient_authority()) {
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Some(Look::NoDirectory(format!("{} is no directory", directory.path().display())));
        }
        opened => opened.and_then(|opened| opened.dir_metadata()).ok()?,
    };
    match private(&found, &format!("the directory {}", directory.path().display())) {
        Err(Unusable::NotPrivate(problem)) => Some(Look::NotPrivate(problem)),
        _ => None,
    }
}

/// The private directory of this name in another one, made where it is missing. A link is not followed: it may be anybody's.
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

/// All of a file, if it is a private one of a bearable size. None if there is none of this name.
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

/// The directory of this name, and not one that a link of this name leads to.
#[cfg(unix)]
fn within(parent: &Dir, name: &str) -> std::io::Result<Dir> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(parent, name, flags, Mode::empty())?;
    Ok(Dir::from_std_file(opened.into()))
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

/// The name of this user's directory in one that others can write to.
#[cfg(unix)]
fn own_name() -> String {
    format!("stockbridge-{}", rustix::process::geteuid().as_raw())
}

/// A directory for this user alone.
#[cfg(unix)]
fn own_directory() -> DirBuilder {
    use cap_std::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// That it belongs to this user and that nobody else can write to it. A list of further rights (an ACL) shows in the
/// group's bits.
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

/// There is no cache where it cannot be told who can write to it.
#[cfg(not(unix))]
fn private(_: &Metadata, what: &str) -> Result<(), Unusable> {
    let problem = format!("there is no way here to tell who can write to {what}");
    Err(Unusable::wrong(problem, "leave the cache out on this system"))
}
