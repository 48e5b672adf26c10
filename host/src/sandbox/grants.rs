//! What the calls of an account may use, and what they reach the world by.

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

/// All that the calls of one account may use.
pub(crate) struct Grants {
    /// The account's name.
    pub(crate) account: Arc<str>,
    /// Who the account is to its provider.
    pub(crate) membership: Arc<Membership>,
    /// What its requests are sent as.
    pub(crate) sender: Sender,
    /// Its part in what that one may ask of the provider.
    pub(crate) pacer: Pacer,
    pub(crate) limits: Limits,
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    pub(crate) secrets: Vault,
    /// What the operator has captured, from where.
    pub(crate) captures: Vec<OperatorCapture>,
    pub(crate) allowed: Vec<Arc<Grant>>,
    /// The same as an operator reads them.
    pub(crate) origins: Vec<String>,
    /// Texts that the provider refuses by, as the operator says.
    pub(crate) refusals: Arc<[RefusalRule]>,
    /// Turns for requests: so many may be on their way at the same time.
    pub(crate) turns: RequestSlots,
    /// Its part of the threads.
    pub(crate) share: FairShare,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Clock,
    pub(crate) observer: Observer,
    pub(crate) skews: Skews,
    /// Whether nothing leaves: a component shows what it would send, and is answered from memory.
    pub(crate) is_trial: bool,
}

/// What the calls of all accounts of a host reach the world by.
pub(crate) struct HostServices {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Clock,
    pub(crate) budgets: Budgets,
    pub(crate) applications: Applications,
    pub(crate) observer: Observer,
    pub(crate) skews: Skews,
}

impl HostServices {
    /// With budgets of their own.
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

/// A secret that the operator has captured from the answers of one address.
pub(crate) struct OperatorCapture {
    pub(crate) from: Target,
    pub(crate) capture: Capture,
}
