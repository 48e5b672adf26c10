//! The command as a script uses it: exit codes, positions of mistakes, and which stream has which text. Tests that need a
//! connector use the real ones, in the workspace's `tests`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use stockbridge::{Config, Host, JournalConfig};
use tempfile::TempDir;
use tokio::runtime::Runtime;

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stockbridge"));
    command.current_dir(directory).args(arguments).env_remove("STOCKBRIDGE_LOG").stdin(Stdio::null());
    command
}

/// A directory with these files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

/// Exit code, standard output and standard error of the command.
fn run(directory: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    split_output(command(directory.path(), arguments).output().unwrap())
}

fn split_output(output: Output) -> (i32, String, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// A host of this process that holds the journal in this file, for as long as both are kept.
fn host_of(journal: &Path) -> (Runtime, Host) {
    let runtime = Runtime::new().unwrap();
    let mut config = Config::default();
    config.journal = Some(JournalConfig::new(journal));
    let host = runtime.block_on(Host::from_config(config)).unwrap();
    (runtime, host)
}

const NO_COMPONENT: &str = "[accounts.wms]\nconnector = \"missing.wasm\"\n";
const TRANSFER: &str = r#"{"reference": "move-1", "from-warehouse": "a", "to-warehouse": "b", "lines": []}"#;

#[test]
fn the_help_lists_the_commands_and_the_exit_codes() {
    let (code, help, _) = run(&directory(&[]), &["--help"]);
    assert_eq!(code, 0);
    for line in [
        "  0  done",
        "  1  a failure that is none of those below",
        "  2  the command line, the configuration, the component or the order is wrong; nothing was carried out",
        "  3  the provider or the host refused; nothing was carried out",
        "  4  try again later; nothing was carried out",
        "  5  the outcome is unknown: the write may have been carried out",
        "  7  writes need a person: `stockbridge journal --waiting` lists them",
    ] {
        assert!(help.lines().any(|listed| listed == line), "{line}\n{help}");
    }
    for name in
        ["query", "transfer", "adjust", "occupy", "journal", "accounts", "inspect", "check", "embed", "simulator"]
    {
        let (code, help, _) = run(&directory(&[]), &[name, "--help"]);
        assert_eq!((code, help.contains(&format!("Usage: stockbridge {name}"))), (0, true));
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for (arguments, expected) in [
        (&["query"][..], "<ACCOUNT>"),
        (&["query", "wms", "--changed-since", "yesterday"], "2026-11-21T20:00:00+08:00"),
        (&["query", "wms", "--changed-until", "2026-11-21T20:00:00Z"], "--changed-since"),
        (&["query", "wms", "--extra", "name=abc"], r#"a text needs quotes: name="abc""#),
        (&["query", "wms", "--page-size", "0"], "0 is not in 1.."),
        (
            &["query", "wms", "--changed-since", "2026-11-21T20:00:00Z", "--cursor", "x"],
            "give the --changed-until that it began with",
        ),
        (&["simulator", "--listen", "8080"], "invalid socket address"),
        (&["accounts", "--watch", "--check"], "cannot be used with"),
    ] {
        let (code, output, error) = run(&directory(&[]), arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_missing_configuration_is_named() {
    for arguments in [&["accounts"][..], &["query", "wms"]] {
        let (code, output, error) = run(&directory(&[]), arguments);
        assert_eq!((code, output.as_str()), (2, ""));
        assert!(error.contains("stockbridge.toml: cannot be read"), "{error}");
        assert!(error.ends_with("  config.invalid\n"), "{error}");
    }
}

#[test]
fn an_unknown_key_of_the_configuration_is_named_with_its_place() {
    let files = directory(&[("other.toml", "[accounts.wms]\nconector = \"a.wasm\"\n")]);
    let (code, _, error) = run(&files, &["--config", "other.toml", "accounts"]);
    assert_eq!(code, 2);
    assert_eq!(
        error,
        "error: the list of accounts failed\n  \
           why   other.toml:1:11: accounts.wms.connector: is missing; write connector = \"path/of/a/connector.wasm\"\n        \
         other.toml:2:1: accounts.wms.conector: there is no such key; write one of connector, sha256, signed-by, application, allow, settings, \
         secrets, refusals, limits\n  \
           code  config.invalid\n"
    );
    let (code, output, _) = run(&files, &["--config", "other.toml", "--json", "accounts"]);
    let error: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(code, 2);
    assert_eq!(error["error"]["mistakes"][1]["place"], json!({"file": "other.toml", "line": 2, "column": 1}));
}

#[test]
fn an_account_that_is_not_configured_is_refused_with_those_that_are() {
    let files = directory(&[("stockbridge.toml", NO_COMPONENT)]);
    let (code, _, error) = run(&files, &["query", "wsm"]);
    assert_eq!(code, 2);
    assert!(error.contains("there is no account `wsm`; there is `wms`"), "{error}");
}

#[test]
fn a_mistake_in_an_order_is_named_before_anything_else_is_done() {
    let wrong = "{\n  \"from-warehouse\": \"a\",\n  \"to-warehouse\": 7\n}";
    let files = directory(&[("order.json", wrong)]);
    let (code, output, error) = run(&files, &["transfer", "wms", "order.json"]);
    assert_eq!((code, output.as_str()), (2, ""));
    assert_eq!(
        error,
        "error: the transfer failed\n  \
           why      order.json:3:19: to-warehouse: this value has the wrong type (invalid type: integer `7`, \
         expected a string); `stockbridge transfer --help` shows an order\n  \
           outcome  nothing was carried out: correct the order, then send it again\n  \
           code     order.malformed\n"
    );
}

#[test]
fn a_failure_is_an_object_on_standard_output_for_programs() {
    let files = directory(&[]);
    let mut child = command(files.path(), &["occupy", "wms", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{\"document\": \"D\",\n}").unwrap();
    let (code, output, error) = split_output(child.wait_with_output().unwrap());
    assert_eq!(code, 2);
    assert!(error.starts_with("error: the occupation failed\n"), "{error}");
    let document: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        document,
        json!({"error": {
            "message": "standard input:2:1: this is not JSON (trailing comma); `stockbridge occupy --help` shows an order",
            "class": "invalid-request",
            "outcome": "not-applied",
            "code": "order.malformed",
            "reference": null,
            "write": null,
            "next": null,
            "place": {"file": "standard input", "line": 2, "column": 1},
            "path": null,
            "provider-code": null,
            "provider-message": null,
            "retry-after-ms": null,
            "limited-method": null,
            "extras": null,
        }})
    );
}

#[test]
fn an_order_that_is_not_there_is_named() {
    let (code, _, error) = run(&directory(&[]), &["adjust", "wms", "order.json"]);
    assert_eq!(code, 2);
    assert!(error.contains("order.json: the order cannot be read"), "{error}");
    let (code, _, error) = run(&directory(&[]), &["adjust", "wms"]);
    assert_eq!(code, 2);
    assert!(error.contains("standard input: there is no order in it"), "{error}");
}

#[test]
fn a_write_that_fails_tells_its_reference_and_that_nothing_was_carried_out() {
    let files = directory(&[("stockbridge.toml", NO_COMPONENT), ("order.json", TRANSFER)]);
    let (code, output, error) = run(&files, &["transfer", "wms", "order.json", "--json"]);
    assert_eq!(code, 2);
    let document: Value = serde_json::from_str(&output).unwrap();
    let field_of = |field: &str| document["error"][field].clone();
    assert_eq!(["reference", "outcome", "code"].map(field_of), ["move-1", "not-applied", "component.unreadable"]);
    assert!(error.contains("  reference  move-1\n"), "{error}");
}

#[test]
fn an_order_is_unknown_where_nobody_can_look_whether_it_was_sent_before() {
    let config = format!("journal = \"kept/journal\"\n{NO_COMPONENT}");
    let files = directory(&[("stockbridge.toml", &config), ("order.json", TRANSFER)]);
    let check_code = |code: &str| {
        let (exit, output, error) = run(&files, &["transfer", "wms", "order.json", "--json"]);
        assert_eq!(exit, 5, "{error}");
        let document: Value = serde_json::from_str(&output).unwrap();
        let field_of = |field: &str| document["error"][field].clone();
        assert_eq!(["reference", "outcome", "code"].map(field_of), ["move-1", "unknown", code]);
        assert!(error.contains("send the order again, under the same reference"), "{error}");
    };
    check_code("journal.unopened");
    // An order without a reference cannot have been sent before.
    let fresh = TRANSFER.replace(r#""reference": "move-1", "#, "");
    std::fs::write(files.path().join("fresh.json"), fresh).unwrap();
    let (exit, _, error) = run(&files, &["transfer", "wms", "fresh.json"]);
    assert_eq!(exit, 4, "{error}");
    assert!(error.contains("nothing was carried out"), "{error}");
    std::fs::create_dir(files.path().join("kept")).unwrap();
    let _other = host_of(&files.path().join("kept/journal"));
    check_code("journal.in-use");
}

#[test]
fn a_file_that_is_no_component_is_refused() {
    let files = directory(&[("text.wasm", "no component")]);
    for (file, expected, name) in [
        ("text.wasm", "is no valid WebAssembly component", "component.malformed"),
        ("missing.wasm", "missing.wasm: cannot be read", "component.unreadable"),
        (".", "cannot be read", "component.unreadable"),
    ] {
        let (code, output, error) = run(&files, &["inspect", file, "--json"]);
        assert_eq!(code, 2, "{error}");
        assert!(error.contains(expected), "{error}");
        let document: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(document["error"]["code"], name);
    }
}

/// A component with nothing in it.
const EMPTY: &str = "\0asm\r\0\u{1}\0";

#[test]
fn a_check_explains_each_step_and_ends_with_2_where_one_failed() {
    let directory = directory(&[("empty.wasm", EMPTY), ("empty", EMPTY)]);
    for file in ["empty.wasm", "empty"] {
        let (code, output, error) = run(&directory, &["check", file]);
        assert_eq!((code, error.as_str()), (2, ""), "{output}");
        assert!(output.starts_with(&format!("{file} does not serve\nCHECK")), "{output}");
        let verdict = |check: &str| {
            let line = output.lines().find_map(|line| line.strip_prefix(check)).unwrap();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(verdict("size"), "ok 8 bytes");
        assert_eq!(verdict("sha256"), "not asked the configuration pins none");
        assert!(verdict("exports").starts_with(&format!("failed component {file}: does not export ")), "{output}");
        assert_eq!(["vectors", "operations"].map(verdict), ["not reached"; 2]);
    }
    let (code, output, _) = run(&directory, &["--json", "check", "empty.wasm"]);
    let checked: Value = serde_json::from_str(&output).unwrap();
    let check = &checked["checks"][0];
    assert_eq!((code, check["serves"].as_bool(), check["code"].as_str()), (2, Some(false), Some("component.exports")));
    assert_eq!(check["account"], Value::Null);
    assert_eq!(check["steps"].as_array().unwrap().len(), 12);
    assert_eq!(check["steps"][0], json!({"check": "size", "verdict": "ok", "detail": "8 bytes"}));
}

#[test]
fn a_check_of_a_configuration_goes_through_its_accounts() {
    let two = "[accounts.a]\nconnector = \"empty.wasm\"\n[accounts.b]\nconnector = \"missing.wasm\"\n";
    let directory = directory(&[("stockbridge.toml", two), ("empty.wasm", EMPTY)]);
    for arguments in [&["--json", "check"][..], &["--json", "check", "stockbridge.toml"]] {
        let (code, output, _) = run(&directory, arguments);
        let checked: Value = serde_json::from_str(&output).unwrap();
        let codes: Vec<_> =
            [0, 1].map(|place| (&checked["checks"][place]["account"], &checked["checks"][place]["code"])).into();
        assert_eq!((code, json!(codes)), (2, json!([["a", "component.exports"], ["b", "component.unreadable"]])));
    }
    let (code, _, error) = run(&directory, &["check", "nowhere.toml"]);
    assert_eq!(code, 2);
    assert!(error.contains("nowhere.toml: cannot be read"), "{error}");
}

#[test]
fn vectors_are_embedded_only_into_what_passes_them() {
    let directory = directory(&[("empty.wasm", EMPTY), ("vectors.json", "[]")]);
    let embed = |vectors| {
        let (code, _, error) = run(&directory, &["embed", "empty.wasm", "--vectors", vectors, "--output", "out.wasm"]);
        assert_eq!(code, 2);
        assert!(!directory.path().join("out.wasm").exists());
        error
    };
    let error = embed("missing.json");
    assert!(error.contains("missing.json: ") && error.contains("file.failed"), "{error}");
    let error = embed("vectors.json");
    assert!(error.contains("component empty.wasm: does not export"), "{error}");
}

#[test]
fn a_reader_who_goes_away_ends_nothing_but_the_output() {
    let files = directory(&[("stockbridge.toml", "")]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut accounts = command(files.path(), &["accounts", "--json"]);
    let (code, _, error) = split_output(accounts.stdout(writer).output().unwrap());
    assert_eq!((code, error.as_str()), (0, ""));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut missing = command(files.path(), &["query", "wms"]);
    let status = missing.stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_configuration_without_accounts_has_an_empty_list() {
    let files = directory(&[("stockbridge.toml", "")]);
    assert_eq!(run(&files, &["accounts", "--json"]), (0, "{\"accounts\":[]}\n".to_owned(), String::new()));
    let (code, output, error) = run(&files, &["accounts"]);
    assert_eq!((code, output.as_str(), error.as_str()), (0, "", "the configuration has no accounts\n"));
}

#[test]
fn a_filter_of_the_log_that_makes_no_sense_is_refused() {
    let files = directory(&[("stockbridge.toml", "")]);
    let mut accounts = command(files.path(), &["accounts"]);
    let (code, _, error) = split_output(accounts.env("STOCKBRIDGE_LOG", "stockbridge=loud").output().unwrap());
    assert_eq!(code, 2);
    assert!(error.contains("STOCKBRIDGE_LOG"), "{error}");
}

#[test]
fn the_journal_is_named_where_it_is_missing_and_needs_no_secret() {
    // The configuration takes a secret from a variable that is not set: reading the journal does not need it.
    let config = "[accounts.wms]\nconnector = \"missing.wasm\"\nsecrets.secret = { env = \"NOBODY_HAS_IT\" }\n";
    let directory = directory(&[("stockbridge.toml", config), ("named.toml", &format!("journal = \"it\"\n{config}"))]);
    let (code, output, error) = run(&directory, &["journal"]);
    assert_eq!((code, output.as_str()), (2, ""));
    assert!(error.contains("write journal = \"path\" at its top, or give --journal"), "{error}");
    let (code, _, error) = run(&directory, &["--config", "named.toml", "journal", "--open"]);
    assert_eq!(code, 4, "{error}");
    assert!(error.contains("it cannot be opened") && error.contains("journal.unopened"), "{error}");
    assert!(!directory.path().join("it").exists(), "looking makes none");
}

#[test]
fn a_settlement_says_which_how_and_by_whom() {
    let directory = directory(&[]);
    for (arguments, expected) in [
        (&["journal", "settle", "1", "--note", "x"][..], "--applied"),
        (&["journal", "settle", "1", "--applied", "--not-applied", "--note", "x"], "cannot be used with"),
        (&["journal", "settle", "1", "--applied"], "--note"),
        (&["journal", "settle", "one", "--applied", "--note", "x"], "invalid value 'one'"),
        (&["journal", "show"], "<ID>"),
        (&["journal", "--open", "show", "1"], "go with `stockbridge journal` alone"),
    ] {
        let (code, output, error) = run(&directory, arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{error}");
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn the_journals_file_may_be_named_before_what_is_done_with_it_and_after() {
    let directory = directory(&[("no-journal", "a letter")]);
    for arguments in [
        &["journal", "--journal", "no-journal", "show", "1"][..],
        &["journal", "show", "1", "--journal", "no-journal"],
        &["journal", "--journal", "no-journal", "settle", "1", "--applied", "--note", "x", "--by", "ana"],
        &["journal", "--journal", "no-journal", "--open"],
    ] {
        let (_, _, error) = run(&directory, arguments);
        assert!(error.contains("the journal no-journal"), "{arguments:?}: {error}");
    }
}

#[test]
fn a_recovery_works_on_the_configurations_journal_and_on_no_other() {
    let files = directory(&[("stockbridge.toml", "journal = \"kept\"\n")]);
    for arguments in [["journal", "recover", "--journal", "other"], ["journal", "--journal", "other", "recover"]] {
        let (code, output, error) = run(&files, &arguments);
        assert_eq!((code, output.as_str()), (2, ""), "{error}");
        assert!(
            error.contains("leave --journal out, and name the configuration of that journal with --config"),
            "{error}"
        );
    }
    assert!(!files.path().join("kept").exists(), "no host was started");
    let (code, _, error) = run(&files, &["journal", "recover"]);
    assert_eq!(code, 0, "{error}");
}

#[cfg(unix)]
#[test]
fn a_settlement_whose_answer_is_lost_may_hold_and_is_told_so() {
    let files = directory(&[]);
    let _host = host_of(&files.path().join("kept"));
    // The server at the host's socket receives the settlement and never answers.
    let socket = files.path().join("kept.sock");
    std::fs::remove_file(&socket).unwrap();
    let mute = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || mute.incoming().for_each(drop));
    let arguments = ["journal", "settle", "7", "--applied", "--note", "seen", "--by", "ana", "--journal", "kept"];
    let (code, output, error) = run(&files, &[&arguments[..], &["--json"]].concat());
    assert_eq!(code, 5, "{error}");
    assert!(error.contains("it may still take effect"), "{error}");
    assert!(error.contains("next     look: ") && error.contains(" journal --journal kept show 7\n"), "{error}");
    let document: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(
        (&document["error"]["outcome"], &document["error"]["code"]),
        (&json!("unknown"), &json!("journal.unopened"))
    );
}
