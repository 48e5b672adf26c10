//! Takes tokens out of a JSON answer, so that the guest never sees them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::contract::http::{Capture, Failure, HttpError};
use crate::grants::secrets::Vault;
use crate::one_line::one_line;
use crate::secret::Secret;

/// The most secrets that are taken out of one answer, and the most steps to one: each step reads through the rest of the
/// answer, in code that no deadline interrupts.
const MOST_CAPTURES: usize = 8;
const MOST_STEPS: usize = 8;
/// The most of a name that is told, in characters.
const LONGEST_NAME: usize = 100;

/// Whether there is a place for all that is to be captured, and it does not take too long.
pub(super) fn judged(captures: &[Capture], vault: &Vault) -> Result<(), String> {
    if captures.len() > MOST_CAPTURES {
        return Err(format!("the request captures {} secrets; the limit is {MOST_CAPTURES}", captures.len()));
    }
    let pointers = captures.iter().flat_map(|capture| std::iter::once(&capture.pointer).chain(&capture.lifetime));
    if let Some(deep) = pointers.map(|pointer| pointer.matches('/').count()).find(|steps| *steps > MOST_STEPS) {
        return Err(format!("a pointer of a capture has {deep} steps; the limit is {MOST_STEPS}"));
    }
    match captures.iter().find(|capture| !vault.captures(&capture.name)) {
        Some(other) => {
            let name = one_line(&other.name, LONGEST_NAME);
            Err(format!("the descriptor does not declare `{name}` as a captured secret"))
        }
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
        // An answer without it is the provider's error: the guest reads it as it came. One that cannot be read, it does not
        // read: the token may stand in it.
        let found =
            match pointed(&text, &capture.pointer).map_err(|_| malformed("the answer is not JSON, or ambiguous"))? {
                None | Some("null") => continue,
                Some(found) => found,
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
    pointed(text, pointer).ok()??.trim_matches('"').parse().ok().map(Duration::from_secs)
}

/// The JSON text at a pointer (RFC 6901), as it stands in the answer.
fn pointed<'a>(text: &'a str, pointer: &str) -> Result<Option<&'a str>, serde_json::Error> {
    let mut value: &RawValue = serde_json::from_str(text)?;
    let Some(path) = pointer.strip_prefix('/') else {
        return Ok(pointer.is_empty().then_some(value.get()));
    };
    for step in path.split('/') {
        let step = step.replace("~1", "/").replace("~0", "~");
        let inner = match value.get().as_bytes().first() {
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(value.get())?;
                step.parse::<usize>().ok().and_then(|place| items.get(place).copied())
            }
            Some(b'{') => {
                let Members(members) = serde_json::from_str(value.get())?;
                members.get(step.as_str()).copied()
            }
            _ => None,
        };
        let Some(inner) = inner else { return Ok(None) };
        value = inner;
    }
    Ok(Some(value.get()))
}

/// An object whose names stand in it once each: with two of a name, a reader may take either, and one token would stay.
struct Members<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom("a name stands there twice"));
                    }
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reading)
    }
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

    #[test]
    fn an_answer_in_which_a_token_could_hide_is_not_handed_on() {
        let vault = Vault::new([], ["token".to_owned()]);
        let capture = || Capture { name: "token".to_owned(), pointer: "/a/token".to_owned(), lifetime: None };
        for hiding in [
            r#"{"a":{"token":"one","token":"two"}}"#,
            r#"{"a":{"token":"one"},"a":{"token":"two"}}"#,
            r#"{"a":{"token":"one""#,
            r#"{"a":{"token":17}}"#,
            r#"{"a":{"token":["one"]}}"#,
            "token: one",
        ] {
            assert!(taken(hiding.into(), &[capture()], &vault).is_err(), "{hiding}");
        }
        for error in [r#"{"error":"no"}"#, r#"{"a":null}"#, r#"{"a":{"token":null}}"#, "[]"] {
            assert_eq!(taken(error.into(), &[capture()], &vault).unwrap(), error.as_bytes());
        }
    }
}
