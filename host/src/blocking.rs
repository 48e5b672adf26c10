//! Blocking work: runs off the runtime's threads.

use crate::error::{Error, ErrorKind};

/// Runs work on the blocking pool. Compiling and reading files would hold the runtime's threads too long.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ErrorKind::Runtime(format!("a task of the host ended early ({error})")).into())
}
