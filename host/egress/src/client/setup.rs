//! Which failures of a connection would come again: a name that no resolver knows, a handshake that cannot succeed.

use rustls::{AlertDescription, CertificateError};

use crate::setup_failure::SetupProblem;
use crate::target::TargetHost;

/// What a rustls handshake failed with, where it would fail again.
pub(super) fn of_handshake(error: &rustls::Error) -> Option<SetupProblem> {
    use rustls::Error;
    Some(match error {
        Error::InvalidCertificate(error) => of_certificate(error),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => SetupProblem::NoTls,
        // What is wrong inside of it, or ends it on purpose, may pass.
        Error::AlertReceived(
            AlertDescription::InternalError | AlertDescription::UserCanceled | AlertDescription::CloseNotify,
        ) => return None,
        Error::AlertReceived(_) | Error::PeerIncompatible(_) | Error::NoApplicationProtocol => SetupProblem::TlsRefused,
        Error::NoCertificatesPresented | Error::UnsupportedNameType => SetupProblem::CertificateInvalid,
        _ => return None,
    })
}

fn of_certificate(error: &CertificateError) -> SetupProblem {
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

/// Whether a name is one that no resolver knows, by the top level that is kept for that (RFC 6761).
pub(super) fn is_never_there(host: &TargetHost) -> bool {
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
            assert_eq!(is_never_there(&Target::parse(url).unwrap().origin.host), never, "{url}");
        }
    }
}
