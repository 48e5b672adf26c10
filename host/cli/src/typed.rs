//! What to type next: the command as this one was called, with its own options and quoted for a shell.

use std::path::Path;

use serde::Serialize;

/// The configuration that is read where none is named.
pub(crate) const CONFIG: &str = "stockbridge.toml";

/// How this command was called.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    /// The command, and the configuration where it is another than that of everybody.
    beginning: Vec<String>,
    /// The journal, where it is not the configuration's.
    journal: Option<String>,
}

/// Something that a person can do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    /// What it is for.
    pub(crate) what: &'static str,
    /// What to type.
    pub(crate) command: String,
}

impl Typed {
    /// With this configuration and this journal.
    pub(crate) fn new(config: &Path, journal: Option<&Path>) -> Typed {
        let program = std::env::args_os().next().unwrap_or_else(|| "stockbridge".into());
        Typed::of(&program.to_string_lossy(), config, journal)
    }

    fn of(program: &str, config: &Path, journal: Option<&Path>) -> Typed {
        let mut beginning = vec![program.to_owned()];
        if config != Path::new(CONFIG) {
            beginning.extend(["--config".to_owned(), config.display().to_string()]);
        }
        Typed { beginning, journal: journal.map(|journal| journal.display().to_string()) }
    }

    /// The line to type for a command of the journal.
    pub(crate) fn journal(&self, words: &[&str]) -> String {
        let mut line: Vec<&str> = self.beginning.iter().map(String::as_str).collect();
        line.push("journal");
        if let Some(journal) = &self.journal {
            line.extend(["--journal", journal]);
        }
        line.extend(words);
        line.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    /// A step of the journal's.
    pub(crate) fn step(&self, what: &'static str, words: &[&str]) -> Step {
        Step { what, command: self.journal(words) }
    }
}

/// The word as a shell reads it.
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
        let usual = Typed::of("stockbridge", Path::new(CONFIG), None);
        assert_eq!(usual.journal(&["show", "12"]), "stockbridge journal show 12");
        let other = Typed::of("target/debug/stockbridge", Path::new("it's mine.toml"), Some(Path::new("a b")));
        assert_eq!(
            other.journal(&["settle", "12", "--applied", "--note", "how you know"]),
            r"target/debug/stockbridge --config 'it'\''s mine.toml' journal --journal 'a b' settle 12 --applied --note 'how you know'"
        );
    }
}
