//! A host: the one that is stopped, or its successor on the same journal.

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

/// The host's first and longest wait before it acts on a write of unknown outcome.
const WAITS: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(40)];
/// Time within which a signalled process stops.
const SETTLING: Duration = Duration::from_millis(20);
/// Time limit for the host's recovery.
const PATIENCE: Duration = Duration::from_secs(20);

/// Task of a child.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Origin of the provider.
    pub(super) origin: String,
    pub(super) repetition: String,
    pub(super) journal: PathBuf,
    pub(super) cache: PathBuf,
    pub(super) order: TransferOrder,
    /// The write at which it stops itself; none for the successor.
    pub(super) stops_at: Option<u32>,
    /// Whether the send window is enforced.
    pub(super) enforced: bool,
}

/// An output line of a child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Line {
    /// The caller's result, by the error's code.
    CallResult(Result<(), String>),
    /// It has found that the write was not applied, and repeats the order.
    NotApplied,
    /// Its recovery is complete.
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
            recover(&host, &plan).await;
        }
        settled(&host).await;
        print(&Line::Settled);
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
                // The signal is for the process: another thread may handle it, and this one may run on for a moment.
                std::thread::sleep(SETTLING);
            }
        })
        .build(config)
        .await
        .unwrap()
}

async fn ordered(host: &Host, plan: &Plan) {
    let result = host.account("traced").unwrap().transfer(plan.order.clone()).await;
    print(&Line::CallResult(result.map(drop).map_err(|failure| failure.error().code().to_owned())));
}

/// Recovers the order, and repeats it once it is known as not applied.
async fn recover(host: &Host, plan: &Plan) {
    let (account, begun) = (host.account("traced").unwrap(), Instant::now());
    while begun.elapsed() < PATIENCE {
        let found = account.find_write(&plan.order.reference).await.unwrap();
        match found.map(|record| record.state) {
            None => {}
            Some(WriteState::NotApplied { .. }) => {
                print(&Line::NotApplied);
                return ordered(host, plan).await;
            }
            Some(WriteState::Applied { .. }) => return,
            Some(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the recovery has nothing left to do.
async fn settled(host: &Host) {
    let (begun, open) = (Instant::now(), WriteFilter { open: true, ..WriteFilter::default() });
    while begun.elapsed() < PATIENCE {
        // A journal that another host has by now answers nothing.
        let Ok(records) = host.journal().list(&open).await else { return };
        if records.iter().all(|record| record.needs_manual_review()) {
            return;
        }
        tokio::time::sleep(WAITS[0]).await;
    }
}

fn print(line: &Line) {
    let text = serde_json::to_string(line).unwrap() + "\n";
    let mut out = std::io::stdout().lock();
    // The parent may have closed the pipe.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// The result of a write that did not leave in time.
pub(super) fn is_over(line: &Line) -> bool {
    matches!(line, Line::CallResult(Err(code)) if code == "write.window-over")
}
