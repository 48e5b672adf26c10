//! Why a provider cannot be talked to until somebody mends it: no later request fares better.

use std::fmt;
use std::net::SocketAddr;

use stockbridge_model::ErrorClass;

/// A connection that cannot be made as it is set up, now or later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetupFailure {
    /// What is wrong.
    pub problem: SetupProblem,
    /// Who was to be asked: `https://api.example.com`.
    pub origin: String,
    /// The address that was dialled, where it came to that.
    pub address: Option<SocketAddr>,
    /// What the library beneath says.
    pub detail: String,
    /// Whether any byte of the request may have left.
    pub sent: bool,
}

/// What is wrong with the way to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetupProblem {
    /// There is no host of that name.
    NameUnknown,
    /// Nobody who is trusted has signed the certificate.
    CertificateUntrusted,
    /// The certificate's time is over.
    CertificateExpired,
    /// The certificate's time has not begun.
    CertificateNotYetValid,
    /// The certificate is for other names.
    CertificateOtherName,
    /// The certificate cannot be used for another reason.
    CertificateInvalid,
    /// What answers speaks no TLS.
    NoTls,
    /// What answers speaks TLS, and was asked in plain HTTP.
    TlsExpected,
    /// The two sides have no kind of TLS in common, or the other one refuses this one.
    TlsRefused,
}

impl SetupProblem {
    /// What is so, and what to do about it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            SetupProblem::NameUnknown => {
                ("there is no host of that name", "mend the address in the account's settings and in `allow`")
            }
            SetupProblem::CertificateUntrusted => (
                "its certificate is signed by nobody that is trusted here",
                "it takes one of a public authority, or the host has to trust its own",
            ),
            SetupProblem::CertificateExpired => {
                ("its certificate has expired", "it takes a new one, unless this machine's clock is wrong")
            }
            SetupProblem::CertificateNotYetValid => {
                ("its certificate is not valid yet", "see whether this machine's clock is right")
            }
            SetupProblem::CertificateOtherName => (
                "its certificate is for other names than this one",
                "mend the address in the account's settings and in `allow`, or have the provider mend its certificate",
            ),
            SetupProblem::CertificateInvalid => ("its certificate cannot be used", "the provider has to mend it"),
            SetupProblem::NoTls => (
                "what answers there speaks no TLS",
                "mend the port, or write http:// where it is to be reached without TLS",
            ),
            SetupProblem::TlsExpected => {
                ("what answers there speaks TLS, and was asked in plain HTTP", "write https://, or mend the port")
            }
            SetupProblem::TlsRefused => (
                "it refuses the TLS that is offered: 1.2 and 1.3",
                "mend the name or the port, or have the provider offer one of these",
            ),
        }
    }
}

impl SetupFailure {
    #[cfg(any(test, feature = "client"))]
    pub(crate) fn new(
        problem: SetupProblem,
        origin: &impl fmt::Display,
        address: Option<SocketAddr>,
        detail: impl Into<String>,
    ) -> SetupFailure {
        SetupFailure { problem, origin: origin.to_string(), address, detail: detail.into(), sent: false }
    }

    /// The same where bytes of the request left before it was known.
    #[cfg(feature = "client")]
    pub(crate) fn after_sending(self) -> SetupFailure {
        SetupFailure { sent: true, ..self }
    }

    /// A name for this failure that stays the same from release to release.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.problem {
            SetupProblem::NameUnknown => "connection.name-unknown",
            SetupProblem::CertificateUntrusted => "connection.certificate-untrusted",
            SetupProblem::CertificateExpired => "connection.certificate-expired",
            SetupProblem::CertificateNotYetValid => "connection.certificate-not-yet-valid",
            SetupProblem::CertificateOtherName => "connection.certificate-other-name",
            SetupProblem::CertificateInvalid => "connection.certificate-invalid",
            SetupProblem::NoTls => "connection.no-tls",
            SetupProblem::TlsExpected => "connection.tls-expected",
            SetupProblem::TlsRefused => "connection.tls-refused",
        }
    }

    /// What kind of failure it is: the client refuses to trust; all else is the configuration's, or the provider's own set-up.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self.problem {
            SetupProblem::CertificateUntrusted
            | SetupProblem::CertificateExpired
            | SetupProblem::CertificateNotYetValid
            | SetupProblem::CertificateOtherName
            | SetupProblem::CertificateInvalid
            | SetupProblem::TlsRefused => ErrorClass::Forbidden,
            SetupProblem::NameUnknown | SetupProblem::NoTls | SetupProblem::TlsExpected => ErrorClass::InvalidRequest,
        }
    }
}

impl fmt::Display for SetupFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, fix) = self.problem.words();
        write!(formatter, "{}", self.origin)?;
        if let Some(address) = self.address {
            write!(formatter, " at {address}")?;
        }
        write!(formatter, ": {what}; {fix}")?;
        if !self.detail.is_empty() {
            write!(formatter, " ({})", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for SetupFailure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_origin_and_address_says_what_to_do_and_has_the_librarys_words_last() {
        let address = SocketAddr::from(([192, 0, 2, 7], 443));
        let failure = SetupFailure::new(
            SetupProblem::CertificateExpired,
            &"https://api.example.com",
            Some(address),
            "invalid peer certificate: Expired",
        );
        assert_eq!(
            failure.to_string(),
            "https://api.example.com at 192.0.2.7:443: its certificate has expired; it takes a new one, unless this \
             machine's clock is wrong (invalid peer certificate: Expired)"
        );
        assert!(!failure.to_string().contains("later"));
        assert_ne!(failure.class(), ErrorClass::Unavailable);
    }
}
