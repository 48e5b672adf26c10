//! An application that listens to everything at DEBUG, `log` included, as `tracing_subscriber::fmt().init()` does, gets the
//! host's events and none of the compiler's. The test is a process of its own, since a process has one such listener.

use std::fmt::Debug;
use std::sync::Mutex;

use stockbridge::{Config, Host, inspect};
use stockbridge_tests::traced_account;
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata, Subscriber, span};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Receives all events up to DEBUG, on all threads.
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        HEARD.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_listens_at_debug_hears_nothing_of_the_compiler() {
    tracing_log::LogTracer::init().unwrap();
    tracing::subscriber::set_global_default(Listener).unwrap();
    let host = Host::from_config(Config::new().account(traced_account("http://127.0.0.1:9", "blind"))).await.unwrap();
    host.account("traced").unwrap().check().await.unwrap();
    inspect(stockbridge_tests::connector("wdt-flagship")).await.unwrap();
    assert_eq!(host.compilations().compiled, 1);
    let heard = std::mem::take(&mut *HEARD.lock().unwrap());
    let foreign: Vec<_> = heard.iter().filter(|line| !line.starts_with("stockbridge")).collect();
    // Some lines of the runtime at its start are acceptable.
    assert!(foreign.len() <= 20, "{} lines, such as {:#?}", foreign.len(), &foreign[..20]);
    let compiler = |line: &&&String| line.contains("cranelift") || line.contains("regalloc") || line.contains("timing");
    assert_eq!(foreign.iter().filter(compiler).count(), 0, "{foreign:#?}");

    // Only the compiler is silenced: events of the application and of the host arrive.
    log_something();
    assert!(HEARD.lock().unwrap().iter().any(|line| line.contains("the application's own")));
    assert!(heard.iter().any(|line| line.starts_with("stockbridge")), "{heard:?}");
}

/// Logs through `log`, as a library of the application would.
fn log_something() {
    use tracing_log::log;
    log::debug!("the application's own");
}
