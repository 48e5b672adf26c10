//! An account as a member of its application: its configuration, and its links to other accounts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stockbridge_model::application_id::digest;
use stockbridge_model::{ApplicationId, Descriptor, Digest};

/// A property that two accounts, or one account at two times, have in common if they share an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Link(pub(super) [u8; 16]);

/// Inputs that determine an account's application.
pub struct Member {
    /// Name of the account.
    pub account: String,
    /// Name of the provider, as given by its connector.
    pub provider: String,
    /// Settings that make an application, as its connector says now.
    pub names: Vec<String>,
    /// Settings as the operator wrote them. A connector's defaults never count.
    pub settings: Arc<BTreeMap<String, String>>,
    /// Name of the application, where the operator gave one.
    pub named: Option<String>,
    /// Digest of the component.
    pub component: Digest,
    /// File of the component, where it comes from one.
    pub path: Option<PathBuf>,
    /// Signer of the component, among those that the operator trusts for this account: the text of the public key.
    pub signer: Option<String>,
    /// The application that its connector claims.
    pub claimed: ApplicationId,
}

impl Member {
    /// Takes a connector's description, for an account without a name.
    pub fn described(descriptor: &Descriptor, settings_with_defaults: &BTreeMap<String, String>) -> Member {
        let mut names = descriptor.application.clone();
        names.sort();
        names.dedup();
        Member {
            account: String::new(),
            provider: descriptor.provider.clone(),
            names,
            settings: Arc::default(),
            named: None,
            component: Digest::from([0; 32]),
            path: None,
            signer: None,
            claimed: ApplicationId::claimed(descriptor, settings_with_defaults),
        }
    }

    /// Whether its component is from this path, if it is from a file, and signed by this key.
    pub fn comes_from(&self, path: Option<&Path>, signer: Option<&str>) -> bool {
        self.signer.as_deref() == signer && self.path.as_deref() == path
    }

    /// Name of the application, where the operator gave one.
    pub(super) fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Signer of its component.
    pub fn signer(&self) -> Option<&str> {
        self.signer.as_deref()
    }

    /// Links by which it shares an application with other accounts if these settings make one: the strongest link first.
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
            links.push(self.configured(&["signer", &self.provider, signer], names));
        }
        links
    }

    /// Link to the account of its name at other times, with other connectors.
    pub(super) fn own(&self, names: &[String]) -> Link {
        self.configured(&["account", &self.provider, &self.account], names)
    }

    /// A link that holds as long as these settings keep their values. Absent settings equal each other.
    fn configured(&self, of: &[&str], names: &[String]) -> Link {
        let settings = names.iter().filter_map(|name| self.settings.get_key_value(name));
        let settings = settings.flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        Link(digest(of.iter().copied().chain(settings)))
    }

    /// Link by account and provider, whatever the settings: for the writes of earlier versions.
    pub(super) fn former(&self) -> Link {
        former(&self.account, &self.provider)
    }
}

pub(super) fn former(account: &str, provider: &str) -> Link {
    Link(digest(["former", provider, account]))
}
