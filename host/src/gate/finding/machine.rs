//! Findings about the machine: whether the journal and the cache can be where the configuration names them, and environment
//! variables for a proxy. Nothing is created or changed.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use stockbridge_journal::JournalConfig;

use super::{Finding, Severity};
use crate::config::Config;
use crate::engine::{CacheConfig, cache};
use crate::error::Place;
#[cfg(all(feature = "journal-file", unix))]
use stockbridge_journal::rights_problem;

/// The environment variables that configure a proxy for other programs.
const PROXIES: [&str; 6] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/// Findings outside of the accounts.
pub(in crate::gate) fn of_machine(config: &Config) -> Vec<Finding> {
    let place = config.journal_place.as_ref();
    let journal = config.journal.as_ref().and_then(|its| journal(its, place));
    let cache = config.cache.as_ref().and_then(self::cache);
    journal
        .into_iter()
        .chain(cache)
        .chain(proxy(&|name| std::env::var_os(name).is_some_and(|value| !value.is_empty())))
        .collect()
}

/// Why the journal cannot be opened.
fn journal(config: &JournalConfig, configured_at: Option<&Place>) -> Option<Finding> {
    let path = config.file();
    let found = |severity, code, problem: String, fix: String| {
        Some(Finding { severity, code, place: configured_at.cloned(), field: "journal".to_owned(), problem, fix })
    };
    let failure = |code, problem, fix| found(Severity::Failure, code, problem, fix);
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let (shown, place) = (path.display(), directory.display());
    match std::fs::metadata(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let problem = format!("the directory {place} of the journal is not there");
            return failure("journal.directory", problem, format!("make it: mkdir -p {place}"));
        }
        Err(error) => {
            let problem = format!("the directory {place} of the journal cannot be accessed: {error}");
            return failure(
                "journal.directory",
                problem,
                "name a file in a directory that this user can access".to_owned(),
            );
        }
        Ok(metadata) if !metadata.is_dir() => {
            let problem = format!("{place} is no directory, so that no journal can be in it");
            return failure("journal.directory", problem, "name a file in a directory".to_owned());
        }
        Ok(_) => {}
    }
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            failure("journal.file", format!("{shown} is no file"), "name a file".to_owned())
        }
        #[cfg(all(feature = "journal-file", unix))]
        Ok(metadata) if let Some((problem, fix)) = rights_problem(&metadata, path) => {
            failure("journal.rights", format!("the journal {shown} would not be opened: {problem}"), fix)
        }
        Ok(_) => match try_open(path) {
            Ok(()) => None,
            Err(TryLockError::WouldBlock) => found(
                Severity::Warning,
                "journal.in-use",
                format!("the journal {shown} is in use: a host works on it"),
                "if that is not the host of this configuration, give this one a journal of its own".to_owned(),
            ),
            Err(TryLockError::Error(error)) => failure(
                "journal.unwritable",
                format!("the journal {shown} cannot be opened for writing: {error}"),
                "let the user of the host write to it".to_owned(),
            ),
        },
        Err(error) if error.kind() == ErrorKind::NotFound && config.is_required() => failure(
            "journal.missing",
            format!("the journal {shown} is not there, and it must exist"),
            format!("see that its volume is mounted, or make a new one: stockbridge journal init {shown}"),
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => writable(directory).err().and_then(|error| {
            let problem = format!("the journal {shown} cannot be created: this user cannot write to {place}: {error}");
            failure("journal.unwritable", problem, "let the user of the host write there".to_owned())
        }),
        Err(error) => failure(
            "journal.file",
            format!("the journal {shown} cannot be accessed: {error}"),
            "name a file in a directory that this user can access".to_owned(),
        ),
    }
}

/// Opens the journal as a host does, and closes it at once.
fn try_open(path: &Path) -> Result<(), TryLockError> {
    let file: File = OpenOptions::new().read(true).write(true).open(path).map_err(TryLockError::Error)?;
    match file.try_lock() {
        // The host itself reports a file system without locks.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
        locked => locked,
    }
}

#[cfg(unix)]
fn writable(directory: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    Ok(accessat(CWD, directory, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
}

#[cfg(not(unix))]
fn writable(directory: &Path) -> io::Result<()> {
    if std::fs::metadata(directory)?.permissions().readonly() {
        Err(ErrorKind::PermissionDenied.into())
    } else {
        Ok(())
    }
}

/// Why the cache cannot be where it is configured.
fn cache(config: &CacheConfig) -> Option<Finding> {
    let (severity, problem, fix) = match cache::inspect(&config.directory)? {
        cache::DirectoryProblem::NoDirectory(problem) => (Severity::Failure, problem, "name a directory"),
        cache::DirectoryProblem::NotPrivate(problem) => (
            Severity::Warning,
            format!("{problem}, so that a private one inside it is used"),
            "name a directory that only the user of the host can write to, if there is one",
        ),
    };
    let (field, fix) = ("cache".to_owned(), fix.to_owned());
    Some(Finding { severity, code: "cache.directory", place: config.place.clone(), field, problem, fix })
}

/// Proxy variables, which other programs use and connectors' requests ignore.
fn proxy(is_set: &dyn Fn(&str) -> bool) -> Option<Finding> {
    let set: Vec<&str> = PROXIES.into_iter().filter(|name| is_set(name)).collect();
    let (last, others) = set.split_last()?;
    let (names, are) = match others {
        [] => ((*last).to_owned(), "is"),
        others => (format!("{} and {last}", others.join(", ")), "are"),
    };
    Some(Finding {
        severity: Severity::Warning,
        code: "proxy.ignored",
        place: None,
        field: String::new(),
        problem: format!(
            "{names} {are} set, and not used: requests go to the granted origins themselves, through no proxy"
        ),
        fix: "let this machine reach the granted origins directly".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_for_a_proxy_are_named_together() {
        let problem_of = |set: &[&str]| proxy(&|name| set.contains(&name)).map(|finding| finding.problem);
        assert_eq!(problem_of(&[]), None);
        let ends = "set, and not used: requests go to the granted origins themselves, through no proxy";
        assert_eq!(problem_of(&["all_proxy"]).unwrap(), format!("all_proxy is {ends}"));
        assert_eq!(
            problem_of(&["https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]).unwrap(),
            format!("HTTP_PROXY, HTTPS_PROXY and https_proxy are {ends}")
        );
    }
}
