//! Killed hosts and their successors: a small run of `cargo xtask crash`.

use std::process::Command;

#[test]
fn clocks_that_jump_by_up_to_ten_years_have_no_write_applied_twice_or_lost() {
    let ran = Command::new(env!("CARGO_BIN_EXE_stockbridge-crash")).args(["18", "1", "jumps"]).output().unwrap();
    let output = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{output}");
}

#[test]
fn hosts_that_are_killed_at_every_point_apply_no_write_twice_and_lose_none() {
    // Twenty kills in each mode: without further faults, with lost answers, with a full disk, and with a journal that is damaged
    // between two hosts.
    let ran = Command::new(env!("CARGO_BIN_EXE_stockbridge-crash")).args(["80", "1"]).output().unwrap();
    let output = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{output}");
}
