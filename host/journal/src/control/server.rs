//! The host's side.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{AbortHandle, JoinSet};

use super::{Address, ControlRequest, ControlResponse, beside};
use crate::Journal;
use crate::error::JournalError;

/// How long a whole exchange may take: a copy of a large journal takes minutes.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How long a request may take to come, and each piece of an answer to be taken: who does neither takes a connection from others.
const LONGEST_ASKING: Duration = Duration::from_secs(5);
const LONGEST_TAKING: Duration = Duration::from_secs(10);
/// A piece of an answer, in bytes.
const PIECE: usize = 64 * 1024;
/// The longest request, in bytes.
const LONGEST_REQUEST: u64 = 64 * 1024;
/// The most connections at the same time; more wait.
const AT_ONCE: usize = 64;

/// The socket and the task that answers on it, until this is dropped.
pub struct Control {
    socket: PathBuf,
    task: AbortHandle,
}

impl Control {
    /// Opens the socket of a journal that this host works on, so that whatever stands in its place is an earlier host's.
    ///
    /// # Errors
    /// It cannot be made there.
    pub(crate) fn open(journal: &Arc<Journal>, file: &Path) -> io::Result<Control> {
        use std::os::unix::fs::PermissionsExt as _;
        let socket = beside(file);
        match std::fs::symlink_metadata(&socket) {
            Ok(found) if is_socket(&found) => std::fs::remove_file(&socket)?,
            Ok(_) => {
                let problem = format!(
                    "{} is there, and is no socket: it is left alone; move it elsewhere for commands to reach this host",
                    socket.display()
                );
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let listener = UnixListener::bind(&Address::of(&socket)?.path)?;
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
        let task = tokio::spawn(serve(listener, journal.clone())).abort_handle();
        Ok(Control { socket, task })
    }

    /// Answers nobody any more.
    pub fn close(&self) {
        self.task.abort();
        // Another host may have come in the meantime only if this one let the journal go, which it does after this.
        if std::fs::symlink_metadata(&self.socket).is_ok_and(|found| is_socket(&found)) {
            drop(std::fs::remove_file(&self.socket));
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.close();
    }
}

fn is_socket(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.file_type().is_socket()
}

async fn serve(listener: UnixListener, journal: Arc<Journal>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= AT_ONCE {
            connections.join_next().await;
        }
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, perhaps: whoever wants something asks again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        if is_ours(&stream) {
            let journal = journal.clone();
            connections.spawn(async move {
                // Who goes away before the answer wants none.
                drop(tokio::time::timeout(LONGEST, exchange(stream, &journal)).await);
            });
        }
    }
}

/// Whether the other end is the host's own user, or root.
fn is_ours(stream: &UnixStream) -> bool {
    let user = stream.peer_cred().map(|credentials| credentials.uid());
    user.is_ok_and(|user| user == 0 || user == rustix::process::geteuid().as_raw())
}

async fn exchange(mut stream: UnixStream, journal: &Arc<Journal>) -> io::Result<()> {
    let mut line = Vec::new();
    let (read, mut write) = stream.split();
    let mut asking = BufReader::new(read.take(LONGEST_REQUEST));
    tokio::time::timeout(LONGEST_ASKING, asking.read_until(b'\n', &mut line)).await??;
    let told = match serde_json::from_slice(&line) {
        Ok(asked) => answer(journal, asked).await.unwrap_or_else(ControlResponse::Refused),
        Err(error) => ControlResponse::Refused(JournalError::Unwritable {
            reason: format!("the request is not understood ({error})"),
        }),
    };
    let mut answer = serde_json::to_vec(&told)?;
    answer.push(b'\n');
    for piece in answer.chunks(PIECE) {
        tokio::time::timeout(LONGEST_TAKING, write.write_all(piece)).await??;
    }
    write.shutdown().await
}

async fn answer(journal: &Arc<Journal>, asked: ControlRequest) -> Result<ControlResponse, JournalError> {
    Ok(match asked {
        ControlRequest::List(filter) => ControlResponse::Writes(journal.list(&filter).await?),
        ControlRequest::Story(id) => ControlResponse::Story(journal.history(id).await?.map(Box::new)),
        ControlRequest::Settle(id, word) => ControlResponse::Settled(Box::new(journal.settle(id, word).await?)),
        ControlRequest::Gaps => ControlResponse::Gaps(journal.gaps()),
        ControlRequest::CloseGap(word) => ControlResponse::Gaps(journal.close_gap(word).await?),
        ControlRequest::BackUp(file) => ControlResponse::Copied(Box::new(journal.back_up(file).await?)),
        ControlRequest::Verify => ControlResponse::Verified(Box::new(journal.verify().await?)),
        ControlRequest::Identity => ControlResponse::Identity(journal.identity()),
        ControlRequest::Accounts => ControlResponse::Accounts(journal.accounts().await?),
    })
}
