//! Values that come from elsewhere: `{ env = "NAME" }`, `{ file = "path" }`, each with `before` or `after`. What is read is
//! made a value by the rule in [`text`], the same for both.

mod text;

use std::ffi::OsString;
use std::fmt;
use std::fs::Metadata;
use std::path::Path;

use stockbridge_model::named_file::{self, Kind};
use zeroize::Zeroizing;

use crate::diagnostics;
use crate::error::Cause;
pub(super) use text::Unfit;

/// The most that a file with a value may have: no setting and no secret is as long.
const LARGEST: u64 = 64 * 1024;

/// What a variable of the environment holds.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A value by reference, as it stands in the file.
pub(super) struct Reference<'a> {
    pub(super) origin: Origin<'a>,
    /// The part before the first occurrence of this text.
    pub(super) before: Option<&'a str>,
    /// The part after the first occurrence of this text.
    pub(super) after: Option<&'a str>,
    /// Whether the value is a secret, whose file should be private.
    pub(super) is_secret: bool,
}

pub(super) enum Origin<'a> {
    Environment(&'a str),
    File(&'a str),
}

/// As an error names it.
impl fmt::Display for Origin<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Environment(name) => write!(formatter, "the environment variable `{name}`"),
            Origin::File(path) => write!(formatter, "the file `{path}`"),
        }
    }
}

/// Why a reference leads nowhere: the problem, what to do, and what is underneath.
pub(super) struct Unresolved(pub(super) String, pub(super) String, pub(super) Cause);

impl Reference<'_> {
    /// The value, wiped from memory when it goes.
    pub(super) fn resolve(
        &self,
        directory: &Path,
        environment: Environment<'_>,
    ) -> Result<Zeroizing<String>, Unresolved> {
        let bytes = self.bytes(directory, environment)?;
        let whole = text::whole(&bytes).map_err(|unfit| self.unfit(&unfit))?;
        let part = text::value(self.part(whole)?).map_err(|unfit| self.unfit(&unfit))?;
        Ok(Zeroizing::new(part.to_owned()))
    }

    /// The part that is asked for; all of it where none is.
    fn part<'t>(&self, whole: &'t str) -> Result<&'t str, Unresolved> {
        let absent = |mark: &str| {
            let name = match self.origin {
                Origin::Environment(name) | Origin::File(name) => name,
            };
            Unresolved(
                format!("the value of `{name}` has no `{mark}` in it"),
                format!("give `{name}` a value with `{mark}`, or take the whole value"),
                Cause::none(),
            )
        };
        let mut part = whole;
        if let Some(mark) = self.before {
            part = part.split_once(mark).ok_or_else(|| absent(mark))?.0;
        }
        if let Some(mark) = self.after {
            part = part.split_once(mark).ok_or_else(|| absent(mark))?.1;
        }
        Ok(part)
    }

    fn unfit(&self, unfit: &Unfit) -> Unresolved {
        let of = if self.before.is_some() || self.after.is_some() { "the part taken from" } else { "the value of" };
        Unresolved(format!("{of} {} {unfit}", self.origin), unfit.fix().to_owned(), Cause::none())
    }

    fn bytes(&self, directory: &Path, environment: Environment<'_>) -> Result<Zeroizing<Vec<u8>>, Unresolved> {
        match self.origin {
            Origin::Environment(name) => {
                environment(name).map(|value| Zeroizing::new(value.into_encoded_bytes())).ok_or_else(|| {
                    Unresolved(
                        format!("the environment variable `{name}` is not set"),
                        format!("set it for the process that reads this configuration: export {name}=…"),
                        Cause::none(),
                    )
                })
            }
            Origin::File(path) => {
                let unreadable = |problem: String, cause: Cause| {
                    Unresolved(format!("the file `{path}` {problem}"), "name a readable text file".to_owned(), cause)
                };
                match named_file::read(&directory.join(path), LARGEST, Kind::Regular) {
                    Ok((bytes, found)) => {
                        if self.is_secret && is_open_to_everybody(&found) {
                            tracing::warn!(
                                target: diagnostics::CONFIG,
                                file = path,
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
        }
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
