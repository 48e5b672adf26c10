//! The host that is killed: four accounts, a journal in a file, and concurrent orders.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, getpid, kill_process, setrlimit};
use stockbridge::journal::{Failpoint, WriteFilter};
use stockbridge::{Config, Host, HostBuilder, Limits, Timestamp, WriteFailure};
use stockbridge_tests::{Provider, account_at, send};
use tokio::task::JoinSet;

use super::words::{CallerOutcome, End, Full, Jumps, Line, Order, Plan, When};

/// The host's first and longest wait before it acts on a write of unknown outcome.
const WAITS: [Duration; 2] = [Duration::from_millis(5), Duration::from_millis(50)];
/// Time limit for the host's recovery.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn run(plan: &str) -> ExitCode {
    let plan: Plan = serde_json::from_str(plan).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(serve(plan))
}

async fn serve(plan: Plan) -> ExitCode {
    let full_from_the_start = plan.full.filter(|full| full.from_the_start);
    full_from_the_start.inspect(fill);
    let host = match builder(&plan).build(config(&plan)).await {
        Ok(host) => host,
        Err(refused) => {
            print(&Line::Refused(format!("{}: {refused}", refused.code())));
            return ExitCode::SUCCESS;
        }
    };
    print(&Line::Ready);
    if full_from_the_start.is_none() {
        plan.full.as_ref().inspect(|full| fill(full));
    }
    if plan.end == End::InPeace {
        settled(&host).await;
        list(&host, When::Before).await;
    }
    ordered(&host, &plan.orders).await;
    if plan.end == End::InPeace {
        settled(&host).await;
        list(&host, When::After).await;
        print(&Line::Done);
        host.shutdown(PATIENCE).await.unwrap();
        return ExitCode::SUCCESS;
    }
    print(&Line::Done);
    // Waits to be killed; without a parent, returns at once.
    drop(std::io::stdin().read_line(&mut String::new()));
    ExitCode::FAILURE
}

fn config(plan: &Plan) -> Config {
    // Unlimited also for Winit, whose documented rate limit is not tested here.
    let limits = Limits::default().requests_per_minute(plan.rate).deadline(Duration::from_secs(5));
    let config = Config::new().cache(plan.cache.clone()).journal(plan.journal.clone());
    Provider::ALL.into_iter().fold(config, |config, provider| {
        let account = account_at(provider, &plan.address).limits(limits);
        config.account(match (provider, plan.marked) {
            // The simulator shows a document as soon as it exists, and a request that was in flight when its host was killed
            // arrives long before this time.
            (Provider::WdtFlagship, true) => account.setting("look-up-is-complete-after", "1 s"),
            (Provider::WdtFlagship, false) => account.setting("remark-marker", "false"),
            _ => account,
        })
    })
}

fn builder(plan: &Plan) -> HostBuilder {
    let mut builder = Host::builder().recovery_waits(WAITS[0], WAITS[1]);
    if let Some(Jumps { ahead, after }) = plan.jumps {
        let (begun, after) = (Instant::now(), Duration::from_millis(after));
        builder = builder.wall_clock(move || {
            let ahead = ahead[usize::from(begun.elapsed() >= after)];
            Timestamp::from_millis(Timestamp::now().as_millis() + ahead)
        });
    }
    let End::At { point, visit } = plan.end else { return builder };
    let (at, visits) = (Failpoint::ALL[point], AtomicU32::new(0));
    builder.on_failpoint(move |point| {
        if point == at && visits.fetch_add(1, Ordering::SeqCst) + 1 == visit {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
    })
}

/// Makes the disk full, for a time or for good. The signal for that has been ignored since before this program started.
fn fill(full: &Full) {
    let room = |current| setrlimit(Resource::Fsize, Rlimit { current, maximum: None }).unwrap();
    room(Some(full.beyond));
    if let Some(until) = full.until {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(until)).await;
            room(None);
        });
    }
}

/// Places the orders concurrently, and prints each outcome as soon as it is known.
async fn ordered(host: &Host, orders: &[Order]) {
    let mut calls = JoinSet::new();
    for order in orders {
        let (account, write) = (host.account(order.provider().name()).unwrap(), order.write());
        let reference = order.reference.clone();
        calls.spawn(async move {
            let outcome = match send(&account, &write).await {
                Ok(receipt) => CallerOutcome::Applied(receipt.document),
                Err(WriteFailure::NotApplied(error)) => CallerOutcome::NotApplied(error.code().to_owned()),
                Err(WriteFailure::Unknown(error)) => CallerOutcome::Unknown(error.code().to_owned()),
            };
            print(&Line::Outcome { reference, outcome });
        });
    }
    while let Some(call) = calls.join_next().await {
        call.unwrap();
    }
}

/// Waits until the recovery has nothing left to do.
async fn settled(host: &Host) {
    let (begun, open) = (Instant::now(), WriteFilter { open: true, ..WriteFilter::default() });
    while begun.elapsed() < PATIENCE {
        let records = host.journal().list(&open).await.unwrap();
        if records.iter().all(|record| record.needs_manual_review()) {
            return;
        }
        tokio::time::sleep(WAITS[0]).await;
    }
}

async fn list(host: &Host, when: When) {
    for record in host.journal().list(&WriteFilter::default()).await.unwrap() {
        print(&Line::Listed(Box::new(record), when));
    }
}

/// Writes the whole line at once, so that the parent reads all of it or nothing.
fn print(line: &Line) {
    let text = serde_json::to_string(line).unwrap() + "\n";
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).unwrap();
    out.flush().unwrap();
}
