//! Commands to suggest: as this one was called, with its own options and quoted for a shell.

use std::path::Path;

use serde::Serialize;

/// The configuration that is read by default.
pub(crate) const CONFIG: &str = "stockbridge.toml";

/// How this command was called.
#[derive(Clone, Debug)]
pub(crate) struct Invocation {
    /// The program, and its configuration unless it is the default.
    start: Vec<String>,
    /// The journal, unless it is the configuration's.
    journal: Option<String>,
}

/// A next step for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    /// Purpose of the step.
    pub(crate) what: &'static str,
    /// The command to type.
    pub(crate) command: String,
}

impl Invocation {
    /// An invocation with this configuration and this journal.
    pub(crate) fn new(config: &Path, journal: Option<&Path>) -> Invocation {
        let program = std::env::args_os().next().unwrap_or_else(|| "stockbridge".into());
        Invocation::of(&program.to_string_lossy(), config, journal)
    }

    fn of(program: &str, config: &Path, journal: Option<&Path>) -> Invocation {
        let mut start = vec![program.to_owned()];
        if config != Path::new(CONFIG) {
            start.extend(["--config".to_owned(), config.display().to_string()]);
        }
        Invocation { start, journal: journal.map(|journal| journal.display().to_string()) }
    }

    /// The command line of a journal command.
    pub(crate) fn journal(&self, words: &[&str]) -> String {
        let mut line: Vec<&str> = self.start.iter().map(String::as_str).collect();
        line.push("journal");
        if let Some(journal) = &self.journal {
            line.extend(["--journal", journal]);
        }
        line.extend(words);
        line.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// A step with a journal command.
    pub(crate) fn step(&self, what: &'static str, words: &[&str]) -> Step {
        Step { what, command: self.journal(words) }
    }
}

/// The word, quoted for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_typed_as_it_stands() {
        let usual = Invocation::of("stockbridge", Path::new(CONFIG), None);
        assert_eq!(usual.journal(&["show", "12"]), "stockbridge journal show 12");
        let other = Invocation::of("target/debug/stockbridge", Path::new("it's mine.toml"), Some(Path::new("a b")));
        assert_eq!(
            other.journal(&["settle", "12", "--applied", "--note", "how you know"]),
            r"target/debug/stockbridge --config 'it'\''s mine.toml' journal --journal 'a b' settle 12 --applied --note 'how you know'"
        );
    }
}
