//! Write tasks, owned by the host: dropping the caller's future does not cancel a write; shutting the host down does.

use std::time::Instant;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use parking_lot::{Mutex, MutexGuard};

/// The tasks of running writes. None once the host is shut down.
pub(crate) struct WriteTasks(Mutex<Option<JoinSet<()>>>);

impl Default for WriteTasks {
    fn default() -> WriteTasks {
        WriteTasks(Mutex::new(Some(JoinSet::new())))
    }
}

/// Why a task gave no answer.
pub(crate) enum TaskLost {
    /// The host is shut down: the task was never started.
    Closed,
    /// The task ended early.
    Lost,
}

impl WriteTasks {
    /// Runs a write to its end, even if its caller stops waiting.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        write: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, TaskLost> {
        let (answer, answered) = oneshot::channel();
        match &mut *self.tasks() {
            None => return Err(TaskLost::Closed),
            Some(tasks) => {
                // Release finished tasks.
                while tasks.try_join_next().is_some() {}
                tasks.spawn(async move { drop(answer.send(write.await)) });
            }
        }
        answered.await.map_err(|_| TaskLost::Lost)
    }

    /// Starts no more writes, and waits for the running ones. Returns the number of writes cut off at the deadline.
    pub(crate) async fn drain(&self, deadline: Instant) -> usize {
        let Some(mut tasks) = self.tasks().take() else { return 0 };
        let all = async { while tasks.join_next().await.is_some() {} };
        drop(tokio::time::timeout_at(deadline.into(), all).await);
        while tasks.try_join_next().is_some() {}
        let left = tasks.len();
        tasks.shutdown().await;
        left
    }

    fn tasks(&self) -> MutexGuard<'_, Option<JoinSet<()>>> {
        self.0.lock()
    }
}
