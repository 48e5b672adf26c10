//! A call on its way: it stays on the version that it began on, and says at its end whether that was at fault.

use std::ops::Deref;
use std::sync::Arc;

use super::Registry;
use super::serving::Serving;
use super::swap::InCall;
use crate::error::{ConnectorFault, Error, ErrorKind};

/// A call on a version. One that is dropped is no longer counted, and nothing is held against its version.
pub(crate) struct Call {
    registry: Arc<Registry>,
    serving: Arc<Serving>,
    /// None when it has ended.
    call: Option<InCall<Serving>>,
}

impl Call {
    pub(super) fn new(registry: Arc<Registry>, call: InCall<Serving>) -> Call {
        let serving = call.value().clone();
        serving.call_begins();
        Call { registry, serving, call: Some(call) }
    }

    /// A call on a version that is held on to, whatever serves by now.
    pub(crate) fn on(registry: Arc<Registry>, serving: Arc<Serving>) -> Call {
        Call::new(registry, InCall::on(serving))
    }

    /// The version.
    pub(crate) fn serving(&self) -> &Arc<Serving> {
        &self.serving
    }

    /// Ends it with its error, if it has one. `waiting`: the deadline passed while it waited for somebody else.
    pub(crate) fn ended(mut self, error: Option<&Error>, waiting: bool) {
        let Some(call) = self.call.take() else { return };
        let fault = error.and_then(|error| match error.kind() {
            ErrorKind::Connector { fault: ConnectorFault::Deadline(_), .. } if waiting => None,
            ErrorKind::Connector { fault, .. } => Some(fault),
            _ => None,
        });
        if let (Some(trial), Some(fault)) = (call.ended(fault.is_some()), fault) {
            self.registry.failed(&trial, fault.to_string());
        }
    }
}

impl Deref for Call {
    type Target = Serving;

    fn deref(&self) -> &Serving {
        &self.serving
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.serving.call_ends();
    }
}
