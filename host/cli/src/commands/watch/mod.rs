//! `stockbridge accounts --watch`: follows the configuration, and shows what becomes of the accounts until it is told
//! to stop.
//!
//! This file waits and chooses where things are shown; `status` says how an account stands, `event` what happened.

mod event;
mod status;

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use stockbridge::{AccountStatus, Event, Host, Timestamp};
use tokio::time::timeout;

use self::event::Told;
use super::signals::Signals;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output::{self, Reader};

const ACTION: &str = "the watch over the accounts";
/// What changes without an event is seen after this time.
const LOOK: Duration = Duration::from_secs(1);
/// How many events stand below the table on a terminal.
const RECENT: usize = 8;

/// Shows the accounts until an interrupt or a SIGTERM, or until nobody reads that any more.
pub(crate) async fn run(config: &Path, json: bool) -> Result<Exit, Failure> {
    // Listening for the end begins first: who reads the first line may end the watch at once.
    let mut signals = Signals::listen().map_err(|error| Failure::new(ACTION, Cause::Runtime(error)))?;
    let end = pin!(signals.next());
    let followed = pin!(follow(config, View::new(json)));
    match select(end, followed).await {
        Either::Left(_) => Ok(Exit::Done),
        Either::Right((followed, _)) => followed.map(|()| Exit::Done),
    }
}

/// Follows the configuration for as long as somebody reads.
async fn follow(config: &Path, mut view: View) -> Result<(), Failure> {
    let failed = |error| Failure::new(ACTION, Cause::Library(error));
    if std::fs::metadata(config).is_ok_and(|found| !found.is_file()) {
        let reason = std::io::Error::other("it is no regular file, and what is followed is read again and again");
        return Err(Failure::new(ACTION, Cause::File { file: config.display().to_string(), reason }));
    }
    // It sends nothing: the journal is the application's beside which this runs.
    let host = Host::from_config(super::reading(config).map_err(failed)?).await.map_err(failed)?;
    let mut events = host.subscribe();
    let _following = host.watch(config);
    let mut event = None;
    loop {
        let shown = view.show(event.as_ref(), &host.status());
        if shown.map_err(|error| Failure::new(ACTION, Cause::Output(error)))? == Reader::Gone {
            return Ok(());
        }
        event = match timeout(LOOK, events.next()).await {
            Ok(Some(event)) => Some(event),
            Ok(None) => return Ok(()),
            Err(_) => None,
        };
    }
}

/// Where the accounts are shown, and what was shown last.
enum View {
    /// For programs: a document on each line.
    Documents {
        /// Whether the first one is written.
        begun: bool,
    },
    /// For people who read it later: a table after each change, and the events beside it.
    Tables { last: String },
    /// For people who watch: the table as it is now, and the latest events below it.
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

    /// Shows what happened, if anything did, and how the accounts stand, where that was not shown before.
    fn show(&mut self, event: Option<&Event>, accounts: &[AccountStatus]) -> io::Result<Reader> {
        let told = event.and_then(Told::of);
        let line = || told.as_ref().map(|told| format!("{}  {}", output::time(Timestamp::now()), told.line()));
        match self {
            View::Documents { begun: true } if event.is_none() => Ok(Reader::There),
            View::Documents { begun } => {
                *begun = true;
                if let Some(told) = &told {
                    output::next_json(told)?;
                }
                output::next_json(&status::document(accounts))
            }
            View::Tables { last } => {
                if let Some(line) = line() {
                    output::note(&line);
                }
                if_other(last, status::table(accounts), output::next_lines)
            }
            View::Screen { last, recent } => {
                recent.extend(line());
                if recent.len() > RECENT {
                    recent.pop_front();
                }
                if_other(last, screen(status::table(accounts), recent), output::screen)
            }
        }
    }
}

/// Shows a text, unless it is the last one.
fn if_other(last: &mut String, text: String, show: fn(&str) -> io::Result<Reader>) -> io::Result<Reader> {
    if *last == text {
        return Ok(Reader::There);
    }
    *last = text;
    show(last)
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
    use super::{Reader, if_other, screen};
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
    fn what_was_shown_last_is_not_shown_again() {
        fn gone(_: &str) -> io::Result<Reader> {
            Ok(Reader::Gone)
        }
        let mut last = String::new();
        assert_eq!(if_other(&mut last, "a".to_owned(), gone).unwrap(), Reader::Gone);
        assert_eq!(if_other(&mut last, "a".to_owned(), gone).unwrap(), Reader::There);
        assert_eq!(if_other(&mut last, "b".to_owned(), gone).unwrap(), Reader::Gone);
    }
}
