//! Stops hosts right before the look at the clock that stands before a write's bytes, lets them go on later, and judges by
//! the provider's ledger: no write is carried out twice.
//!
//! `cargo xtask stops --stops 1000` builds it and runs it. The parent runs the made-up provider and starts this program
//! again as the hosts. It ends with an error, and tells the seed, when a write was carried out twice; with the rule
//! switched off, when none was.

#[cfg(unix)]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    return harness::run();
    #[cfg(not(unix))]
    {
        eprintln!("nothing is stopped on this system as it would be on Unix: there is nothing to see");
        ExitCode::FAILURE
    }
}
