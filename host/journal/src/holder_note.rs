//! Note beside a journal's file that names its holder, for processes that find it in use.
//!
//! The process that locks the journal writes the note, and removes it before it releases the lock. So a note that exists while
//! the lock is held is its holder's, unless that one could not write it: a note of a process that is gone is ignored.

use std::io;
use std::path::{Path, PathBuf};

use stockbridge_model::{Timestamp, named_file};

use crate::LOG_TARGET;
use crate::holder::{JournalHolder, machine};

/// Maximum size of a note that is read, in bytes.
const MAX_SIZE: u64 = 4096;

/// This process, as a holder from now on.
fn this_process() -> JournalHolder {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    JournalHolder { process: std::process::id(), program, machine: machine(), since: Timestamp::now() }
}

/// Whether the process may still run, as far as can be determined from here.
fn may_be_running(holder: &JournalHolder) -> bool {
    holder.machine != machine() || is_running(holder.process)
}

/// This process's note, until it is dropped.
#[derive(Debug)]
pub(crate) struct HolderNote {
    file: PathBuf,
    holder: JournalHolder,
}

impl HolderNote {
    /// Writes the note beside the journal. A journal works without it: then its holder is not shown.
    pub(crate) fn write(journal: &Path) -> Option<HolderNote> {
        let (file, holder) = (beside(journal), this_process());
        let written = write_note(&file, &holder);
        written
            .inspect_err(|error| tracing::debug!(target: LOG_TARGET, %error, file = %file.display(), "the note of the journal's holder cannot be written"))
            .ok()?;
        Some(HolderNote { file, holder })
    }
}

impl Drop for HolderNote {
    fn drop(&mut self) {
        if read_note(&self.file).is_some_and(|there| there == self.holder) {
            drop(std::fs::remove_file(&self.file));
        }
    }
}

/// The holder that this journal's note names.
pub(crate) fn holder(journal: &Path) -> Option<JournalHolder> {
    read_note(&beside(journal)).filter(may_be_running)
}

fn read_note(file: &Path) -> Option<JournalHolder> {
    let (text, _) = named_file::read_text(file, MAX_SIZE, named_file::Kind::Regular).ok()?;
    serde_json::from_str(&text).ok()
}

/// Writes a note atomically: a concurrent reader sees the previous one.
fn write_note(file: &Path, holder: &JournalHolder) -> io::Result<()> {
    let mut fresh = file.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    std::fs::write(&fresh, serde_json::to_vec(holder)?)?;
    std::fs::rename(&fresh, file).inspect_err(|_| drop(std::fs::remove_file(&fresh)))
}

/// Path of a journal's note.
fn beside(journal: &Path) -> PathBuf {
    // The same path by whichever link the journal is opened.
    let journal = &std::fs::canonicalize(journal).unwrap_or_else(|_| journal.to_path_buf());
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(".host");
    journal.with_file_name(name)
}

#[cfg(unix)]
fn is_running(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // Another user's process exists, too.
    process.is_some_and(|process| !matches!(test_kill_process(process), Err(rustix::io::Errno::SRCH)))
}

#[cfg(not(unix))]
fn is_running(_: u32) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_told_for_as_long_as_it_has_the_journal() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        assert_eq!(holder(&journal), None);
        let note = HolderNote::write(&journal).unwrap();
        let named = holder(&journal).unwrap();
        assert_eq!(named.process, std::process::id());
        let text = named.to_string();
        assert!(
            text.starts_with(&format!("process {} (", named.process)) && text.ends_with(&named.since.to_string()),
            "{text}"
        );
        drop(note);
        assert_eq!(holder(&journal), None);
        assert!(std::fs::read_dir(directory.path()).unwrap().next().is_none(), "nothing is left");
    }

    #[test]
    fn a_note_of_a_process_that_is_gone_says_nothing_and_the_next_ones_is_not_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let journal = directory.path().join("journal");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let gone = JournalHolder { process: child.id(), ..this_process() };
        child.wait().unwrap();
        write_note(&beside(&journal), &gone).unwrap();
        assert_eq!(holder(&journal), None);
        let first = HolderNote::write(&journal).unwrap();
        let next = JournalHolder { since: Timestamp::from_millis(7), ..this_process() };
        write_note(&beside(&journal), &next).unwrap();
        drop(first);
        assert_eq!(holder(&journal), Some(next));
    }
}
