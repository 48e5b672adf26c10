//! Values from the environment of the command, which can hold bytes that are not text.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

#[test]
fn a_variable_that_cannot_be_a_secret_is_named_with_what_is_wrong_and_its_value_is_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[accounts.wms]\nconnector = \"x.wasm\"\nsecrets.secret = { env = \"KEY\" }\n";
    std::fs::write(directory.path().join("stockbridge.toml"), text).unwrap();
    for (value, problem) in [
        (&b"hunter2\xff"[..], "has bytes in it that are no UTF-8 text; write it as UTF-8 text"),
        (b"\xff\xfeh\x01u\x01", "is UTF-16 text, and not UTF-8; save it as UTF-8"),
        (b"hunter2 ", "ends with a blank (U+0020); write it without"),
        (b"hunter2\n\n", "has a line end in it, beside the one that may stand at its end; write it on one line"),
        (b"\xef\xbb\xbf \n", "begins with a blank (U+0020); write it without"),
        (b"", "is empty; set it"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_stockbridge"))
            .current_dir(directory.path())
            .args(["query", "wms"])
            .env("KEY", OsStr::from_bytes(value))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        let line = format!("accounts.wms.secrets.secret: the value of the environment variable `KEY` {problem}");
        assert!(error.contains(&line), "{error}");
        assert_eq!((output.status.code(), error.contains("hunter")), (Some(2), false), "{error}");
    }
}
