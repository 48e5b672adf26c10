//! Components that lack the contract, or want more than it has.

use crate::scene::{loading, malformed_text};

async fn refused(guest: &str, code: &'static str, text: &str) {
    assert_eq!(loading(guest).await, (code, text.to_owned()), "{guest}");
}

async fn malformed(guest: &str, reason: &str) {
    refused(guest, "component.malformed", &malformed_text(reason)).await;
}

#[tokio::test]
pub(crate) async fn wrong_contract_version() {
    let text = "was built for stockbridge:connector/http@9.9.9; this host knows 0.1.0: \
                rebuild the connector, or use a host that knows its contract";
    refused("wrong-contract-version", "component.contract-version", text).await;
}

#[tokio::test]
pub(crate) async fn contract_without_a_version() {
    let text = "was built for stockbridge:connector/metadata; this host knows 0.1.0: \
                rebuild the connector, or use a host that knows its contract";
    refused("contract-without-a-version", "component.contract-version", text).await;
}

#[tokio::test]
pub(crate) async fn missing_export() {
    let text = "does not export `stockbridge:connector/metadata@0.1.0`; \
                a connector exports the contract's metadata and inventory";
    refused("missing-export", "component.exports", text).await;
}

#[tokio::test]
pub(crate) async fn extra_import() {
    let text = "imports `evil:host/everything@1.0.0`, which no connector is given; \
                there are the contract's http, settings, secrets, clock and log, and \
                WASI 0.2 with nothing granted: cli, clocks, filesystem, io, random and sockets";
    refused("extra-import", "component.imports", text).await;
}

#[tokio::test]
pub(crate) async fn extra_import_of_the_contract() {
    let text = "imports `stockbridge:connector/files@0.1.0`, which no connector is given; \
                there are the contract's http, settings, secrets, clock and log, and \
                WASI 0.2 with nothing granted: cli, clocks, filesystem, io, random and sockets";
    refused("extra-import-of-the-contract", "component.imports", text).await;
}

#[tokio::test]
pub(crate) async fn missing_functions() {
    malformed(
        "missing-functions",
        "it does not fit the contract (instance export `stockbridge:connector/metadata@0.1.0` does not have export `describe`)",
    )
    .await;
}

#[tokio::test]
pub(crate) async fn extra_function_in_an_import() {
    malformed("extra-function-in-an-import", "it does not fit the contract (component imports instance `stockbridge:connector/clock@0.1.0`, but a matching implementation was not found in the linker: instance export `set` has the wrong type: function implementation is missing)").await;
}

#[tokio::test]
pub(crate) async fn import_of_another_type() {
    malformed("import-of-another-type", "it does not fit the contract (component imports instance `stockbridge:connector/clock@0.1.0`, but a matching implementation was not found in the linker: instance export `now` has the wrong type: type mismatch with results: expected `s64` found `string`)").await;
}

#[tokio::test]
pub(crate) async fn module_in_place_of_a_component() {
    malformed("module-in-place-of-a-component", "it is a core module").await;
}
