//! The connectors that are loaded: accounts with the same component share its compiled code, for as long as one of them
//! or a call on it is left.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::available_parallelism;

use tokio::task::JoinSet;

use crate::component::{Bytes, Connector, Digest};
use crate::config::{AccountConfig, ConnectorSource};
use crate::engine::Runtime;
use crate::error::{Error, ErrorKind};

/// By digest. What nobody uses is gone.
#[derive(Default)]
pub(super) struct Connectors(Mutex<HashMap<Digest, Weak<Connector>>>);

/// The connectors that a configuration names, by where they come from.
#[derive(Default)]
pub(super) struct Loaded(HashMap<Source, Arc<Connector>>);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Source {
    File(PathBuf),
    /// Where the bytes are in memory. They stay there as long as the configuration is looked at.
    Bytes(usize),
}

impl Source {
    fn of(source: &ConnectorSource) -> Source {
        match source {
            ConnectorSource::File(path) => Source::File(path.clone()),
            ConnectorSource::Bytes(bytes) => Source::Bytes(bytes.as_ptr().addr()),
        }
    }
}

impl Loaded {
    pub(super) fn of(&self, account: &AccountConfig) -> Result<Arc<Connector>, Error> {
        let missing = || ErrorKind::Runtime(format!("the component of `{}` was not loaded", account.name)).into();
        self.0.get(&Source::of(&account.connector)).cloned().ok_or_else(missing)
    }
}

impl Connectors {
    /// Loads what these accounts name: each file is read once, each component compiled once, several at a time.
    pub(super) async fn load(&self, runtime: &Arc<Runtime>, accounts: &[AccountConfig]) -> Result<Loaded, Error> {
        let mut sources: HashMap<Source, Bytes> = HashMap::new();
        for account in accounts {
            if let Entry::Vacant(vacant) = sources.entry(Source::of(&account.connector)) {
                vacant.insert(Bytes::read(&account.connector).await?);
            }
        }
        let mut connectors: HashMap<Digest, Arc<Connector>> = HashMap::new();
        let mut unknown: HashMap<Digest, Bytes> = HashMap::new();
        let mut digests = HashMap::new();
        for (source, bytes) in sources {
            digests.insert(source, bytes.digest);
            match self.loaded().get(&bytes.digest).and_then(Weak::upgrade) {
                Some(connector) => drop(connectors.insert(bytes.digest, connector)),
                None => drop(unknown.insert(bytes.digest, bytes)),
            }
        }
        for connector in compiled(runtime, unknown.into_values()).await? {
            connectors.insert(connector.digest, Arc::new(connector));
        }
        let mut loaded = self.loaded();
        loaded.retain(|_, connector| connector.strong_count() > 0);
        loaded.extend(connectors.iter().map(|(digest, connector)| (*digest, Arc::downgrade(connector))));
        let found = |(source, digest)| connectors.get(&digest).map(|connector| (source, connector.clone()));
        Ok(Loaded(digests.into_iter().filter_map(found).collect()))
    }

    /// The versions that are in memory.
    pub(super) fn digests(&self) -> Vec<Digest> {
        let loaded = self.loaded();
        loaded.iter().filter(|(_, connector)| connector.strong_count() > 0).map(|(digest, _)| *digest).collect()
    }

    fn loaded(&self) -> MutexGuard<'_, HashMap<Digest, Weak<Connector>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many at a time as there are processors.
async fn compiled(runtime: &Arc<Runtime>, components: impl Iterator<Item = Bytes>) -> Result<Vec<Connector>, Error> {
    let most = available_parallelism().map_or(1, usize::from);
    let (mut compiling, mut connectors) = (JoinSet::new(), Vec::new());
    let mut components = components.peekable();
    while components.peek().is_some() || !compiling.is_empty() {
        if compiling.len() < most
            && let Some(bytes) = components.next()
        {
            let runtime = runtime.clone();
            compiling.spawn(async move { Connector::load(&runtime, &bytes).await });
        } else if let Some(ended) = compiling.join_next().await {
            let lost = |error| Error::from(ErrorKind::Runtime(format!("a task of the host ended early: {error}")));
            connectors.push(ended.map_err(lost)??);
        }
    }
    Ok(connectors)
}
