//! Events for the operator's `tracing` subscriber, while a test listens.
//!
//! One subscriber serves the whole process and distinguishes the tests by their threads. A subscriber per test would miss events:
//! `tracing` caches the first interest of an event's callsite for all threads.

use std::cell::RefCell;
use std::fmt::{self, Debug, Display, Formatter};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Once;

use tokio::runtime::{Handle, RuntimeFlavor};
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber, span};

thread_local! {
    static EVENTS: RefCell<Option<Vec<Event>>> = const { RefCell::new(None) };
}

/// An event of the host. Displayed, it is a line: `LEVEL message name=value name=value`, texts unquoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `stockbridge::egress`
    pub target: &'static str,
    /// Its severity.
    pub level: Level,
    /// Its message.
    pub message: String,
    /// Names and values, in their order.
    pub fields: Vec<(&'static str, String)>,
}

impl Event {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

impl Display for Event {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.level, self.message)?;
        self.fields.iter().try_for_each(|(name, value)| write!(out, " {name}={value}"))
    }
}

/// Listens on the thread that made it, until it is dropped: events of other threads are ignored.
#[derive(Debug)]
pub struct Log(PhantomData<Rc<()>>);

impl Log {
    /// Listens from now on.
    ///
    /// # Panics
    /// The test runs on several threads, or another subscriber serves the whole process.
    #[must_use]
    pub fn listen() -> Log {
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            tracing::subscriber::set_global_default(Recorder).unwrap();
            // Another thread may have cached its lack of interest before this one began to listen.
            tracing::callsite::rebuild_interest_cache();
        });
        let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
        assert!(
            flavor.is_ok_and(|flavor| flavor == RuntimeFlavor::CurrentThread),
            "a test that listens has one thread"
        );
        EVENTS.set(Some(Vec::new()));
        Log(PhantomData)
    }

    /// All events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        EVENTS.with_borrow(|heard| heard.clone().unwrap_or_default())
    }

    /// All events so far, each as a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.events().iter().map(Event::to_string).collect()
    }

    /// Log lines of connectors so far, as `LEVEL message name=value`, without the host's additions.
    #[must_use]
    pub fn of_connectors(&self) -> Vec<String> {
        let said =
            |event: Event| format!("{} {} {}", event.level, event.message, event.field("fields").unwrap_or_default());
        self.events().into_iter().filter(|event| event.target == "stockbridge::connector").map(said).collect()
    }

    /// Attempted requests of connectors so far, each as a line.
    #[must_use]
    pub fn of_egress(&self) -> Vec<String> {
        let attempts = self.events().into_iter().filter(|event| event.target == "stockbridge::egress");
        attempts.map(|event| event.to_string()).collect()
    }

    /// Numbers of dropped lines that the host reported, call by call.
    #[must_use]
    pub fn dropped(&self) -> Vec<u64> {
        self.events().iter().filter_map(|event| event.field("dropped")?.parse().ok()).collect()
    }

    /// Discards the events so far.
    pub fn forget(&self) {
        EVENTS.set(Some(Vec::new()));
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        EVENTS.take();
    }
}

/// The subscriber.
struct Recorder;

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("stockbridge")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        EVENTS.with_borrow_mut(|events| {
            let Some(events) = events else { return };
            let metadata = event.metadata();
            let (target, level) = (metadata.target(), *metadata.level());
            let mut recorded = Event { target, level, message: String::new(), fields: Vec::new() };
            event.record(&mut recorded);
            events.push(recorded);
        });
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl Visit for Event {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), value.to_owned()));
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.fields.push((name, format!("{value:?}"))),
        }
    }
}
