//! The host's own observations of a call's latest exchange, and how they improve the call's error: some of them never reach
//! the connector.

use std::time::{Duration, Instant};

use stockbridge_egress::transport::{InboundResponse, TransportError};
use stockbridge_egress::{Origin, SetupFailure};
use stockbridge_model::sanitize::one_line;
use stockbridge_model::{ErrorClass, ProviderFailure};

use crate::error::{ConnectorFault, Error, ErrorKind};
use crate::sandbox::contract::Reader;
use crate::sandbox::grants::Grants;
use crate::sandbox::skew::Skew;

/// Maximum redirect location in an error, in bytes.
const LONGEST_LOCATION: usize = 200;

/// Observations of the latest exchange.
#[derive(Debug, Default)]
pub(crate) struct ExchangeObserved {
    /// The origin that the request went to.
    origin: Option<Origin>,
    /// Start of the wait for an answer; none once it arrived or was given up.
    waiting_since: Option<Instant>,
    /// Length of the wait for an answer that did not arrive.
    waited: Option<Duration>,
    /// Why the connection could not be set up.
    setup: Option<SetupFailure>,
    /// The status of a redirect, and its location as text for an operator.
    redirect: Option<(u16, String)>,
    /// The difference between this machine's clock and the provider's.
    skew: Option<Skew>,
}

impl ExchangeObserved {
    /// Starts observing a request that is handed to the transport, and forgets the previous one.
    pub(crate) fn begin(&mut self, origin: &Origin) {
        *self = ExchangeObserved {
            origin: Some(origin.clone()),
            waiting_since: Some(Instant::now()),
            ..ExchangeObserved::default()
        };
    }

    /// Records a failure.
    pub(crate) fn failed(&mut self, error: &TransportError) {
        let waited = self.waiting_since.take().map(|since| since.elapsed());
        match error {
            TransportError::Setup(failure) => self.setup = Some(failure.clone()),
            // The call's own deadline may pass in the same moment.
            TransportError::TimedOut { .. } => self.waited = waited,
            _ => {}
        }
    }

    /// Records an answer: whether it is a redirect, and the provider's time.
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
        // A trial's answers were recorded earlier, so their date is old.
        if !grants.is_trial {
            self.skew = Skew::of_answer(origin, &answer.headers, grants.clock.now());
            self.skew.iter().for_each(|skew| grants.skews.report(&grants.account, skew));
        }
    }

    /// The origin of the latest request; none if nothing was handed to the transport.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// The error of a call whose connector ended without an answer.
    pub(crate) fn of_fault(&self, reader: &Reader<'_>, fault: ConnectorFault) -> Error {
        let waited = self.waited.or_else(|| self.waiting_since.map(|since| since.elapsed()));
        match (&self.origin, waited, &fault) {
            (Some(origin), Some(within), ConnectorFault::Deadline { .. }) => {
                ErrorKind::NoAnswer { account: reader.account.to_owned(), origin: origin.to_string(), within }.into()
            }
            _ => reader.fault(fault),
        }
    }

    /// The error of a call whose connector reports this failure.
    pub(crate) fn of_failure(&self, mut failure: ProviderFailure) -> Error {
        if let Some(setup) = &self.setup {
            return ErrorKind::Connection { account: failure.account, failure: setup.clone() }.into();
        }
        if let (Some(origin), Some((status, location))) = (&self.origin, &self.redirect) {
            failure.message.push_str(&format!(
                "; {origin} answered with a redirect ({status}), which is not followed, to {location}"
            ));
        }
        if let Some(skew) = self.skew.as_ref().filter(|_| may_be_clock_skew(&failure)) {
            failure.message.push_str(&format!("; {skew}"));
        }
        ErrorKind::Provider(failure).into()
    }
}

/// Fragments of provider messages about signatures and times, in lower case.
const CLOCK_FRAGMENTS: [&str; 7] = ["sign", "timestamp", "time stamp", "expired", "签名", "时间", "过期"];

/// Whether a wrong clock may have caused a failure.
fn may_be_clock_skew(failure: &ProviderFailure) -> bool {
    let is_about_time = |text: &String| {
        let text = text.to_lowercase();
        CLOCK_FRAGMENTS.iter().any(|fragment| text.contains(fragment))
    };
    let texts = [Some(&failure.message), failure.provider_message.as_ref(), failure.provider_code.as_ref()];
    failure.class == ErrorClass::Unauthorized || texts.into_iter().flatten().any(is_about_time)
}
