//! Atomic writing of an entry: under a temporary name, made durable, then renamed, so that no partial entry is ever visible.

use crate::diagnostics;
use std::io::{self, Write as _};

use cap_std::fs::Dir;
use uuid::Uuid;

use super::directory::fresh;
use super::entry::{HEAD, Key, LARGEST};

/// Suffix of a file that is being written.
pub(super) const TEMPORARY: &str = ".new";

/// Writes an entry, and replaces an existing one.
///
/// The directory itself is not synced: a rename undone by a power failure is only a cache miss.
pub(super) fn write(directory: &Dir, key: &Key, code: &[u8], largest: u64) -> io::Result<()> {
    let size = u64::try_from(HEAD.saturating_add(code.len())).unwrap_or(u64::MAX);
    if size > largest.min(LARGEST) {
        return Err(io::Error::other(format!("an entry of {size} bytes is more than the whole cache may have")));
    }
    let temporary = format!("{}{TEMPORARY}", Uuid::now_v7().simple());
    let written = fill(directory, &temporary, key, code)
        .and_then(|()| directory.rename(&temporary, directory, key.file_name()))
        .inspect(|()| step("renamed"));
    if written.is_err() {
        // If this fails, the file is removed later as a leftover.
        let _ = directory.remove_file(&temporary);
    }
    written
}

fn fill(directory: &Dir, name: &str, key: &Key, code: &[u8]) -> io::Result<()> {
    let mut file = directory.open_with(name, &fresh())?;
    step("made");
    file.write_all(&key.head(code))?;
    step("head written");
    file.write_all(code)?;
    step("code written");
    file.sync_all()?;
    step("synced");
    Ok(())
}

/// Traces a writer's progress.
fn step(step: &'static str) {
    tracing::trace!(target: diagnostics::CACHE, step, "writing a cache entry");
}
