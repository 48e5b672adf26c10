//! Components that pass the gate and cannot work: a check reports them, account by account, with the line to write.

use std::fs;

use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::gate::{self, Finding, Severity};
use stockbridge::{AccountConfig, Config, JournalConfig, Secret};
use stockbridge_tests::{Provider, account_at, connector, test_component};

/// The flagship account with its defaults, without grants.
fn flagship() -> AccountConfig {
    AccountConfig::new("wms", connector(Provider::WdtFlagship.name()))
        .setting("sid", "demo-sid")
        .setting("key", "demo-key")
        .setting("salt", "demo-salt")
        .secret("secret", Secret::new("demo-secret"))
}

async fn findings(account: AccountConfig) -> Vec<Finding> {
    let report = gate::check_config(&Config::new().account(account)).await.unwrap().remove(0);
    assert!(report.serves());
    assert_eq!(report.works(), report.findings.iter().all(|finding| finding.severity == Severity::Warning));
    report.findings
}

async fn said(account: AccountConfig) -> Vec<(Severity, &'static str, String)> {
    let findings = findings(account).await;
    findings.into_iter().map(|finding| (finding.severity, finding.code, finding.to_string())).collect()
}

#[tokio::test]
async fn an_account_to_which_nothing_is_granted_is_told_the_line_to_write() {
    assert_eq!(
        said(flagship()).await,
        [(
            Severity::Failure,
            "grant.none",
            "accounts.wms.allow: nothing is granted, so that it can send no request; write allow = \
             [\"http://wdt.wangdian.cn\"]"
                .to_owned()
        )]
    );
    assert_eq!(
        said(flagship().setting("url", "http://127.0.0.1:8080/openapi")).await[0].2,
        "accounts.wms.allow: nothing is granted, so that it can send no request; write allow = [{ origin = \
         \"http://127.0.0.1:8080\", addresses = [\"loopback\"] }]"
    );
}

/// Anyone who registers a name there would receive requests.
#[tokio::test]
async fn a_wildcard_under_a_public_suffix_is_a_warning() {
    let codes = |origin: &str| {
        let account = flagship().allow("http://wdt.wangdian.cn").allow(origin);
        async move { said(account).await }
    };
    for origin in ["https://*.co.uk", "https://*.github.io", "https://*.com.cn", "http://*.azurewebsites.net:8080"] {
        let found = codes(origin).await;
        let [(Severity::Warning, "grant.public-suffix", problem)] = &found[..] else { panic!("{origin}: {found:?}") };
        assert!(problem.contains(&format!("`{origin}` is open to everyone who registers a name under")), "{problem}");
    }
    for origin in ["https://*.example.com", "https://*.wangdian.cn", "https://*.provider.co.uk", "https://co.uk"] {
        assert!(codes(origin).await.is_empty(), "{origin}");
    }
}

#[tokio::test]
async fn an_address_in_a_setting_that_is_not_granted_is_a_failure() {
    let at = |url: &str| flagship().allow("http://wdt.wangdian.cn").setting("url", url);
    for (url, origin, grant) in [
        ("https://wdt.wangdian.cn/openapi", "https://wdt.wangdian.cn", "\"https://wdt.wangdian.cn\""),
        ("http://wdt.wangdian.cn:8080/openapi", "http://wdt.wangdian.cn:8080", "\"http://wdt.wangdian.cn:8080\""),
        ("http://47.92.239.46/openapi", "http://47.92.239.46", "\"http://47.92.239.46\""),
        ("http://10.0.0.7/openapi", "http://10.0.0.7", "{ origin = \"http://10.0.0.7\", addresses = [\"private\"] }"),
    ] {
        assert_eq!(
            said(at(url)).await,
            [(
                Severity::Failure,
                "grant.setting",
                format!(
                    "accounts.wms.allow: the setting `url` leads to {origin}, which is not granted: nothing is sent there; \
                     write allow = [\"http://wdt.wangdian.cn\", {grant}]"
                )
            )],
            "{url}"
        );
    }
    assert!(said(at("http://wdt.wangdian.cn/other")).await.is_empty());
}

#[tokio::test]
async fn an_origin_that_the_connector_names_and_that_is_not_granted_is_a_failure() {
    let taobao = AccountConfig::new("top", connector(Provider::TaobaoTop.name()))
        .allow("https://elsewhere.example")
        .setting("app_key", "demo-key")
        .secret("secret", Secret::new("demo-secret"))
        .secret("session", Secret::new("demo-session"));
    let said = said(taobao).await;
    assert!(said.iter().all(|(severity, ..)| *severity == Severity::Failure), "{said:?}");
    assert!(
        said.iter()
            .any(|(_, _, text)| text
                .ends_with("write allow = [\"https://elsewhere.example\", \"https://eco.taobao.com\"]")),
        "{said:?}"
    );
}

#[tokio::test]
async fn nothing_is_found_of_accounts_that_work() {
    for provider in Provider::ALL {
        assert!(said(account_at(provider, "http://127.0.0.1:9")).await.is_empty(), "{provider:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_this_machine_under_a_grant_of_public_addresses_is_a_failure() {
    let account = flagship().allow("http://localhost:8080").setting("url", "http://localhost:8080/openapi");
    assert_eq!(
        said(account).await,
        [(
            Severity::Failure,
            "grant.address",
            "accounts.wms.allow: `http://localhost:8080` is this machine, and the grant does not reach loopback addresses; \
             write allow = [{ origin = \"http://localhost:8080\", addresses = [\"loopback\"] }]"
                .to_owned()
        )]
    );
}

/// An operator who writes the line of a finding keeps all present grants.
#[tokio::test]
async fn the_line_to_write_has_all_that_a_grant_says() {
    let reads = ["GET /v1/*".parse().unwrap(), "POST /v1/stock".parse().unwrap()];
    let other = GrantSpec::new("https://10.0.0.7").addresses([AddressKind::Private]).reads(reads.clone());
    let here = GrantSpec::new("http://localhost:8080").reads(reads);
    let account = flagship().allow(here).allow(other).setting("url", "http://localhost:8080/openapi");
    let said = said(account).await;
    let [(_, "grant.address", text)] = said.as_slice() else { panic!("{said:?}") };
    assert!(
        text.ends_with(
            "write allow = [{ origin = \"http://localhost:8080\", addresses = [\"loopback\"], \
             reads = [\"GET /v1/*\", \"POST /v1/stock\"] }, { origin = \"https://10.0.0.7\", addresses = [\"private\"], \
             reads = [\"GET /v1/*\", \"POST /v1/stock\"] }]"
        ),
        "{text}"
    );
}

/// Findings about the machine, for a configuration that begins with this line.
async fn of_machine(line: &str) -> Vec<(Severity, &'static str, String)> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("stockbridge.toml");
    fs::write(&path, format!("{line}\n[accounts]\n")).unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    fs::create_dir(directory.path().join("directory")).unwrap();
    let before = fs::read_dir(directory.path()).unwrap().count();
    let report = gate::check_file(&path).await.unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), before, "nothing is made");
    let here = format!("{}/", directory.path().display());
    let findings = report.findings.into_iter().filter(|finding| finding.code != "proxy.ignored");
    findings.map(|finding| (finding.severity, finding.code, finding.to_string().replace(&here, ""))).collect()
}

#[tokio::test]
async fn a_journal_or_a_cache_that_cannot_be_there_is_a_failure_with_its_line() {
    for (line, code, said) in [
        (
            "journal = \"nowhere/journal\"",
            "journal.directory",
            "stockbridge.toml:1:1: journal: the directory nowhere of the journal is not there; make it: mkdir -p nowhere",
        ),
        (
            "journal = \"file/journal\"",
            "journal.directory",
            "stockbridge.toml:1:1: journal: file is no directory, so that no journal can be in it; name a file in a directory",
        ),
        ("journal = \"directory\"", "journal.file", "stockbridge.toml:1:1: journal: directory is no file; name a file"),
        ("cache = \"file\"", "cache.directory", "stockbridge.toml:1:1: cache: file is no directory; name a directory"),
    ] {
        assert_eq!(of_machine(line).await, [(Severity::Failure, code, said.to_owned())], "{line}");
    }
    assert!(of_machine("journal = \"directory/journal\"\ncache = \"directory/cache\"").await.is_empty());
}

/// A host would refuse it, so the check reports it.
#[cfg(unix)]
#[tokio::test]
async fn a_journal_that_is_open_to_everybody_is_a_failure() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let (path, journal) = (directory.path().join("stockbridge.toml"), directory.path().join("journal"));
    fs::write(&path, "journal = \"journal\"\n[accounts]\n").unwrap();
    stockbridge::journal::init(&journal).await.unwrap();
    for (mode, code) in [(0o600, None), (0o660, None), (0o644, Some("journal.rights")), (0o602, Some("journal.rights"))]
    {
        fs::set_permissions(&journal, fs::Permissions::from_mode(mode)).unwrap();
        let findings = gate::check_file(&path).await.unwrap().findings;
        let found = findings.iter().find(|finding| finding.code.starts_with("journal."));
        assert_eq!(found.map(|finding| finding.code), code, "{mode:o}");
        assert!(found.is_none_or(|finding| finding.to_string().contains("chmod 600")), "{found:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_where_nobody_can_write_is_a_failure() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    let directory = tempfile::tempdir().unwrap();
    if fs::metadata(directory.path()).unwrap().uid() == 0 {
        // The administrator can write everywhere.
        return;
    }
    let closed = directory.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("there"), "").unwrap();
    fs::set_permissions(closed.join("there"), fs::Permissions::from_mode(0o400)).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    for name in ["there", "new"] {
        let found = of_machine(&format!("journal = {:?}", closed.join(name))).await;
        assert_eq!((found.len(), found[0].0, found[0].1), (1, Severity::Failure, "journal.unwritable"), "{found:?}");
    }
}

#[tokio::test]
async fn a_journal_that_a_host_works_on_is_a_warning() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::new();
    config.journal = Some(JournalConfig::new(directory.path().join("journal")));
    let host = stockbridge::Host::from_config(config).await.unwrap();
    fs::write(directory.path().join("stockbridge.toml"), "journal = \"journal\"\n").unwrap();
    let report = gate::check_file(directory.path().join("stockbridge.toml")).await.unwrap();
    let found = report.findings.iter().find(|finding| finding.code.starts_with("journal")).unwrap();
    assert_eq!((found.severity, found.code), (Severity::Warning, "journal.in-use"));
    assert!(report.works());
    // The check left the journal to the host, and to its successor.
    host.shutdown(std::time::Duration::from_secs(10)).await.unwrap();
    drop(host);
    let report = gate::check_file(directory.path().join("stockbridge.toml")).await.unwrap();
    assert!(!report.findings.iter().any(|finding| finding.code.starts_with("journal")));
}

#[cfg(unix)]
#[tokio::test]
async fn a_cache_that_others_can_write_to_is_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("cache");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o2770)).unwrap();
    fs::write(directory.path().join("stockbridge.toml"), "cache = \"cache\"\n").unwrap();
    let report = gate::check_file(directory.path().join("stockbridge.toml")).await.unwrap();
    let found = report.findings.iter().find(|finding| finding.code == "cache.directory").unwrap();
    assert_eq!(found.severity, Severity::Warning);
    assert!(found.problem.ends_with("(mode 2770), so that a private one inside it is used"), "{found}");
}

#[tokio::test]
async fn an_origin_of_the_connector_that_is_not_granted_is_a_finding_of_its_own() {
    let account = AccountConfig::new("wms", test_component("scripted")).allow("https://elsewhere.example.com");
    let found = said(account).await;
    let [(Severity::Failure, "grant.origin", text)] = found.as_slice() else { panic!("{found:?}") };
    assert!(text.contains("which is not granted: nothing is sent there"), "{text}");
}
