//! A host: the one that is stopped, or the one that takes its journal over.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use stockbridge::journal::{Failpoint, WriteFilter, WriteState};
use stockbridge::{Config, Host, Limits, TransferOrder};
use stockbridge_tests::traced_account;

use super::disk::Unlocked;
use super::{DEDUPLICATED, WINDOW};

/// How soon the host acts on what it does not know, at first and at last.
const WAITS: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(40)];
/// In what time a process stands still that was told to.
const SETTLING: Duration = Duration::from_millis(20);
/// How long the host may take to do what it does by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a child does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// The provider's.
    pub(super) origin: String,
    pub(super) repetition: String,
    pub(super) journal: PathBuf,
    pub(super) cache: PathBuf,
    pub(super) order: TransferOrder,
    /// At which of its writes it stops itself; none for the one that takes over.
    pub(super) stops_at: Option<u32>,
    /// Whether the window is kept to.
    pub(super) enforced: bool,
}

/// What a child tells, each a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Line {
    /// What the caller was told, by the error's code.
    Told(Result<(), String>),
    /// It has found out that the write was not applied, and orders it again.
    NotApplied,
    /// It has done all that it does by itself.
    Settled,
}

pub(super) fn run(plan: &str) -> ExitCode {
    let plan: Plan = serde_json::from_str(plan).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async move {
        let host = host(&plan).await;
        if plan.stops_at.is_some() {
            ordered(&host, &plan).await;
        } else {
            takes_over(&host, &plan).await;
        }
        settled(&host).await;
        tell(&Line::Settled);
    });
    ExitCode::SUCCESS
}

async fn host(plan: &Plan) -> Host {
    let window = DEDUPLICATED.as_millis().to_string();
    let account = traced_account(&plan.origin, &plan.repetition);
    let account = if plan.repetition == "deduplicated" { account.setting("window-ms", window) } else { account };
    let config = Config::new().cache(plan.cache.clone()).account(account.limits(Limits::default().attempts(1)));
    let (stops_at, visits) = (plan.stops_at, AtomicU32::new(0));
    Host::builder()
        .recovery_waits(WAITS[0], WAITS[1])
        .send_window(WINDOW, plan.enforced)
        .journal_on(Unlocked(plan.journal.clone()))
        .on_failpoint(move |point| {
            if point == Failpoint::Leaving && Some(visits.fetch_add(1, Ordering::SeqCst) + 1) == stops_at {
                kill_process(getpid(), Signal::STOP).unwrap();
                // The signal is the process's: another thread may take it, and this one run on for a moment.
                std::thread::sleep(SETTLING);
            }
        })
        .build(config)
        .await
        .unwrap()
}

async fn ordered(host: &Host, plan: &Plan) {
    let came = host.account("traced").unwrap().transfer(plan.order.clone()).await;
    tell(&Line::Told(came.map(drop).map_err(|failure| failure.error().code().to_owned())));
}

/// Finds out what became of the order, and makes it again once it is known that it was not applied.
async fn takes_over(host: &Host, plan: &Plan) {
    let (account, begun) = (host.account("traced").unwrap(), Instant::now());
    while begun.elapsed() < PATIENCE {
        let found = account.find_write(&plan.order.reference).await.unwrap();
        match found.map(|record| record.state) {
            None => {}
            Some(WriteState::NotApplied { .. }) => {
                tell(&Line::NotApplied);
                return ordered(host, plan).await;
            }
            Some(WriteState::Applied { .. }) => return,
            Some(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until nothing is left that the host acts on by itself.
async fn settled(host: &Host) {
    let (begun, open) = (Instant::now(), WriteFilter { open: true, ..WriteFilter::default() });
    while begun.elapsed() < PATIENCE {
        // A journal that is another host's by now tells nothing.
        let Ok(records) = host.journal().list(&open).await else { return };
        if records.iter().all(|record| record.needs_manual_review()) {
            return;
        }
        tokio::time::sleep(WAITS[0]).await;
    }
}

fn tell(line: &Line) {
    let text = serde_json::to_string(line).unwrap() + "\n";
    let mut out = std::io::stdout().lock();
    // The parent may have seen enough.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// What is told of a write that did not leave in time.
pub(super) fn is_over(line: &Line) -> bool {
    matches!(line, Line::Told(Err(code)) if code == "write.window-over")
}
