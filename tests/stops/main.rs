//! Stops hosts right before the clock check that precedes a write's bytes, lets them continue later, and checks against the
//! provider's ledger: no write is applied twice.
//!
//! `cargo xtask stops --stops 1000` builds and runs it. The parent runs the traced provider and starts this program again as the
//! hosts. It exits with an error, and prints the seed, when a write was applied twice; with the rule switched off, when none was.

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
