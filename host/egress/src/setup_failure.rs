//! Set-up failures: connections to a provider that fail until the set-up is corrected.

use std::fmt;
use std::net::SocketAddr;

use stockbridge_model::ErrorClass;

/// A connection that cannot be made as it is set up, now or later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetupFailure {
    /// What is wrong.
    pub problem: SetupProblem,
    /// The requested origin: `https://api.example.com`.
    pub origin: String,
    /// The dialled address, if one was.
    pub address: Option<SocketAddr>,
    /// Message of the underlying library.
    pub detail: String,
    /// Whether any byte of the request may have left.
    pub sent: bool,
}

/// Problem with the connection to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SetupProblem {
    /// The host name does not exist.
    NameUnknown,
    /// No trusted authority has signed the certificate.
    CertificateUntrusted,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// The certificate is for other names.
    CertificateOtherName,
    /// The certificate cannot be used for another reason.
    CertificateInvalid,
    /// The server does not speak TLS.
    NoTls,
    /// The server speaks TLS, and the request was plain HTTP.
    TlsExpected,
    /// The two sides share no version of TLS, or the server refuses this client's.
    TlsRefused,
}

impl SetupProblem {
    /// Description of the problem, and its fix.
    fn description(self) -> (&'static str, &'static str) {
        match self {
            SetupProblem::NameUnknown => {
                ("there is no host of that name", "correct the address in the account's settings and in `allow`")
            }
            SetupProblem::CertificateUntrusted => (
                "its certificate is not signed by an authority that is trusted here",
                "it needs one of a public authority, or the host has to trust the provider's own authority",
            ),
            SetupProblem::CertificateExpired => {
                ("its certificate has expired", "it needs a new one, unless this machine's clock is wrong")
            }
            SetupProblem::CertificateNotYetValid => ("its certificate is not valid yet", "check this machine's clock"),
            SetupProblem::CertificateOtherName => (
                "its certificate is for other names than this one",
                "correct the address in the account's settings and in `allow`, or have the provider correct its certificate",
            ),
            SetupProblem::CertificateInvalid => ("its certificate cannot be used", "the provider has to replace it"),
            SetupProblem::NoTls => (
                "the server does not speak TLS",
                "correct the port, or write http:// where it is to be reached without TLS",
            ),
            SetupProblem::TlsExpected => {
                ("the server speaks TLS, and the request was plain HTTP", "write https://, or correct the port")
            }
            SetupProblem::TlsRefused => (
                "it refuses the offered versions of TLS, 1.2 and 1.3",
                "correct the name or the port, or have the provider offer one of these",
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

    /// The same failure, after bytes of the request had left.
    #[cfg(feature = "client")]
    pub(crate) fn after_sending(self) -> SetupFailure {
        SetupFailure { sent: true, ..self }
    }

    /// Code of this failure, stable across releases.
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

    /// Class of the failure: forbidden where the client refuses to trust; otherwise the configuration or the provider's set-up
    /// is wrong.
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
        let (what, fix) = self.problem.description();
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
            "https://api.example.com at 192.0.2.7:443: its certificate has expired; it needs a new one, unless this \
             machine's clock is wrong (invalid peer certificate: Expired)"
        );
        assert!(!failure.to_string().contains("later"));
        assert_ne!(failure.class(), ErrorClass::Unavailable);
    }
}
