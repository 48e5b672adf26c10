//! An application that embeds the host, follows its configuration, and keeps querying stock: meanwhile a connector can be
//! replaced, a secret rotated or an account changed without a failed call. `README.md` beside this crate describes a
//! rollout.
//!
//! ```console
//! $ cargo run -p stockbridge-rollout -- examples/stockbridge.toml flagship daj1
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use stockbridge::{Account, Event, Host, StockQuery};

/// Number of concurrent calls.
const WORKERS: usize = 4;
/// Pause of each worker between two calls.
const PAUSE: Duration = Duration::from_millis(2);

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: stockbridge-rollout CONFIGURATION ACCOUNT SKU";
    let [config, account, sku] = [(); 3].map(|()| arguments.next().context(usage));
    let (config, name, sku) = (config?, account?, sku?);

    let host = Host::from_file(&config).await?;
    let mut events = host.subscribe();
    // The configuration and all files that it names are followed until the watch is dropped.
    let _watch = host.watch(&config);

    let account = host.account(&name)?;
    println!("{}", serving_version(&account)?);
    let calls = Arc::new(Calls::default());
    for _ in 0..WORKERS {
        tokio::spawn(keep_querying(account.clone(), sku.clone(), calls.clone()));
    }

    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => println!("{}\n{}", event_line(&event), serving_version(&account)?),
                Some(Err(missed)) => println!("{missed}"),
                None => break,
            },
            _ = seconds.tick() => println!("{}", calls.summary()),
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    println!("{}", calls.summary());
    ensure!(calls.failed.load(Ordering::Relaxed) == 0, "calls failed");
    Ok(())
}

/// Number of calls made.
#[derive(Default)]
struct Calls {
    made: AtomicU64,
    failed: AtomicU64,
}

impl Calls {
    fn summary(&self) -> String {
        let (made, failed) = (self.made.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        format!("{made} calls, {failed} failed")
    }
}

/// The application's own work. It keeps its account for good, and needs no knowledge of swaps.
async fn keep_querying(account: Account, sku: String, calls: Arc<Calls>) {
    loop {
        if let Err(error) = account.query(StockQuery::skus([sku.as_str()])).await {
            calls.failed.fetch_add(1, Ordering::Relaxed);
            eprintln!("{error}");
        }
        calls.made.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
}

fn serving_version(account: &Account) -> Result<String> {
    let digest: String = account.digest()?.to_string().chars().take(12).collect();
    let version = account.version()?.unwrap_or_default();
    Ok(format!("`{}` is served by {} {version} ({digest})", account.name(), account.descriptor()?.provider))
}

/// An event on one line. The operator's report, with all fields, goes to `tracing`.
fn event_line(event: &Event) -> String {
    match event {
        Event::Applied(applied) => {
            let lists = [
                ("swapped", &applied.swapped),
                ("reconfigured", &applied.reconfigured),
                ("added", &applied.added),
                ("removed", &applied.removed),
            ];
            let some = lists.into_iter().filter(|(_, names)| !names.is_empty());
            let parts: Vec<_> = some.map(|(what, names)| format!("{what} {}", names.join(", "))).collect();
            format!("applied: {}", parts.join("; "))
        }
        Event::Refused { reason, .. } => format!("refused, nothing changed: {reason}"),
        Event::Kept { .. } => "the probation is over: the version stays".to_owned(),
        Event::RolledBack { reason, .. } => format!("rolled back: {reason}"),
        other => format!("{other:?}"),
    }
}
