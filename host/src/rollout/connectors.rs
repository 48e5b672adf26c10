//! The connectors that have passed the gate: accounts with the same component share its compiled code, for as long as one
//! of them or a call on it is left.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::Digest;

use crate::connector::Connector;

/// By digest. What nobody uses is gone.
#[derive(Default)]
pub(super) struct Connectors(Mutex<HashMap<Digest, Weak<Connector>>>);

impl Connectors {
    pub(super) fn insert(&self, connector: &Arc<Connector>) {
        let mut known = self.known();
        known.retain(|_, connector| connector.strong_count() > 0);
        known.insert(connector.digest, Arc::downgrade(connector));
    }

    /// Those that are in memory.
    pub(super) fn all(&self) -> Vec<Arc<Connector>> {
        self.known().values().filter_map(Weak::upgrade).collect()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Digest, Weak<Connector>>> {
        self.0.lock()
    }
}
