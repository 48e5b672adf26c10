//! The slot of one account: holds the serving version, on which calls begin.

use super::trial::{Trial, Verdict};
use crate::session::sync::{Arc, Cell};

/// The serving version of an account.
pub(crate) struct Slot<V> {
    current: Cell<Version<V>>,
}

/// A version that serves, for good or on probation.
pub(crate) struct Version<V> {
    value: Arc<V>,
    probation: Option<OnProbation<V>>,
}

struct OnProbation<V> {
    trial: Arc<Trial>,
    /// The version that serves once the trial has failed.
    fallback: Arc<V>,
}

impl<V> Version<V> {
    /// A version without probation.
    pub(crate) fn proven(value: Arc<V>) -> Version<V> {
        Version { value, probation: None }
    }

    /// A version that serves as long as its trial does not fail.
    pub(crate) fn on_probation(value: Arc<V>, trial: Arc<Trial>, fallback: Arc<V>) -> Version<V> {
        Version { value, probation: Some(OnProbation { trial, fallback }) }
    }

    /// The serving value.
    pub(crate) fn value(&self) -> &Arc<V> {
        &self.value
    }

    /// Its trial and its fallback, if it is on probation.
    pub(crate) fn probation(&self) -> Option<(&Arc<Trial>, &Arc<V>)> {
        self.probation.as_ref().map(|probation| (&probation.trial, &probation.fallback))
    }

    /// Begins a call on this version, whether or not it serves.
    pub(crate) fn call(&self) -> InCall<V> {
        InCall { value: self.value.clone(), trial: self.probation.as_ref().map(|one| one.trial.clone()) }
    }

    /// The version that serves after this one's trial, if the trial is over.
    fn settled(&self) -> Option<Version<V>> {
        let OnProbation { trial, fallback } = self.probation.as_ref()?;
        match trial.verdict() {
            Verdict::Open => None,
            Verdict::Passed => Some(Version::proven(self.value.clone())),
            Verdict::Failed => Some(Version::proven(fallback.clone())),
        }
    }
}

/// An empty slot, in which nothing serves yet.
impl<V> Default for Slot<V> {
    fn default() -> Slot<V> {
        Slot { current: Cell::new(None) }
    }
}

impl<V> Slot<V> {
    pub(crate) fn new(version: Version<V>) -> Slot<V> {
        Slot { current: Cell::new(Some(Arc::new(version))) }
    }

    /// Replaces the serving version. None closes the slot.
    pub(crate) fn put(&self, version: Option<Version<V>>) {
        self.current.store(version.map(Arc::new));
    }

    /// The serving version, once finished trials are applied; none when the slot is closed.
    pub(crate) fn current(&self) -> Option<Arc<Version<V>>> {
        loop {
            let version = self.current.load()?;
            let Some(settled) = version.settled() else { return Some(version) };
            // If another thread replaced the version meanwhile, its version is kept and checked again.
            self.current.replace(&version, Arc::new(settled));
        }
    }

    /// Begins a call. None when the slot is closed.
    pub(crate) fn begin(&self) -> Option<InCall<V>> {
        self.current().map(|version| version.call())
    }
}

/// A running call. It keeps its version alive, whichever version serves now.
pub(crate) struct InCall<V> {
    value: Arc<V>,
    trial: Option<Arc<Trial>>,
}

/// Another call on the same version, in the same trial.
impl<V> Clone for InCall<V> {
    fn clone(&self) -> InCall<V> {
        InCall { value: self.value.clone(), trial: self.trial.clone() }
    }
}

impl<V> InCall<V> {
    /// The version of the call.
    pub(crate) fn value(&self) -> &Arc<V> {
        &self.value
    }

    /// Ends the call; `faulty`: whether the version was at fault. Returns the trial if this call made it fail.
    pub(crate) fn ended(self, faulty: bool) -> Option<Arc<Trial>> {
        self.trial.filter(|trial| trial.record(faulty))
    }
}
