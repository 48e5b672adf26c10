//! Values from the environment and from files: one rule for both, which keeps foreign characters out of secrets. A process
//! environment can hold values that are not text; that is tested with the command.

use std::fs;
use std::path::Path;

use stockbridge::{Config, Host};
use stockbridge_tests::{Provider, connector, query, simulator};

/// An account with this secret.
fn account(secret: &str) -> String {
    format!("[accounts.wms]\nconnector = \"x.wasm\"\nsecrets.secret = {secret}\n")
}

fn of_file(directory: &Path, more: &str) -> String {
    let path = directory.join("stockbridge.toml");
    fs::write(&path, account(&format!("{{ file = \"key\"{more} }}"))).unwrap();
    Config::from_file(&path).map_or_else(|error| error.to_string(), |_| "taken".to_owned())
}

fn of_environment(value: &str, more: &str) -> String {
    let text = account(&format!("{{ env = \"KEY\"{more} }}"));
    let config = Config::from_toml(&text, &|name| (name == "KEY").then(|| value.to_owned()));
    config.map_or_else(|error| error.to_string(), |_| "taken".to_owned())
}

#[test]
fn what_does_not_belong_into_a_secret_is_refused_alike_from_the_environment_and_from_a_file() {
    let directory = tempfile::tempdir().unwrap();
    for (value, problem, fix) in [
        ("", "is empty", "set it"),
        ("\n", "is empty", "set it"),
        ("\u{feff}", "is empty", "set it"),
        ("hunter2\n\n", "has a line end in it, beside the one that may stand at its end", "write it on one line"),
        ("hun\nter2", "has a line end in it, beside the one that may stand at its end", "write it on one line"),
        ("hun\r\nter2", "has a line end in it, beside the one that may stand at its end", "write it on one line"),
        ("hunter2\r", "has a line end in it, beside the one that may stand at its end", "write it on one line"),
        ("hunter2\u{2028}", "has a line end in it, beside the one that may stand at its end", "write it on one line"),
        (" hunter2", "begins with a blank (U+0020)", "write it without"),
        ("hunter2 ", "ends with a blank (U+0020)", "write it without"),
        ("hunter2 \n", "ends with a blank (U+0020)", "write it without"),
        ("hunter2\u{a0}", "ends with a blank (U+00A0)", "write it without"),
        ("\u{3000}hunter2", "begins with a blank (U+3000)", "write it without"),
        ("hunter2\t", "has a control character in it (U+0009)", "write it without"),
        ("hun\u{1b}[0mter2", "has a control character in it (U+001B)", "write it without"),
        ("hun\u{7f}ter2", "has a control character in it (U+007F)", "write it without"),
        ("hun\u{9b}ter2", "has a control character in it (U+009B)", "write it without"),
        ("hun\u{feff}ter2", "has a character in it that nobody sees (U+FEFF)", "write it without"),
        ("\u{200b}hunter2", "has a character in it that nobody sees (U+200B)", "write it without"),
        ("hunter2\u{202e}", "has a character in it that nobody sees (U+202E)", "write it without"),
        ("hun\u{fffd}ter2", "has a character in it that nobody sees (U+FFFD)", "write it without"),
    ] {
        fs::write(directory.path().join("key"), value).unwrap();
        let place = directory.path().join("stockbridge.toml").display().to_string();
        assert_eq!(
            of_file(directory.path(), ""),
            format!("{place}:3:18: accounts.wms.secrets.secret: the value of the file `key` {problem}; {fix}"),
            "{value:?}"
        );
        assert_eq!(
            of_environment(value, ""),
            format!(
                "line 3, column 18: accounts.wms.secrets.secret: the value of the environment variable `KEY` {problem}; {fix}"
            ),
            "{value:?}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_and_not_shown() {
    let directory = tempfile::tempdir().unwrap();
    let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        [mark.to_vec(), "hunter2".encode_utf16().flat_map(bytes).collect()].concat()
    };
    for (bytes, problem) in [
        (b"hunter2\xff".to_vec(), "has bytes in it that are no UTF-8 text; write it as UTF-8 text"),
        (b"hunt\xe9r2".to_vec(), "has bytes in it that are no UTF-8 text; write it as UTF-8 text"),
        (utf16(b"\xff\xfe", u16::to_le_bytes), "is UTF-16 text, and not UTF-8; save it as UTF-8"),
        (utf16(b"\xfe\xff", u16::to_be_bytes), "is UTF-16 text, and not UTF-8; save it as UTF-8"),
        (utf16(b"", u16::to_le_bytes), "has a control character in it (U+0000); write it without"),
        (b"hunter2\0".to_vec(), "has a control character in it (U+0000); write it without"),
    ] {
        fs::write(directory.path().join("key"), &bytes).unwrap();
        let message = of_file(directory.path(), "");
        assert!(message.ends_with(&format!("the value of the file `key` {problem}")), "{message}");
        assert!(!message.contains("hunt"), "{message}");
    }
    fs::write(directory.path().join("key"), vec![b'x'; 65 * 1024]).unwrap();
    let message = of_file(directory.path(), "");
    assert!(
        message.ends_with("the file `key` has more than 65536 bytes, which is no value; name a readable text file"),
        "{message}"
    );
}

#[test]
fn a_part_is_held_to_the_rule_by_itself() {
    for (value, more, problem) in [
        ("secret:salt", ", before = \":\"", "taken"),
        (" secret:salt\n", ", after = \":\"", "taken"),
        ("secret :salt", ", before = \":\"", "ends with a blank (U+0020); write it without"),
        ("secret: salt", ", after = \":\"", "begins with a blank (U+0020); write it without"),
        ("secret:", ", after = \":\"", "is empty; set it"),
        (
            "secret:salt\n\n",
            ", after = \":\"",
            "has a line end in it, beside the one that may stand at its end; write it on one line",
        ),
        ("\u{feff}secret:salt", ", before = \":\"", "taken"),
    ] {
        let message = of_environment(value, more);
        let of = "line 3, column 18: accounts.wms.secrets.secret: the part taken from the environment variable `KEY` ";
        let expected = if problem == "taken" { problem.to_owned() } else { format!("{of}{problem}") };
        assert_eq!(message, expected, "{value:?}");
    }
}

#[test]
fn a_setting_from_elsewhere_is_held_to_the_same_rule() {
    let text = "[accounts.wms]\nconnector = \"x.wasm\"\nsettings.sid = { env = \"SID\" }\n";
    let error = Config::from_toml(text, &|_| Some("demo-sid ".to_owned())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 3, column 16: accounts.wms.settings.sid: the value of the environment variable `SID` ends with a blank \
         (U+0020); write it without"
    );
}

/// The provider would reject a signature under any other secret.
#[tokio::test]
async fn what_editors_put_around_a_secret_is_cut_off_so_that_it_signs() {
    let simulator = simulator().await;
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        "[accounts.wms]\nconnector = {:?}\nallow = [{{ origin = \"{url}\", addresses = [\"loopback\"] }}]\n\
         settings.url = \"{url}/openapi2\"\nsettings.sid = \"demo-sid\"\nsettings.appkey = \"demo-key\"\n\
         secrets.secret = {{ file = \"key\" }}\n",
        connector(Provider::WdtEnterprise.name()),
        url = simulator.url()
    );
    fs::write(directory.path().join("stockbridge.toml"), text).unwrap();
    for saved in [&b"demo-secret"[..], b"demo-secret\n", b"demo-secret\r\n", b"\xef\xbb\xbfdemo-secret\r\n"] {
        fs::write(directory.path().join("key"), saved).unwrap();
        let host = Host::from_file(directory.path().join("stockbridge.toml")).await.unwrap();
        host.account("wms").unwrap().query(query(Provider::WdtEnterprise).unwrap()).await.unwrap();
    }
}
