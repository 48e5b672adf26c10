//! Kills a host that writes through all four connectors, at every journal failpoint and at random, starts the next one on the
//! remaining files, and checks against the simulator's ledger: no write applied twice, none lost, none forgotten.
//!
//! `cargo xtask crash --kills 10000` builds and runs it; `--jumps` also sets the wall clock. The parent runs the simulator and
//! starts this program again as the child. On a violation it exits with an error and prints the seed.

#[cfg(unix)]
mod harness;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    return harness::run();
    #[cfg(not(unix))]
    {
        eprintln!("this test needs Unix signals, which this system lacks");
        ExitCode::FAILURE
    }
}
