//! Hosts that are stopped right before a write leaves: a small run of `cargo xtask stops`.

use std::process::Command;

fn stops(arguments: &[&str]) {
    let ran = Command::new(env!("CARGO_BIN_EXE_stockbridge-stops")).args(arguments).output().unwrap();
    let output = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{output}");
}

#[test]
fn hosts_that_stand_still_before_a_write_leaves_carry_none_out_twice() {
    stops(&["12", "1"]);
}

#[test]
fn without_the_send_window_hosts_that_stand_still_carry_writes_out_twice() {
    stops(&["3", "1", "0", "unenforced"]);
}
