//! Accounts at the simulator, one for each provider.

use std::time::Duration;

use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::{Account, AccountConfig, Config, Host, HostBuilder, Limits, Secret};
use stockbridge_simulator::{Gateway, Options, Simulator};
use time::OffsetDateTime;
use time::macros::{format_description, offset};

use crate::connector;

/// A provider that has a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Wangdiantong's flagship edition.
    WdtFlagship,
    /// Wangdiantong's enterprise edition.
    WdtEnterprise,
    /// The Taobao Open Platform.
    TaobaoTop,
    /// Winit.
    Winit,
}

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 4] =
        [Provider::WdtFlagship, Provider::WdtEnterprise, Provider::TaobaoTop, Provider::Winit];

    /// The connector's name, which is also the account's.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Provider::WdtFlagship => "wdt-flagship",
            Provider::WdtEnterprise => "wdt-enterprise",
            Provider::TaobaoTop => "taobao-top",
            Provider::Winit => "winit",
        }
    }

    /// Its gateway at the simulator.
    #[must_use]
    pub fn gateway(self) -> Gateway {
        match self {
            Provider::WdtFlagship => Gateway::WdtFlagship,
            Provider::WdtEnterprise => Gateway::WdtEnterprise,
            Provider::TaobaoTop => Gateway::TaobaoTop,
            Provider::Winit => Gateway::Winit,
        }
    }
}

/// A simulator with its built-in stock, on a port of its own.
///
/// # Panics
/// It does not start.
pub async fn simulator() -> Simulator {
    Simulator::start(([127, 0, 0, 1], 0).into(), Options::default()).await.unwrap()
}

/// Grants an origin on this machine: `http://127.0.0.1:8080`.
#[must_use]
pub fn on_loopback(origin: &str) -> GrantSpec {
    GrantSpec::new(origin).addresses([AddressKind::Loopback])
}

/// The time this long ago, as the providers write times: `2026-11-22 08:00:00` in Asia/Shanghai.
///
/// # Panics
/// It is before the year 0.
#[must_use]
pub fn beijing_time(ago: Duration) -> String {
    let time = (OffsetDateTime::now_utc() - ago).to_offset(offset!(+8));
    time.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second]")).unwrap()
}

/// The date this many days ago, in Asia/Shanghai: `2026-11-22`.
#[must_use]
pub fn days_ago(days: u64) -> String {
    beijing_time(Duration::from_secs(days * 86_400)).chars().take(10).collect()
}

/// Limits without queueing, in place of the connector's requested rate.
#[must_use]
pub fn unhurried() -> Limits {
    Limits::default().requests_per_minute(60_000_000)
}

/// An account with the simulator's credentials, at a gateway of this address: `http://127.0.0.1:8080`.
#[must_use]
pub fn account_at(provider: Provider, address: &str) -> AccountConfig {
    let account =
        AccountConfig::new(provider.name(), connector(provider.name())).allow(on_loopback(address)).limits(unhurried());
    match provider {
        Provider::WdtFlagship => account
            .setting("url", format!("{address}/openapi"))
            .setting("sid", "demo-sid")
            .setting("key", "demo-key")
            .setting("salt", "demo-salt")
            .setting("since", days_ago(20))
            .secret("secret", Secret::new("demo-secret")),
        Provider::WdtEnterprise => account
            .setting("url", format!("{address}/openapi2"))
            .setting("sid", "demo-sid")
            .setting("appkey", "demo-key")
            .setting("since", days_ago(20))
            .secret("secret", Secret::new("demo-secret")),
        Provider::TaobaoTop => account
            .setting("url", format!("{address}/router/rest"))
            .setting("app_key", "demo-key")
            .secret("secret", Secret::new("demo-secret"))
            .secret("session", Secret::new("demo-session")),
        Provider::Winit => account
            .setting("url", format!("{address}/openapi/service"))
            .setting("app_key", "demo@example.com")
            .setting("client_id", "demo-client")
            .setting("platform", "DEMO")
            .setting("product-code-unpack", "OSF611005741")
            .setting("product-code-change-owner", "OSF641006365")
            .setting("product-code-relabel", "OSF651006365")
            .secret("token", Secret::new("demo-token"))
            .secret("client_secret", Secret::new("demo-client-secret")),
    }
}

/// The account of a provider at a simulator, over real HTTP, which reports the result of one attempt: nothing is retried, neither
/// within a call nor after it.
///
/// # Panics
/// The host does not start.
pub async fn host_at(provider: Provider, simulator: &Simulator) -> Account {
    let account = account_at(provider, &simulator.url()).limits(unhurried().attempts(1));
    let host = passive().build(Config::new().account(account)).await.unwrap();
    host.account(provider.name()).unwrap()
}

/// A host without recovery of unknown writes: for tests that count requests.
#[must_use]
pub fn passive() -> HostBuilder {
    Host::builder().without_recovery()
}
