//! What the host itself saw of the latest exchange of a call, and what it makes of the call's error: a connector can only
//! repeat what it was told, and some of it is nothing that a connector knows.

use std::time::{Duration, Instant};

use stockbridge_egress::transport::{InboundResponse, TransportError};
use stockbridge_egress::{Origin, SetupFailure};
use stockbridge_model::sanitize::one_line;
use stockbridge_model::{ErrorClass, ProviderFailure};

use crate::error::{ConnectorFault, Error, ErrorKind};
use crate::sandbox::contract::Reader;
use crate::sandbox::grants::Grants;
use crate::sandbox::skew::Skew;

/// The longest address of a redirect that is told, in bytes.
const LONGEST_LOCATION: usize = 200;

/// What was seen of the latest exchange.
#[derive(Debug, Default)]
pub(crate) struct ExchangeObserved {
    /// Who was asked.
    origin: Option<Origin>,
    /// Since when an answer is waited for; none where it came, or was given up.
    waiting_since: Option<Instant>,
    /// How long an answer was waited for that did not come.
    waited: Option<Duration>,
    /// Why there is no way to the provider.
    setup: Option<SetupFailure>,
    /// The status of a redirect, and where it leads, for a person.
    redirect: Option<(u16, String)>,
    /// How far this machine's clock and the provider's are apart.
    skew: Option<Skew>,
}

impl ExchangeObserved {
    /// A request is handed to the transport: what was seen before is over.
    pub(crate) fn asks(&mut self, origin: &Origin) {
        *self = ExchangeObserved {
            origin: Some(origin.clone()),
            waiting_since: Some(Instant::now()),
            ..ExchangeObserved::default()
        };
    }

    /// It failed.
    pub(crate) fn failed(&mut self, error: &TransportError) {
        let waited = self.waiting_since.take().map(|since| since.elapsed());
        match error {
            TransportError::Setup(failure) => self.setup = Some(failure.clone()),
            // The call's own time may be over in the same moment.
            TransportError::TimedOut { .. } => self.waited = waited,
            _ => {}
        }
    }

    /// It was answered. What the answer says beside what it is about: that it is a redirect, and what time it is there.
    pub(crate) fn answered(&mut self, answer: &InboundResponse, grants: &Grants) {
        self.waiting_since = None;
        let Some(origin) = &self.origin else { return };
        if (300..400).contains(&answer.status)
            && let Some((_, location)) = answer.headers.iter().find(|(name, _)| name == "location")
        {
            let location = String::from_utf8_lossy(location).into_owned();
            let location = one_line(&grants.secrets.redactor().text(location), LONGEST_LOCATION);
            self.redirect = Some((answer.status, location));
        }
        // What a trial is answered with was written down before.
        if !grants.is_trial {
            self.skew = Skew::of_answer(origin, &answer.headers, grants.clock.now());
            self.skew.iter().for_each(|skew| grants.skews.tell(&grants.account, skew));
        }
    }

    /// Who was asked, for a person; nothing where nobody was.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The error of a call that ended without a word of its connector.
    pub(crate) fn of_fault(&self, reader: &Reader<'_>, fault: ConnectorFault) -> Error {
        let waited = self.waited.or_else(|| self.waiting_since.map(|since| since.elapsed()));
        match (&self.origin, waited, &fault) {
            (Some(origin), Some(within), ConnectorFault::Deadline { .. }) => {
                ErrorKind::NoAnswer { account: reader.account.to_owned(), origin: origin.to_string(), within }.into()
            }
            _ => reader.fault(fault),
        }
    }

    /// The error of a call of which the connector reports this.
    pub(crate) fn of_failure(&self, mut failure: ProviderFailure) -> Error {
        if let Some(setup) = &self.setup {
            return ErrorKind::Connection { account: failure.account, failure: setup.clone() }.into();
        }
        if let (Some(origin), Some((status, location))) = (&self.origin, &self.redirect) {
            failure.message.push_str(&format!(
                "; {origin} answered with a redirect ({status}), which is not followed, to {location}"
            ));
        }
        if let Some(skew) = self.skew.as_ref().filter(|_| may_be_the_clocks(&failure)) {
            failure.message.push_str(&format!("; {skew}"));
        }
        ErrorKind::Provider(failure).into()
    }
}

/// Parts of the words in which providers speak of signatures and times, in lower case.
const OF_CLOCKS: [&str; 7] = ["sign", "timestamp", "time stamp", "expired", "签名", "时间", "过期"];

/// Whether a clock that is wrong could be what a failure is about.
fn may_be_the_clocks(failure: &ProviderFailure) -> bool {
    let of_clocks = |words: &String| {
        let words = words.to_lowercase();
        OF_CLOCKS.iter().any(|part| words.contains(part))
    };
    let words = [Some(&failure.message), failure.provider_message.as_ref(), failure.provider_code.as_ref()];
    failure.class == ErrorClass::Unauthorized || words.into_iter().flatten().any(of_clocks)
}
