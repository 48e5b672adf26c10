//! A call on its way: it stays on the version that it began on, and says at its end whether that was at fault.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::deployment::Deployment;
use super::swap::{InCall, Trial, Version};
use crate::error::{ConnectorFault, Error, ErrorKind};
use crate::rate::for_answer;
use crate::sandbox::call::Deadline;
use crate::sandbox::http::Late;

/// Acts on a version that went wrong on probation.
pub(crate) trait TrialJudge: Send + Sync {
    /// The trial failed, for this reason: what the version replaced serves again.
    fn trial_failed(&self, trial: &Arc<Trial>, reason: String);
}

/// A call on a version. One that is dropped is no longer counted, and nothing is held against its version.
pub(crate) struct Call {
    /// None where the version is on no probation that anybody follows.
    judge: Option<Arc<dyn TrialJudge>>,
    call: InCall<Deployment>,
    deadline: Deadline,
}

/// The version that a call was on, held on to for later calls. What they do counts in its probation, too.
#[derive(Clone)]
pub(crate) struct VersionPin(InCall<Deployment>);

impl Call {
    pub(crate) fn new(judge: Option<Arc<dyn TrialJudge>>, call: InCall<Deployment>) -> Call {
        let serving = call.value();
        serving.call_begins();
        let deadline = Deadline::after(serving.grants.limits.deadline);
        Call { judge, call, deadline }
    }

    /// A call on a version that serves no account.
    pub(crate) fn alone(deployment: Arc<Deployment>) -> Call {
        Call::new(None, Version::proven(deployment).call())
    }

    /// A call on a version that is held on to, whatever serves by now.
    pub(crate) fn on(judge: Arc<dyn TrialJudge>, VersionPin(call): VersionPin) -> Call {
        Call::new(Some(judge), call)
    }

    /// Holds on to the version.
    pub(crate) fn stay(&self) -> VersionPin {
        VersionPin(self.call.clone())
    }

    /// The same, to end as the caller wants it to, though not later.
    pub(crate) fn within(mut self, wanted: Option<Duration>) -> Call {
        if let Some(wanted) = wanted.filter(|wanted| *wanted < self.deadline.allowed) {
            self.deadline = Deadline::after(wanted);
        }
        self
    }

    /// When it ends, whatever is done in it and however often.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// What is left till then.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.at.saturating_duration_since(Instant::now())
    }

    /// What is not begun: what could not be finished in the time that is left.
    ///
    /// # Errors
    /// Too little of it is left. Nothing was sent.
    pub(crate) fn in_time(&self) -> Result<(), Error> {
        let (left, least) = (self.left(), self.grants.limits.min_time_left);
        if left < least { Err(Late::TooLittleTime { left, least }.error(&self.grants.account)) } else { Ok(()) }
    }

    /// Waits until the provider takes requests for an operation again, where it has limited one of its methods.
    ///
    /// # Errors
    /// It does so only when there is no time left for an answer. Nothing was sent.
    pub(crate) async fn unpaused(&self, operation: &str) -> Result<(), Error> {
        if !self.grants.pacer.is_limited() {
            return Ok(());
        }
        // What is sent as the call ends is answered to nobody.
        let reserve = for_answer(self.left()).max(self.grants.limits.min_time_left);
        let latest = self.deadline.at.checked_sub(reserve).unwrap_or(self.deadline.at);
        let free = self.grants.pacer.methods_free(self.methods(operation), latest).await;
        free.map_err(|(method, wait)| {
            ErrorKind::Paused { account: self.grants.account.to_string(), method, wait }.into()
        })
    }

    /// Ends it with its error, if it has one.
    pub(crate) fn ended(self, error: Option<&Error>) {
        let fault = error.and_then(|error| match error.kind() {
            ErrorKind::Connector { fault: ConnectorFault::Deadline { waiting: true, .. }, .. } => None,
            // Who wants an answer sooner than the account allows says nothing about the version.
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
