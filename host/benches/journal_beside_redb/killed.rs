//! Journal of a process that was killed during its writes, after 100,000 open ones.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use stockbridge::Host;

use crate::redb_alone::{Commits, RedbAlone};
use crate::writes::{Lost, at_once, occupy, runtime, top};
use crate::{Backend, records_of_an_open_write};

/// Argument for the rerun of this bench that gets killed.
pub(crate) const WRITES: &str = "--writes-until-killed";
pub(crate) const OPEN: usize = 100_000;
const FILLED: &str = "filled";

/// Starts a process that writes into `directory`, and kills it.
pub(crate) fn leave(backend: Backend, directory: &Path) {
    std::fs::create_dir(directory).expect("a directory");
    let program = std::env::current_exe().expect("this program");
    let mut writer = Command::new(program)
        .args([WRITES, backend.name()])
        .arg(directory)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program again");
    let output = BufReader::new(writer.stdout.take().expect("its output"));
    assert!(output.lines().map_while(Result::ok).any(|line| line == FILLED), "the writer ended too early");
    std::thread::sleep(Duration::from_millis(300));
    writer.kill().expect("a process");
    writer.wait().expect("its end");
}

/// Writes into `directory` until killed.
pub(crate) fn write(backend: Backend, directory: &Path) {
    let file = directory.join("journal");
    let runtime = runtime(2);
    match backend {
        Backend::Memory => {}
        Backend::Log => {
            // Longer than the run, to prevent resends.
            let builder = Host::builder().recovery_waits(Duration::from_secs(600), Duration::from_secs(600));
            let host = runtime.block_on(builder.transport(Lost::default()).build(top().journal(file)));
            let account = host.as_ref().expect("a host").account("top").expect("the account");
            let operation = move || {
                let account = account.clone();
                async move { occupy(&account).await }
            };
            at_once(&runtime, OPEN, operation.clone());
            println!("{FILLED}");
            at_once(&runtime, usize::MAX, operation);
        }
        Backend::OnePhase => write_to_redb(&file, Commits::OnePhase),
        Backend::QuickRepair => write_to_redb(&file, Commits::QuickRepair),
    }
}

fn write_to_redb(file: &Path, commits: Commits) {
    let store = Arc::new(RedbAlone::new(file, commits, &records_of_an_open_write()));
    let (runtime, next_id) = (runtime(2), Arc::new(AtomicU64::new(0)));
    let operation = move || {
        let (store, next_id) = (store.clone(), next_id.clone());
        async move {
            let id = next_id.fetch_add(1, Ordering::Relaxed);
            store.intend(id).await;
            store.leave_open(id).await;
        }
    };
    at_once(&runtime, OPEN, operation.clone());
    println!("{FILLED}");
    at_once(&runtime, usize::MAX, operation);
}
