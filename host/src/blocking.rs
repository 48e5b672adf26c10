//! Work that is long in one piece.

use crate::error::{Error, ErrorKind};

/// Compiling and reading files take long enough to keep others from the runtime's threads.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ErrorKind::Runtime(format!("a task of the host ended early ({error})")).into())
}
