//! An account as a member of its application: what the operator said of it, and by what it is linked to others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stockbridge_model::application_id::digest;
use stockbridge_model::{ApplicationId, Descriptor, Digest};

/// What two accounts have in common that share an application, or one account at two times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Link(pub(super) [u8; 16]);

/// What decides which application an account is.
pub struct Member {
    /// Its name.
    pub account: String,
    /// The provider, as its connector says.
    pub provider: String,
    /// The settings that make an application, as its connector says now.
    pub names: Vec<String>,
    /// As the operator wrote them. A connector's defaults never count.
    pub settings: Arc<BTreeMap<String, String>>,
    /// The application's name, where the operator gave one.
    pub named: Option<String>,
    /// The component's digest.
    pub component: Digest,
    /// The component's file, where it comes from one.
    pub path: Option<PathBuf>,
    /// Who signed the component, of those whom the operator trusts for this account: the text of the public key.
    pub signer: Option<String>,
    /// What its connector claims that it is.
    pub claimed: ApplicationId,
}

impl Member {
    /// What its connector says of it, for an account without a name.
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

    /// Whether its component comes from this path, where it comes from one, and is signed by this key.
    pub fn comes_from(&self, path: Option<&Path>, signer: Option<&str>) -> bool {
        self.signer.as_deref() == signer && self.path.as_deref() == path
    }

    /// The application's name, where the operator gave one.
    pub(super) fn named(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// Who signed its component.
    pub fn signer(&self) -> Option<&str> {
        self.signer.as_deref()
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
            links.push(self.configured(&["signer", &self.provider, signer], names));
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

pub(super) fn former(account: &str, provider: &str) -> Link {
    Link(digest(["former", provider, account]))
}
