//! What the operator's `tracing` subscriber is told while a test listens.
//!
//! One subscriber serves the whole process and tells the tests apart by their threads, so a test that listens runs on one
//! thread. A subscriber for each test would miss lines: `tracing` remembers, for all threads, what the first one to come by
//! a line had to say about it.

use std::cell::RefCell;
use std::sync::Once;

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

thread_local! {
    static HEARD: RefCell<Option<Heard>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Heard {
    lines: Vec<String>,
    dropped: Vec<u64>,
}

/// Listens on this thread until it is dropped.
pub(crate) struct Log(());

impl Log {
    pub(crate) fn listen() -> Log {
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| tracing::subscriber::set_global_default(Ears).unwrap());
        HEARD.set(Some(Heard::default()));
        Log(())
    }

    /// What connectors logged since the last time, as `LEVEL message fields`.
    pub(crate) fn lines(&self) -> Vec<String> {
        heard(|heard| std::mem::take(&mut heard.lines)).unwrap()
    }

    /// How many lines the host says that it dropped, call by call.
    pub(crate) fn dropped(&self) -> Vec<u64> {
        heard(|heard| std::mem::take(&mut heard.dropped)).unwrap()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        HEARD.take();
    }
}

fn heard<T>(then: impl FnOnce(&mut Heard) -> T) -> Option<T> {
    HEARD.with_borrow_mut(|heard| heard.as_mut().map(then))
}

struct Ears;

impl Subscriber for Ears {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("stockbridge")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        heard(|heard| {
            heard.dropped.extend(line.dropped);
            if event.metadata().target() == "stockbridge::connector" {
                heard.lines.push(format!("{} {} {}", event.metadata().level(), line.message, line.fields));
            }
        });
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// One event, as far as it says.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
    dropped: Option<u64>,
}

impl Visit for Line {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "dropped" {
            self.dropped = Some(value);
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "fields" {
            self.fields = value.to_owned();
        }
    }
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}
