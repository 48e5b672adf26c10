//! A rollout: one connector version that accounts took over together, and how its probation goes.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use stockbridge_model::{Digest, Timestamp};
use tokio::task::AbortHandle;

use super::Registry;
use crate::session::swap::{Limits, Trial};

/// A version on probation, or what became of it.
pub(super) struct Rollout {
    pub(super) to: Digest,
    pub(super) at: Timestamp,
    pub(super) trial: Arc<Trial>,
    /// Why it failed.
    reason: OnceLock<String>,
}

impl Rollout {
    pub(super) fn new(to: Digest, limits: Limits) -> Arc<Rollout> {
        let trial = Arc::new(Trial::new(limits));
        Arc::new(Rollout { to, at: Timestamp::now(), trial, reason: OnceLock::new() })
    }

    /// To a version that needs no probation.
    pub(super) fn over(to: Digest) -> Arc<Rollout> {
        let rollout = Rollout::new(to, Limits { faults: 1, percent: 100 });
        rollout.trial.pass();
        rollout
    }

    pub(super) fn reason(&self) -> String {
        self.reason.get().cloned().unwrap_or_default()
    }

    /// What is said first stands.
    pub(super) fn failed_because(&self, reason: String) {
        drop(self.reason.set(reason));
    }
}

/// A rollout whose probation is not over, and the task that ends it in the version's favour.
pub(super) struct Open {
    pub(super) rollout: Arc<Rollout>,
    timer: AbortHandle,
}

impl Open {
    pub(super) fn begin(rollout: Arc<Rollout>, period: Duration, registry: Weak<Registry>) -> Open {
        let its = rollout.clone();
        let timer = tokio::spawn(async move {
            tokio::time::sleep(period).await;
            if its.trial.pass()
                && let Some(registry) = registry.upgrade()
            {
                registry.passed(&its);
            }
        });
        Open { rollout, timer: timer.abort_handle() }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.timer.abort();
    }
}
