//! What needs a feature that is off is refused with the feature's name, and never passed over. These run where all are off:
//! `cargo xtask features`.

#![cfg(not(any(feature = "journal-file", feature = "network", feature = "signatures", feature = "wasi")))]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on has failed")]

use stockbridge::transport::{Exchange, OutboundRequest, Transport};
use stockbridge::{AccountConfig, Config, Host};

const CONNECTOR: &[u8] = include_bytes!("../src/testing/connector.wasm");

/// Sends nothing.
struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_file_for_the_journal_is_refused_and_without_one_it_is_in_memory() {
    let host = |config| Host::builder().transport(Nowhere).build(config);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stockbridge.journal");
    let error = host(Config::new().journal(&file)).await.unwrap_err();
    assert!(
        error.to_string().starts_with("journal: ") && error.to_string().contains("feature `journal-file`"),
        "{error}"
    );
    assert!(!file.exists());
    assert!(!host(Config::new()).await.unwrap().journal().is_durable());
}

#[cfg(feature = "config-file")]
#[test]
fn a_configuration_file_that_names_a_journal_is_refused_with_the_place() {
    for text in
        ["\njournal = \"stockbridge.journal\"\n", "\njournal = { path = \"stockbridge.journal\", keep-days = 30 }\n"]
    {
        let error = Config::from_toml(text, &|_| None).unwrap_err();
        assert_eq!(error.code(), "config.invalid", "{error}");
        assert!(error.to_string().contains("feature `journal-file`"), "{error}");
        let mistakes: Vec<_> = error.mistakes().iter().map(ToString::to_string).collect();
        assert!(matches!(&mistakes[..], [one] if one.starts_with("line 2, column 1: journal: ")), "{mistakes:?}");
    }
}

#[test]
fn a_key_of_a_signature_is_refused() {
    let key = "whatever the key is".parse::<stockbridge::PublicKey>();
    assert!(key.unwrap_err().to_string().contains("feature `signatures`"));
}

#[tokio::test]
async fn a_host_without_a_network_and_a_transport_is_refused() {
    let error = Host::from_config(Config::new().account(AccountConfig::new("wms", CONNECTOR))).await.unwrap_err();
    assert_eq!(error.code(), "network.none");
    assert!(error.to_string().contains("feature `network`"), "{error}");
}

#[tokio::test]
async fn a_component_that_imports_wasi_is_refused() {
    let component = br#"(component
        (import "wasi:cli/environment@0.2.0" (instance
            (export "get-environment" (func (result (list (tuple string string))))))))"#;
    let error = stockbridge::inspect(wat::parse_bytes(component).unwrap().into_owned()).await.unwrap_err();
    assert_eq!(error.code(), "component.feature", "{error}");
    assert!(
        error.to_string().contains("feature `wasi`") && error.to_string().contains("wasi:cli/environment"),
        "{error}"
    );
}
