//! A host that is killed while it writes the cache: the next start works, and the leftovers are deleted.
//!
//! The tests run themselves again as a child, which fills the cache and dies by a signal:
//!
//! - *between any two steps of writing*: the writer logs each step as an event before the next one, on its own thread. The
//!   child's subscriber kills the process with SIGKILL in that event, so the step before is done and the next one has not started.
//!   A first child that is not killed shows that the list of steps here is the writer's.
//! - *in the middle of a write*: once the head is written, the child limits its file size, and the kernel ends it with SIGXFSZ
//!   when the writer reaches that byte: the file has been written up to there.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

use crate::scene::{CACHED, COMPILED, Place, age, start};

/// Events of a writer, in this order.
const STEPS: [&str; 5] = ["made", "head written", "code written", "synced", "renamed"];

const SIGKILL: i32 = 9;
const SIGXFSZ: i32 = 25;

const CACHE: &str = "STOCKBRIDGE_TEST_CACHE";
const STEP: &str = "STOCKBRIDGE_TEST_STEP";
const LIMIT: &str = "STOCKBRIDGE_TEST_LIMIT";

/// The child.
#[tokio::test]
#[ignore = "run by the others in this file, as a process to kill"]
async fn a_host_that_fills_the_cache() {
    let cache = PathBuf::from(std::env::var_os(CACHE).unwrap());
    let step = std::env::var(STEP).unwrap();
    let limit = std::env::var(LIMIT).ok().map(|bytes| bytes.parse().unwrap());
    tracing::subscriber::set_global_default(Killer { steps: cache.with_file_name("steps"), step, limit }).unwrap();
    start(cache).await;
}

/// Records each step, and at one of them kills the process, or limits its file size.
struct Killer {
    steps: PathBuf,
    step: String,
    limit: Option<u64>,
}

impl Killer {
    fn strike(&self) {
        let most = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
        match self.limit {
            None => kill_process(getpid(), Signal::KILL).unwrap(),
            Some(bytes) => {
                setrlimit(Resource::Core, most(0)).unwrap();
                setrlimit(Resource::Fsize, most(bytes)).unwrap();
            }
        }
    }
}

impl Subscriber for Killer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("stockbridge::cache")
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut step = Step(None);
        event.record(&mut step);
        let Some(step) = step.0 else { return };
        writeln!(OpenOptions::new().create(true).append(true).open(&self.steps).unwrap(), "{step}").unwrap();
        if step == self.step {
            self.strike();
        }
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Step(Option<String>);

impl Visit for Step {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "step" {
            self.0 = Some(value.to_owned());
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

/// Runs the child, and returns the signal that ended it.
fn child(cache: &Path, step: &str, limit: Option<u64>) -> Option<i32> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "killed::a_host_that_fills_the_cache"]).env(CACHE, cache).env(STEP, step);
    child.envs(limit.map(|bytes| (LIMIT, bytes.to_string())));
    let ended = child.output().unwrap();
    assert!(ended.status.success() || ended.status.signal().is_some(), "{}", String::from_utf8_lossy(&ended.stdout));
    ended.status.signal()
}

/// Files in the cache that are not entries.
fn left(place: &Place) -> Vec<PathBuf> {
    place.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "new")).collect()
}

/// Starts twice after a kill: the first start finds an entry if there was one, the second in any case. The leftovers of the
/// killed writer are deleted once they are old.
async fn recovers(place: &Place, entry_was_there: bool) {
    let how = if entry_was_there { CACHED } else { COMPILED };
    assert_eq!(start(place.cache()).await, how);
    assert_eq!(start(place.cache()).await, CACHED);
    left(place).iter().for_each(|path| age(path, Duration::from_secs(11 * 60)));
    assert_eq!(start(place.cache()).await, CACHED);
    place.entry();
}

#[tokio::test]
async fn killed_between_any_two_steps_of_writing_the_next_start_works() {
    let place = Place::new();
    assert_eq!(child(&place.cache(), "none", None), None);
    let steps = fs::read_to_string(place.path("steps")).unwrap();
    assert_eq!(steps.lines().collect::<Vec<_>>(), STEPS);

    for step in STEPS {
        let place = Place::new();
        assert_eq!(child(&place.cache(), step, None), Some(SIGKILL), "{step}");
        let written = step == "renamed";
        assert_eq!(left(&place).len(), usize::from(!written), "{step}: {:?}", place.files());
        recovers(&place, written).await;
    }
}

/// A damaged entry that is being replaced does not become worse.
#[tokio::test]
async fn killed_while_an_entry_is_replaced_the_next_start_works() {
    for step in STEPS {
        let place = Place::new();
        start(place.cache()).await;
        fs::write(place.entry(), "damaged").unwrap();
        assert_eq!(child(&place.cache(), step, None), Some(SIGKILL), "{step}");
        recovers(&place, step == "renamed").await;
    }
}

#[tokio::test]
async fn killed_in_the_middle_of_a_write_the_next_start_works() {
    for bytes in [121, 512, 8192, 20_000] {
        let place = Place::new();
        assert_eq!(child(&place.cache(), "head written", Some(bytes)), Some(SIGXFSZ), "{bytes}");
        let [half] = &left(&place)[..] else { panic!("{:?}", place.files()) };
        assert_eq!(fs::metadata(half).unwrap().len(), bytes);
        recovers(&place, false).await;
    }
}
