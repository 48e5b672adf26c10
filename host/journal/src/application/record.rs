//! Journal rows that store which applications links lead to: a key and a value, both bytes.

use serde::{Deserialize, Serialize};
use stockbridge_model::ApplicationId;
use stockbridge_model::application_id::digest;

use super::member::{Link, former};

/// Key of the row that marks a journal as having these rows for each of its writes.
pub const MARKER: &[u8] = b"V";

/// First byte of a key: the kind of the row.
const LINK: u8 = b'L';
const NAMES: u8 = b'N';
const FORMER: u8 = b'F';

/// A row: key and value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// Content of a row.
pub(super) enum Content {
    /// An account with this link was this application.
    Link(Link, ApplicationId),
    /// A version of a connector said that these settings make an application.
    Names(Names),
    /// An account was this application before links were recorded.
    Former(Link, ApplicationId),
}

/// Settings that make an application of a provider.
#[derive(Serialize, Deserialize)]
pub(super) struct Names {
    pub(super) provider: String,
    pub(super) names: Vec<String>,
}

/// An account's former application, known only from one of its writes.
pub struct Former<'w> {
    pub(crate) account: &'w str,
    pub(crate) provider: &'w str,
    pub(crate) application: ApplicationId,
}

impl From<Former<'_>> for Row {
    fn from(Former { account, provider, application }: Former<'_>) -> Row {
        linked(FORMER, former(account, provider), application)
    }
}

impl Row {
    pub(super) fn of_link(link: Link, application: ApplicationId) -> Row {
        linked(LINK, link, application)
    }

    pub(super) fn of_names(provider: &str, names: &[String]) -> Row {
        let short = digest([provider].into_iter().chain(names.iter().map(String::as_str)));
        let names = Names { provider: provider.to_owned(), names: names.to_vec() };
        // Strings can always be serialised.
        Row { key: keyed(NAMES, [short]), value: serde_json::to_vec(&names).unwrap_or_default() }
    }

    /// Decodes the row; none for a row of a later version.
    pub(super) fn content(&self) -> Option<Content> {
        let (kind, rest) = self.key.split_first()?;
        let linked = || {
            let (link, application) = rest.split_first_chunk::<16>()?;
            Some((Link(*link), ApplicationId::from_bytes(application.try_into().ok()?)))
        };
        match *kind {
            LINK => linked().map(|(link, application)| Content::Link(link, application)),
            FORMER => linked().map(|(link, application)| Content::Former(link, application)),
            NAMES => serde_json::from_slice(&self.value).ok().map(Content::Names),
            _ => None,
        }
    }
}

fn linked(kind: u8, link: Link, application: ApplicationId) -> Row {
    Row { key: keyed(kind, [link.0, *application.as_bytes()]), value: Vec::new() }
}

fn keyed<const N: usize>(kind: u8, parts: [[u8; 16]; N]) -> Vec<u8> {
    [kind].into_iter().chain(parts.into_iter().flatten()).collect()
}
