//! An account as a member of its application: what the operator said of it, and by what it is linked to others.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Application, digest};
use crate::component::Digest;
use crate::config::{AccountConfig, ConnectorSource};
use crate::gate::PublicKey;
use crate::model::Descriptor;

/// What two accounts have in common that share an application, or one account at two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Link(pub(super) [u8; 16]);

/// What decides which application an account is.
pub(crate) struct Member {
    pub(super) account: String,
    pub(super) provider: String,
    /// The settings that make an application, as its connector says now.
    pub(super) names: Vec<String>,
    /// As the operator wrote them. A connector's defaults never count.
    settings: Arc<BTreeMap<String, String>>,
    /// The application's name, where the operator gave one.
    named: Option<String>,
    pub(super) component: Digest,
    path: Option<PathBuf>,
    /// Who signed the component, of those whom the operator trusts for this account.
    signer: Option<PublicKey>,
    /// What its connector claims that it is.
    pub(super) claimed: Application,
}

impl Member {
    pub(crate) fn new(
        account: &AccountConfig,
        descriptor: &Descriptor,
        component: Digest,
        signer: Option<PublicKey>,
        settings_with_defaults: &BTreeMap<String, String>,
    ) -> Member {
        let mut names = descriptor.application.clone();
        names.sort();
        names.dedup();
        Member {
            account: account.name.clone(),
            provider: descriptor.provider.clone(),
            names,
            settings: account.settings.clone(),
            named: account.application.clone(),
            component,
            path: path(account),
            signer,
            claimed: Application::claimed(descriptor, settings_with_defaults),
        }
    }

    /// Whether its component comes from where this configuration has it, signed by the same.
    pub(crate) fn has_connector_of(&self, account: &AccountConfig, signer: Option<&PublicKey>) -> bool {
        self.signer.as_ref() == signer && self.path == path(account)
    }

    /// The application's name, where the operator gave one.
    pub(super) fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    pub(crate) fn signer(&self) -> Option<&PublicKey> {
        self.signer.as_ref()
    }

    /// By what it shares an application with other accounts, where these settings make one: the strongest link first.
    pub(super) fn shared(&self, names: &[String]) -> Vec<Link> {
        let mut links = Vec::with_capacity(4);
        if let Some(named) = &self.named {
            links.push(Link(digest(["application", &self.provider, named])));
        }
        links.push(self.configured(&["component", &self.component.to_string()], names));
        if let Some(path) = &self.path {
            links.push(self.configured(&["path", &path.to_string_lossy()], names));
        }
        if let Some(signer) = &self.signer {
            links.push(self.configured(&["signer", &self.provider, &signer.to_string()], names));
        }
        links
    }

    /// What links it to what an account of its name was at other times, with other connectors.
    pub(super) fn own(&self, names: &[String]) -> Link {
        self.configured(&["account", &self.provider, &self.account], names)
    }

    /// A link that holds as long as these settings are what they are. One that is absent equals one that is absent.
    fn configured(&self, of: &[&str], names: &[String]) -> Link {
        let settings = names.iter().filter_map(|name| self.settings.get_key_value(name));
        let settings = settings.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        Link(digest(of.iter().copied().chain(settings)))
    }

    /// The account with a provider, whatever its settings: by that it is known in what versions of before wrote.
    pub(super) fn former(&self) -> Link {
        former(&self.account, &self.provider)
    }
}

/// Where its component is. As it is written, and no link followed: one that is turned to the next version is the same
/// connector.
fn path(account: &AccountConfig) -> Option<PathBuf> {
    match &account.connector {
        ConnectorSource::File(path) => Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        ConnectorSource::Bytes(_) => None,
    }
}

pub(super) fn former(account: &str, provider: &str) -> Link {
    Link(digest(["former", provider, account]))
}
