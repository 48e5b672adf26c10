//! Output of the command: JSON documents for programs, tables and lines for people, failures for both.
//!
//! A reader that goes away ends the writing and nothing else. Text from connectors and providers is shown with its control
//! characters escaped, so that it can neither move the cursor nor imitate other output.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

use comfy_table::{CellAlignment, Row, Table, presets};
use serde::Serialize;
use stockbridge::Timestamp;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::advice::advice;
use crate::failure::{Cause, Failure, Report};
use crate::notes::NoteLayer;

/// Environment variable that chooses what is logged.
const LOG: &str = "STOCKBRIDGE_LOG";

/// Writes one JSON document and a line feed to standard output.
pub(crate) fn json(document: &impl Serialize) -> io::Result<()> {
    next_json(document).map(drop)
}

/// Writes a text of whole lines to standard output, at once.
pub(crate) fn lines(text: &str) -> io::Result<()> {
    next_lines(text).map(drop)
}

/// Whether standard output still has a reader: needed by output that continues until it has none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// As far as can be determined.
    There,
    /// Output no longer arrives.
    Gone,
}

/// [`json`] for output that continues.
pub(crate) fn next_json(document: &impl Serialize) -> io::Result<Reader> {
    next_lines(&serde_json::to_string(document)?)
}

/// [`lines`] for output that continues.
pub(crate) fn next_lines(text: &str) -> io::Result<Reader> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error),
    }
}

/// [`next_lines`] on a terminal, replacing the whole screen.
pub(crate) fn screen(text: &str) -> io::Result<Reader> {
    next_lines(&format!("\u{1b}[2J\u{1b}[H{text}"))
}

/// Prints a note for people, beside the answer.
pub(crate) fn note(text: &str) {
    // A closed standard error needs no notes.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Reports a failure: to people on standard error, and to a program on standard output.
pub(crate) fn failure(failure: &Failure, to_program: bool) {
    note(&block(failure));
    if to_program && let Err(error) = json(&Failed { error: failure.report() }) {
        note(&format!("standard output cannot be written ({error})"));
    }
}

/// A failure, as JSON.
#[derive(Serialize)]
struct Failed<'a> {
    error: Report<'a>,
}

/// A failure for people: what failed, why, and the outcome.
fn block(failure: &Failure) -> String {
    let report = failure.report();
    let mut facts = Facts::new(format!("error: {} failed", failure.action));
    facts.add_all("why", &failure.reasons(), String::clone);
    facts.add_some("outcome", report.outcome.map(|outcome| advice(failure, outcome)));
    facts.add_some("reference", report.reference);
    facts.add_some("write", report.write);
    facts.add_some("provider code", report.provider_code);
    facts.add_some("provider says", report.provider_message);
    for (name, value) in report.extras.iter().flat_map(|extras| extras.iter()) {
        facts.add("provider adds", format!("{name} = {value}"));
    }
    facts.add_some("try again", report.retry_after_ms.map(|wait| format!("in {} s", wait.div_ceil(1000))));
    facts.add_some("limited method", report.limited_method);
    facts.add("code", report.code);
    for (place, step) in failure.next.iter().enumerate() {
        facts.add(if place == 0 { "next" } else { "" }, format!("{}: {}", step.what, step.command));
    }
    facts.text()
}

/// A heading with named facts below it.
pub(crate) struct Facts {
    heading: String,
    facts: Vec<(&'static str, String)>,
}

impl Facts {
    /// A heading without facts.
    pub(crate) fn new(heading: impl Into<String>) -> Facts {
        Facts { heading: heading.into(), facts: Vec::new() }
    }

    /// Adds a fact.
    pub(crate) fn add(&mut self, name: &'static str, value: impl ToString) {
        self.facts.push((name, value.to_string()));
    }

    /// Adds a fact, if there is one.
    pub(crate) fn add_some(&mut self, name: &'static str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Adds a fact for each value, or `none`.
    pub(crate) fn add_all<T>(&mut self, name: &'static str, values: &[T], value: impl Fn(&T) -> String) {
        if values.is_empty() {
            self.add(name, "none");
        }
        for (index, each) in values.iter().enumerate() {
            self.add(if index == 0 { name } else { "" }, value(each));
        }
    }

    /// The facts, one per line.
    pub(crate) fn text(&self) -> String {
        let width = self.facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let mut text = plain(&self.heading);
        for (name, value) in &self.facts {
            text.push_str(&format!("\n  {name:width$}  {}", plain(value)));
        }
        text
    }
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(crate) enum Column {
    /// Left-aligned.
    Text(&'static str),
    /// Right-aligned.
    Figure(&'static str),
}

/// A table without rules; columns that are empty in every row are left out. A line feed begins a new line in a cell.
pub(crate) fn table<const N: usize>(columns: [Column; N], rows: &[[String; N]]) -> String {
    let filled: Vec<bool> =
        (0..N).map(|place| rows.iter().any(|row| row.get(place).is_some_and(|cell| !cell.is_empty()))).collect();
    let shown = || columns.iter().zip(&filled).filter(|(_, filled)| **filled).map(|(column, _)| column);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(shown().map(|(Column::Text(name) | Column::Figure(name))| name.to_uppercase()));
    for row in rows {
        let cells = row.iter().zip(&filled).filter(|(_, filled)| **filled);
        table.add_row(Row::from(cells.map(|(cell, _)| table_cell(cell))));
    }
    for (column, kind) in table.column_iter_mut().zip(shown()) {
        column.set_padding((0, 2));
        if let Column::Figure(_) = kind {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A cell's lines, with control characters escaped.
fn table_cell(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// A time of fixed width, to the millisecond, so that the times of a column align.
pub(crate) fn time(time: Timestamp) -> String {
    let text = time.to_string();
    let Some(begin) = text.strip_suffix('Z') else { return text };
    match begin.split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{fraction:0<3}Z"),
        None => format!("{begin}.000Z"),
    }
}

/// A text on one line, with control characters escaped, and those that reorder or hide the text around them.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if stockbridge::model::sanitize::disturbs(character) {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Logs to standard error what the operator chose. `notes`: also collects the log lines of connectors, for a check.
pub(crate) fn log(verbose: bool, notes: bool) -> Result<(), Failure> {
    let wrong = |problem: String| Failure::new("the start", Cause::Options(problem));
    let chosen = std::env::var(LOG).ok().filter(|chosen| !chosen.is_empty());
    let filter = match (&chosen, verbose) {
        (Some(chosen), _) => EnvFilter::try_new(chosen).map_err(|error| {
            wrong(format!("{LOG}: this is not a log filter ({error}); write it as in `stockbridge=debug`"))
        })?,
        (None, true) => EnvFilter::new("stockbridge=debug"),
        (None, false) if notes => EnvFilter::new("off"),
        (None, false) => return Ok(()),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .with_filter(filter);
    tracing_subscriber::registry()
        .with(notes.then_some(NoteLayer))
        .with(lines)
        .try_init()
        .map_err(|error| wrong(format!("logging cannot be set up ({error})")))
}

#[cfg(test)]
mod tests {
    use super::{Column, Facts, Timestamp, plain, table, time};

    #[test]
    fn what_a_provider_says_cannot_steer_the_terminal() {
        assert_eq!(plain("\u{1b}[2Jgone\nerror: no"), "\\u{1b}[2Jgone\\nerror: no");
        assert_eq!(plain("仓库 ✓"), "仓库 ✓");
        assert_eq!(plain("a\u{202e}b\u{2066}c\u{ad}d\u{2028}"), "a\\u{202e}b\\u{2066}c\\u{ad}d\\u{2028}");
        let mut facts = Facts::new("heading");
        facts.add("why", "a\r\nb");
        facts.add("outcome", "c");
        assert_eq!(facts.text(), "heading\n  why      a\\r\\nb\n  outcome  c");
    }

    #[test]
    fn times_are_of_one_width() {
        for (millis, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (500, "1970-01-01T00:00:00.500Z"),
            (1_010, "1970-01-01T00:00:01.010Z"),
            (1_764_293_533_123, "2025-11-28T01:32:13.123Z"),
        ] {
            assert_eq!(time(Timestamp::from_millis(millis)), expected);
        }
    }

    #[test]
    fn a_table_shows_the_columns_that_are_filled_and_ends_figures_at_the_right() {
        let columns = [Column::Text("sku"), Column::Text("owner"), Column::Figure("on hand")];
        let rows = [["daj1", "", "5"], ["仓", "", "120.0000"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(columns, &rows), "SKU    ON HAND\ndaj1         5\n仓    120.0000");
    }
}
