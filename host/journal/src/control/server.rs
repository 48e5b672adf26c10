//! Host side of the control socket.

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

/// Timeout of a whole exchange: a copy of a large journal takes minutes.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Timeouts for a request to arrive, and for each chunk of an answer to be read: a stalled client blocks a connection for others.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const CHUNK_TIMEOUT: Duration = Duration::from_secs(10);
/// Size of a chunk of an answer, in bytes.
const CHUNK_SIZE: usize = 64 * 1024;
/// Maximum length of a request, in bytes.
const MAX_REQUEST: u64 = 64 * 1024;
/// Maximum number of simultaneous connections; more have to wait.
const MAX_CONNECTIONS: usize = 64;

/// The socket and the task that answers on it, until this is dropped.
pub struct Control {
    socket: PathBuf,
    task: AbortHandle,
}

impl Control {
    /// Opens the socket of a journal that this host holds, so that a socket in its place is an earlier host's.
    ///
    /// # Errors
    /// It cannot be created there.
    pub(crate) fn open(journal: &Arc<Journal>, file: &Path) -> io::Result<Control> {
        use std::os::unix::fs::PermissionsExt as _;
        let socket = beside(file);
        match std::fs::symlink_metadata(&socket) {
            Ok(found) if is_socket(&found) => std::fs::remove_file(&socket)?,
            Ok(_) => {
                let problem = format!(
                    "{} exists and is not a socket: it was not touched; move it elsewhere for commands to reach this host",
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

    /// Stops answering and removes the socket.
    pub fn close(&self) {
        self.task.abort();
        // Another host can have replaced it only if this one released the journal, which it does after this.
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
        while connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        let Ok((stream, _)) = listener.accept().await else {
            // Possibly out of file descriptors: the client will try again.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        if is_allowed(&stream) {
            let journal = journal.clone();
            connections.spawn(async move {
                // A client that disconnects early needs no answer.
                drop(tokio::time::timeout(EXCHANGE_TIMEOUT, exchange(stream, &journal)).await);
            });
        }
    }
}

/// Whether the peer is the host's own user, or root.
fn is_allowed(stream: &UnixStream) -> bool {
    let user = stream.peer_cred().map(|credentials| credentials.uid());
    user.is_ok_and(|user| user == 0 || user == rustix::process::geteuid().as_raw())
}

async fn exchange(mut stream: UnixStream, journal: &Arc<Journal>) -> io::Result<()> {
    let mut line = Vec::new();
    let (read, mut write) = stream.split();
    let mut reader = BufReader::new(read.take(MAX_REQUEST));
    tokio::time::timeout(REQUEST_TIMEOUT, reader.read_until(b'\n', &mut line)).await??;
    let response = match serde_json::from_slice(&line) {
        Ok(request) => answer(journal, request).await.unwrap_or_else(ControlResponse::Refused),
        Err(error) => ControlResponse::Refused(JournalError::Unwritable {
            reason: format!("the request is not understood ({error})"),
        }),
    };
    let mut answer = serde_json::to_vec(&response)?;
    answer.push(b'\n');
    for chunk in answer.chunks(CHUNK_SIZE) {
        tokio::time::timeout(CHUNK_TIMEOUT, write.write_all(chunk)).await??;
    }
    write.shutdown().await
}

async fn answer(journal: &Arc<Journal>, request: ControlRequest) -> Result<ControlResponse, JournalError> {
    Ok(match request {
        ControlRequest::List(filter) => ControlResponse::Writes(journal.list(&filter).await?),
        ControlRequest::Story(id) => ControlResponse::Story(journal.history(id).await?.map(Box::new)),
        ControlRequest::Settle(id, decision) => ControlResponse::Settled(Box::new(journal.settle(id, decision).await?)),
        ControlRequest::Gaps => ControlResponse::Gaps(journal.gaps()),
        ControlRequest::CloseGap(decision) => ControlResponse::Gaps(journal.close_gap(decision).await?),
        ControlRequest::BackUp(file) => ControlResponse::Copied(Box::new(journal.back_up(file).await?)),
        ControlRequest::Verify => ControlResponse::Verified(Box::new(journal.verify().await?)),
        ControlRequest::Identity => ControlResponse::Identity(journal.identity()),
        ControlRequest::Accounts => ControlResponse::Accounts(journal.accounts().await?),
    })
}
