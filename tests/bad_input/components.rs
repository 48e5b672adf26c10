//! Files that are not connectors.

use stockbridge::{AccountConfig, ComponentProblem, Config, Error, ErrorKind, Host, inspect};
use stockbridge_tests::connector;

async fn refused(bytes: impl Into<Vec<u8>>) -> Error {
    inspect(bytes.into()).await.unwrap_err()
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let error = inspect("nowhere/connector.wasm").await.unwrap_err();
    assert_eq!(error.code(), "component.unreadable");
    let text = error.to_string();
    assert!(text.starts_with("component nowhere/connector.wasm: cannot be read ("), "{text}");
    assert!(text.ends_with("; give the path of a connector's .wasm file"), "{text}");
}

#[tokio::test]
async fn what_is_no_component_is_malformed() {
    for bytes in [b"".to_vec(), b"\0asm".to_vec(), b"hello".to_vec(), vec![0; 4096]] {
        let error = refused(bytes).await;
        assert_eq!(error.code(), "component.malformed");
        let text = error.to_string();
        assert!(text.starts_with("component (in memory): is no valid WebAssembly component: "), "{text}");
        assert!(text.contains("build it for the component model"), "{text}");
    }
}

#[tokio::test]
async fn what_was_meant_for_something_else_is_told_what_it_is() {
    let module = wat::parse_str("(module)").unwrap();
    for (bytes, said) in [
        (module, "it is a core module"),
        (b"(component)".to_vec(), "it is WebAssembly text"),
        (b"\n (module)".to_vec(), "it is WebAssembly text"),
    ] {
        let error = refused(bytes).await;
        assert_eq!(error.code(), "component.malformed");
        assert_eq!(
            error.to_string(),
            format!(
                "component (in memory): is no valid WebAssembly component: {said}; \
                 build it for the component model, as `cargo xtask connectors` does"
            )
        );
    }
}

/// It is recognised by its bytes, whatever its name, even if the host's own engine version made it.
#[tokio::test]
async fn machine_code_from_outside_is_never_run() {
    let engine = wasmtime::Engine::default();
    let component = std::fs::read(connector("winit")).unwrap();
    let module = wat::parse_str("(module)").unwrap();
    for compiled in [engine.precompile_component(&component).unwrap(), engine.precompile_module(&module).unwrap()] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("connector.wasm");
        std::fs::write(&path, &compiled).unwrap();
        let of_account = AccountConfig::new("winit", path.clone());
        let opened = Host::from_config(Config::new().account(of_account)).await.unwrap_err();
        for error in [refused(compiled).await, inspect(path.clone()).await.unwrap_err(), opened] {
            assert_eq!(error.code(), "component.precompiled", "{error}");
            assert!(
                matches!(error.kind(), ErrorKind::Component(wrong) if matches!(wrong.problem, ComponentProblem::Precompiled))
            );
            assert!(
                error.to_string().ends_with(
                    ": is precompiled machine code, which is never taken from outside because nothing can check it; \
                     give the component that it was compiled from"
                ),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn a_component_that_was_cut_off_is_malformed_wherever_it_was_cut() {
    let whole = std::fs::read(connector("winit")).unwrap();
    for part in 1..40 {
        let error = refused(&whole[..whole.len() * part / 40]).await;
        assert!(["component.malformed", "component.exports"].contains(&error.code()), "{error}");
    }
}

#[tokio::test]
async fn a_component_of_another_contract_is_told_which_one_is_known() {
    let other = wat::parse_str("(component (import \"stockbridge:connector/http@0.2.0\" (instance)))").unwrap();
    let error = refused(other).await;
    assert_eq!(error.code(), "component.contract-version");
    assert_eq!(
        error.to_string(),
        "component (in memory): was built for stockbridge:connector/http@0.2.0; this host knows 0.1.0: \
         rebuild the connector, or use a host that knows its contract"
    );
}

#[tokio::test]
async fn a_component_that_wants_more_than_the_contract_is_refused_by_what_it_wants() {
    for import in [
        "wasi:http/outgoing-handler@0.2.0",
        "wasi:http/types@0.2.3",
        "wasi:keyvalue/store@0.2.0",
        "wasi:clocks/wall-clock@0.3.0",
        "wasi:clocks/wall-clock@0.2.0-rc-2023-11-10",
        "stockbridge:connector/files@0.1.0",
        "env",
    ] {
        let error = refused(wat::parse_str(format!("(component (import \"{import}\" (instance)))")).unwrap()).await;
        assert_eq!(error.code(), "component.imports", "{import}: {error}");
        assert_eq!(
            error.to_string(),
            format!(
                "component (in memory): imports `{import}`, which no connector is given; there are the contract's http, \
                 settings, secrets, clock and log, and WASI 0.2 with nothing granted: cli, clocks, filesystem, io, random \
                 and sockets"
            )
        );
    }
}

#[tokio::test]
async fn a_component_that_exports_no_connector_is_refused() {
    let error = refused(wat::parse_str("(component)").unwrap()).await;
    assert_eq!(error.code(), "component.exports");
    assert_eq!(
        error.to_string(),
        "component (in memory): does not export `stockbridge:connector/metadata@0.1.0`; \
         a connector exports the contract's metadata and inventory"
    );
}

#[tokio::test]
async fn an_interface_of_another_shape_is_refused() {
    let odd = "(component (import \"stockbridge:connector/clock@0.1.0\" (instance (export \"now\" (func (result string))))) \
               (instance $none) (export \"stockbridge:connector/metadata@0.1.0\" (instance $none)) \
               (export \"stockbridge:connector/inventory@0.1.0\" (instance $none)))";
    let error = refused(wat::parse_str(odd).unwrap()).await;
    assert_eq!(error.code(), "component.malformed", "{error}");
}

#[tokio::test]
async fn the_four_connectors_import_the_contract_and_nothing_else() {
    for name in ["wdt-flagship", "wdt-enterprise", "taobao-top", "winit"] {
        let inspection = inspect(connector(name)).await.unwrap();
        assert_eq!(inspection.descriptor.provider, name);
        for import in &inspection.imports {
            let interface = import.strip_prefix("stockbridge:connector/").unwrap_or_else(|| panic!("{name}: {import}"));
            let (interface, version) = interface.split_once('@').unwrap();
            assert!(["types", "http", "settings", "secrets", "clock", "log"].contains(&interface), "{name}: {import}");
            assert_eq!(version, "0.1.0");
        }
        assert_eq!(inspection.exports.len(), 2, "{name}: {:?}", inspection.exports);
    }
}
