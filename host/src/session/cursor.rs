//! Cursors as the application holds them: the connector's own, bound to account, query and component.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use stockbridge_model::{Cursor, Digest, StockQuery};

use crate::error::CursorError;

/// The format's version, in front of everything.
const FORMAT: u8 = 1;
/// How much of a digest is kept: enough that no two are the same by accident. A cursor is no secret and grants nothing.
const KEPT: usize = 8;

/// What a query's cursors are bound to. Most pages have none, so that it is put together for the first of them.
pub(crate) struct Binding<'q> {
    account: &'q str,
    query: &'q StockQuery,
    component: Digest,
    asked: OnceLock<[u8; KEPT]>,
}

impl<'q> Binding<'q> {
    pub(crate) fn new(account: &'q str, query: &'q StockQuery, component: Digest) -> Binding<'q> {
        Binding { account, query, component, asked: OnceLock::new() }
    }

    /// What was asked, and of which account: without the cursor it is the same for all pages.
    fn asked(&self) -> &[u8; KEPT] {
        self.asked.get_or_init(|| {
            let mut first_page = self.query.clone();
            first_page.cursor = None;
            let mut digest = Sha256::new();
            digest.update(self.account.as_bytes());
            digest.update([0]);
            digest.update(serde_json::to_vec(&first_page).unwrap_or_default());
            kept(&digest.finalize())
        })
    }

    fn component(&self) -> [u8; KEPT] {
        kept(self.component.as_bytes())
    }

    /// The application's cursor for one of the connector's.
    pub(crate) fn wrap(&self, cursor: &str) -> Cursor {
        let mut bytes = vec![FORMAT];
        bytes.extend(self.asked());
        bytes.extend(self.component());
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
        if query != self.asked() {
            return Err(CursorError::Foreign);
        }
        if component != self.component() {
            return Err(CursorError::OtherVersion);
        }
        String::from_utf8(inner.to_vec()).map_err(|_| CursorError::Malformed)
    }
}

fn kept(digest: &[u8]) -> [u8; KEPT] {
    digest.first_chunk().copied().unwrap_or_default()
}
