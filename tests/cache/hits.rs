//! Compiled code is reused at the next start.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use stockbridge::{Config, Host, inspect};
use stockbridge_tests::{Log, Provider, account_at, hostile_guest};

use crate::scene::{CACHED, COMPILED, OTHER, Place, SMALL, age, age_of, code_sources, start, started};

#[tokio::test]
async fn what_a_host_compiled_the_next_one_finds() {
    let place = Place::new();
    assert_eq!(start(place.cache()).await, COMPILED);
    let entry = place.entry();
    let log = Log::listen();
    assert_eq!(start(place.cache()).await, CACHED);
    assert!(
        log.lines().iter().any(|line| line.starts_with("DEBUG loaded from the compile cache")),
        "{:?}",
        log.lines()
    );
    assert_eq!(place.entry(), entry);
}

#[tokio::test]
async fn each_of_the_four_connectors_is_found() {
    let place = Place::new();
    let start = async || {
        let config = Provider::ALL.into_iter().fold(Config::new().cache(place.cache()), |config, at| {
            config.account(account_at(at, "http://127.0.0.1:9"))
        });
        let host = Host::from_config(config).await.unwrap();
        host.cache_written().await;
        code_sources(&host)
    };
    assert_eq!(start().await, (4, 0));
    assert_eq!(place.files().len(), 4);
    assert_eq!(start().await, (0, 4));
}

#[tokio::test]
async fn a_configuration_file_names_the_directory_relative_to_itself() {
    let place = Place::new();
    let file = place.path("stockbridge.toml");
    let connector = hostile_guest(SMALL);
    for (cache, folder) in [
        ("cache = \"cache\"", "cache"),
        ("cache = { directory = \"below/another\", size-mib = 8, unused-days = 2 }", "below/another"),
    ] {
        let account = format!("[accounts.one]\nconnector = {connector:?}\n");
        fs::write(&file, format!("{cache}\n{account}")).unwrap();
        Host::from_file(&file).await.unwrap().cache_written().await;
        assert_eq!(fs::read_dir(place.path(folder)).unwrap().count(), 1);
        assert_eq!(code_sources(&Host::from_file(&file).await.unwrap()), CACHED);
    }
}

#[tokio::test]
async fn an_entry_is_named_by_the_components_digest_and_only_its_user_can_touch_it() {
    let place = Place::new();
    start(place.cache()).await;
    let digest = inspect(hostile_guest(SMALL)).await.unwrap().digest.to_string();
    let entry = place.entry();
    assert!(entry.file_name().unwrap().to_str().unwrap().starts_with(&format!("{digest}-")), "{entry:?}");
    assert_eq!(fs::metadata(&entry).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(fs::metadata(place.cache()).unwrap().permissions().mode() & 0o7777, 0o700);
}

#[tokio::test]
async fn a_component_that_changed_is_compiled_and_the_other_is_found() {
    let place = Place::new();
    start(place.cache()).await;
    assert_eq!(code_sources(&started(&[SMALL, OTHER], place.cache()).await.unwrap()), (1, 1));
    assert_eq!(code_sources(&started(&[SMALL, OTHER], place.cache()).await.unwrap()), (0, 2));
}

#[tokio::test]
async fn a_hit_is_a_use() {
    let place = Place::new();
    start(place.cache()).await;
    age(&place.entry(), Duration::from_secs(1000));
    assert_eq!(start(place.cache()).await, CACHED);
    assert!(age_of(&place.entry()) < Duration::from_secs(500));
}

#[tokio::test]
async fn without_a_cache_nothing_is_kept() {
    let host = async || {
        let account = stockbridge::AccountConfig::new("one", hostile_guest(SMALL));
        Host::from_config(Config::new().account(account)).await.unwrap()
    };
    assert_eq!(code_sources(&host().await), COMPILED);
    assert_eq!(code_sources(&host().await), COMPILED);
}

#[tokio::test]
async fn an_entry_is_no_connector() {
    let place = Place::new();
    start(place.cache()).await;
    let entry = fs::read(place.entry()).unwrap();
    assert_eq!(inspect(entry.clone()).await.unwrap_err().code(), "component.malformed");
    let code = entry.windows(4).position(|bytes| bytes == b"\x7fELF").unwrap();
    assert_eq!(inspect(entry[code..].to_vec()).await.unwrap_err().code(), "component.precompiled");
}
