//! Applications can pass the types that they have: paths, bytes, TOML, JSON.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use stockbridge::{
    CacheConfig, Config, ConnectorSource, Decimal, Error, ErrorKind, Extras, JournalConfig, Json, TransferLine,
    TransferOrder, Write,
};
use stockbridge_tests::traced_account;

#[test]
fn a_component_is_named_by_any_path_or_given_by_any_bytes() {
    let text = "dist/connector.wasm";
    let paths: [ConnectorSource; 6] = [
        text.into(),
        text.to_owned().into(),
        (&text.to_owned()).into(),
        Path::new(text).into(),
        PathBuf::from(text).into(),
        (&PathBuf::from(text)).into(),
    ];
    assert!(paths.iter().all(|source| matches!(source, ConnectorSource::File(path) if path == Path::new(text))));
    let component = b"\0asm\x0d\0\x01\0";
    let bytes: [ConnectorSource; 5] = [
        component.into(),
        component.as_slice().into(),
        component.to_vec().into(),
        component.to_vec().into_boxed_slice().into(),
        Arc::<[u8]>::from(component.as_slice()).into(),
    ];
    assert!(bytes.iter().all(|source| matches!(source, ConnectorSource::Bytes(bytes) if **bytes == *component)));
    for file in [JournalConfig::from(Path::new(text)), text.into(), text.to_owned().into()] {
        assert_eq!(file.file(), Path::new(text));
    }
    let config = Config::new().journal(Path::new(text)).cache(text.to_owned());
    assert!(config.cache.is_some() && config.journal.is_some());
    drop(CacheConfig::from(&PathBuf::from(text)));
}

/// Part of an application's own configuration.
#[derive(serde::Deserialize)]
struct Application {
    port: u16,
    stock: Config,
}

#[test]
fn a_configuration_is_read_from_an_applications_own() {
    let section = json!({
        "journal": {"file": "writes.journal", "keep-days": 30},
        "accounts": {"main": {
            "connector": "connectors/wdt-flagship.wasm",
            "allow": ["https://wdt.example.com", {"origin": "http://10.0.0.7:8080", "addresses": ["private"]}],
            "settings": {"sid": "demo"},
            "limits": {"deadline-ms": 10000},
        }},
    });
    let read: Application = serde_json::from_value(json!({"port": 80, "stock": section})).unwrap();
    assert_eq!((read.port, read.stock.accounts.len()), (80, 1));
    for config in [read.stock, Config::try_from(&section).unwrap(), Config::try_from(section).unwrap()] {
        assert_eq!(config.accounts[0].name(), "main");
        assert_eq!(config.accounts[0].allowed().len(), 2);
        assert_eq!(config.journal.unwrap().file(), Path::new("writes.journal"));
    }
    let toml: Config = "[accounts.main]\nconnector = \"it.wasm\"".parse().unwrap();
    assert_eq!(toml.accounts[0].name(), "main");
}

#[test]
fn a_mistake_in_it_is_told_by_its_field_and_with_no_line_of_a_file_that_nobody_wrote() {
    let wrong = |value: serde_json::Value| {
        let error: Error = Config::try_from(value).unwrap_err();
        let ErrorKind::Config(error) = error.kind() else { panic!("{error:?}") };
        assert_eq!(error.place, None);
        (error.field.clone(), error.problem.clone())
    };
    let account = |more: serde_json::Value| json!({"accounts": {"main": more}});
    assert_eq!(wrong(account(json!({"connector": "a.wasm", "limit": 1}))).0, "accounts.main.limit");
    assert_eq!(wrong(account(json!({"connector": null}))), ("accounts.main.connector".into(), "is null".into()));
    assert_eq!(wrong(account(json!({"connector": "a", "limits": {"rows": 1.5}}))).0, "accounts.main.limits.rows");
    assert_eq!(wrong(json!([])).1, "this is no object");
}

#[test]
fn extras_are_made_of_the_json_that_an_application_has() {
    let expected = Extras::new().with("a", Json::parse("1").unwrap()).with("b", Json::parse("[true]").unwrap());
    assert_eq!(Extras::try_from(json!({"a": 1, "b": [true]})).unwrap(), expected);
    assert_eq!(Extras::from([("a", json!(1)), ("b", json!([true]))]), expected);
    assert_eq!(Extras::new().with("a", 1).with("b", json!([true])), expected);
    assert_eq!([("a".to_owned(), json!(1)), ("b".to_owned(), json!([true]))].into_iter().collect::<Extras>(), expected);
    assert_eq!(Extras::try_from(json!([1])).unwrap_err().path, "extras");
    let figure = Decimal::from_str_exact("0.10").unwrap();
    assert_eq!(Json::from(figure).as_str(), "0.10");
    assert_eq!("{\"a\": 1.50}".parse::<Json>().unwrap().as_str(), "{\"a\": 1.50}");
    assert!("{".parse::<Json>().is_err());
    assert_eq!(serde_json::Value::from(Json::parse("[1]").unwrap()), json!([1]));
}

#[tokio::test]
async fn json_that_is_deeper_than_it_is_read_is_refused_by_its_path() {
    let mut deep = json!(1);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    let extras = Extras::new().with("deep", deep);
    let lines = vec![TransferLine::new("item", 1)];
    let write: Write = TransferOrder { extras, lines, ..TransferOrder::between("here", "there") }.into();
    let host = stockbridge::Host::from_config(Config::new()).await.unwrap();
    host.apply(Config::new().account(traced_account("http://127.0.0.1:9", "blind"))).await.unwrap();
    let failure = host.account("traced").unwrap().write(write).await.unwrap_err();
    assert_eq!(failure.error().path(), Some("extras.deep"), "{failure}");
}
