//! Notes of connectors to the operator during a check: their log lines of the level info and above, by account.

use std::fmt::Debug;

use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// The host's target for the log lines of connectors.
const TARGET: &str = "stockbridge::connector";

static NOTES: Mutex<Vec<Note>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Note {
    account: String,
    message: String,
}

/// Collects the lines.
pub(crate) struct NoteLayer;

impl<S: Subscriber> Layer<S> for NoteLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target() == TARGET && *metadata.level() <= Level::INFO {
            let mut note = Note::default();
            event.record(&mut note);
            NOTES.lock().push(note);
        }
    }
}

impl Visit for Note {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "account" {
            value.clone_into(&mut self.account);
        }
    }
}

/// The log lines of an account's connector so far, each once.
pub(crate) fn of(account: &str) -> Vec<String> {
    let notes = NOTES.lock();
    let mut lines: Vec<String> = Vec::new();
    for note in notes.iter().filter(|note| note.account == account) {
        if !lines.contains(&note.message) {
            lines.push(note.message.clone());
        }
    }
    lines
}
