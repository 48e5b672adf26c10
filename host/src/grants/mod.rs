//! What the operator grants an account, one file a capability. Each implements the contract's interface of its name
//! for the state of a call; what is not granted is refused. `wasi` is what components of other origins find instead.

pub(crate) mod clock;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod secrets;
pub(crate) mod settings;
pub(crate) mod wasi;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use clock::Clock;

use crate::application::{Applications, Membership};
use crate::config::{AccountConfig, RefusalRule};
use crate::egress::Granted;
use crate::fair::FairShare;
use crate::gate::Fitted;
use crate::limits::Limits;
use crate::observe::Observer;
use crate::pace::{Budgets, Pacer};
use crate::skew::Skews;
use crate::transport::Transport;

/// All that the calls of one account may use.
pub(crate) struct Grants {
    /// The account's name.
    pub(crate) account: Arc<str>,
    /// Who the account is to its provider.
    pub(crate) membership: Arc<Membership>,
    /// Its part in what that one may ask of the provider.
    pub(crate) pacer: Pacer,
    pub(crate) limits: Limits,
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    pub(crate) secrets: secrets::Vault,
    pub(crate) allowed: Vec<Arc<Granted>>,
    /// The same as an operator reads them.
    pub(crate) origins: Vec<String>,
    /// Texts that the provider refuses by, as the operator says.
    pub(crate) refusals: Arc<[RefusalRule]>,
    /// Turns for requests: so many may be on their way at the same time.
    pub(crate) turns: http::Turns,
    /// Its part of the threads.
    pub(crate) share: FairShare,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Clock,
    pub(crate) observer: Observer,
    pub(crate) skews: Skews,
    /// Whether nothing leaves: a component shows what it would send, and is answered from memory.
    pub(crate) is_trial: bool,
}

impl Grants {
    /// What an account is granted, as the gate found it to fit.
    pub(crate) fn of(account: &AccountConfig, fitted: Fitted, surroundings: &Surroundings) -> Grants {
        let rate = account.limits.requests_per_minute.or(fitted.requests_per_minute);
        let membership = surroundings.applications.join(fitted.member);
        let applications = &membership.identities().applications;
        Grants {
            account: account.name.as_str().into(),
            pacer: surroundings.budgets.join(applications, &fitted.provider, &account.name, rate),
            membership,
            limits: account.limits,
            settings: fitted.settings,
            secrets: fitted.secrets,
            allowed: fitted.allowed,
            origins: account.allow.iter().map(ToString::to_string).collect(),
            refusals: account.refusals.clone(),
            turns: http::Turns::new(account.limits.in_flight),
            share: FairShare::default(),
            transport: surroundings.transport.clone(),
            clock: surroundings.clock,
            observer: surroundings.observer.clone(),
            skews: surroundings.skews.clone(),
            is_trial: false,
        }
    }
}

/// What the calls of all accounts of a host reach the world by.
pub(crate) struct Surroundings {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Clock,
    pub(crate) budgets: Budgets,
    pub(crate) applications: Applications,
    pub(crate) observer: Observer,
    pub(crate) skews: Skews,
}

impl Surroundings {
    /// With budgets of their own.
    pub(crate) fn new(transport: Arc<dyn Transport>, clock: Clock) -> Surroundings {
        Surroundings {
            transport,
            clock,
            budgets: Budgets::default(),
            applications: Applications::default(),
            observer: Observer::default(),
            skews: Skews::default(),
        }
    }
}

/// The interface of shared types has no functions.
impl crate::contract::types::Host for crate::call::CallState {}
