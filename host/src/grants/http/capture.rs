//! Takes tokens out of a JSON answer, so that the guest never sees them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;

use crate::contract::http::{Capture, Failure, HttpError};
use crate::grants::secrets::Vault;
use crate::secret::Secret;

/// Whether there is a place for all that is to be captured.
pub(super) fn judged(captures: &[Capture], vault: &Vault) -> Result<(), String> {
    match captures.iter().find(|capture| !vault.captures(&capture.name)) {
        Some(other) => Err(format!("the descriptor does not declare `{}` as a captured secret", other.name)),
        None => Ok(()),
    }
}

/// The body with `""` where a captured string stood; the strings are in the vault. Everything else keeps its bytes.
pub(super) fn taken(body: Vec<u8>, captures: &[Capture], vault: &Vault) -> Result<Vec<u8>, HttpError> {
    if captures.is_empty() {
        return Ok(body);
    }
    let text = String::from_utf8(body).map_err(|_| malformed("the answer is no text"))?;
    let mut struck = Vec::new();
    for capture in captures {
        // An answer without the string is the provider's error: the guest reads it as it came.
        let Some(found) = pointed(&text, &capture.pointer).filter(|found| found.starts_with('"')) else {
            continue;
        };
        let token: String = serde_json::from_str(found).map_err(|_| malformed("the token is no text"))?;
        let lifetime = match &capture.lifetime {
            Some(pointer) => Some(seconds(&text, pointer).ok_or_else(|| malformed("the token has no lifetime"))?),
            None => None,
        };
        vault.store(&capture.name, Secret::new(token), lifetime);
        struck.push(span(&text, found));
    }
    struck.sort_unstable();
    struck.dedup();
    let mut left = text;
    for (start, end) in struck.into_iter().rev() {
        left.replace_range(start..end, "\"\"");
    }
    Ok(left.into_bytes())
}

fn seconds(text: &str, pointer: &str) -> Option<Duration> {
    pointed(text, pointer)?.trim_matches('"').parse().ok().map(Duration::from_secs)
}

/// The JSON text at a pointer (RFC 6901), as it stands in the answer.
fn pointed<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    let Some(path) = pointer.strip_prefix('/') else {
        return pointer.is_empty().then_some(value.get());
    };
    for step in path.split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        value = if value.get().starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            items.get(step.parse::<usize>().ok()?).copied()?
        } else {
            let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(value.get()).ok()?;
            members.get(step.as_str()).copied()?
        };
    }
    Some(value.get())
}

/// Where a piece of the text stands in it.
fn span(text: &str, piece: &str) -> (usize, usize) {
    let start = piece.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    (start, start + piece.len())
}

fn malformed(message: &str) -> HttpError {
    HttpError { failure: Failure::Broken, sent: true, retry_after: None, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_struck_out_and_every_other_byte_stays() {
        let vault = Vault::new([], ["token".to_owned()]);
        let capture = Capture {
            name: "token".to_owned(),
            pointer: "/data/0/access~1token".to_owned(),
            lifetime: Some("/data/0/expires".to_owned()),
        };
        let body = br#"{"n": 1.50, "data":[{"access/token" : "t\u0031","expires":"60"}]}"#.to_vec();
        let seen = taken(body, &[capture], &vault).unwrap();
        assert_eq!(String::from_utf8(seen).unwrap(), r#"{"n": 1.50, "data":[{"access/token" : "","expires":"60"}]}"#);
    }
}
