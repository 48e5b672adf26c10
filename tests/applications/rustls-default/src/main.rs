//! An application with rustls' defaults, and the host's defaults.

use rustls as _;
use stockbridge as _;

#[tokio::main]
async fn main() -> Result<(), shared::Failed> {
    let suites = shared::connect_and_call().await?;
    println!("{suites:?}");
    Ok(())
}
