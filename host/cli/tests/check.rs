//! `stockbridge check` of whole configurations: every account whatever is wrong with another, what cannot work, and exit
//! codes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use stockbridge_tests::connector;
use tempfile::TempDir;

const PROXIES: [&str; 6] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/// A directory with this configuration, the enterprise edition's connector and a secret.
fn directory(text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("stockbridge.toml"), text).unwrap();
    std::fs::write(directory.path().join("secret"), "demo-secret\n").unwrap();
    std::fs::copy(connector("wdt-enterprise"), directory.path().join("connector.wasm")).unwrap();
    directory
}

fn account(name: &str, more: &str) -> String {
    format!(
        "[accounts.{name}]\nconnector = \"connector.wasm\"\nsettings.sid = \"demo-sid\"\nsettings.appkey = \"demo-key\"\n\
         secrets.secret = {{ file = \"secret\" }}\n{more}\n"
    )
}

const ALLOWED: &str = "allow = [\"https://api.wangdian.cn\"]";

/// Exit code, standard output and standard error of a check.
fn check(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stockbridge"));
    command.current_dir(directory).arg("check").args(arguments).env_remove("STOCKBRIDGE_LOG").stdin(Stdio::null());
    for name in PROXIES {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn documents(directory: &Path, arguments: &[&str]) -> (i32, Value) {
    let (code, output, _) = check(directory, &[&["--json"], arguments].concat(), &[]);
    (code, serde_json::from_str(&output).unwrap())
}

#[test]
fn every_account_is_looked_at_whatever_is_wrong_with_another() {
    let text = [
        account("good", ALLOWED),
        account("typo", "colour = 1\nlimits.rows = 0"),
        account("unset", ALLOWED).replace("file = \"secret\"", "env = \"STOCKBRIDGE_TEST_UNSET\""),
        "[accounts.missing]\nconnector = \"nowhere.wasm\"\n".to_owned(),
    ]
    .concat();
    let directory = directory(&text);
    let (code, found) = documents(directory.path(), &[]);
    assert_eq!(code, 2);
    let checks = found["checks"].as_array().unwrap();
    let each: Vec<_> =
        checks.iter().map(|check| (check["account"].as_str().unwrap(), check["serves"].as_bool().unwrap())).collect();
    assert_eq!(each, [("good", true), ("typo", false), ("unset", false), ("missing", false)]);
    let places = |check: &Value| -> Vec<u64> {
        check["mistakes"].as_array().unwrap().iter().map(|mistake| mistake["place"]["line"].as_u64().unwrap()).collect()
    };
    assert_eq!(places(&checks[1]), [12, 13]);
    assert_eq!(places(&checks[2]), [18]);
    assert_eq!(places(&checks[3]), [21]);
    // By default a host applies a configuration whole or not at all.
    assert_eq!(checks[0]["works"], json!(true));
}

#[test]
fn only_failures_are_shown_where_that_is_asked() {
    let text =
        [account("good", ALLOWED), account("bare", ""), account("typo", &format!("colour = 1\n{ALLOWED}"))].concat();
    let directory = directory(&text);
    let (code, output, _) = check(directory.path(), &["--failures"], &[]);
    assert_eq!(code, 2);
    let lines: Vec<&str> = output.lines().collect();
    assert!(!output.contains("good"), "{output}");
    assert!(!output.contains(" ok "), "{output}");
    assert!(
        lines[0].starts_with("bare: connector.wasm") && lines[0].ends_with("may serve, but cannot work"),
        "{output}"
    );
    assert_eq!(
        lines[2],
        "grant.none  failed   stockbridge.toml:7:11: accounts.bare.allow: nothing is granted, so that it can send no request; \
         write allow = [\"https://api.wangdian.cn\"]"
    );
    assert_eq!(
        output.lines().last().unwrap(),
        "account  failed   stockbridge.toml:18:1: accounts.typo.colour: there is no such key; write one of connector, sha256, \
         signed-by, application, allow, settings, secrets, refusals, limits"
    );
    let (code, found) = documents(directory.path(), &["--failures"]);
    let names: Vec<_> = found["checks"].as_array().unwrap().iter().map(|check| check["account"].clone()).collect();
    assert_eq!((code, names), (2, vec![json!("bare"), json!("typo")]));

    let directory = self::directory(&account("good", ALLOWED));
    let (code, output, notes) = check(directory.path(), &["--failures"], &[]);
    assert_eq!((code, output.as_str(), notes.as_str()), (0, "", "nothing fails\n"));
}

#[test]
fn what_passes_and_cannot_work_ends_with_2_and_the_line_to_write() {
    for (more, code, fix) in [
        ("", "grant.none", "write allow = [\"https://api.wangdian.cn\"]"),
        (
            "allow = [\"https://elsewhere.example\"]",
            "grant.setting",
            "write allow = [\"https://elsewhere.example\", \"https://api.wangdian.cn\"]",
        ),
        (
            "allow = [\"https://api.wangdian.cn\"]\nsettings.url = \"http://127.0.0.1:8080/openapi2\"",
            "grant.setting",
            "write allow = [\"https://api.wangdian.cn\", { origin = \"http://127.0.0.1:8080\", addresses = [\"loopback\"] }]",
        ),
    ] {
        let directory = directory(&account("wms", more));
        let (exit, found) = documents(directory.path(), &[]);
        let check = &found["checks"][0];
        assert_eq!((exit, &check["serves"], &check["works"]), (2, &json!(true), &json!(false)), "{more}");
        let finding = &check["findings"][0];
        assert_eq!(
            (&finding["severity"], &finding["code"], &finding["fix"]),
            (&json!("failure"), &json!(code), &json!(fix))
        );
        let (_, output, _) = self::check(directory.path(), &[], &[]);
        assert!(output.contains(fix), "{output}");
    }
}

#[test]
fn a_journal_that_cannot_be_opened_is_told_before_the_accounts_and_ends_with_2() {
    let directory = directory(&format!("journal = \"nowhere/journal\"\n{}", account("wms", ALLOWED)));
    let (code, output, _) = check(directory.path(), &[], &[]);
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!((code, lines[0]), (2, "the configuration"));
    assert_eq!(
        lines[2],
        "journal.directory  failed   stockbridge.toml:1:1: journal: the directory nowhere of the journal is not there; make it: \
         mkdir -p nowhere"
    );
    assert!(output.contains("wms: connector.wasm"), "{output}");
}

#[test]
fn a_variable_for_a_proxy_is_a_warning_and_its_value_is_not_shown() {
    let directory = directory(&account("wms", ALLOWED));
    let variables = [("HTTPS_PROXY", "http://user:hunter2@proxy.example"), ("no_proxy", "x"), ("http_proxy", "")];
    let (code, output, _) = check(directory.path(), &[], &variables);
    assert_eq!(code, 0);
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(
        lines[2],
        "proxy.ignored  warning  HTTPS_PROXY is set, and not used: requests go to the granted origins themselves, through no \
         proxy; let this machine reach the granted origins directly"
    );
    assert!(!output.contains("hunter2"));
    let (code, output, notes) = check(directory.path(), &["--failures"], &variables);
    assert_eq!((code, output.as_str(), notes.as_str()), (0, "", "nothing fails\n"));
}

#[test]
fn a_file_that_is_no_toml_is_told_as_a_failure_of_the_check() {
    let directory = directory("[accounts.wms\nconnector = 1\n");
    let (code, output, error) = check(directory.path(), &[], &[]);
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(error.starts_with("error: the check failed\n  why   stockbridge.toml:1:"), "{error}");
}
