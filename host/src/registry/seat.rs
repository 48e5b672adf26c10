//! An account's place in the registry: its slot, the configuration that is wanted for it, and how its last swap ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Registry;
use super::call::Call;
use super::rollout::Rollout;
use super::serving::Serving;
use super::status::{AccountStatus, SwapEnd, SwapStatus};
use super::swap::{Slot, Verdict, Version};
use crate::application::Application;
use crate::component::Digest;
use crate::config::AccountConfig;
use crate::error::{Error, ErrorKind};

/// The place of one account. Handles to the account hold it, whatever serves in it.
pub(crate) struct Seat {
    pub(crate) name: String,
    pub(super) slot: Slot<Serving>,
    wanted: Mutex<Wanted>,
}

struct Wanted {
    config: AccountConfig,
    /// The application that it is, or was before it was removed.
    application: Application,
    /// The version before the last swap, and the rollout that the swap was part of.
    swap: Option<(Digest, Arc<Rollout>)>,
}

impl Seat {
    pub(super) fn new(config: AccountConfig, serving: Arc<Serving>) -> Seat {
        let application = serving.grants.application;
        Seat {
            name: config.name.clone(),
            slot: Slot::new(Version::proven(serving)),
            wanted: Mutex::new(Wanted { config, application, swap: None }),
        }
    }

    /// Whether this is the configuration that the account has, but for the component's bytes.
    pub(super) fn is_configured_as(&self, config: &AccountConfig) -> bool {
        self.wanted().config.asks_the_same_as(config)
    }

    /// Lets another version serve under a new configuration.
    pub(super) fn put(&self, config: AccountConfig, version: Version<Serving>, swap: Option<(Digest, Arc<Rollout>)>) {
        let mut wanted = self.wanted();
        wanted.config = config;
        wanted.application = version.value().grants.application;
        if swap.is_some() {
            wanted.swap = swap;
        }
        self.slot.put(Some(version));
    }

    /// The application that the account is, or was before it was removed.
    pub(crate) fn application(&self) -> Application {
        self.wanted().application
    }

    /// What its last swap was part of, if it had one.
    pub(super) fn rollout(&self) -> Option<Arc<Rollout>> {
        self.wanted().swap.as_ref().map(|(_, rollout)| rollout.clone())
    }

    /// What there is to say of the account: nothing once it was removed.
    pub(super) fn status(&self) -> Option<AccountStatus> {
        let version = self.slot.current()?;
        let serving = version.value();
        let last_swap = self.wanted().swap.as_ref().map(|(from, rollout)| SwapStatus {
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
            account: self.name.clone(),
            provider: serving.connector.descriptor.provider.clone(),
            version: serving.connector.version.clone(),
            digest: serving.connector.digest,
            since: serving.since,
            calls: serving.calls(),
            last_swap,
        })
    }

    /// Begins a call on what serves.
    ///
    /// # Errors
    /// The account was removed.
    pub(crate) fn begin(&self, registry: &Arc<Registry>) -> Result<Call, Error> {
        let call = self.slot.begin().ok_or_else(|| self.removed())?;
        Ok(Call::new(registry.clone(), call))
    }

    /// What serves, without a call.
    ///
    /// # Errors
    /// The account was removed.
    pub(crate) fn serving(&self) -> Result<Arc<Serving>, Error> {
        self.slot.current().map(|version| version.value().clone()).ok_or_else(|| self.removed())
    }

    fn removed(&self) -> Error {
        ErrorKind::AccountRemoved { account: self.name.clone() }.into()
    }

    fn wanted(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
