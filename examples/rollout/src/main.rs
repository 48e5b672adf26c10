//! An application that embeds the host, follows its configuration, and keeps asking for stock: a connector can be
//! replaced meanwhile, a secret rotated, an account changed, and no call fails for it. `README.md` beside this crate says how
//! to do a rollout.
//!
//! ```console
//! $ cargo run -p stockbridge-rollout -- examples/stockbridge.toml flagship daj1
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use stockbridge::{Account, Event, Host, StockQuery};

/// Calls that run at the same time.
const WORKERS: usize = 4;
/// How long each waits between two calls.
const PAUSE: Duration = Duration::from_millis(2);

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: stockbridge-rollout CONFIGURATION ACCOUNT SKU";
    let [config, account, sku] = [(); 3].map(|()| arguments.next().context(usage));
    let (config, name, sku) = (config?, account?, sku?);

    let host = Host::from_file(&config).await?;
    let mut events = host.subscribe();
    // The configuration and all files that it names are followed until this is dropped.
    let _watch = host.watch(&config);

    let account = host.account(&name)?;
    println!("{}", served_by(&account)?);
    let calls = Arc::new(Calls::default());
    for _ in 0..WORKERS {
        tokio::spawn(keep_asking(account.clone(), sku.clone(), calls.clone()));
    }

    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => println!("{}\n{}", told(&event), served_by(&account)?),
                None => break,
            },
            _ = seconds.tick() => println!("{}", calls.so_far()),
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    println!("{}", calls.so_far());
    ensure!(calls.failed.load(Ordering::Relaxed) == 0, "calls failed");
    Ok(())
}

/// The calls that were made.
#[derive(Default)]
struct Calls {
    made: AtomicU64,
    failed: AtomicU64,
}

impl Calls {
    fn so_far(&self) -> String {
        let (made, failed) = (self.made.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        format!("{made} calls, {failed} failed")
    }
}

/// An application's own work. It holds its account for good, and never learns of a swap.
async fn keep_asking(account: Account, sku: String, calls: Arc<Calls>) {
    loop {
        if let Err(error) = account.query(StockQuery::skus([sku.as_str()])).await {
            calls.failed.fetch_add(1, Ordering::Relaxed);
            eprintln!("{error}");
        }
        calls.made.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(PAUSE).await;
    }
}

fn served_by(account: &Account) -> Result<String> {
    let digest: String = account.digest()?.to_string().chars().take(12).collect();
    let version = account.version()?.unwrap_or_default();
    Ok(format!("`{}` is served by {} {version} ({digest})", account.name(), account.descriptor()?.provider))
}

/// An event on one line. What an operator is told of besides, with all its fields, goes to `tracing`.
fn told(event: &Event) -> String {
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
            format!("taken over: {}", parts.join("; "))
        }
        Event::Refused { reason, .. } => format!("refused, and all is as it was: {reason}"),
        Event::Kept { .. } => "the probation is over: the version stays".to_owned(),
        Event::RolledBack { reason, .. } => format!("rolled back: {reason}"),
        other => format!("{other:?}"),
    }
}
