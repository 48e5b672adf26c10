//! What needs a feature that is off is refused with the feature's name, and never passed over. These run where all are off:
//! `cargo xtask features`.

#![cfg(not(any(feature = "network", feature = "signatures", feature = "wasi")))]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on has failed")]

use stockbridge::{AccountConfig, Config, Host};

const CONNECTOR: &[u8] = include_bytes!("../src/testing/connector.wasm");

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
