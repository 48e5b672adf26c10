//! Pruning: removes entries unused for too long, the oldest entries beyond the size limit, and leftovers of killed writers.

use crate::diagnostics;
use std::io;
use std::time::{Duration, SystemTime};

use cap_std::fs::Dir;

use super::write::TEMPORARY;

/// A writer that has not finished after this long counts as killed. If it is alive, only its rename fails.
const LEFTOVER: Duration = Duration::from_secs(10 * 60);

/// Limits on what is kept.
#[derive(Clone, Copy)]
pub(super) struct Keep {
    pub(super) size: u64,
    pub(super) unused: Duration,
}

struct Found {
    name: String,
    size: u64,
    age: Duration,
}

/// Removes what exceeds the limits. Other processes may do the same at the same time.
pub(super) fn prune(directory: &Dir, keep: Keep) -> io::Result<()> {
    let (mut entries, temporary) = found(directory)?;
    let left = temporary.iter().filter(|file| file.age > LEFTOVER);
    left.for_each(|file| remove(directory, file, "a killed writer left it"));
    entries.sort_by_key(|entry| entry.age);
    let mut total = 0_u64;
    for entry in &entries {
        total = total.saturating_add(entry.size);
        if entry.age > keep.unused {
            remove(directory, entry, "it was unused for too long");
        } else if total > keep.size {
            remove(directory, entry, "the cache is too large");
        }
    }
    Ok(())
}

/// Lists the entries and the temporary files of writers. Other files are not the cache's, and are left alone.
fn found(directory: &Dir) -> io::Result<(Vec<Found>, Vec<Found>)> {
    let now = SystemTime::now();
    let (mut entries, mut temporary) = (Vec::new(), Vec::new());
    for entry in directory.entries()? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let list = if is_entry(&name) {
            &mut entries
        } else if is_temporary(&name) {
            &mut temporary
        } else {
            continue;
        };
        // Another process may have removed it.
        let Ok(metadata) = entry.metadata() else { continue };
        if let (true, Ok(modified)) = (metadata.is_file(), metadata.modified()) {
            list.push(Found { name, size: metadata.len(), age: distance(now, modified.into_std()) });
        }
    }
    Ok((entries, temporary))
}

/// Distance of two times. A time in the future counts by its distance, so that entries dated by a wrong clock expire, too.
fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|ahead| ahead.duration())
}

fn is_entry(name: &str) -> bool {
    name.split_once('-').is_some_and(|(component, engine)| is_hex(component, 64) && is_hex(engine, 64))
}

fn is_temporary(name: &str) -> bool {
    name.strip_suffix(TEMPORARY).is_some_and(|name| is_hex(name, 32))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn remove(directory: &Dir, file: &Found, why: &'static str) {
    match directory.remove_file(&file.name) {
        Ok(()) => tracing::debug!(target: diagnostics::CACHE, file = file.name, why, "removed from the compile cache"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::debug!(target: diagnostics::CACHE, file = file.name, why, %error, "cannot be removed from the compile cache")
        }
    }
}
