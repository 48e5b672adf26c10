//! The host as what finishes writes: the accounts that it has send them again, or look for them.

use std::sync::Arc;

use stockbridge_journal::{Entry, Finisher, Intent, RetryTerms, StoreError, WriteStatus};

use super::account::Account;
use super::state::HostState;

impl Finisher for HostState {
    type Account = Account;

    fn account_for(self: &Arc<Self>, intent: &Intent) -> Option<Account> {
        Account::that_may_finish(self, intent)
    }

    fn terms(&self, account: &Account, operation: &str) -> Option<RetryTerms> {
        account.terms(operation).ok()
    }

    async fn repeat(&self, account: Account, entry: Box<Entry>) {
        account.repeat(entry).await;
    }

    async fn look_up(&self, account: Account, entry: Box<Entry>, standing: &WriteStatus) -> Result<(), StoreError> {
        account.look_up(entry, standing).await
    }

    async fn as_a_write<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.writes.run(work).await.ok()
    }
}
