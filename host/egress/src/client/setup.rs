//! Classification of permanent connection failures: a name that cannot exist, a handshake that cannot succeed.

use rustls::{AlertDescription, CertificateError};

use crate::setup_failure::SetupProblem;
use crate::target::TargetHost;

/// Classifies the failure of a rustls handshake; none where it may be temporary.
pub(super) fn classify_handshake(error: &rustls::Error) -> Option<SetupProblem> {
    use rustls::Error;
    Some(match error {
        Error::InvalidCertificate(error) => classify_certificate(error),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => SetupProblem::NoTls,
        // An internal error or a deliberate end may be temporary.
        Error::AlertReceived(
            AlertDescription::InternalError | AlertDescription::UserCanceled | AlertDescription::CloseNotify,
        ) => return None,
        Error::AlertReceived(_) | Error::PeerIncompatible(_) | Error::NoApplicationProtocol => SetupProblem::TlsRefused,
        Error::NoCertificatesPresented | Error::UnsupportedNameType => SetupProblem::CertificateInvalid,
        _ => return None,
    })
}

fn classify_certificate(error: &CertificateError) -> SetupProblem {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => SetupProblem::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            SetupProblem::CertificateNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            SetupProblem::CertificateOtherName
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => SetupProblem::CertificateUntrusted,
        _ => SetupProblem::CertificateInvalid,
    }
}

/// Whether no resolver knows the name, because its top-level domain is reserved for that (RFC 6761).
pub(super) fn is_reserved_name(host: &TargetHost) -> bool {
    let TargetHost::Name(name) = host else { return false };
    name.trim_end_matches('.').rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    #[test]
    fn names_under_the_top_level_that_is_kept_for_it_are_never_there() {
        for (url, never) in [
            ("http://nobody.invalid/", true),
            ("http://invalid/", true),
            ("http://invalid.example.com/", false),
            ("http://127.0.0.1/", false),
        ] {
            assert_eq!(is_reserved_name(&Target::parse(url).unwrap().origin.host), never, "{url}");
        }
    }
}
