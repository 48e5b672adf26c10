//! What a process leaves behind that is killed in the middle of its writes, with 100,000 open ones before.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use stockbridge::Host;

use crate::redb_alone::{Commits, RedbAlone};
use crate::writes::{Lost, at_once, occupy, runtime, top};
use crate::{Kept, records_of_an_open_write};

/// What the bench is started with again, to be killed.
pub(crate) const WRITES: &str = "--writes-until-killed";
pub(crate) const OPEN: usize = 100_000;
const FILLED: &str = "filled";

/// Has a process write there, and kills it.
pub(crate) fn leave(kept: Kept, directory: &Path) {
    std::fs::create_dir(directory).expect("a directory");
    let this = std::env::current_exe().expect("this program");
    let mut writer = Command::new(this)
        .args([WRITES, kept.name()])
        .arg(directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program again");
    let says = BufReader::new(writer.stdout.take().expect("what it says"));
    assert!(says.lines().map_while(Result::ok).any(|line| line == FILLED), "it ended too early");
    std::thread::sleep(Duration::from_millis(300));
    writer.kill().expect("a process");
    writer.wait().expect("its end");
}

/// Writes there until it is killed.
pub(crate) fn write(kept: Kept, directory: &Path) {
    let file = directory.join("journal");
    let runtime = runtime(2);
    match kept {
        Kept::Memory => {}
        Kept::Log => {
            // Longer than this takes, so that nothing is sent again.
            let waits = Host::builder().recovery_waits(Duration::from_secs(600), Duration::from_secs(600));
            let host = runtime.block_on(waits.transport(Lost::default()).build(top().journal(file)));
            let account = host.as_ref().expect("a host").account("top").expect("the account");
            let one = move || {
                let account = account.clone();
                async move { occupy(&account).await }
            };
            at_once(&runtime, OPEN, one.clone());
            println!("{FILLED}");
            at_once(&runtime, usize::MAX, one);
        }
        Kept::OnePhase => redb_alone(&file, Commits::OnePhase),
        Kept::QuickRepair => redb_alone(&file, Commits::QuickRepair),
    }
}

fn redb_alone(file: &Path, commits: Commits) {
    let store = Arc::new(RedbAlone::new(file, commits, &records_of_an_open_write()));
    let (runtime, last) = (runtime(2), Arc::new(AtomicU64::new(0)));
    let one = move || {
        let (store, last) = (store.clone(), last.clone());
        async move {
            let id = last.fetch_add(1, Ordering::Relaxed);
            store.intend(id).await;
            store.leave_open(id).await;
        }
    };
    at_once(&runtime, OPEN, one.clone());
    println!("{FILLED}");
    at_once(&runtime, usize::MAX, one);
}
