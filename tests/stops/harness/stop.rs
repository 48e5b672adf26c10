//! One stop from its beginning to its end.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use stockbridge::{TransferLine, TransferOrder};
use stockbridge_tests::{How, Repeats, Traced};

use super::child::{Line, Plan, is_over};
use super::{DEDUPLICATED, WINDOW};

/// A child that takes longer hangs.
const HANG: Duration = Duration::from_secs(60);

/// Events while a host is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    /// It repeats a write, and its provider's window ends.
    Repeat,
    /// Another host takes its journal over, and is done before the stopped one continues.
    TakenOver,
    /// The same, and the stopped one continues at some moment before that.
    Meanwhile,
}

impl Scenario {
    pub(super) const ALL: [Scenario; 3] = [Scenario::Repeat, Scenario::TakenOver, Scenario::Meanwhile];

    pub(super) fn title(self) -> &'static str {
        match self {
            Scenario::Repeat => "a repeat past the provider's window",
            Scenario::TakenOver => "a journal that was taken over",
            Scenario::Meanwhile => "a journal that is being taken over",
        }
    }
}

/// Result of a stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// Whether the host stopped at the intended point.
    pub(super) stopped: bool,
    /// Number of times that the write was applied.
    pub(super) applied: usize,
    /// Whether its caller got the error that the send window was over.
    pub(super) window_over: bool,
}

pub(super) struct Stop {
    pub(super) scenario: Scenario,
    enforced: bool,
    random: fastrand::Rng,
}

impl Stop {
    pub(super) fn of(seed: u64, number: u64, enforced: bool) -> Stop {
        let random = fastrand::Rng::with_seed(seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let scenario = Scenario::ALL[usize::try_from(number % 3).unwrap()];
        Stop { scenario, enforced, random }
    }

    pub(super) fn played(mut self, cache: &Path) -> Seen {
        let (repeats, repetition, stops_at) = match self.scenario {
            Scenario::Repeat => (Repeats::DeduplicatedFor(DEDUPLICATED), "deduplicated", 2),
            Scenario::TakenOver | Scenario::Meanwhile => (Repeats::CarriedOut, "traceable", 1),
        };
        let (provider, directory) = (Traced::start(repeats), tempfile::tempdir().unwrap());
        if self.scenario == Scenario::Repeat {
            provider.writes_go(|write| if write.earlier == 0 { How::DroppedAfter } else { How::Well });
        }
        let order = TransferOrder { lines: vec![TransferLine::new("daj1", 1)], ..TransferOrder::between("a", "b") };
        let reference = order.reference.to_string();
        let plan = |journal: &Path, stops_at| Plan {
            origin: provider.origin().to_owned(),
            repetition: repetition.to_owned(),
            journal: journal.to_owned(),
            cache: cache.to_owned(),
            order: order.clone(),
            stops_at,
            enforced: self.enforced,
        };
        let journal = directory.path().join("journal");
        let mut first = Running::start(&plan(&journal, Some(stops_at)));
        let stopped = first.is_stopped();
        match self.scenario {
            Scenario::Repeat => std::thread::sleep(DEDUPLICATED + Duration::from_millis(self.random.u64(..200))),
            Scenario::TakenOver => taken_over(&journal, |journal| plan(journal, None)).until_settled(),
            Scenario::Meanwhile => {
                let wait = WINDOW.mul_f64(2.5 * self.random.f64());
                let other = taken_over(&journal, |journal| plan(journal, None));
                std::thread::sleep(wait);
                first.goes_on();
                other.until_settled();
            }
        }
        first.goes_on();
        let window_over = first.settles();
        Seen { stopped, applied: provider.applied(&reference), window_over }
    }
}

/// Another host on the journal's present state.
fn taken_over(journal: &Path, plan: impl FnOnce(&Path) -> Plan) -> Running {
    let copy: PathBuf = journal.with_extension("taken");
    std::fs::copy(journal, &copy).unwrap();
    Running::start(&plan(&copy))
}

/// A running child.
struct Running {
    child: Child,
    lines: Receiver<Line>,
}

impl Running {
    fn start(plan: &Plan) -> Running {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("child").arg(serde_json::to_string(plan).unwrap()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                drop(tell.send(serde_json::from_str(&line).unwrap()));
            }
        });
        Running { child, lines }
    }

    /// Waits until the system shows it as stopped.
    fn is_stopped(&mut self) -> bool {
        let (begun, stat) = (Instant::now(), format!("/proc/{}/stat", self.child.id()));
        while begun.elapsed() < HANG && self.child.try_wait().unwrap().is_none() {
            let state = std::fs::read_to_string(&stat).unwrap_or_default();
            // The state is after the process name in brackets.
            if state.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        false
    }

    fn goes_on(&self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        let _ = kill_process(pid, Signal::CONT);
    }

    /// Waits until its recovery is complete. Returns whether its caller got the error that the window was over.
    fn settles(self) -> bool {
        let (begun, mut over) = (Instant::now(), false);
        while let Ok(line) = self.lines.recv_timeout(HANG.saturating_sub(begun.elapsed())) {
            over |= is_over(&line);
            if line == Line::Settled {
                break;
            }
        }
        over
    }

    fn until_settled(self) {
        self.settles();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
