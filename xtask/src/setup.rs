//! Installs third-party programs that tests use as witnesses: servers, clients, and what counts instructions and system calls. A
//! test whose witness is missing is skipped with a message, so nothing here fails.

use std::process::{Command, Stdio};

/// Programs, and their Debian packages.
const WITNESSES: [(&str, &str); 5] = [
    ("nginx", "nginx-light"),
    ("node", "nodejs"),
    ("python3", "python3"),
    ("strace", "strace"),
    ("valgrind", "valgrind"),
];

pub(crate) fn run() {
    let missing: Vec<&str> =
        WITNESSES.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        println!("everything that the tests need is installed");
        return;
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        apt.status().is_ok_and(|status| status.success())
    };
    let install = [&["install", "--yes", "--no-install-recommends"], missing.as_slice()].concat();
    if apt(&["update", "--quiet"]) && apt(&install) {
        println!("installed: {}", missing.join(", "));
    } else {
        println!("not installed: {}; the tests that need them are skipped", missing.join(", "));
    }
}

fn is_there(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(if program == "nginx" { "-v" } else { "--version" });
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
