//! Accounts at a made-up provider, with connectors from different paths and signers.

use std::time::{Duration, Instant};

use stockbridge::journal::{WriteFilter, WriteRecord};
use stockbridge::{Account, AccountConfig, Config, Host, TransferLine, TransferOrder};
use stockbridge_tests::{Repeats, Signer, Traced, on_loopback, test_component, version};
use tempfile::TempDir;

/// The component of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// The provider's connector.
    First,
    /// Another version of it.
    Second,
    /// One that claims to be the same, with [`stockbridge_tests::APP`] as a default.
    Impostor,
}

/// Configuration of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    pub(crate) code: Code,
    /// Directory of its component; none for one in memory.
    pub(crate) at: Option<&'static str>,
    /// Its signer, which is trusted.
    pub(crate) signer: Option<usize>,
    pub(crate) app: Option<&'static str>,
    pub(crate) application: Option<&'static str>,
    pub(crate) repetition: &'static str,
}

/// The first version in memory, unsigned, with [`stockbridge_tests::APP`].
pub(crate) const PLAIN: Who = Who {
    code: Code::First,
    at: None,
    signer: None,
    app: Some(stockbridge_tests::APP),
    application: None,
    repetition: "traceable",
};

impl Who {
    pub(crate) const fn code(self, code: Code) -> Who {
        Who { code, ..self }
    }

    pub(crate) const fn at(self, directory: &'static str) -> Who {
        Who { at: Some(directory), ..self }
    }

    pub(crate) const fn signed(self, signer: usize) -> Who {
        Who { signer: Some(signer), ..self }
    }

    pub(crate) const fn app(self, app: Option<&'static str>) -> Who {
        Who { app, ..self }
    }

    pub(crate) const fn named(self, application: &'static str) -> Who {
        Who { application: Some(application), ..self }
    }

    pub(crate) const fn repetition(self, repetition: &'static str) -> Who {
        Who { repetition, ..self }
    }
}

/// A provider, signers, and a directory for components and a journal.
pub(crate) struct Cast {
    pub(crate) provider: Traced,
    pub(crate) directory: TempDir,
    signers: [Signer; 2],
}

impl Cast {
    pub(crate) fn new() -> Cast {
        let provider = Traced::start(Repeats::CarriedOut);
        Cast { provider, directory: tempfile::tempdir().unwrap(), signers: [Signer::new(), Signer::new()] }
    }

    pub(crate) fn account(&self, name: &str, who: Who) -> AccountConfig {
        let code = match who.code {
            Code::First => std::fs::read(test_component("traced")).unwrap(),
            Code::Second => version(&test_component("traced"), 2),
            Code::Impostor => std::fs::read(test_component("impostor")).unwrap(),
        };
        let signature = who.signer.map(|signer| self.signers[signer].sign(&code));
        let mut account = match who.at {
            Some(directory) => {
                let directory = self.directory.path().join(directory);
                std::fs::create_dir_all(&directory).unwrap();
                let file = directory.join("connector.wasm");
                std::fs::write(&file, code).unwrap();
                if let Some(signature) = &signature {
                    std::fs::write(directory.join("connector.wasm.minisig"), signature).unwrap();
                }
                AccountConfig::new(name, file)
            }
            None => {
                let account = AccountConfig::new(name, code);
                signature.iter().fold(account, |account, text| account.signature(text.as_str()))
            }
        };
        account = account.allow(on_loopback(self.provider.origin())).setting("url", self.provider.origin());
        account = account.setting("repetition", who.repetition);
        account = who
            .signer
            .iter()
            .fold(account, |account, one| account.signed_by(self.signers[*one].public().parse().unwrap()));
        account = who.app.iter().fold(account, |account, app| account.setting("app", *app));
        who.application.iter().fold(account, |account, name| account.application(*name))
    }

    /// A host of these accounts with a journal in memory.
    pub(crate) async fn host(&self, accounts: impl IntoIterator<Item = AccountConfig>) -> Host {
        // Shares the compiled components of all hosts of a test.
        let config = Config::new().cache(self.directory.path().join("cache"));
        let config = accounts.into_iter().fold(config, Config::account);
        let soon = Duration::from_millis(10);
        Host::builder().recovery_waits(soon, 5 * soon).build(config).await.unwrap()
    }

    /// The same with the journal in the directory.
    pub(crate) async fn host_with_journal(&self, accounts: impl IntoIterator<Item = AccountConfig>) -> Host {
        let config = Config::new().cache(self.directory.path().join("cache"));
        let config = config.journal(self.directory.path().join("journal"));
        let config = accounts.into_iter().fold(config, Config::account);
        let soon = Duration::from_millis(10);
        Host::builder().recovery_waits(soon, 5 * soon).build(config).await.unwrap()
    }

    /// Number of times that the write was applied, for any application.
    pub(crate) fn applied(&self, reference: &str) -> usize {
        let ledger = self.provider.ledger();
        let named = ledger.iter().filter(|((_, its), _)| its == reference);
        named.map(|(_, kept)| kept.documents.len()).sum()
    }
}

pub(crate) fn order(reference: &str) -> TransferOrder {
    let lines = vec![TransferLine::new("daj1", 1)];
    TransferOrder { reference: reference.parse().unwrap(), lines, ..TransferOrder::between("here", "there") }
}

pub(crate) fn account(host: &Host, name: &str) -> Account {
    host.account(name).unwrap()
}

/// The only write in a host's journal.
pub(crate) async fn only_write(host: &Host) -> WriteRecord {
    let mut writes = host.journal().list(&WriteFilter::default()).await.unwrap();
    assert_eq!(writes.len(), 1, "{writes:?}");
    writes.remove(0)
}

/// Whether the host's only write ends within this time.
pub(crate) async fn ends_within(host: &Host, time: Duration) -> bool {
    let started = Instant::now();
    while only_write(host).await.is_open() {
        if started.elapsed() > time {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}
