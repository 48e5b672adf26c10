//! Vectors, the stored ones and those shipped with the connectors, compared with the current results of independent code.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

#[test]
fn the_vectors_are_what_independent_code_computes() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/compute.py");
    let computed = match Command::new("python3").arg(script).arg("--check").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            eprintln!("skipped: `python3` is not installed, so the vectors are not recomputed");
            return;
        }
        computed => computed.unwrap(),
    };
    assert!(computed.status.success(), "{}", String::from_utf8_lossy(&computed.stderr));
}
