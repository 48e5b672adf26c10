//! Sanitizing of answers for a guest: captured tokens are removed, secrets are redacted.

use std::collections::BTreeSet;

use stockbridge_egress::transport::InboundResponse;
use stockbridge_model::sanitize::one_line;

use super::capture;
use crate::diagnostics;
use crate::sandbox::contract::http::{Capture, HttpError, Response};
use crate::sandbox::grants::Grants;

/// Maximum name of an answer's encoding in an error, in bytes.
const LONGEST_ENCODING: usize = 40;

/// Removes captured tokens from a response, and redacts the account's secrets, the captured ones included.
pub(super) fn sanitize(answer: InboundResponse, captures: &[Capture], grants: &Grants) -> Result<Response, HttpError> {
    if let Some(encoding) = encoding(&answer) {
        // The host asked for no encoding, and secrets in a compressed body could not be found.
        return Err(capture::malformed(&format!(
            "the answer is compressed ({encoding}) and is not handed on: the provider has to answer uncompressed, as it was asked to"
        )));
    }
    let body = capture::extract(answer.body, captures, &grants.secrets, grants.limits.captured_bytes)?;
    let redactor = grants.secrets.redactor();
    let mut struck = BTreeSet::new();
    let mut sanitized = |bytes| {
        redactor.answer(bytes, |secret| {
            struck.insert(secret.to_owned());
        })
    };
    let text = |name: Vec<u8>| String::from_utf8_lossy(&name).into_owned();
    let headers = answer.headers.into_iter();
    let headers = headers.map(|(name, value)| (text(sanitized(name.into_bytes())), sanitized(value))).collect();
    let body = sanitized(body);
    // A row that contains a secret's text by chance is now altered: the log says why.
    for secret in struck {
        tracing::warn!(target: diagnostics::EGRESS, account = &*grants.account, secret, "a secret was struck out of an answer");
    }
    Ok(Response { status: answer.status, headers, body })
}

/// The content encoding of an answer's body, if it has one: `gzip`.
fn encoding(answer: &InboundResponse) -> Option<String> {
    let encodings = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    let named = encodings.flat_map(|(_, value)| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let encoded = named.filter(|named| !named.is_empty() && !named.eq_ignore_ascii_case(b"identity"));
    encoded.map(|encoding| one_line(&String::from_utf8_lossy(encoding), LONGEST_ENCODING)).next()
}
