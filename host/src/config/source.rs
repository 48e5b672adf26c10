//! Values that come from elsewhere: `{ env = "NAME" }`, `{ file = "path" }`, each with `before` or `after`.

use std::path::Path;

use zeroize::Zeroizing;

use super::error::Cause;

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

/// Why a reference leads nowhere: the problem, what to do, and what is underneath.
pub(super) struct Unresolved(pub(super) String, pub(super) String, pub(super) Cause);

impl Reference<'_> {
    /// The value, wiped from memory when it goes.
    pub(super) fn resolve(
        &self,
        directory: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Zeroizing<String>, Unresolved> {
        let whole = self.whole(directory, environment)?;
        let name = match self.origin {
            Origin::Environment(name) | Origin::File(name) => name,
        };
        let absent = |mark: &str| {
            Unresolved(
                format!("the value of `{name}` has no `{mark}` in it"),
                format!("give `{name}` a value with `{mark}`, or take the whole value"),
                Cause::none(),
            )
        };
        let mut part: &str = &whole;
        if let Some(mark) = self.before {
            part = part.split_once(mark).ok_or_else(|| absent(mark))?.0;
        }
        if let Some(mark) = self.after {
            part = part.split_once(mark).ok_or_else(|| absent(mark))?.1;
        }
        if part.is_empty() {
            return Err(Unresolved(
                format!("the value taken from `{name}` is empty"),
                format!("set `{name}`"),
                Cause::none(),
            ));
        }
        Ok(Zeroizing::new(part.to_owned()))
    }

    fn whole(
        &self,
        directory: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Zeroizing<String>, Unresolved> {
        match self.origin {
            Origin::Environment(name) => environment(name).map(Zeroizing::new).ok_or_else(|| {
                Unresolved(
                    format!("the environment variable `{name}` is not set"),
                    format!("set it for the process that reads this configuration: export {name}=…"),
                    Cause::none(),
                )
            }),
            Origin::File(path) => {
                let text = std::fs::read_to_string(directory.join(path)).map(Zeroizing::new).map_err(|error| {
                    let problem = format!("the file `{path}` cannot be read: {error}");
                    Unresolved(problem, "name a readable text file".into(), Cause::of(error))
                })?;
                // An editor ends a file with a line feed; no secret of ours does.
                Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
            }
        }
    }
}
