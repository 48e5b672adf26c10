//! Cursors for the application: each wraps the connector's own, bound to account, query and component.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use stockbridge_model::{Cursor, Digest, StockQuery};

use crate::error::CursorError;

/// Version of the cursor format: its first byte.
const FORMAT: u8 = 1;
/// Bytes kept of a digest: enough to avoid accidental collisions. A cursor is not a secret and grants nothing.
const DIGEST_BYTES: usize = 8;

/// Binding of a query's cursors. Most pages have no cursor, so the query's digest is computed only for the first one.
pub(crate) struct Binding<'q> {
    account: &'q str,
    query: &'q StockQuery,
    component: Digest,
    query_digest: OnceLock<[u8; DIGEST_BYTES]>,
}

impl<'q> Binding<'q> {
    pub(crate) fn new(account: &'q str, query: &'q StockQuery, component: Digest) -> Binding<'q> {
        Binding { account, query, component, query_digest: OnceLock::new() }
    }

    /// Digest of account and query, without the cursor, so that it is the same for all pages.
    fn query_digest(&self) -> &[u8; DIGEST_BYTES] {
        self.query_digest.get_or_init(|| {
            let mut first_page = self.query.clone();
            first_page.cursor = None;
            let mut digest = Sha256::new();
            digest.update(self.account.as_bytes());
            digest.update([0]);
            digest.update(serde_json::to_vec(&first_page).unwrap_or_default());
            truncated(&digest.finalize())
        })
    }

    fn component(&self) -> [u8; DIGEST_BYTES] {
        truncated(self.component.as_bytes())
    }

    /// Makes the application's cursor from the connector's.
    pub(crate) fn wrap(&self, cursor: &str) -> Cursor {
        let mut bytes = vec![FORMAT];
        bytes.extend(self.query_digest());
        bytes.extend(self.component());
        bytes.extend(cursor.as_bytes());
        Cursor::from(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Extracts the connector's cursor from the application's.
    pub(crate) fn unwrap(&self, cursor: &Cursor) -> Result<String, CursorError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str()).map_err(|_| CursorError::Malformed)?;
        let (head, inner) = bytes.split_at_checked(1 + 2 * DIGEST_BYTES).ok_or(CursorError::Malformed)?;
        let (format, bound) = head.split_first().ok_or(CursorError::Malformed)?;
        let (query, component) = bound.split_at_checked(DIGEST_BYTES).ok_or(CursorError::Malformed)?;
        if *format != FORMAT {
            return Err(CursorError::Malformed);
        }
        if query != self.query_digest() {
            return Err(CursorError::Foreign);
        }
        if component != self.component() {
            return Err(CursorError::OtherVersion);
        }
        String::from_utf8(inner.to_vec()).map_err(|_| CursorError::Malformed)
    }
}

fn truncated(digest: &[u8]) -> [u8; DIGEST_BYTES] {
    digest.first_chunk().copied().unwrap_or_default()
}
