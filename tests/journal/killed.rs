//! Hosts that are killed and those that come after them: a few of the kills that `cargo xtask crash` does by the thousand.

use std::process::Command;

#[test]
fn clocks_that_jump_by_up_to_ten_years_have_no_write_applied_twice_or_lost() {
    let ran = Command::new(env!("CARGO_BIN_EXE_stockbridge-crash")).args(["18", "1", "jumps"]).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");
}

#[test]
fn hosts_that_are_killed_at_every_point_apply_no_write_twice_and_lose_none() {
    // Twenty for each: without anything else, with answers that are lost, with a disk that is full, and with a journal that is
    // damaged between two hosts.
    let ran = Command::new(env!("CARGO_BIN_EXE_stockbridge-crash")).args(["80", "1"]).output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{told}");
}
