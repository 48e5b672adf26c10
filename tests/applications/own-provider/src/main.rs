//! An application that installs its own provider: ring with one cipher suite, so that its use is visible.

use rustls::crypto::ring::{self, cipher_suite};
use stockbridge::transport::Network;

const SUITE: &str = "TLS13_CHACHA20_POLY1305_SHA256";

#[tokio::main]
async fn main() -> Result<(), shared::Failed> {
    match Network::new() {
        Ok(_) if cfg!(feature = "beside-another") => {}
        Err(error) if error.code() == "tls.no-provider" && !cfg!(feature = "beside-another") => {}
        other => return Err(format!("before anything is installed there is {other:?}").into()),
    }
    let suites = vec![cipher_suite::TLS13_CHACHA20_POLY1305_SHA256];
    let provider = rustls::crypto::CryptoProvider { cipher_suites: suites, ..ring::default_provider() };
    provider.install_default().map_err(|_| "somebody has installed one before")?;
    let suites = shared::connect_and_call().await?;
    if suites != [SUITE, SUITE] {
        return Err(format!("other cipher suites than the installed provider's: {suites:?}").into());
    }
    println!("{suites:?}");
    Ok(())
}
