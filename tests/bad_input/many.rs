//! All mistakes in a configuration are reported in one run, each on its own line with its place and correction.

use std::fs;

use stockbridge::{Config, ErrorKind, Host};
use stockbridge_tests::connector;

/// Report about a configuration, line by line, without its directory's path.
async fn report(text: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stockbridge.toml");
    fs::copy(connector("wdt-enterprise"), directory.path().join("wdt.wasm")).unwrap();
    fs::write(directory.path().join("broken.wasm"), "no component").unwrap();
    fs::write(&path, text).unwrap();
    let error = Host::from_file(&path).await.unwrap_err();
    let here = format!("{}/", directory.path().display());
    let lines: Vec<String> = error.to_string().lines().map(|line| line.replace(&here, "")).collect();
    let line = |text: String| text.lines().map(str::trim).collect::<Vec<_>>().join(" ").replace(&here, "");
    let each: Vec<String> = error.mistakes().iter().map(|error| line(error.to_string())).collect();
    assert_eq!(lines, each);
    lines
}

#[tokio::test]
async fn every_mistake_of_every_account_is_told_at_once_with_file_line_and_fix() {
    let text = r#"colour = "red"
journal = { file = "j", days = 3 }

[accounts.typo]
conector = "wdt.wasm"

[accounts.unset]
connector = "wdt.wasm"
settings.sid = { env = "STOCKBRIDGE_TEST_UNSET_ONE" }
settings.colour = "red"
secrets.secret = { env = "STOCKBRIDGE_TEST_UNSET_TWO" }
limits.rows = 0
limits.colour = 1

[accounts.missing]
connector = "nowhere.wasm"
secrets.secret = { file = "nowhere" }

[accounts.broken]
connector = "broken.wasm"

[accounts.bare]
connector = "wdt.wasm"
allow = ["api.example", "https://api.example/path"]
"#;
    let report = report(text).await;
    let begins: Vec<&str> = report.iter().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(
        begins,
        [
            "colour",
            "journal.days",
            "accounts.typo.connector",
            "accounts.typo.conector",
            "accounts.unset.settings.appkey",
            "accounts.unset.settings.sid",
            "accounts.unset.settings.colour",
            "accounts.unset.secrets.secret",
            "accounts.unset.limits.rows",
            "accounts.unset.limits.colour",
            "accounts.missing.connector",
            "accounts.missing.secrets.secret",
            "accounts.broken.connector",
            "accounts.bare.settings.sid",
            "accounts.bare.settings.appkey",
            "accounts.bare.secrets.secret",
            "accounts.bare.allow",
            "accounts.bare.allow",
        ],
        "{}",
        report.join("\n")
    );
    for line in &report {
        assert!(line.starts_with("stockbridge.toml:"), "{line}");
        assert!(line.contains("; "), "no fix: {line}");
    }
    let of = |field: &str| report.iter().find(|line| line.contains(field)).unwrap().as_str();
    assert_eq!(
        of("accounts.unset.secrets.secret"),
        "stockbridge.toml:11:18: accounts.unset.secrets.secret: the environment variable `STOCKBRIDGE_TEST_UNSET_TWO` is not \
         set; set it for the process that reads this configuration: export STOCKBRIDGE_TEST_UNSET_TWO=…"
    );
    let missing = of("accounts.missing.connector");
    assert!(
        missing
            .starts_with("stockbridge.toml:16:1: accounts.missing.connector: component nowhere.wasm: cannot be read ("),
        "{missing}"
    );
}

#[tokio::test]
async fn one_mistake_is_told_as_it_is() {
    let report = report("[accounts.a]\ncolour = 1\nconnector = \"wdt.wasm\"\nsettings.sid = \"s\"\nsettings.appkey = \"a\"\nsecrets.secret = { file = \"wdt.wasm.none\" }\n").await;
    assert_eq!(report.len(), 2, "{report:?}");
    let error = Config::from_toml("[accounts.a]\ncolour = 1\nconnector = \"x\"\n", &|_| None).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Config(_)));
    assert_eq!(error.mistakes().len(), 1);
}

#[test]
fn several_mistakes_have_a_kind_a_code_a_class_and_the_place_of_the_first() {
    let error = Config::from_toml("[accounts.a]\ncolour = 1\n\n[accounts.b]\ncolour = 2\n", &|_| None).unwrap_err();
    let ErrorKind::Several(mistakes) = error.kind() else { panic!("{error:?}") };
    assert_eq!(mistakes.len(), 4);
    assert_eq!((error.code(), error.class()), ("config.invalid", stockbridge::ErrorClass::InvalidRequest));
    assert_eq!(error.place().map(|place| place.line), Some(1));
}

/// An account without a component costs a constant amount of time, also among five hundred of them.
#[tokio::test]
async fn five_hundred_accounts_in_trouble_are_five_hundred_lines() {
    let text: String = (0..500).map(|number| format!("[accounts.a{number}]\nconnector = \"broken.wasm\"\n")).collect();
    let report = report(&text).await;
    assert_eq!(report.len(), 500);
    assert!(
        report[499].starts_with("stockbridge.toml:1000:1: accounts.a499.connector: component broken.wasm: "),
        "{}",
        report[499]
    );
}
