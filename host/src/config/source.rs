//! Values that come from elsewhere: `{ env = "NAME" }`, `{ file = "path" }`, each with `before` or `after`. What is read becomes
//! a value by the rule in [`text`], the same for both.

mod text;

use std::ffi::OsString;
use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use stockbridge_model::named_file::{self, Kind};
use zeroize::Zeroizing;

use crate::diagnostics;
use crate::error::Cause;
pub(super) use text::Unfit;

/// The most that a file with a value may have: no setting and no secret is as long.
const LARGEST: u64 = 64 * 1024;

/// What a variable of the environment holds.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where the value of a setting or of a secret comes from: a variable of the environment, a file, or a part of one.
///
/// ```
/// use stockbridge::config::ValueSource;
///
/// // SID:SECRET, of which this is the second part.
/// let secret = ValueSource::env("WDT_CREDENTIALS").after(":");
/// # let _ = secret;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueSource {
    origin: Origin,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origin {
    Environment(String),
    File {
        path: PathBuf,
        /// The path as an error names it: as it was written.
        written: String,
    },
}

impl ValueSource {
    /// A variable of this process's environment.
    #[must_use]
    pub fn env(name: impl Into<String>) -> ValueSource {
        ValueSource { origin: Origin::Environment(name.into()), before: None, after: None }
    }

    /// A text file of at most 64 KiB, relative to the working directory.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> ValueSource {
        let path = path.into();
        ValueSource { origin: Origin::File { written: path.display().to_string(), path }, before: None, after: None }
    }

    /// A file of a configuration, relative to that configuration's directory.
    #[cfg(feature = "config-file")]
    pub(super) fn file_in(directory: &Path, written: &str) -> ValueSource {
        let origin = Origin::File { path: directory.join(written), written: written.to_owned() };
        ValueSource { origin, before: None, after: None }
    }

    /// The part of the value before the first occurrence of this text.
    #[must_use]
    pub fn before(mut self, text: impl Into<String>) -> ValueSource {
        self.before = Some(text.into());
        self
    }

    /// The part of the value after the first occurrence of this text; with [`before`](ValueSource::before), of that part.
    #[must_use]
    pub fn after(mut self, text: impl Into<String>) -> ValueSource {
        self.after = Some(text.into());
        self
    }

    /// The file, where it is one.
    #[cfg(feature = "config-file")]
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Environment(_) => None,
            Origin::File { path, .. } => Some(path),
        }
    }
}

/// As an error names it.
impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Environment(name) => write!(formatter, "the environment variable `{name}`"),
            Origin::File { written, .. } => write!(formatter, "the file `{written}`"),
        }
    }
}

/// As a configuration file has it: `{ env = "NAME", after = ":" }`.
impl Serialize for ValueSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = serializer.serialize_map(None)?;
        match &self.origin {
            Origin::Environment(name) => table.serialize_entry("env", name)?,
            Origin::File { path, .. } => table.serialize_entry("file", path)?,
        }
        for (key, text) in [("before", &self.before), ("after", &self.after)] {
            if let Some(text) = text {
                table.serialize_entry(key, text)?;
            }
        }
        table.end()
    }
}

/// Why there is no value: the problem, what to do, and what is underneath.
pub(super) struct Unresolved(pub(super) String, pub(super) String, pub(super) Cause);

impl ValueSource {
    /// The value, wiped from memory when it goes. `is_secret`: its file should be private.
    pub(super) fn resolve(
        &self,
        environment: Environment<'_>,
        is_secret: bool,
    ) -> Result<Zeroizing<String>, Unresolved> {
        let bytes = match &self.origin {
            Origin::Environment(name) => variable(name, environment)?,
            Origin::File { path, written } => file(path, written, is_secret)?,
        };
        let whole = text::whole(&bytes).map_err(|unfit| self.unfit(&unfit))?;
        let part = text::value(self.part(whole)?).map_err(|unfit| self.unfit(&unfit))?;
        Ok(Zeroizing::new(part.to_owned()))
    }

    /// The part that is asked for; all of it where none is.
    fn part<'t>(&self, whole: &'t str) -> Result<&'t str, Unresolved> {
        let absent = |mark: &str| {
            let (Origin::Environment(name) | Origin::File { written: name, .. }) = &self.origin;
            Unresolved(
                format!("the value of `{name}` has no `{mark}` in it"),
                format!("give `{name}` a value with `{mark}`, or take the whole value"),
                Cause::none(),
            )
        };
        let mut part = whole;
        if let Some(mark) = &self.before {
            part = part.split_once(mark).ok_or_else(|| absent(mark))?.0;
        }
        if let Some(mark) = &self.after {
            part = part.split_once(mark).ok_or_else(|| absent(mark))?.1;
        }
        Ok(part)
    }

    fn unfit(&self, unfit: &Unfit) -> Unresolved {
        let of = if self.before.is_some() || self.after.is_some() { "the part taken from" } else { "the value of" };
        Unresolved(format!("{of} {} {unfit}", self.origin), unfit.fix().to_owned(), Cause::none())
    }
}

fn variable(name: &str, environment: Environment<'_>) -> Result<Zeroizing<Vec<u8>>, Unresolved> {
    environment(name).map(|value| Zeroizing::new(value.into_encoded_bytes())).ok_or_else(|| {
        Unresolved(
            format!("the environment variable `{name}` is not set"),
            format!("set it for the process that reads this configuration: export {name}=…"),
            Cause::none(),
        )
    })
}

fn file(path: &Path, written: &str, is_secret: bool) -> Result<Zeroizing<Vec<u8>>, Unresolved> {
    let unreadable = |problem: String, cause: Cause| {
        Unresolved(format!("the file `{written}` {problem}"), "name a readable text file".to_owned(), cause)
    };
    match named_file::read(path, LARGEST, Kind::Regular) {
        Ok((bytes, found)) => {
            if is_secret && is_open_to_everybody(&found) {
                tracing::warn!(
                    target: diagnostics::CONFIG,
                    file = written,
                    "a secret's file can be read by everybody on this machine; take that right away: chmod o-r"
                );
            }
            Ok(bytes)
        }
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Err(unreadable(format!("has more than {LARGEST} bytes, which is no value"), Cause::none()))
        }
        Err(error) => Err(unreadable(format!("cannot be read ({error})"), Cause::of(error))),
    }
}

#[cfg(unix)]
fn is_open_to_everybody(found: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn is_open_to_everybody(_: &Metadata) -> bool {
    false
}
