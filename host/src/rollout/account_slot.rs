//! An account's place in the registry: its slot, the configuration that is wanted for it, and how its last swap ended.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_journal::application::Membership;
use stockbridge_model::{Digest, Timestamp};

use super::Registry;
use super::on_probation::Rollout;
use super::status::{AccountFailure, AccountStatus, SwapEnd, SwapStatus};
use crate::config::AccountConfig;
use crate::error::{Error, ErrorKind};
use crate::session::Call;
use crate::session::Deployment;
use crate::session::swap::{Slot, Verdict, Version};

/// The place of one account. Handles to the account hold it, whatever serves in it.
pub(crate) struct AccountSlot {
    pub(crate) name: String,
    pub(super) slot: Slot<Deployment>,
    wanted: Mutex<Wanted>,
}

struct Wanted {
    /// What serves, or what is to.
    config: AccountConfig,
    /// Its part in the application that it is, or was before it was removed; not known of one that never served.
    membership: Option<Arc<Membership>>,
    /// The version before the last swap, and the rollout that the swap was part of.
    swap: Option<(Digest, Arc<Rollout>)>,
    /// What is wrong with the latest configuration of the account, so that it is not taken over.
    failure: Option<(Error, Timestamp)>,
}

impl AccountSlot {
    pub(super) fn new(config: AccountConfig, serving: Arc<Deployment>) -> AccountSlot {
        let membership = Some(serving.grants.membership.clone());
        AccountSlot {
            name: config.name.clone(),
            slot: Slot::new(Version::proven(serving)),
            wanted: Mutex::new(Wanted { config, membership, swap: None, failure: None }),
        }
    }

    /// The place of an account that does not serve.
    pub(super) fn closed(config: AccountConfig) -> AccountSlot {
        let wanted = Wanted { config, membership: None, swap: None, failure: None };
        AccountSlot { name: wanted.config.name.clone(), slot: Slot::default(), wanted: Mutex::new(wanted) }
    }

    /// Whether this is the configuration that the account has, but for the component's bytes.
    pub(super) fn is_configured_as(&self, config: &AccountConfig) -> bool {
        self.wanted().config.asks_the_same_as(config)
    }

    /// The configuration that it serves under; none where it does not.
    pub(super) fn config(&self) -> Option<AccountConfig> {
        self.slot.current().map(|_| self.wanted().config.clone())
    }

    /// Takes over a configuration that asks for the same.
    pub(super) fn keep(&self, config: AccountConfig) {
        self.wanted().config = config;
    }

    /// Lets another version serve under a new configuration.
    pub(super) fn put(
        &self,
        config: AccountConfig,
        version: Version<Deployment>,
        swap: Option<(Digest, Arc<Rollout>)>,
    ) {
        let mut wanted = self.wanted();
        wanted.config = config;
        wanted.membership = Some(version.value().grants.membership.clone());
        if swap.is_some() {
            wanted.swap = swap;
        }
        self.slot.put(Some(version));
    }

    /// Lets it serve again, or for the first time. What it was before is over.
    pub(super) fn reopen(&self, config: AccountConfig, serving: Arc<Deployment>) {
        self.wanted().swap = None;
        self.put(config, Version::proven(serving), None);
    }

    /// Serves no more: the account is removed.
    pub(super) fn close(&self) {
        self.wanted().failure = None;
        self.slot.put(None);
    }

    /// Notes what is wrong with its latest configuration, or that nothing is. Whether that is news.
    pub(super) fn note_failure(&self, failure: Option<Error>) -> bool {
        let mut wanted = self.wanted();
        let text = |error: &Error| (error.code(), error.to_string());
        let before = wanted.failure.as_ref().map(|(error, _)| text(error));
        let is_news = before != failure.as_ref().map(text);
        if is_news {
            wanted.failure = failure.map(|error| (error, Timestamp::now()));
        }
        is_news
    }

    /// Its part in the application that it is, or was before it was removed; not known of one that never served.
    pub(crate) fn membership(&self) -> Option<Arc<Membership>> {
        self.wanted().membership.clone()
    }

    /// What its last swap was part of, if it had one.
    pub(super) fn rollout(&self) -> Option<Arc<Rollout>> {
        self.wanted().swap.as_ref().map(|(_, rollout)| rollout.clone())
    }

    /// What there is to say of the account: nothing once it was removed.
    pub(super) fn status(&self) -> Option<AccountStatus> {
        let version = self.slot.current();
        let wanted = self.wanted();
        let failure = wanted.failure.as_ref().map(|(error, since)| AccountFailure {
            code: error.code(),
            reason: error.to_string(),
            since: *since,
        });
        let Some(version) = version else {
            let since = failure.as_ref()?.since;
            return Some(AccountStatus {
                name: self.name.clone(),
                provider: None,
                version: None,
                digest: None,
                since,
                calls: 0,
                last_swap: None,
                failure,
                conflicts: Vec::new(),
            });
        };
        let serving = version.value();
        let last_swap = wanted.swap.as_ref().map(|(from, rollout)| SwapStatus {
            from: *from,
            to: rollout.to,
            at: rollout.at,
            end: match rollout.trial.verdict() {
                Verdict::Open => SwapEnd::OnProbation,
                Verdict::Passed => SwapEnd::Kept,
                Verdict::Failed => SwapEnd::RolledBack { reason: rollout.reason() },
            },
        });
        Some(AccountStatus {
            name: self.name.clone(),
            provider: Some(serving.connector.descriptor.provider.clone()),
            version: serving.connector.version.clone(),
            digest: Some(serving.connector.digest),
            since: serving.since,
            calls: serving.calls(),
            last_swap,
            failure,
            conflicts: Vec::new(),
        })
    }

    /// Begins a call on what serves.
    ///
    /// # Errors
    /// The account was removed, or never served.
    pub(crate) fn begin(&self, registry: &Arc<Registry>) -> Result<Call, Error> {
        let call = self.slot.begin().ok_or_else(|| self.no_service())?;
        Ok(Call::new(Some(registry.clone()), call))
    }

    /// What serves, without a call.
    ///
    /// # Errors
    /// The account was removed, or never served.
    pub(crate) fn serving(&self) -> Result<Arc<Deployment>, Error> {
        self.slot.current().map(|version| version.value().clone()).ok_or_else(|| self.no_service())
    }

    fn no_service(&self) -> Error {
        let account = self.name.clone();
        match self.wanted().failure.as_ref() {
            Some((reason, _)) => ErrorKind::AccountUnavailable { account, reason: reason.clone() }.into(),
            None => ErrorKind::AccountRemoved { account }.into(),
        }
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock()
    }
}
