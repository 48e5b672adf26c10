//! One child from its start to its end: its output, and how it ended.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use stockbridge::journal::Failpoint;

use super::words::{End, Line, Plan};

/// A child that takes longer hangs.
const HANG: Duration = Duration::from_secs(60);
const SIGKILL: i32 = 9;

/// Results of a child.
pub(super) struct Generation {
    pub(super) lines: Vec<Line>,
    pub(super) end: Ended,
    pub(super) took: Duration,
}

/// How a child ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    /// Killed at a failpoint.
    At(Failpoint),
    /// Killed at a random time.
    AtRandom,
    /// Killed after all callers had their results, while the host was idle or in recovery.
    Idle,
    /// Exited by itself.
    Alone,
    /// Hung, or exited wrongly.
    Wrong,
}

/// Runs a child, and kills it after this time if the plan says so.
pub(super) fn run(plan: &Plan, after: Duration) -> Generation {
    let begun = Instant::now();
    let mut child = started(plan);
    let lines = lines(&mut child);
    let mut received = Vec::new();
    let deadline = begun + if plan.end == End::Killed { after } else { HANG };
    let killed = loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let idle = matches!(line, Line::Done) && plan.end != End::InPeace;
                received.push(line);
                if idle {
                    break Some(Ended::Idle);
                }
            }
            Err(RecvTimeoutError::Timeout) if plan.end == End::Killed => break Some(Ended::AtRandom),
            Err(RecvTimeoutError::Timeout) => break Some(Ended::Wrong),
            Err(RecvTimeoutError::Disconnected) => break None,
        }
    };
    if killed.is_some() {
        child.kill().unwrap();
    }
    // Output before its death counts.
    received.extend(lines);
    let status = child.wait().unwrap();
    let end = match (killed, plan.end) {
        (_, _) if status.success() => Ended::Alone,
        (Some(killed), _) if status.signal() == Some(SIGKILL) => killed,
        (None, End::At { point, .. }) if status.signal() == Some(SIGKILL) => Ended::At(Failpoint::ALL[point]),
        _ => Ended::Wrong,
    };
    Generation { lines: received, end, took: begun.elapsed() }
}

/// Starts the child. For a full disk a shell ignores the signal that would kill the child instead of giving it an error.
fn started(plan: &Plan) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = if plan.full.is_some() {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program);
        shell
    } else {
        Command::new(program)
    };
    command.arg("child").arg(serde_json::to_string(plan).unwrap());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// The child's lines as they arrive, until it ends.
fn lines(child: &mut Child) -> Receiver<Line> {
    let (sender, received) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in out.lines() {
            let line = serde_json::from_str(&line.unwrap()).unwrap();
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    received
}
