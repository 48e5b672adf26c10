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
const LARGEST: u64 = 4096;

/// This process, as a holder from now on.
fn this_process() -> JournalHolder {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    JournalHolder { process: std::process::id(), program, machine: machine(), since: Timestamp::now() }
}

/// Whether the process may still run, as far as can be told from here.
fn may_run(holder: &JournalHolder) -> bool {
    holder.machine != machine() || runs(holder.process)
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
        let written = put(&file, &holder);
        written
            .inspect_err(|error| tracing::debug!(target: LOG_TARGET, %error, file = %file.display(), "nobody is told who has the journal"))
            .ok()?;
        Some(HolderNote { file, holder })
    }
}

impl Drop for HolderNote {
    fn drop(&mut self) {
        if stands(&self.file).is_some_and(|there| there == self.holder) {
            drop(std::fs::remove_file(&self.file));
        }
    }
}

/// The holder that this journal's note names.
pub(crate) fn holder(journal: &Path) -> Option<JournalHolder> {
    stands(&beside(journal)).filter(may_run)
}

fn stands(file: &Path) -> Option<JournalHolder> {
    let (text, _) = named_file::read_text(file, LARGEST, named_file::Kind::Regular).ok()?;
    serde_json::from_str(&text).ok()
}

/// Writes a note atomically: a concurrent reader sees the previous one.
fn put(file: &Path, holder: &JournalHolder) -> io::Result<()> {
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
fn runs(process: u32) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    // Another user's process exists, too.
    process.is_some_and(|process| !matches!(test_kill_process(process), Err(rustix::io::Errno::SRCH)))
}

#[cfg(not(unix))]
fn runs(_: u32) -> bool {
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
        let told = holder(&journal).unwrap();
        assert_eq!(told.process, std::process::id());
        let said = told.to_string();
        assert!(
            said.starts_with(&format!("process {} (", told.process)) && said.ends_with(&told.since.to_string()),
            "{said}"
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
        put(&beside(&journal), &gone).unwrap();
        assert_eq!(holder(&journal), None);
        let first = HolderNote::write(&journal).unwrap();
        let next = JournalHolder { since: Timestamp::from_millis(7), ..this_process() };
        put(&beside(&journal), &next).unwrap();
        drop(first);
        assert_eq!(holder(&journal), Some(next));
    }
}
