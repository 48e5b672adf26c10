//! Configurations in the middle of a save: truncated for a moment, copied piece by piece, emptied, replaced. A file that removes
//! something is held back, announced, and superseded by the next save.

use std::fs;
use std::time::{Duration, Instant};

use stockbridge::{Event, StockQuery, Timestamp, WatchOptions};
use stockbridge_tests::{Log, Provider, query};

use crate::scene::{DELAY, Scene, furnish, replace};

const SECOND: &str = "[accounts.second]\nconnector = \"connector.wasm\"\nsettings.sid = \"s\"\nsettings.appkey = \"k\"\n\
                      secrets.secret = { file = \"secret\" }\n";

/// A host with the accounts `wms` and `second`.
async fn two() -> Scene {
    Scene::furnished("stockbridge.toml", |directory, url| furnish(directory, url, SECOND)).await
}

impl Scene {
    /// Names that are about to be removed, and when.
    async fn pending(&mut self) -> (Vec<String>, Timestamp) {
        match self.event().await {
            Event::RemovalPending { removes, at } => (removes, at),
            other => panic!("{other:?}"),
        }
    }

    async fn withdrawn(&mut self) {
        match self.event().await {
            Event::RemovalWithdrawn => {}
            other => panic!("{other:?}"),
        }
    }

    fn whole(&self) -> String {
        fs::read_to_string(self.path("stockbridge.toml")).unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.host.status().into_iter().map(|status| status.name).collect()
    }
}

#[tokio::test]
async fn a_file_that_is_cut_for_a_moment_takes_no_account_away() {
    let mut scene = two().await;
    let handle = scene.host.account("second").unwrap();
    let whole = scene.whole();
    let cut = whole.find("[accounts.second]").unwrap();
    fs::write(scene.path("stockbridge.toml"), &whole[..cut]).unwrap();
    let (removes, at) = scene.pending().await;
    assert_eq!(removes, ["accounts.second"]);
    assert!(at > Timestamp::now());
    fs::write(scene.path("stockbridge.toml"), &whole).unwrap();
    scene.withdrawn().await;
    tokio::time::sleep(DELAY * 2).await;
    assert_eq!(scene.names(), ["second", "wms"]);
    assert!(handle.digest().is_ok());
    scene.account().query(query(Provider::WdtEnterprise).unwrap()).await.unwrap();
}

/// Like a slow copy over a network: every state of the file lasts a while, and most of them are valid TOML.
#[tokio::test]
async fn a_file_that_comes_line_by_line_takes_nothing_away_at_any_time() {
    let mut scene = two().await;
    let whole = scene.whole();
    let mut end = 0;
    for line in whole.split_inclusive('\n') {
        end += line.len();
        fs::write(scene.path("stockbridge.toml"), &whole[..end]).unwrap();
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(scene.names(), ["second", "wms"], "{}", &whole[..end]);
    }
    tokio::time::sleep(DELAY * 2).await;
    while let Ok(event) = tokio::time::timeout(Duration::from_millis(10), scene.event()).await {
        assert!(!matches!(event, Event::Applied(_)), "{event:?}");
    }
    assert_eq!(scene.names(), ["second", "wms"]);
}

#[tokio::test]
async fn what_a_file_takes_away_is_told_by_its_name_before_it_is_taken_over_as_a_whole() {
    let mut scene = two().await;
    let log = Log::listen();
    // The same save adds something, which is held back too.
    let third = SECOND.replace("second", "third");
    scene.configure(&format!("limits.deadline-ms = 20000\n{third}"));
    let begun = Instant::now();
    let (removes, _) = scene.pending().await;
    assert_eq!(removes, ["accounts.second"]);
    assert_eq!(scene.names(), ["second", "wms"]);
    let file = scene.path("stockbridge.toml").display().to_string();
    assert!(log.lines().contains(&format!(
        "WARN the configuration takes something away: it is taken over after a wait, unless the file is saved again \
         file={file} removes=accounts.second milliseconds={}",
        DELAY.as_millis()
    )), "{:?}", log.lines());
    let applied = scene.applied().await;
    assert!(begun.elapsed() >= DELAY);
    assert_eq!((applied.removed, applied.added), (vec!["second".to_owned()], vec!["third".to_owned()]));
    assert_eq!(applied.reconfigured, ["wms"]);
}

#[tokio::test]
async fn keys_that_go_wait_as_accounts_do() {
    let mut scene = Scene::plain().await;
    scene.configure("limits.deadline-ms = 20000\nlimits.rows = 500");
    scene.applied().await;
    scene.configure("limits.rows = 500");
    assert_eq!(scene.pending().await.0, ["accounts.wms.limits.deadline-ms"]);
    assert_eq!(scene.applied().await.reconfigured, ["wms"]);
    let text = scene.whole();
    for (line, removes) in [
        (
            text.lines().find(|line| line.starts_with("allow")).unwrap(),
            format!("accounts.wms.allow {}", scene.simulator.url()),
        ),
        (text.lines().find(|line| line.starts_with("settings.url")).unwrap(), "accounts.wms.settings.url".to_owned()),
    ] {
        replace(&scene.path("stockbridge.toml"), text.replace(line, ""));
        assert_eq!(scene.pending().await.0, [removes]);
        replace(&scene.path("stockbridge.toml"), &text);
        scene.withdrawn().await;
    }
}

#[tokio::test]
async fn a_later_save_replaces_the_one_that_waits_and_has_a_wait_of_its_own() {
    let mut scene = two().await;
    scene.configure("");
    assert_eq!(scene.pending().await.0, ["accounts.second"]);
    // It still removes the account.
    scene.configure("limits.deadline-ms = 20000");
    let begun = Instant::now();
    assert_eq!(scene.pending().await.0, ["accounts.second"]);
    let applied = scene.applied().await;
    assert!(begun.elapsed() >= DELAY, "{:?}", begun.elapsed());
    assert_eq!((applied.removed, applied.reconfigured), (vec!["second".to_owned()], vec!["wms".to_owned()]));
}

#[tokio::test]
async fn a_later_save_that_takes_nothing_away_is_taken_over_at_once() {
    let mut scene = two().await;
    scene.configure("");
    scene.pending().await;
    scene.configure(&format!("limits.deadline-ms = 20000\n{SECOND}"));
    let begun = Instant::now();
    scene.withdrawn().await;
    assert_eq!(scene.applied().await.reconfigured, ["wms"]);
    assert!(begun.elapsed() < DELAY, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_file_without_any_key_is_refused_while_accounts_serve() {
    let mut scene = two().await;
    let whole = scene.whole();
    for empty in ["", "\n\n  \n", "# nothing here\n", "\u{feff}"] {
        replace(&scene.path("stockbridge.toml"), empty);
        let reason = scene.refused().await;
        let place = format!("{}:1:1: ", scene.path("stockbridge.toml").display());
        assert_eq!(
            reason,
            format!(
                "{place}there is no key in this file, and accounts are being served; write the accounts, or an empty \
                 [accounts] to remove all of them"
            ),
            "{empty:?}"
        );
        assert_eq!(scene.names(), ["second", "wms"]);
        // The same refusal is reported again after something else happened in between.
        replace(
            &scene.path("stockbridge.toml"),
            whole.replace("[accounts.second]", "limits.deadline-ms = 20000\n[accounts.second]"),
        );
        scene.applied().await;
        replace(&scene.path("stockbridge.toml"), &whole);
        scene.pending().await;
        scene.applied().await;
    }
}

#[tokio::test]
async fn an_empty_table_of_accounts_that_is_written_out_removes_all_after_the_wait() {
    let mut scene = two().await;
    replace(&scene.path("stockbridge.toml"), "[accounts]\n");
    assert_eq!(scene.pending().await.0, ["accounts.second", "accounts.wms"]);
    assert_eq!(scene.names().len(), 2);
    assert_eq!(scene.applied().await.removed, ["second", "wms"]);
    assert!(scene.names().is_empty());
}

#[tokio::test]
async fn a_handle_follows_its_name_and_serves_again_when_the_account_is_back() {
    let mut scene = two().await;
    let handle = scene.account();
    let ask = || query(Provider::WdtEnterprise).unwrap();
    let whole = scene.whole();
    replace(&scene.path("stockbridge.toml"), "[accounts]\n");
    scene.pending().await;
    scene.applied().await;
    assert_eq!(handle.query(ask()).await.unwrap_err().code(), "account.removed");
    replace(&scene.path("stockbridge.toml"), &whole);
    assert_eq!(scene.applied().await.added, ["second", "wms"]);
    handle.query(ask()).await.unwrap();
    handle.query(StockQuery::skus(["daj1"])).await.unwrap();
}

#[tokio::test]
async fn a_file_that_vanishes_for_a_moment_or_is_cut_within_a_key_takes_nothing_away() {
    let mut scene = two().await;
    let whole = scene.whole();
    let path = scene.path("stockbridge.toml");
    for cut in [None, Some(whole.find("connector.wasm").unwrap()), Some(whole.rfind("secret").unwrap())] {
        match cut {
            None => fs::remove_file(&path).unwrap(),
            Some(end) => fs::write(&path, &whole[..end]).unwrap(),
        }
        let reason = scene.refused().await;
        assert!(reason.starts_with(&path.display().to_string()), "{reason}");
        assert_eq!(scene.names(), ["second", "wms"]);
        replace(&path, &whole);
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(scene.names(), ["second", "wms"]);
    }
}

/// A number at the end of a file whose last line is not terminated may have lost digits.
#[tokio::test]
async fn a_figure_that_may_be_cut_off_waits() {
    let mut scene = Scene::plain().await;
    let whole = scene.whole();
    fs::write(scene.path("stockbridge.toml"), format!("{whole}limits.deadline-ms = 20000\n")).unwrap();
    assert_eq!(scene.applied().await.reconfigured, ["wms"]);
    fs::write(scene.path("stockbridge.toml"), format!("{whole}limits.deadline-ms = 300")).unwrap();
    assert_eq!(scene.pending().await.0, ["accounts.wms.limits.deadline-ms"]);
    fs::write(scene.path("stockbridge.toml"), format!("{whole}limits.deadline-ms = 30000\n")).unwrap();
    scene.withdrawn().await;
    assert_eq!(scene.applied().await.reconfigured, ["wms"]);
}

#[tokio::test]
async fn a_secret_that_has_become_its_own_beginning_waits() {
    let mut scene = Scene::plain().await;
    fs::write(scene.path("secret"), "demo-sec").unwrap();
    assert_eq!(scene.pending().await.0, ["accounts.wms.secrets.secret"]);
    fs::write(scene.path("secret"), "demo-secret\n").unwrap();
    scene.withdrawn().await;
    scene.account().query(query(Provider::WdtEnterprise).unwrap()).await.unwrap();
}

#[tokio::test]
async fn taking_over_in_code_waits_for_nothing() {
    let mut scene = two().await;
    let begun = Instant::now();
    let config = stockbridge::Config::from_file(scene.path("stockbridge.toml")).unwrap();
    drop(scene.watch.take());
    let mut less = config.clone();
    less.accounts.retain(|account| account.name() == "wms");
    assert_eq!(scene.host.apply(less).await.unwrap().removed, ["second"]);
    assert!(begun.elapsed() < WatchOptions::REMOVAL_DELAY);
    assert_eq!(WatchOptions::REMOVAL_DELAY, Duration::from_secs(5));
}
