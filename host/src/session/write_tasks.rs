//! The tasks in which writes run. They are the host's: a caller that goes away ends none of them, the host's end does.

use std::time::Instant;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use parking_lot::{Mutex, MutexGuard};

/// The tasks of the writes that are on their way. None once the host is shut down.
pub(crate) struct WriteTasks(Mutex<Option<JoinSet<()>>>);

impl Default for WriteTasks {
    fn default() -> WriteTasks {
        WriteTasks(Mutex::new(Some(JoinSet::new())))
    }
}

/// Why there is no answer of a task.
pub(crate) enum TaskLost {
    /// The host is shut down: it was never begun.
    Closed,
    /// It ended early.
    Lost,
}

impl WriteTasks {
    /// Runs a write to its end, whatever becomes of whoever waits for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        write: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, TaskLost> {
        let (answer, answered) = oneshot::channel();
        match &mut *self.tasks() {
            None => return Err(TaskLost::Closed),
            Some(tasks) => {
                // Those that have ended are let go on the way.
                while tasks.try_join_next().is_some() {}
                tasks.spawn(async move { drop(answer.send(write.await)) });
            }
        }
        answered.await.map_err(|_| TaskLost::Lost)
    }

    /// Begins no more, and waits for those that were begun. How many had to be ended at the deadline.
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
