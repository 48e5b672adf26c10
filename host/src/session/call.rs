//! A running call: it stays on the version that it began on, and reports at its end whether that version was at fault.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deployment::Deployment;
use super::swap::{InCall, Trial, Version};
use crate::error::{ConnectorFault, Error, ErrorKind};
use crate::rate::for_answer;
use crate::sandbox::call::Deadline;
use crate::sandbox::http::Late;

/// Acts on a version that failed its probation.
pub(crate) trait TrialJudge: Send + Sync {
    /// The trial failed for this reason: the replaced version serves again.
    fn trial_failed(&self, trial: &Arc<Trial>, reason: String);
}

/// A call on a version. Dropping it uncounts the call, and records no fault of its version.
pub(crate) struct Call {
    /// None if the version is not on a watched probation.
    judge: Option<Arc<dyn TrialJudge>>,
    call: InCall<Deployment>,
    deadline: Deadline,
}

/// The version of a call, pinned for later calls. Their faults count in its probation, too.
#[derive(Clone)]
pub(crate) struct VersionPin(InCall<Deployment>);

impl Call {
    pub(crate) fn new(judge: Option<Arc<dyn TrialJudge>>, call: InCall<Deployment>) -> Call {
        let deployment = call.value();
        deployment.call_begins();
        let deadline = Deadline::after(deployment.grants.limits.deadline);
        Call { judge, call, deadline }
    }

    /// A call on a version that serves no account.
    pub(crate) fn alone(deployment: Arc<Deployment>) -> Call {
        Call::new(None, Version::proven(deployment).call())
    }

    /// A call on a pinned version, whichever version serves now.
    pub(crate) fn on(judge: Arc<dyn TrialJudge>, VersionPin(call): VersionPin) -> Call {
        Call::new(Some(judge), call)
    }

    /// Pins the version of this call.
    pub(crate) fn stay(&self) -> VersionPin {
        VersionPin(self.call.clone())
    }

    /// Shortens the deadline to what the caller wants. It is never extended.
    pub(crate) fn within(mut self, wanted: Option<Duration>) -> Call {
        if let Some(wanted) = wanted.filter(|wanted| *wanted < self.deadline.allowed) {
            self.deadline = Deadline::after(wanted);
        }
        self
    }

    /// Deadline of the whole call, all attempts included.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Time left until the deadline.
    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.at.saturating_duration_since(Instant::now())
    }

    /// Checks that enough time is left to begin an attempt.
    ///
    /// # Errors
    /// Too little time is left. Nothing was sent.
    pub(crate) fn in_time(&self) -> Result<(), Error> {
        let (left, least) = (self.time_left(), self.grants.limits.min_time_left);
        if left < least { Err(Late::TooLittleTime { left, least }.error(&self.grants.account)) } else { Ok(()) }
    }

    /// Waits until no method of an operation is paused by a rate limit of the provider.
    ///
    /// # Errors
    /// The pause ends too late to get an answer within the deadline. Nothing was sent.
    pub(crate) async fn unpaused(&self, operation: &str) -> Result<(), Error> {
        if !self.grants.pacer.is_limited() {
            return Ok(());
        }
        // Keep time for the answer: one that arrives after the deadline is lost.
        let reserve = for_answer(self.time_left()).max(self.grants.limits.min_time_left);
        let latest = self.deadline.at.checked_sub(reserve).unwrap_or(self.deadline.at);
        let free = self.grants.pacer.methods_free(self.methods(operation), latest).await;
        free.map_err(|(method, wait)| {
            ErrorKind::Paused { account: self.grants.account.to_string(), method, wait }.into()
        })
    }

    /// Ends the call, with its error if it failed.
    pub(crate) fn ended(self, error: Option<&Error>) {
        let fault = error.and_then(|error| match error.kind() {
            ErrorKind::Connector { fault: ConnectorFault::Deadline { waiting: true, .. }, .. } => None,
            // A deadline shorter than the account's limit proves no fault of the version.
            ErrorKind::Connector { fault: ConnectorFault::Deadline { allowed, .. }, .. }
                if *allowed < self.grants.limits.deadline =>
            {
                None
            }
            ErrorKind::Connector { fault, .. } => Some(fault),
            _ => None,
        });
        if let (Some(trial), Some(fault), Some(judge)) = (self.call.clone().ended(fault.is_some()), fault, &self.judge)
        {
            judge.trial_failed(&trial, fault.to_string());
        }
    }
}

impl Deref for Call {
    type Target = Deployment;

    fn deref(&self) -> &Deployment {
        self.call.value()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.call.value().call_ends();
    }
}
