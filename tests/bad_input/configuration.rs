//! Mistakes in a configuration. The messages are read by people, so the tests compare them whole.

use stockbridge::{Config, Host};
use stockbridge_tests::{Provider, account_at, connector};

/// Error message for this configuration.
fn wrong(text: &str) -> String {
    let error = Config::from_toml(text, &|name| (name == "SET").then(|| "secret:salt".to_owned())).unwrap_err();
    assert_eq!(error.code(), "config.invalid");
    error.to_string()
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_known_ones() {
    assert_eq!(
        wrong("[accounts.wms]\nconnector = \"x.wasm\"\ncolour = \"red\"\n"),
        "line 3, column 1: accounts.wms.colour: there is no such key; \
         write one of connector, sha256, signed-by, application, allow, settings, secrets, refusals, limits"
    );
    assert_eq!(
        wrong("[acounts.wms]\n"),
        "line 1, column 2: acounts: there is no such key; write one of accounts, cache, journal, signed-by, require-vectors, tolerate, concurrent-calls, pool-memory-mib, nat64"
    );
    assert_eq!(
        wrong("[accounts.wms]\nconnector = \"x.wasm\"\nlimits.memory = 1\n"),
        "line 3, column 8: accounts.wms.limits.memory: there is no such key; \
         write one of deadline-ms, min-time-left-ms, memory-mib, table-elements, hostcall-mib, \
             handles, requests, in-flight, concurrent-calls, requests-per-minute, attempts, headers, header-kib, captured-kib, journal-mib, request-mib, \
             response-mib, digests, log-lines, log-kib, rows"
    );
    assert_eq!(
        wrong("[accounts.wms]\nconnector = \"x.wasm\"\nsecrets.s = { enviroment = \"SET\" }\n"),
        "line 3, column 15: accounts.wms.secrets.s.enviroment: there is no such key; write one of env, file, before, after"
    );
}

#[test]
fn a_text_that_establishes_no_refusal_is_no_rule() {
    let of = |rule: &str| wrong(&format!("[accounts.wms]\nconnector = \"x.wasm\"\nrefusals = [{rule}]\n"));
    let fix = "write { operation = \"transfer\", code = \"100\", text = \"…\" }";
    for (rule, problem) in [
        (
            r#"{ operation = "query", code = "1", text = "不行" }"#,
            "is no rule: `query` is no operation: write one of transfer, adjust, adjust.unpack, adjust.change-owner, adjust.relabel, adjust.count, occupy",
        ),
        (
            r#"{ operation = "transfer", code = "1", text = "系统异常" }"#,
            "is no rule: its text tells of trouble at the provider, and proves no refusal",
        ),
        (
            r#"{ operation = "transfer", code = "1", text = "外部单号重复" }"#,
            "is no rule: its text tells of a repeat, and proves no refusal",
        ),
        (
            r#"{ operation = "transfer", code = "1", text = "部分成功" }"#,
            "is no rule: its text tells of something that was done, and proves no refusal",
        ),
        (
            r#"{ operation = "transfer", code = "1", text = "*" }"#,
            "is no rule: its text has to have words, and at most 500 characters",
        ),
    ] {
        assert_eq!(of(rule), format!("line 3, column 13: accounts.wms.refusals: {problem}; {fix}"), "{rule}");
    }
    assert_eq!(
        of(r#"{ operation = "transfer", text = "不行" }"#),
        format!("line 3, column 13: accounts.wms.refusals.code: is missing; {fix}")
    );
    assert_eq!(
        of(r#"{ operation = "transfer", code = "1", words = "不行" }"#),
        "line 3, column 51: accounts.wms.refusals.words: there is no such key; write one of operation, code, text"
    );
}

#[test]
fn a_missing_connector_is_named() {
    assert_eq!(
        wrong("[accounts.wms]\nallow = []\n"),
        "line 1, column 11: accounts.wms.connector: is missing; write connector = \"path/of/a/connector.wasm\""
    );
}

#[test]
fn a_secret_in_plain_is_refused_without_repeating_it() {
    let text = wrong("[accounts.wms]\nconnector = \"x.wasm\"\nsecrets.secret = \"hunter2\"\n");
    assert_eq!(
        text,
        "line 3, column 18: accounts.wms.secrets.secret: is a secret in plain; \
         keep it out of this file: write { env = \"NAME\" } or { file = \"path\" }"
    );
    assert!(!text.contains("hunter2"));
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    assert_eq!(
        wrong("[accounts.wms]\nconnector = \"x.wasm\"\nsecrets.secret = { env = \"UNSET\" }\n"),
        "line 3, column 18: accounts.wms.secrets.secret: the environment variable `UNSET` is not set; \
         set it for the process that reads this configuration: export UNSET=…"
    );
}

#[test]
fn a_part_that_is_not_there_is_named_and_the_value_is_not_shown() {
    let text = wrong("[accounts.wms]\nconnector = \"x.wasm\"\nsettings.salt = { env = \"SET\", after = \"/\" }\n");
    assert_eq!(
        text,
        "line 3, column 17: accounts.wms.settings.salt: the value of `SET` has no `/` in it; \
         give `SET` a value with `/`, or take the whole value"
    );
    assert!(!text.contains("secret:salt"));
}

#[test]
fn a_secret_file_that_cannot_be_read_is_named() {
    let text = wrong("[accounts.wms]\nconnector = \"x.wasm\"\nsecrets.secret = { file = \"nowhere/key\" }\n");
    assert!(text.contains("the file `nowhere/key` cannot be read"), "{text}");
    assert!(text.ends_with("; name a readable text file"), "{text}");
}

#[test]
fn values_of_another_type_are_named_with_what_to_write() {
    for (line, expected) in [
        ("allow = \"https://x.example\"", "accounts.wms.allow: is a string; write a list: [\"…\"]"),
        ("allow = [1]", "accounts.wms.allow: is an integer; write a text in quotes"),
        ("settings.sid = 1", "accounts.wms.settings.sid: is an integer; write a text in quotes, or { env = \"NAME\" }"),
        ("settings = \"x\"", "accounts.wms.settings: is a string; write a table: [accounts.wms.settings]"),
        ("limits.rows = 0", "accounts.wms.limits.rows: is no whole number above 0; write one, without a unit"),
        ("limits.rows = \"many\"", "accounts.wms.limits.rows: is no whole number above 0; write one, without a unit"),
    ] {
        let text = wrong(&format!("[accounts.wms]\nconnector = \"x.wasm\"\n{line}\n"));
        assert!(text.starts_with("line 3, column "), "{text}");
        assert!(text.ends_with(expected), "{text}");
    }
}

#[test]
fn a_table_without_a_source_is_named() {
    let text = wrong("[accounts.wms]\nconnector = \"x.wasm\"\nsecrets.secret = { env = \"A\", file = \"b\" }\n");
    assert!(text.ends_with("names no source, or two; write either env = \"NAME\" or file = \"path\""), "{text}");
}

#[test]
fn an_account_that_stands_twice_is_named_where_it_stands_again() {
    assert_eq!(
        wrong("[accounts.wms]\nconnector = \"x.wasm\"\n[accounts.wms]\nconnector = \"y.wasm\"\n"),
        "line 3, column 11: wms: stands here for the second time; give each account and each key a name of its own"
    );
}

#[test]
fn broken_toml_is_named_with_its_line() {
    let text = wrong("[accounts.wms]\nconnector = \n");
    assert!(text.starts_with("line 2, column "), "{text}");
    assert!(text.contains("this is no TOML"), "{text}");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let error = Host::from_file("nowhere/stockbridge.toml").await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("nowhere/stockbridge.toml: cannot be read ("), "{text}");
    assert!(text.ends_with("; give the path of a readable TOML file"), "{text}");
}

#[tokio::test]
async fn a_mistake_in_a_file_is_named_with_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stockbridge.toml");
    std::fs::write(&path, "[accounts.wms]\ncolour = 1\n").unwrap();
    let text = Host::from_file(&path).await.unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with(&format!("{}:1:11: accounts.wms.connector: is missing; ", path.display())), "{text}");
    assert!(lines[1].starts_with(&format!("{}:2:1: accounts.wms.colour: ", path.display())), "{text}");
}

/// Error message for an account, once its connector has described its needs.
async fn refused(edit: impl FnOnce(stockbridge::AccountConfig) -> stockbridge::AccountConfig) -> String {
    let account = edit(account_at(Provider::WdtEnterprise, "http://127.0.0.1:9"));
    Host::from_config(Config::new().account(account)).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_setting_or_secret_that_the_connector_does_not_have_is_named() {
    assert_eq!(
        refused(|account| account.setting("colour", "red")).await,
        "accounts.wdt-enterprise.settings.colour: the connector wdt-enterprise has no setting of this name; \
         write one of sid, appkey, url, since, counts-audit-themselves"
    );
    assert_eq!(
        refused(|account| account.secret("password", stockbridge::Secret::new("x"))).await,
        "accounts.wdt-enterprise.secrets.password: the connector wdt-enterprise has no secret of this name; \
         write one of secret"
    );
}

#[tokio::test]
async fn a_missing_secret_or_setting_is_named_with_what_it_is() {
    let bare = stockbridge::AccountConfig::new("wms", connector("wdt-enterprise"));
    let text = Host::from_config(Config::new().account(bare)).await.unwrap_err().to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    for (line, field, fix) in [
        (lines[0], "settings.sid", "write settings.sid = \"…\""),
        (lines[1], "settings.appkey", "write settings.appkey = \"…\""),
        (lines[2], "secrets.secret", "write secrets.secret = { env = \"NAME\" }"),
    ] {
        let begins = format!("accounts.wms.{field}: is missing, and the connector wdt-enterprise needs it: ");
        assert!(line.starts_with(&begins) && line.ends_with(&format!("; {fix}")), "{line}");
    }
}

#[tokio::test]
async fn a_missing_secret_is_named_at_its_accounts_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stockbridge.toml");
    let component = connector("wdt-enterprise");
    let text = format!(
        "# a comment\n[accounts.wms]\nconnector = {:?}\nsettings.sid = \"s\"\nsettings.appkey = \"a\"\n",
        component.to_str().unwrap()
    );
    std::fs::write(&path, text).unwrap();
    let text = Host::from_file(&path).await.unwrap_err().to_string();
    assert!(text.starts_with(&format!("{}:2:11: accounts.wms.secrets.secret: is missing", path.display())), "{text}");
}

#[tokio::test]
async fn a_grant_that_is_no_origin_is_named() {
    assert_eq!(
        refused(|account| account.allow("https://api.example.com/path")).await,
        "accounts.wdt-enterprise.allow: entry 2: `https://api.example.com/path` is more than an origin; \
         write an origin, as in \"https://api.example.com\""
    );
}

#[tokio::test]
async fn two_accounts_of_one_name_are_refused() {
    let account = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9");
    let error = Host::from_config(Config::new().account(account.clone()).account(account)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "accounts.wdt-enterprise: there are two accounts named `wdt-enterprise`; give each account a name of its own"
    );
}

#[tokio::test]
async fn an_account_that_is_not_there_is_named_and_none_of_those_that_are() {
    let account = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9");
    let host = Host::from_config(Config::new().account(account)).await.unwrap();
    let error = host.account("wms").unwrap_err();
    assert_eq!(error.to_string(), "there is no account `wms`");
    assert_eq!(error.code(), "account.unknown");
}

#[test]
fn what_is_wrong_with_the_cache_is_named() {
    for (line, said) in [
        ("cache = 5", "line 1, column 9: cache: is an integer; write a text in quotes"),
        ("cache = \"\"", "line 1, column 9: cache: is empty; write the path of a directory"),
        ("cache = {}", "line 1, column 1: cache.directory: is missing; write directory = \"path\""),
        (
            "cache = { path = \"x\", directory = \"y\" }",
            "line 1, column 11: cache.path: there is no such key; write one of directory, size-mib, unused-days",
        ),
        (
            "cache = { directory = \"x\", size-mib = 0 }",
            "line 1, column 39: cache.size-mib: is no whole number above 0; write one, without a unit",
        ),
        (
            "cache = { directory = \"x\", unused-days = \"7\" }",
            "line 1, column 42: cache.unused-days: is no whole number above 0; write one, without a unit",
        ),
    ] {
        assert_eq!(wrong(line), said, "{line}");
    }
}

#[test]
fn what_is_wrong_with_the_journal_is_named() {
    for (line, said) in [
        ("journal = 5", "line 1, column 11: journal: is an integer; write a text in quotes"),
        ("journal = \"\"", "line 1, column 11: journal: is empty; write the path of a file"),
        ("journal = {}", "line 1, column 1: journal.path: is missing; write path = \"a file\""),
        (
            "journal = { file = \"x\", days = 3 }",
            "line 1, column 25: journal.days: there is no such key; write one of path, file, keep-days, must-exist",
        ),
        (
            "journal = { file = \"x\", keep-days = 0 }",
            "line 1, column 37: journal.keep-days: is no whole number above 0; write one, without a unit",
        ),
    ] {
        assert_eq!(wrong(line), said, "{line}");
    }
}
