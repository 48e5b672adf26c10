//! An application that has rustls with ring alone, and the host with the feature for that.

use rustls as _;
use stockbridge as _;

#[tokio::main]
async fn main() -> Result<(), shared::Failed> {
    let suites = shared::connect_and_call().await?;
    println!("{suites:?}");
    Ok(())
}
