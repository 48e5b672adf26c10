//! Deployments: a connector with an account's grants, and the operations that it supports with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use stockbridge_model::{OperationSupport, Timestamp};

use crate::connector::Connector;
use crate::error::{Error, ErrorKind};
use crate::sandbox::contract::Reader;
use crate::sandbox::{Grants, Sandbox};

/// A connector under an account's configuration. It is immutable: another configuration makes another deployment.
pub(crate) struct Deployment {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) connector: Arc<Connector>,
    pub(crate) grants: Arc<Grants>,
    pub(crate) operations: Arc<[OperationSupport]>,
    pub(crate) since: Timestamp,
    calls: AtomicUsize,
}

impl Deployment {
    /// Opens an account.
    ///
    /// # Errors
    /// The connector does not report the account's operations.
    pub(crate) async fn open(
        sandbox: &Arc<Sandbox>,
        connector: Arc<Connector>,
        grants: Grants,
    ) -> Result<Arc<Deployment>, Error> {
        let grants = Arc::new(grants);
        let operations = connector.operations(sandbox, &grants).await?;
        Ok(Arc::new(Deployment {
            sandbox: sandbox.clone(),
            connector,
            grants,
            operations: operations.into(),
            since: Timestamp::now(),
            calls: AtomicUsize::new(0),
        }))
    }

    /// The account's support of an operation.
    ///
    /// # Errors
    /// The account does not offer the operation.
    pub(crate) fn offered(&self, operation: &str) -> Result<&OperationSupport, Error> {
        self.operations.iter().find(|support| support.operation == operation).ok_or_else(|| {
            let offered = self.operations.iter().map(|support| support.operation.clone()).collect();
            let (account, operation) = (self.grants.account.to_string(), operation.to_owned());
            ErrorKind::Unsupported { account, operation, offered }.into()
        })
    }

    /// The provider's methods behind an operation; none if the operation is not offered.
    pub(crate) fn methods(&self, operation: &str) -> &[String] {
        let support = self.operations.iter().find(|support| support.operation == operation);
        support.map_or(&[], |support| &support.methods)
    }

    /// Reader of the connector's results.
    pub(crate) fn reader(&self) -> Reader<'_> {
        let grants = &self.grants;
        Reader { account: &grants.account, rows: grants.limits.rows, redactor: grants.secrets.redactor() }
    }

    /// Number of running calls.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn call_begins(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn call_ends(&self) {
        self.calls.fetch_sub(1, Ordering::Relaxed);
    }
}
