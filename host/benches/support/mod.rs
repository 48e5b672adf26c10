//! What the benches use: the connectors as components, and the answers that a provider gives.

use std::path::PathBuf;

use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::{AccountConfig, ConnectorSource, Limits, Secret};

/// An answer with the one row of the vendor's page for `stock_query_detail`, all its fields.
pub(crate) const ONE_ROW: &str = include_str!("one_row.json");

/// What the row is of.
pub(crate) const SKU: &str = "WDTPDA-BLACK007";

/// The rows of a large answer: as many as the provider gives in one page.
pub(crate) const LARGE: usize = 100;

/// An answer with so many rows, each of an item of its own.
pub(crate) fn large_answer() -> String {
    let answer: serde_json::Value = serde_json::from_str(ONE_ROW).expect("JSON");
    let row = answer.pointer("/stocks/0").expect("a row").to_string();
    let rows: Vec<String> = (0..LARGE).map(|number| row.replace(SKU, &format!("item-{number}"))).collect();
    format!(r#"{{"code":0,"message":"ok","stocks":[{}],"total_count":"{LARGE}"}}"#, rows.join(","))
}

/// The enterprise connector's component, as `cargo xtask connectors` leaves it.
pub(crate) fn component() -> ConnectorSource {
    ConnectorSource::File(connector("wdt-enterprise"))
}

/// A connector's component: `connector("winit")`.
pub(crate) fn connector(name: &str) -> PathBuf {
    let path = target().join("connectors").join(format!("{name}.wasm"));
    assert!(path.exists(), "{} is missing: run `cargo xtask connectors` first", path.display());
    path
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(target)
}

/// Allows a gateway on this machine.
pub(crate) fn grant(gateway: &str) -> GrantSpec {
    GrantSpec::new(gateway).addresses([AddressKind::Loopback])
}

/// An account at a gateway.
pub(crate) fn account(gateway: &str) -> AccountConfig {
    account_of(component(), gateway)
}

/// The same, of another component that takes its settings.
pub(crate) fn account_of(component: impl Into<ConnectorSource>, gateway: &str) -> AccountConfig {
    AccountConfig::new("bench", component)
        .allow(grant(gateway))
        // The connector asks to keep to 60 requests a minute.
        .limits(Limits::default().requests_per_minute(60_000_000))
        .setting("url", gateway)
        .setting("sid", "demo-sid")
        .setting("appkey", "demo-key")
        .secret("secret", Secret::new("demo-secret"))
}
