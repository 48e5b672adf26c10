//! Blocking work: runs off the runtime's threads.

use tracing::dispatcher::{get_default, with_default};

use crate::error::{Error, ErrorKind};

/// Runs work on the blocking pool. Compiling and reading files would hold the runtime's threads too long.
///
/// What it logs goes where its caller's events go, also with a subscriber that is the default of the caller's thread alone.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let subscriber = get_default(Clone::clone);
    tokio::task::spawn_blocking(move || with_default(&subscriber, work))
        .await
        .map_err(|error| ErrorKind::Runtime(format!("a task of the host ended early ({error})")).into())
}
