//! Names that do not exist, and names with misleading characters.

use serde_json::json;

use crate::scene::Scene;

#[test]
fn an_unknown_account_names_ten_at_most_the_closest_first() {
    let scene = Scene::new("blind");
    let many: String = (0..30).map(|number| scene.account(&format!("shop-{number:02}"), "blind", "")).collect();
    let first = std::fs::read_to_string(scene.directory.path().join("stockbridge.toml")).unwrap();
    scene.write("stockbridge.toml", &(first + &many));
    for arguments in [&["query", "shop-7"][..], &["transfer", "shop-7", &scene.order("move-1", "")]] {
        let result = scene.run(arguments);
        assert_eq!(result.code, 2, "{result:?}");
        let why = result.fact("why");
        assert!(why.starts_with("there is no account `shop-7`; there is `shop-07`, "), "{why}");
        assert!(why.ends_with(" and 21 more") && why.matches('`').count() == 22, "{why}");
    }
}

#[test]
fn what_is_listed_of_no_account_says_which_accounts_have_writes() {
    let scene = Scene::new("blind");
    assert_eq!(scene.transfer("move-1").code, 0);
    let result = scene.run(&["journal", "--account", "trace"]);
    assert_eq!(result.code, 0, "{result:?}");
    assert!(result.error.contains("no account `trace` has writes here; those that have: `traced`"), "{result:?}");
    assert_eq!(scene.run(&["journal", "--account", "trace", "--json"]).json(), json!({"writes": []}));
    let result = scene.run(&["journal", "--account", "traced", "--open"]);
    assert!(!result.error.contains("has writes"), "it has some, though none that is open: {result:?}");
    // Also beside a host.
    let (_runtime, _host) = scene.host();
    let result = scene.run(&["journal", "--account", "trace"]);
    assert!(result.error.contains("`traced`"), "{result:?}");
}

#[test]
fn a_list_of_no_writes_at_all_is_refused() {
    let result = Scene::new("blind").run(&["journal", "--limit", "0"]);
    assert_eq!(result.code, 2, "{result:?}");
    assert!(result.error.contains("0 is not in 1.."), "{result:?}");
}

#[test]
fn who_settles_is_known_without_the_environment() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| stockbridge_tests::How::DroppedAfter);
    assert_eq!(scene.transfer("move-1").code, 5);
    let mut settle = scene.command(&["journal", "settle", "1", "--applied", "--note", "seen", "--json"]);
    let output = settle.env_remove("USER").env_remove("LOGNAME").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let name = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let name = String::from_utf8(name).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["writes"][0]["state"]["applied"]["by"]["person"]["by"], name.trim(), "{document}");
    // Without a user name, the command asks for one.
    let mut nobody = scene.command(&["journal", "settle", "1", "--applied", "--note", "seen"]);
    let output = nobody.env_remove("USER").env_remove("LOGNAME").env("PATH", "/nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("give --by NAME"));
}

#[test]
fn a_name_that_turns_the_line_is_shown_as_what_it_is_and_times_are_of_one_width() {
    let scene = Scene::new("blind");
    let first = std::fs::read_to_string(scene.directory.path().join("stockbridge.toml")).unwrap();
    scene.write("stockbridge.toml", &(first + &scene.account("\"a\u{202e}b\"", "blind", "")));
    let result = scene.run(&["accounts"]);
    assert!(result.output.contains("a\\u{202e}b") && !result.output.contains('\u{202e}'), "{result:?}");
    let file = scene.order("move-1", "");
    assert_eq!(scene.run(&["transfer", "a\u{202e}b", &file]).code, 0);
    for arguments in [&["journal"][..], &["journal", "show", "1"]] {
        let result = scene.run(arguments);
        assert!(!result.output.contains('\u{202e}'), "{result:?}");
    }
    for reference in ["move-2", "move-3", "move-4", "move-5"] {
        assert_eq!(scene.transfer(reference).code, 0);
    }
    let listed = scene.run(&["journal"]).output;
    for row in listed.lines().skip(1) {
        let time = row.split_whitespace().nth(1).unwrap();
        assert!(time.len() == "2026-11-21T12:00:00.000Z".len() && time.ends_with('Z'), "{row}");
    }
}

#[test]
fn a_query_is_repeated_as_often_as_wanted_in_json_as_in_the_table() {
    let directory = tempfile::tempdir().unwrap();
    let connector = stockbridge_tests::connector("wdt-enterprise");
    let configuration = format!(
        "[accounts.wms]\nconnector = {connector:?}\nallow = [\"http://api.wangdian.cn\"]\nsettings.sid = \"s\"\n\
         settings.appkey = \"k\"\nsecrets.secret = {{ file = \"secret\" }}\n"
    );
    std::fs::write(directory.path().join("stockbridge.toml"), configuration).unwrap();
    std::fs::write(directory.path().join("secret"), "demo-secret").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stockbridge"));
    let output = command.current_dir(directory.path()).args(["accounts", "--json"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let operations = document["accounts"][0]["operations"].as_array().unwrap();
    for operation in operations {
        let reads = operation["operation"] == "query";
        assert_eq!(operation["repetition"] == "read-only", reads, "{operation}");
    }
    assert!(operations.iter().any(|operation| operation["operation"] == "query"));
}
