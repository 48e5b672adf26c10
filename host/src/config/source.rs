//! Values that come from elsewhere: `{ env = "NAME" }`, `{ file = "path" }`, each with `before` or `after`. What is read is
//! made a value by the rule in [`text`], the same for both.

mod text;

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::Cause;
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
                let bytes = read(&directory.join(path))
                    .map_err(|error| unreadable(format!("cannot be read ({error})"), Cause::of(error)))?;
                let too_large = || format!("has more than {LARGEST} bytes, which is no value");
                bytes.ok_or_else(|| unreadable(too_large(), Cause::none()))
            }
        }
    }
}

/// All of a file; none of one that is too large.
fn read(path: &Path) -> std::io::Result<Option<Zeroizing<Vec<u8>>>> {
    // Room for all that is read, so that no part of it is left behind where it grew.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LARGEST + 1).unwrap_or_default()));
    let length = File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok((u64::try_from(length).is_ok_and(|length| length <= LARGEST)).then_some(bytes))
}
