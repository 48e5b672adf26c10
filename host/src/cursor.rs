//! Cursors as the application holds them: the connector's own, bound to account, query and component.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::component::Digest;
use crate::error::CursorError;
use crate::model::{Cursor, StockQuery};

/// The format's version, in front of everything.
const FORMAT: u8 = 1;
/// How much of a digest is kept: enough that no two are the same by accident. A cursor is no secret and grants nothing.
const KEPT: usize = 8;

/// What a query's cursors are bound to.
pub(crate) struct Binding {
    query: [u8; KEPT],
    component: [u8; KEPT],
}

impl Binding {
    pub(crate) fn new(account: &str, query: &StockQuery, component: &Digest) -> Binding {
        let first_page = StockQuery { cursor: None, ..query.clone() };
        let mut digest = Sha256::new();
        digest.update(account.as_bytes());
        digest.update([0]);
        digest.update(serde_json::to_vec(&first_page).unwrap_or_default());
        Binding { query: kept(&digest.finalize()), component: kept(component.as_bytes()) }
    }

    /// The application's cursor for one of the connector's.
    pub(crate) fn wrap(&self, cursor: &str) -> Cursor {
        let mut bytes = vec![FORMAT];
        bytes.extend(self.query);
        bytes.extend(self.component);
        bytes.extend(cursor.as_bytes());
        Cursor::from(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The connector's cursor within one of the application's.
    pub(crate) fn unwrap(&self, cursor: &Cursor) -> Result<String, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str()).map_err(|_| CursorError::Malformed)?;
        let (head, inner) = bytes.split_at_checked(1 + 2 * KEPT).ok_or(CursorError::Malformed)?;
        let (format, bound) = head.split_first().ok_or(CursorError::Malformed)?;
        let (query, component) = bound.split_at_checked(KEPT).ok_or(CursorError::Malformed)?;
        if *format != FORMAT {
            return Err(CursorError::Malformed);
        }
        if query != self.query {
            return Err(CursorError::Foreign);
        }
        if component != self.component {
            return Err(CursorError::OtherVersion);
        }
        String::from_utf8(inner.to_vec()).map_err(|_| CursorError::Malformed)
    }
}

fn kept(digest: &[u8]) -> [u8; KEPT] {
    digest.first_chunk().copied().unwrap_or_default()
}
