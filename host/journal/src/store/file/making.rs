//! Creating a journal, and finding the existing one: an existing journal is never replaced by a new one.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::LOG_TARGET;
use redb::StorageBackend;
use redb::backends::FileBackend;

use super::backend::CustomDisk;
use super::convert;
use super::label::{self, Found, Label};
use super::log;
use super::overlay::Overlay;
use super::place::{Place, make_database, write_label};
use super::staged::StagedFile;
use super::trouble::{opening, unopened};
use super::witness::{self, Beside, Witness};
use crate::store::StoreError;
use crate::store::disk::Backing;
use crate::store::identity::JournalIdentity;

/// Access bits of a file's group, and of all others.
#[cfg(unix)]
const GROUP_BITS: u32 = 0o070;
#[cfg(unix)]
const OTHER_BITS: u32 = 0o007;
/// Maximum length, in bytes, of a disk on which the creation of a journal was interrupted.
const MAX_UNFINISHED: u64 = 16 * 1024 * 1024;

impl Backing {
    /// Opens the existing journal; creates one if it is missing and may be created.
    pub(super) fn open(&self, may_make: bool) -> Result<Place, StoreError> {
        match self {
            Backing::File(path) => in_file(path, may_make),
            Backing::Disk(source) => on_disk(Arc::new(CustomDisk(source.open().map_err(unopened)?)), may_make),
        }
    }
}

impl Backing {
    /// Opens the journal in a file for read-only use: the file stays unchanged.
    pub(super) fn read_only(&self) -> Result<Place, StoreError> {
        let Backing::File(path) = self else { return Err(StoreError::Closed) };
        let whole: Arc<dyn StorageBackend> = Arc::new(Overlay::on(path)?);
        match label::found(&*whole).map_err(unopened)? {
            Found::Journal(label) => Ok(Place { whole, label, made: false }),
            Found::Format1 => Err(StoreError::NotCommitted(
                "it is a journal of an earlier format; a host that opens it converts it".to_owned(),
            )),
            Found::Later => Err(later_format()),
            Found::Empty | Found::Other => {
                Err(StoreError::Damaged("its beginning is not that of a journal".to_owned()))
            }
        }
    }
}

fn in_file(path: &Path, may_make: bool) -> Result<Place, StoreError> {
    let mut made = false;
    loop {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !made => {
                check_may_create(path, may_make)?;
                make(path)?;
                made = true;
                continue;
            }
            Err(error) => return Err(unopened(error)),
        };
        if !file.metadata().map_err(unopened)?.is_file() {
            return Err(StoreError::NotCommitted("it is not a regular file".to_owned()));
        }
        #[cfg(unix)]
        let its = file.try_clone().map_err(unopened)?;
        let whole: Arc<dyn StorageBackend> = Arc::new(FileBackend::new(file).map_err(opening)?);
        let found = label::found(&*whole).map_err(unopened)?;
        #[cfg(unix)]
        if matches!(found, Found::Journal(_) | Found::Format1) {
            restrict_to_user(&its, path)?;
        }
        match found {
            Found::Journal(label) => return Ok(Place { whole, label, made }),
            Found::Format1 => convert::file(&whole, path)?,
            Found::Empty => {
                let problem = "it is empty: never written, or truncated".to_owned();
                return Err(StoreError::Damaged(problem));
            }
            Found::Later => return Err(later_format()),
            Found::Other if Witness::beside(path) != Beside::Nothing || begins_as_a_journal(&*whole) => {
                return Err(StoreError::Damaged("its beginning is not that of a journal".to_owned()));
            }
            Found::Other => return Err(StoreError::NotCommitted("it is not a journal of Stockbridge".to_owned())),
        }
    }
}

/// Refuses a journal of another user, or one that is accessible to everybody: it contains orders, and writing to it can make it
/// forget them. Access of the group, which a volume may add, is removed again.
#[cfg(unix)]
fn restrict_to_user(file: &File, path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = file.metadata().map_err(unopened)?;
    if let Some((problem, fix)) = rights_problem(&found, path) {
        return Err(StoreError::NotCommitted(format!("{problem}: {fix}")));
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & GROUP_BITS == 0 {
        return Ok(());
    }
    if let Err(error) = file.set_permissions(std::fs::Permissions::from_mode(mode & !GROUP_BITS)) {
        tracing::warn!(
            target: LOG_TARGET,
            journal = %path.display(),
            mode = format!("{mode:03o}"),
            %error,
            "the access of the journal's group cannot be removed: its members can read orders and make it forget them"
        );
    }
    Ok(())
}

/// Problem with a journal's owner and mode, and its fix.
#[cfg(unix)]
pub fn rights_problem(found: &std::fs::Metadata, path: &Path) -> Option<(String, String)> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let (owner, user) = (found.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        let problem = format!("it belongs to the user {owner}, and this is the user {user}");
        return Some((problem, "run as that user, or change its owner with chown".to_owned()));
    }
    let mode = found.permissions().mode() & 0o777;
    (mode & OTHER_BITS != 0).then(|| {
        let problem = format!("every user of this machine has access to it (mode {mode:03o})");
        (problem, format!("check that it was not changed, and remove the access: chmod 600 {}", path.display()))
    })
}

/// Whether a journal may be created where there is none.
fn check_may_create(path: &Path, may_make: bool) -> Result<(), StoreError> {
    match Witness::beside(path) {
        Beside::Nothing if may_make => Ok(()),
        Beside::Nothing => Err(StoreError::Missing("there is no such file".to_owned())),
        Beside::Witness(Witness { journal, openings, .. }) => Err(StoreError::Missing(format!(
            "there is no such file, but by its witness {} there was: journal {journal}, opened {openings} times",
            witness::place(path).display()
        ))),
        Beside::Unreadable => Err(StoreError::Missing(format!(
            "there is no such file, but a witness of one: {}",
            witness::place(path).display()
        ))),
    }
}

/// Whether a file whose label is cut off, or that contains only zeros, was once a journal.
fn begins_as_a_journal(whole: &dyn StorageBackend) -> bool {
    let mut bytes = [0; label::LABEL];
    let there = whole.len().map_or(0, |len| usize::try_from(len).unwrap_or(bytes.len()).min(bytes.len()));
    let (begun, _) = bytes.split_at_mut(there);
    let read = whole.read(0, begun).is_ok();
    let matching = begun.iter().zip(label::MAGIC_1.iter().take(20)).filter(|(byte, expected)| byte == expected).count();
    read && (begun.iter().all(|byte| *byte == 0) || matching >= begun.len().min(20).saturating_sub(1).max(1))
}

/// Creates an empty journal in a new file, and returns its identity.
///
/// # Errors
/// A file of that name, or the witness of a journal, exists.
pub(crate) fn init(path: &Path) -> Result<JournalIdentity, StoreError> {
    if path.symlink_metadata().is_ok() {
        return Err(StoreError::Exists(path.to_path_buf()));
    }
    check_may_create(path, true)?;
    make(path).map(|label| label.identity)
}

/// Creates an empty journal atomically: a partial one, left by a host that was killed or ran out of space, could not be
/// opened by the next. If two processes create it at the same time, one succeeds.
pub(super) fn make(path: &Path) -> Result<Label, StoreError> {
    let (staged, file) = StagedFile::create(path)?;
    let label = make_on(&file)?;
    // A journal that exists by now is another process's, and just as good.
    staged.publish()?;
    Ok(label)
}

fn on_disk(whole: Arc<dyn StorageBackend>, may_make: bool) -> Result<Place, StoreError> {
    match label::found(&*whole).map_err(unopened)? {
        Found::Journal(label) => Ok(Place { whole, label, made: false }),
        Found::Format1 => {
            let label = convert::disk(&whole)?;
            Ok(Place { whole, label, made: false })
        }
        Found::Later => Err(later_format()),
        found if found == Found::Empty || is_unfinished(&*whole).map_err(unopened)? => {
            if !may_make {
                return Err(StoreError::Missing("there is none on it".to_owned()));
            }
            let label = make_on(&whole)?;
            Ok(Place { whole, label, made: true })
        }
        _ => Err(StoreError::Damaged("its beginning is not that of a journal".to_owned())),
    }
}

/// Whether the creation of a journal was interrupted there: its label is written last.
fn is_unfinished(whole: &dyn StorageBackend) -> io::Result<bool> {
    if whole.len()? > MAX_UNFINISHED {
        return Ok(false);
    }
    // An unfinished one has only zeros in front of its database.
    let mut begun = vec![0; usize::try_from(whole.len()?).unwrap_or(log::END).min(log::END)];
    whole.read(0, &mut begun)?;
    Ok(begun.iter().all(|byte| *byte == 0))
}

/// Creates an empty journal there; its label is written last.
fn make_on(whole: &Arc<dyn StorageBackend>) -> Result<Label, StoreError> {
    let label = Label::new();
    log::prepare(&**whole).map_err(unopened)?;
    make_database(whole, label, |_| Ok(()))?;
    write_label(&**whole, label).map_err(unopened)?;
    Ok(label)
}

fn later_format() -> StoreError {
    StoreError::NotCommitted(
        "it was written by a later version of Stockbridge, and this one does not read it".to_owned(),
    )
}
