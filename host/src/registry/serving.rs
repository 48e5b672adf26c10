//! What serves an account: a connector, what the account grants it, and what it can do with that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::component::Connector;
use crate::contract::Reader;
use crate::engine::Runtime;
use crate::error::Error;
use crate::grants::Grants;
use crate::model::{OperationSupport, Timestamp};

/// A connector under an account's configuration. It does not change: another configuration is another one of these.
pub(crate) struct Serving {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) connector: Arc<Connector>,
    pub(crate) grants: Arc<Grants>,
    pub(crate) operations: Arc<[OperationSupport]>,
    pub(super) since: Timestamp,
    calls: AtomicUsize,
}

impl Serving {
    /// Opens an account.
    ///
    /// # Errors
    /// The connector cannot say what the account can do.
    pub(super) async fn open(
        runtime: &Arc<Runtime>,
        connector: Arc<Connector>,
        grants: Grants,
    ) -> Result<Arc<Serving>, Error> {
        let grants = Arc::new(grants);
        let operations = connector.operations(runtime, &grants).await?;
        Ok(Arc::new(Serving {
            runtime: runtime.clone(),
            connector,
            grants,
            operations: operations.into(),
            since: Timestamp::now(),
            calls: AtomicUsize::new(0),
        }))
    }

    /// The provider's methods behind an operation; none of one that it does not offer.
    pub(crate) fn methods(&self, operation: &str) -> &[String] {
        let support = self.operations.iter().find(|support| support.operation == operation);
        support.map_or(&[], |support| &support.methods)
    }

    /// What reads its answers.
    pub(crate) fn reader(&self) -> Reader<'_> {
        let grants = &self.grants;
        Reader { account: &grants.account, rows: grants.limits.rows, redactor: grants.secrets.redactor() }
    }

    /// Calls that are on their way.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) fn call_begins(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn call_ends(&self) {
        self.calls.fetch_sub(1, Ordering::Relaxed);
    }
}
