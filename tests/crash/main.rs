//! Kills a host that writes through all four connectors, at every journal point and at random, starts the next one on what
//! is left, and judges by the simulator's ledger: no write applied twice, none lost, none forgotten.
//!
//! `cargo xtask crash --kills 10000` builds it and runs it; with `--jumps`, clocks on the wall are set besides. The parent runs the simulator and starts this program again as
//! the child. It ends with an error, and tells the seed, when the judge finds that something does not hold.

#[cfg(unix)]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    return harness::run();
    #[cfg(not(unix))]
    {
        eprintln!("nothing is killed on this system as it would be on Unix: there is nothing to see");
        ExitCode::FAILURE
    }
}
