//! What an account's calls may use, and the services of the host that they run on.

use std::collections::BTreeMap;
use std::sync::Arc;

use stockbridge_egress::transport::{Sender, Transport};
use stockbridge_egress::{Grant, Target};
use stockbridge_journal::application::{Applications, Membership};

use crate::clock::Clock;
use crate::config::RefusalRule;
use crate::limits::Limits;
use crate::observe::Observer;
use crate::rate::{Budgets, Pacer};
use crate::sandbox::contract::http::Capture;
use crate::sandbox::fair_share::FairShare;
use crate::sandbox::request_slots::RequestSlots;
use crate::sandbox::skew::Skews;
use crate::secrets::Vault;

/// Everything that the calls of one account may use.
pub(crate) struct Grants {
    /// The account's name.
    pub(crate) account: Arc<str>,
    /// The account's identity at its provider.
    pub(crate) membership: Arc<Membership>,
    /// The sender of its requests.
    pub(crate) sender: Sender,
    /// Its part of the application's request budget at the provider.
    pub(crate) pacer: Pacer,
    pub(crate) limits: Limits,
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    pub(crate) secrets: Vault,
    /// Captures that the operator configured.
    pub(crate) captures: Vec<OperatorCapture>,
    pub(crate) allowed: Vec<Arc<Grant>>,
    /// The allowed origins, as text for operators.
    pub(crate) origins: Vec<String>,
    /// The operator's rules for texts that mean a refusal by the provider.
    pub(crate) refusals: Arc<[RefusalRule]>,
    /// Slots for requests: limits how many are in flight at the same time.
    pub(crate) request_slots: RequestSlots,
    /// Its share of the threads.
    pub(crate) share: FairShare,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Clock,
    pub(crate) observer: Observer,
    pub(crate) skews: Skews,
    /// Whether this is a trial: nothing is sent, requests are recorded and answered from memory.
    pub(crate) is_trial: bool,
}

/// Services of the host that the calls of all accounts run on.
pub(crate) struct HostServices {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Clock,
    pub(crate) budgets: Budgets,
    pub(crate) applications: Applications,
    pub(crate) observer: Observer,
    pub(crate) skews: Skews,
}

impl HostServices {
    /// Services with budgets of their own.
    pub(crate) fn new(transport: Arc<dyn Transport>, clock: Clock) -> HostServices {
        HostServices {
            transport,
            clock,
            budgets: Budgets::default(),
            applications: Applications::default(),
            observer: Observer::default(),
            skews: Skews::default(),
        }
    }
}

/// A capture that the operator configured: which secret is taken from the answers of which address.
pub(crate) struct OperatorCapture {
    pub(crate) from: Target,
    pub(crate) capture: Capture,
}
