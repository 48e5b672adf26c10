//! An application with rustls on ring only, and the host with the matching feature.

use rustls as _;
use stockbridge as _;

#[tokio::main]
async fn main() -> Result<(), shared::Failed> {
    let suites = shared::connect_and_call().await?;
    println!("{suites:?}");
    Ok(())
}
