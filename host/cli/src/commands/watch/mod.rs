//! `stockbridge accounts --watch`: follows the configuration, and shows the state of the accounts until it is stopped.
//!
//! This file waits and chooses the display; `status` renders an account's state, `event` an event.

mod event;
mod status;

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::json;
use stockbridge::{AccountStatus, Event, Host, Missed, Timestamp};
use tokio::time::timeout;

use self::status::Document;
use super::signals::Signals;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output::{self, Reader};

const ACTION: &str = "the watch over the accounts";
/// Interval at which changes without an event are noticed.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Number of events below the table on a terminal.
const RECENT: usize = 8;

/// Shows the accounts until an interrupt or a SIGTERM, or until the output has no reader any more.
pub(crate) async fn run(config: &Path, json: bool) -> Result<Exit, Failure> {
    // Signals come first: a reader of the first line may end the watch at once.
    let mut signals = Signals::listen().map_err(|error| Failure::new(ACTION, Cause::Runtime(error)))?;
    let end = pin!(signals.next());
    let followed = pin!(follow(config, View::new(json)));
    match select(end, followed).await {
        Either::Left(_) => Ok(Exit::Done),
        Either::Right((followed, _)) => followed.map(|()| Exit::Done),
    }
}

/// Follows the configuration until the output has no reader any more.
async fn follow(config: &Path, mut view: View) -> Result<(), Failure> {
    let failed = |error| Failure::new(ACTION, Cause::Library(error));
    if std::fs::metadata(config).is_ok_and(|found| !found.is_file()) {
        let reason = std::io::Error::other("it is not a regular file, and a followed configuration is read repeatedly");
        return Err(Failure::new(ACTION, Cause::File { file: config.display().to_string(), reason }));
    }
    // It sends nothing: the journal belongs to the application that runs beside it.
    let host = Host::from_config(super::read_only(config).map_err(failed)?).await.map_err(failed)?;
    let mut events = host.subscribe();
    let _following = host.watch(config);
    let mut event = None;
    loop {
        let shown = view.show(event.as_ref(), &host.status());
        if shown.map_err(|error| Failure::new(ACTION, Cause::Output(error)))? == Reader::Gone {
            return Ok(());
        }
        event = match timeout(POLL_INTERVAL, events.next()).await {
            Ok(Some(event)) => Some(event),
            Ok(None) => return Ok(()),
            Err(_) => None,
        };
    }
}

/// Display of the accounts, and the last thing shown.
enum View {
    /// For programs: one document per line.
    Documents {
        /// Whether the first document was written.
        begun: bool,
    },
    /// For people who read it later: a table after each change, between the events.
    Tables { last: String },
    /// For people who watch: the current table, and the latest events below it.
    Screen { last: String, recent: VecDeque<String> },
}

impl View {
    fn new(json: bool) -> View {
        if json {
            View::Documents { begun: false }
        } else if io::stdout().is_terminal() {
            View::Screen { last: String::new(), recent: VecDeque::new() }
        } else {
            View::Tables { last: String::new() }
        }
    }

    /// Shows the event, if there is one, and the state of the accounts if it was not shown before.
    fn show(&mut self, event: Option<&Result<Event, Missed>>, accounts: &[AccountStatus]) -> io::Result<Reader> {
        let line = || event.map(|event| format!("{}  {}", output::time(Timestamp::now()), line(event)));
        match self {
            View::Documents { begun: true } if event.is_none() => Ok(Reader::There),
            View::Documents { begun } => {
                *begun = true;
                match event {
                    Some(Ok(event)) => output::next_json(event)?,
                    Some(Err(missed)) => output::next_json(&missed_events(missed.count))?,
                    None => Reader::There,
                };
                output::next_json(&Document { accounts })
            }
            View::Tables { last } => {
                if let Some(line) = line() {
                    output::note(&line);
                }
                show_if_changed(last, status::table(accounts), output::next_lines)
            }
            View::Screen { last, recent } => {
                recent.extend(line());
                if recent.len() > RECENT {
                    recent.pop_front();
                }
                show_if_changed(last, screen(status::table(accounts), recent), output::screen)
            }
        }
    }
}

/// Shows a text unless it equals the last one.
fn show_if_changed(last: &mut String, text: String, show: fn(&str) -> io::Result<Reader>) -> io::Result<Reader> {
    if *last == text {
        return Ok(Reader::There);
    }
    *last = text;
    show(last)
}

/// Missed events, as JSON: they are the subscription's error, and no event of the library.
fn missed_events(count: u64) -> serde_json::Value {
    json!({"event": "missed", "events": count})
}

/// An event, or the number of missed ones, on a line.
fn line(event: &Result<Event, Missed>) -> String {
    match event {
        Ok(event) => event::line(event),
        Err(missed) => missed.to_string(),
    }
}

/// A table with the latest events below it.
fn screen(table: String, recent: &VecDeque<String>) -> String {
    let mut text = table;
    if !recent.is_empty() {
        text.push('\n');
    }
    for event in recent {
        text.push('\n');
        text.push_str(event);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Reader, missed_events, screen, show_if_changed};
    use std::collections::VecDeque;
    use std::io;

    #[test]
    fn events_stand_below_the_table_with_a_line_between() {
        let table = || "ACCOUNT\nwms".to_owned();
        assert_eq!(screen(table(), &VecDeque::new()), "ACCOUNT\nwms");
        let recent = VecDeque::from(["first", "second"].map(str::to_owned));
        assert_eq!(screen(table(), &recent), "ACCOUNT\nwms\n\nfirst\nsecond");
    }

    #[test]
    fn missed_events_are_a_document_like_an_event() {
        assert_eq!(missed_events(3).to_string(), r#"{"event":"missed","events":3}"#);
    }

    #[test]
    fn what_was_shown_last_is_not_shown_again() {
        fn no_reader(_: &str) -> io::Result<Reader> {
            Ok(Reader::Gone)
        }
        let mut last = String::new();
        assert_eq!(show_if_changed(&mut last, "a".to_owned(), no_reader).unwrap(), Reader::Gone);
        assert_eq!(show_if_changed(&mut last, "a".to_owned(), no_reader).unwrap(), Reader::There);
        assert_eq!(show_if_changed(&mut last, "b".to_owned(), no_reader).unwrap(), Reader::Gone);
    }
}
