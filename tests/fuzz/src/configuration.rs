//! Any text as a configuration: a mistake is named with its place and its mending, and tells no secret; what is accepted
//! means what another reader of the same text finds in it.

use stockbridge::{AccountConfig, Config, ConfigError, Error, ErrorKind};

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "configuration",
    run,
    seeds,
    words: &[
        "[accounts.a]\n",
        "accounts",
        "tolerate = \"accounts\"\n",
        "connector = \"x\"\n",
        "allow = [\"https://a.example\"]\n",
        "{ origin = \"https://a.example\", addresses = [\"public\"] }",
        "\"loopback\"",
        "settings.",
        "secrets.",
        "limits.",
        "deadline-ms",
        "min-time-left-ms",
        "memory-mib",
        "requests",
        "request-mib",
        "response-mib",
        "digests",
        "rows",
        "{ env = \"SET\" }",
        "before = \":\"",
        "after = \":\"",
        "file = \"",
        "\"\"\"",
        "'''",
        "\\u0000",
        "0x1F",
        "4294967296",
        "1979-05-27",
        "\r\n",
        "货",
    ],
};

/// The value of the one variable that is set.
const SECRET: &str = "hunter2:pepper3";

fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A device may be read for ever; which file to read is the operator's own choice.
    if ["/dev", "/proc", "/sys"].iter().any(|place| text.contains(place)) {
        return;
    }
    match Config::from_toml(text, &|name| (name == "SET").then(|| SECRET.to_owned())) {
        Ok(config) => accepted(text, &config),
        Err(error) => refused(text, &error),
    }
}

fn refused(text: &str, error: &Error) {
    assert_eq!(error.code(), "config.invalid");
    error.mistakes().iter().for_each(|mistake| is_told(text, mistake));
}

fn is_told(text: &str, error: &Error) {
    let ErrorKind::Config(ConfigError { place, problem, fix, .. }) = error.kind() else { panic!("{error:?}") };
    assert!(!problem.is_empty() && !fix.is_empty(), "{error:?}");
    let place = place.as_ref().expect("a mistake in a text has a place");
    let line = text.split('\n').nth(place.line - 1).expect("the place is in the text");
    assert!((1..=line.chars().count() + 1).contains(&place.column), "{place:?} is not in {line:?}");
    for secret in ["hunter2", "pepper3"].into_iter().filter(|secret| !text.contains(secret)) {
        assert!(!error.to_string().contains(secret), "{error}");
    }
}

fn accepted(text: &str, config: &Config) {
    let mut table: toml::Table = text.parse().expect("what is accepted is TOML");
    if config.tolerate_accounts {
        assert_eq!(table.remove("tolerate"), Some("accounts".into()));
        // What is wrong with an account stands in the configuration.
        return;
    }
    let none = toml::Table::new();
    let accounts = table.get("accounts").map_or(&none, |accounts| accounts.as_table().unwrap());
    assert!(table.keys().all(|key| key == "accounts"));
    assert_eq!(config.accounts.len(), accounts.len());
    for account in &config.accounts {
        means(account, accounts[account.name()].as_table().unwrap());
    }
    roundtrip(&table, config);
}

/// What the host reads in an account's table is what stands in it.
fn means(account: &AccountConfig, table: &toml::Table) {
    let allow = table.get("allow").map_or(&[][..], |allow| allow.as_array().unwrap());
    assert_eq!(account.allowed().len(), allow.len());
    for (grant, written) in account.allowed().iter().zip(allow) {
        let origin = written.as_table().map_or(written, |table| &table["origin"]);
        assert_eq!(grant.origin(), origin.as_str().unwrap());
    }
    let shown = format!("{account:?}");
    assert!(shown.contains(table["connector"].as_str().unwrap()) || shown.contains('\\'), "{shown}");
    let secrets = table.get("secrets").map_or(0, |secrets| secrets.as_table().unwrap().len());
    // A setting may be taken from the environment too, and is no secret then.
    if secrets > 0 && !table.contains_key("settings") {
        assert!(!shown.contains("hunter2") || table.to_string().contains("hunter2"), "{shown}");
    }
}

/// Written anew by another writer, the configuration is the same but for the places of its fields.
fn roundtrip(table: &toml::Table, config: &Config) {
    let written = toml::to_string(table).unwrap();
    let again = Config::from_toml(&written, &|name| (name == "SET").then(|| SECRET.to_owned())).unwrap();
    assert_eq!(meaning(config), meaning(&again), "{written}");
}

/// The accounts by their names, without the places.
fn meaning(config: &Config) -> Vec<(String, String)> {
    let place = ", places: {";
    let mut accounts: Vec<_> = config
        .accounts
        .iter()
        .map(|account| {
            let shown = format!("{account:?}");
            // The places come last, so a text of the operator's that looks like them stands before.
            let end = shown.find(place).unwrap_or(shown.len());
            (account.name().to_owned(), shown[..end].to_owned())
        })
        .collect();
    accounts.sort();
    accounts
}

fn seeds() -> Vec<Vec<u8>> {
    let example = include_str!("../../../examples/stockbridge.toml").replace("WDT_APPSECRET", "SET");
    [
        "",
        "[accounts.a]\nconnector = \"x.wasm\"\n",
        "tolerate = \"accounts\"\n[accounts.a]\ncolour = 1\n",
        "accounts.a = { connector = \"x.wasm\", allow = [\"https://a.example\"] }\n",
        "[accounts.a]\nconnector = \"x\"\nsettings.s = { env = \"SET\", after = \":\" }\n\
         secrets.t = { env = \"SET\", before = \":\" }\nlimits = { deadline-ms = 1, rows = 0x10 }\n",
        "[accounts.\"\"]\nconnector = 'x'\n[accounts.a.settings]\n\"a b\" = \"\"\"\n货\"\"\"\n",
        "[accounts.a]\nconnector = \"x\"\nsecrets.t = { file = \"nowhere\" }\n",
        "[accounts.a]\nconnector = \"x\"\nsecrets.t = \"plain\"\n",
        "[accounts.a]\nconnector = \"x\"\n[accounts.a]\n",
        example.as_str(),
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
