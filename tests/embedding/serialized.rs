//! A configuration is built in code, read back, and serialised: secrets only as where they come from.

use std::time::Duration;

use stockbridge::config::{TrustedKey, ValueSource};
use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::{
    AccountConfig, CacheConfig, CaptureRule, Config, Digest, Host, JournalConfig, Limits, PublicKey, RefusalRule,
};

/// A key without an owner.
const KEY: &str = "RWQHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";

fn account(directory: &std::path::Path) -> AccountConfig {
    AccountConfig::new("wms", directory.join("connector.wasm"))
        .allow("https://wms.example.com")
        .allow(
            GrantSpec::new("http://10.0.0.7:8080")
                .addresses([AddressKind::Private])
                .reads(["GET /v1/*".parse().unwrap()]),
        )
        .setting("sid", "it's \"quoted\"")
        .setting_from("key", ValueSource::file(directory.join("credentials")).before(":"))
        .secret_from("secret", ValueSource::file(directory.join("credentials")).after(":"))
        .capture("session", CaptureRule::new("https://wms.example.com/token", "/token").lifetime("/expires_in"))
        .refusal(RefusalRule::new("transfer", "100", "商品*不在可调拨范围").unwrap())
        .limits(Limits::default().deadline(Duration::from_secs(10)).memory(32 * 1024 * 1024).requests_per_minute(60))
        .sha256(Digest::from([7; 32]))
        .trust(TrustedKey::from(KEY.parse::<PublicKey>().unwrap()).named("wms").from_version("1.4.0".parse().unwrap()))
        .application("main")
        .nat64("2001:db8:64::/96".parse().unwrap())
}

fn config(account: AccountConfig, directory: &std::path::Path) -> Config {
    let key: PublicKey = KEY.parse().unwrap();
    Config::new()
        .account(account)
        .cache(CacheConfig::new(directory.join("cache")).size(64 * 1024 * 1024))
        .journal(JournalConfig::new(directory.join("journal")).keep(Duration::from_secs(7 * 24 * 60 * 60)).must_exist())
        .signed_by(key)
        .require_vectors()
        .tolerate_accounts()
        .concurrent_calls(64)
        .pool_memory(16 * 1024 * 1024)
}

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("credentials"), "the-key:the-secret").unwrap();
    directory
}

#[test]
fn a_configuration_that_was_built_is_read_back_from_what_it_serialises_to() {
    let directory = directory();
    let built = config(account(directory.path()), directory.path());
    let toml = built.to_toml().unwrap();
    assert!(!toml.contains("the-secret") && !toml.contains("the-key"), "{toml}");
    let json = serde_json::to_value(&built).unwrap();
    for read in [Config::from_toml(&toml, &|_| None).unwrap(), Config::try_from(json).unwrap()] {
        assert_eq!(read.to_toml().unwrap(), toml);
        assert_eq!((read.concurrent_calls, read.pool_memory), (Some(64), Some(16 * 1024 * 1024)));
        assert_eq!((read.require_vectors, read.tolerate_accounts), (true, true));
        let (one, other) = (&built.accounts[0], &read.accounts[0]);
        assert_eq!(other.settings().get("key").map(String::as_str), Some("the-key"));
        assert_eq!(other.settings(), one.settings());
        assert_eq!(other.secret_source("secret"), one.secret_source("secret"));
        assert_eq!(other.allowed(), one.allowed());
        assert_eq!(other.captures(), one.captures());
        assert_eq!(other.refusals(), one.refusals());
        assert_eq!(other.trusted_keys(), one.trusted_keys());
        assert_eq!(other.translators(), one.translators());
        assert_eq!(other.get_limits(), one.get_limits());
        assert_eq!((other.get_sha256(), other.get_application()), (one.get_sha256(), one.get_application()));
        let (journal, cache) = (read.journal.unwrap(), read.cache.unwrap());
        assert_eq!((journal.kept_for(), journal.is_required()), (Duration::from_secs(7 * 24 * 60 * 60), true));
        assert_eq!((cache.get_size(), cache.directory()), (64 * 1024 * 1024, &*directory.path().join("cache")));
    }
}

#[test]
fn a_secret_that_was_given_as_bytes_is_an_error_that_names_the_account() {
    let directory = directory();
    let given = account(directory.path()).secret("secret", "the-secret");
    let error = config(given, directory.path()).to_toml().unwrap_err().to_string();
    assert!(error.starts_with("accounts.wms.secrets.secret: was given as bytes"), "{error}");
    assert!(!error.contains("the-secret"), "{error}");
}

#[test]
fn what_has_no_words_in_a_configuration_is_an_error_that_names_the_field() {
    let directory = directory();
    let plain = || AccountConfig::new("wms", directory.path().join("connector.wasm"));
    for (account, field) in [
        (plain().served_by(b"\0asm".to_vec()), "accounts.wms.connector: is in memory"),
        (plain().signature("untrusted comment"), "accounts.wms.signature: is in memory"),
        (plain().limits(Limits::default().memory(3_000_000)), "accounts.wms.limits.memory-mib: is 3000000"),
        (plain().limits(Limits::default().deadline(Duration::from_micros(1500))), "accounts.wms.limits.deadline-ms"),
        // A configuration's figures begin at 1.
        (plain().limits(Limits::default().log_lines(0)), "accounts.wms.limits.log-lines: is 0"),
        (plain().limits(Limits::default().journal_bytes(u64::MAX << 20)), "accounts.wms.limits.journal-mib"),
    ] {
        let error = Config::new().account(account).to_toml().unwrap_err().to_string();
        assert!(error.starts_with(field), "{error}");
    }
    for (config, field) in [
        (Config::new().pool_memory(0), "pool-memory-mib: is not a whole number from 1 on"),
        (Config::new().concurrent_calls(0), "concurrent-calls: is not"),
        (Config::new().cache(CacheConfig::new("cache").size(1)), "cache.size-mib: is not"),
        (Config::new().journal(JournalConfig::new("journal").keep(Duration::ZERO)), "journal.keep-days: is not"),
    ] {
        let error = config.to_toml().unwrap_err().to_string();
        assert!(error.starts_with(field), "{error}");
    }
}

#[tokio::test]
async fn a_source_that_cannot_be_read_is_a_mistake_of_its_account() {
    let directory = directory();
    let missing = account(directory.path()).secret_from("secret", ValueSource::file(directory.path().join("nowhere")));
    let error = Host::from_config(Config::new().account(missing)).await.unwrap_err().to_string();
    assert!(error.contains("accounts.wms.secrets.secret") && error.contains("nowhere` cannot be read"), "{error}");
}

#[test]
fn a_value_that_is_given_again_takes_the_place_of_its_source_and_of_its_mistake() {
    let directory = directory();
    let nowhere = || ValueSource::file(directory.path().join("nowhere"));
    let given = account(directory.path()).setting_from("key", nowhere()).setting("key", "another");
    assert_eq!((given.settings()["key"].as_str(), given.setting_source("key")), ("another", None));
    let there = ValueSource::file(directory.path().join("credentials")).after(":");
    let given = given.secret_from("secret", nowhere()).secret_from("secret", there.clone());
    assert_eq!(given.secret_source("secret"), Some(&there));
    let toml = Config::new().account(given).to_toml().unwrap();
    assert!(toml.contains("key = \"another\"") && !toml.contains("nowhere"), "{toml}");
}
