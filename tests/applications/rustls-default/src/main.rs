//! An application that has rustls as it comes, and the host as it comes.

use rustls as _;
use stockbridge as _;

#[tokio::main]
async fn main() -> Result<(), shared::Failed> {
    let suites = shared::connect_and_call().await?;
    println!("{suites:?}");
    Ok(())
}
