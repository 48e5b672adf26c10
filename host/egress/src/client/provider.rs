//! Selection of the cryptography provider for TLS.
//!
//! rustls selects a provider by itself only where exactly one of its two features is on, and panics where both are, wherever in
//! an application they were turned on. So it never has to: a provider that the application installed comes first, then
//! the one that this crate's features name.
//!
//! None is installed here for the process. Doing so would save an application that forgot to choose from a panic, if a
//! host is made before its first connection; but it would make an application panic that installs its own after the host, and
//! would choose for it silently. The process's provider is the application's choice.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

/// The provider for a new network, if there is one.
pub(crate) fn provider() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().cloned().or_else(own)
}

/// Where both features are on, as in a build of the whole workspace, the default one.
#[cfg(feature = "tls-aws-lc")]
fn own() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

#[cfg(all(feature = "tls-ring", not(feature = "tls-aws-lc")))]
fn own() -> Option<Arc<CryptoProvider>> {
    Some(Arc::new(rustls::crypto::ring::default_provider()))
}

#[cfg(not(any(feature = "tls-ring", feature = "tls-aws-lc")))]
fn own() -> Option<Arc<CryptoProvider>> {
    None
}
