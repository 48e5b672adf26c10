//! What connectors and the host write into the operator's log, kept for a test to look at.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber, span};

/// One line, with its fields one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) by_connector: bool,
    pub(crate) text: String,
}

/// The log of this thread, as long as it lives.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<Line>>>,
    _listening: DefaultGuard,
}

impl Log {
    pub(crate) fn listen() -> Log {
        let lines = Arc::<Mutex<Vec<Line>>>::default();
        Log { _listening: tracing::subscriber::set_default(Listener(lines.clone())), lines }
    }

    /// All lines.
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.lines.lock().unwrap().clone()
    }

    /// The lines that connectors wrote.
    pub(crate) fn of_connectors(&self) -> Vec<String> {
        self.lines().into_iter().filter(|line| line.by_connector).map(|line| line.text).collect()
    }
}

struct Listener(Arc<Mutex<Vec<Line>>>);

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let target = event.metadata().target();
        if !target.starts_with("stockbridge") {
            return;
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(Line { by_connector: target == "stockbridge::connector", text: text.0 });
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Fields as they would stand in the operator's log, were it plain text.
struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0 += &format!("{}={value} ", field.name());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}
