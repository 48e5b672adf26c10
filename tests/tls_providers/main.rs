//! Applications with different rustls configurations, and the host beside them: each application makes a TLS connection of its
//! own, and has a host make one.
//!
//! Their crates are in `tests/applications`, and are built one at a time, since cargo unifies the features of crates that it
//! builds together. Dependencies shared with the repository are built once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use stockbridge_tests::connector;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("applications")
}

/// Files for an application: an authority, its certificate for `localhost`, and the key.
fn certificates(directory: &Path) -> [PathBuf; 3] {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let files = [
        ("authority.der", authority.der().to_vec()),
        ("certificate.der", certificate.der().to_vec()),
        ("key.der", key.serialize_der()),
    ];
    files.map(|(name, bytes)| {
        let file = directory.join(name);
        fs::write(&file, bytes).unwrap();
        file
    })
}

/// Builds and runs an application with these features. Returns its output.
fn run(name: &str, features: &[&str], arguments: &[PathBuf]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["run", "--quiet", "--package", &format!("stockbridge-application-{name}")])
        .args(features.iter().map(|feature| format!("--features={feature}")))
        .arg("--")
        .args(arguments)
        .current_dir(here())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
    let output = command.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{name} {features:?}:\n{}", said(&output.stderr));
    said(&output.stdout)
}

#[test]
#[ignore = "it builds the runtime anew for each application, which takes a quarter of an hour: cargo xtask applications"]
fn an_application_keeps_its_tls_with_each_provider_and_the_host_has_one() {
    // The repository's versions, which are already downloaded.
    fs::copy(here().join("../../Cargo.lock"), here().join("Cargo.lock")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut arguments = certificates(directory.path()).to_vec();
    arguments.push(connector("wdt-enterprise"));
    for (name, features) in
        [("rustls-default", &[][..]), ("ring-only", &[]), ("own-provider", &[]), ("own-provider", &["beside-another"])]
    {
        let said = run(name, features, &arguments);
        assert!(said.contains("TLS13_"), "{name} {features:?}: {said}");
    }
}
