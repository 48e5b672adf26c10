//! A directory with a configuration, its component and its secret; a host that follows it; a simulator for its calls.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use stockbridge::{Account, Applied, Event, Host, Subscription, Watch, WatchOptions};
use stockbridge_simulator::Simulator;
use stockbridge_tests::{Provider, connector, query, simulator};
use tempfile::TempDir;

/// Longer than a busy machine needs for anything here.
const LONG: Duration = Duration::from_secs(60);

/// Wait for files that remove something: longer than a busy machine pauses between two steps of a test.
pub(crate) const DELAY: Duration = Duration::from_secs(1);

/// A host that follows a configuration with the account `wms`.
pub(crate) struct Scene {
    directory: TempDir,
    pub(crate) simulator: Simulator,
    pub(crate) host: Host,
    events: Subscription<Event>,
    pub(crate) watch: Option<Watch>,
}

impl Scene {
    /// All files in one directory.
    pub(crate) async fn plain() -> Scene {
        Scene::furnished("stockbridge.toml", |directory, url| furnish(directory, url, "")).await
    }

    /// Follows `name` in a directory that `furnish` prepared for a simulator at a URL.
    pub(crate) async fn furnished(name: &str, furnish: impl FnOnce(&Path, &str)) -> Scene {
        let simulator = simulator().await;
        let directory = tempfile::tempdir().unwrap();
        furnish(directory.path(), &simulator.url());
        let path = directory.path().join(name);
        let host = Host::from_file(&path).await.unwrap();
        let events = host.subscribe();
        let watch = Some(host.watch_with(path, WatchOptions::default().removal_delay(DELAY)));
        Scene { directory, simulator, host, events, watch }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn account(&self) -> Account {
        self.host.account("wms").unwrap()
    }

    /// The configuration, with more lines for the account.
    pub(crate) fn configure(&self, more: &str) {
        replace(&self.path("stockbridge.toml"), text(&self.simulator.url(), more));
    }

    /// The next event, without `Mended`, which precedes an applied change and has a test of its own.
    pub(crate) async fn event(&mut self) -> Event {
        loop {
            let event = tokio::time::timeout(LONG, self.events.next()).await.expect("an event").unwrap().unwrap();
            if !matches!(event, Event::Mended) {
                return event;
            }
        }
    }

    /// The next applied change.
    pub(crate) async fn applied(&mut self) -> Applied {
        match self.event().await {
            Event::Applied(applied) => Applied::clone(&applied),
            other => panic!("{other:?}"),
        }
    }

    /// The reason of the next refusal.
    pub(crate) async fn refused(&mut self) -> String {
        match self.event().await {
            Event::Refused { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    }
}

/// The usual files, with more lines for the account.
pub(crate) fn furnish(directory: &Path, url: &str, more: &str) {
    fs::write(directory.join("stockbridge.toml"), text(url, more)).unwrap();
    fs::write(directory.join("secret"), "demo-secret\n").unwrap();
    fs::copy(connector(Provider::WdtEnterprise.name()), directory.join("connector.wasm")).unwrap();
}

fn text(url: &str, more: &str) -> String {
    format!(
        r#"[accounts.wms]
connector = "connector.wasm"
allow = [{{ origin = "{url}", addresses = ["loopback"] }}]
settings.url = "{url}/openapi2"
settings.sid = "demo-sid"
settings.appkey = "demo-key"
secrets.secret = {{ file = "secret" }}
{more}
"#
    )
}

/// Another version of the connector: the same with a custom section.
pub(crate) fn another_version() -> Vec<u8> {
    const REMARK: [u8; 5] = [0, 3, 1, b'v', 2];
    let mut bytes = fs::read(connector(Provider::WdtEnterprise.name())).unwrap();
    bytes.extend(REMARK);
    bytes
}

/// Replaces a file.
pub(crate) fn replace(path: &Path, bytes: impl AsRef<[u8]>) {
    let fresh = path.with_extension("fresh");
    fs::write(&fresh, bytes).unwrap();
    fs::rename(fresh, path).unwrap();
}

/// Calls one after the other, until dropped; none of them may fail.
pub(crate) struct Load {
    calls: Rc<Cell<usize>>,
    task: tokio::task::JoinHandle<()>,
}

impl Load {
    /// Within a [`tokio::task::LocalSet`].
    pub(crate) fn on(account: Account) -> Load {
        let calls = Rc::new(Cell::new(0));
        let made = calls.clone();
        let task = tokio::task::spawn_local(async move {
            loop {
                account.query(query(Provider::WdtEnterprise).unwrap()).await.unwrap();
                made.set(made.get() + 1);
            }
        });
        Load { calls, task }
    }

    /// Waits for calls that started after now.
    pub(crate) async fn assert_calls_succeed(&self) {
        let before = self.calls.get();
        tokio::time::timeout(LONG, async {
            while self.calls.get() < before + 3 {
                assert!(!self.task.is_finished(), "a call failed");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await
        .expect("calls go on");
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.task.abort();
    }
}
