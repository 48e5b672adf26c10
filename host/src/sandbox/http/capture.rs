//! Captures tokens from a JSON answer, so that the guest never sees them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stockbridge_egress::Target;
use stockbridge_json::Scan;
use stockbridge_model::Secret;
use stockbridge_model::sanitize::one_line;

use crate::sandbox::contract::http::{Capture, Failure, HttpError};
use crate::sandbox::grants::OperatorCapture;
use crate::secrets::Vault;

/// Maximum secrets captured from one answer.
const MOST_CAPTURES: usize = 8;
/// Maximum steps of a pointer.
const MOST_STEPS: usize = 8;
/// Maximum name in an error, in characters.
const LONGEST_NAME: usize = 100;

/// Checks that every captured secret is declared, and that captures and pointers are within their limits.
pub(super) fn authorize(captures: &[Capture], vault: &Vault) -> Result<(), String> {
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

/// Checks the connector's captures against the operator's, where the operator configured one.
pub(super) fn as_configured(captures: &[Capture], target: &Target, rules: &[OperatorCapture]) -> Result<(), String> {
    for capture in captures {
        let Some(rule) = rules.iter().find(|rule| rule.capture.name == capture.name) else { continue };
        let is_same = rule.capture.pointer == capture.pointer && rule.capture.lifetime == capture.lifetime;
        if rule.from != *target || !is_same {
            return Err(format!(
                "the operator has `{}` captured from {} at `{}`, and from nowhere else",
                capture.name, rule.from, rule.capture.pointer
            ));
        }
    }
    Ok(())
}

/// All captures from a target's answers: those that the connector requests, and those that the operator configured.
pub(super) fn of_answer<'c>(
    requested: &'c [Capture],
    target: &Target,
    rules: &[OperatorCapture],
) -> Cow<'c, [Capture]> {
    let is_requested = |name: &str| requested.iter().any(|capture| capture.name == name);
    let further = rules.iter().filter(|rule| rule.from == *target && !is_requested(&rule.capture.name));
    let further: Vec<Capture> = further.map(|rule| rule.capture.clone()).collect();
    if further.is_empty() { Cow::Borrowed(requested) } else { Cow::Owned([requested, &further].concat()) }
}

/// Moves the captured strings into the vault, and returns the body with `""` in their place. All other bytes are unchanged.
/// Either all captures succeed or none is stored.
///
/// The answer is scanned once, however many strings are captured.
///
/// # Errors
/// The answer is not JSON, a token could hide in it, or a token is longer than `longest` bytes. The answer is withheld then.
pub(super) fn extract(
    body: Vec<u8>,
    captures: &[Capture],
    vault: &Vault,
    longest: usize,
) -> Result<Vec<u8>, HttpError> {
    if captures.is_empty() {
        return Ok(body);
    }
    let text = String::from_utf8(body).map_err(|_| malformed("the answer is no text"))?;
    let found =
        PointerTrie::of(captures).resolve(&text).ok_or_else(|| malformed("the answer is not JSON, or ambiguous"))?;
    let at = |pointer: &str| found.get(pointer).map(|(_, piece)| *piece);
    let (mut struck, mut stored) = (Vec::new(), Vec::new());
    for capture in captures {
        // An answer without the token is an error of the provider: the guest gets it unchanged. An unreadable answer is
        // withheld: it may contain the token.
        let Some((begin, piece)) = found.get(capture.pointer.as_str()).filter(|(_, piece)| *piece != "null") else {
            continue;
        };
        let token =
            serde_json::from_str::<String>(piece).map(Secret::new).map_err(|_| malformed("the token is no text"))?;
        if token.expose().len() > longest {
            return Err(malformed(&format!(
                "the token is longer than `limits.captured-kib` lets it be: {longest} bytes"
            )));
        }
        let lifetime = match &capture.lifetime {
            Some(pointer) => Some(at(pointer).and_then(seconds).ok_or_else(|| malformed("the token has no lifetime"))?),
            None => None,
        };
        stored.push((capture.name.as_str(), token, lifetime));
        struck.push((*begin, begin + piece.len()));
    }
    vault.store(stored);
    struck.sort_unstable();
    struck.dedup();
    Ok(with_strings_emptied(&text, &struck).into_bytes())
}

/// Replaces each of these ranges, sorted by position, by an empty string.
fn with_strings_emptied(text: &str, struck: &[(usize, usize)]) -> String {
    let (mut left, mut rest) = (String::with_capacity(text.len()), 0);
    for (begin, end) in struck {
        left.push_str(text.get(rest..*begin).unwrap_or_default());
        left.push_str("\"\"");
        rest = *end;
    }
    left.push_str(text.get(rest..).unwrap_or_default());
    left
}

fn seconds(text: &str) -> Option<Duration> {
    text.trim_matches('"').parse().ok().map(Duration::from_secs)
}

/// The value at each pointer: its offset, and its text as received.
type PointerMatches<'p, 't> = BTreeMap<&'p str, (usize, &'t str)>;

/// JSON pointers (RFC 6901) as a trie of their steps.
#[derive(Default)]
struct PointerTrie<'p> {
    /// The pointers that end here.
    targets: Vec<&'p str>,
    children: BTreeMap<String, PointerTrie<'p>>,
}

impl<'p> PointerTrie<'p> {
    /// The pointers of captures and of their lifetimes.
    fn of(captures: &'p [Capture]) -> PointerTrie<'p> {
        let mut all = PointerTrie::default();
        for pointer in captures.iter().flat_map(|capture| std::iter::once(&capture.pointer).chain(&capture.lifetime)) {
            let mut here = &mut all;
            // A pointer that does not begin with a slash matches nothing.
            let path = if pointer.is_empty() { Some("") } else { pointer.strip_prefix('/') };
            let Some(path) = path else { continue };
            for step in path.split('/').filter(|_| !pointer.is_empty()) {
                here = here.children.entry(step.replace("~1", "/").replace("~0", "~")).or_default();
            }
            here.targets.push(pointer);
        }
        all
    }

    /// Resolves all pointers in one pass. None if the text is not JSON, or ambiguous.
    fn resolve<'t>(&self, text: &'t str) -> Option<PointerMatches<'p, 't>> {
        let (mut scan, mut found) = (Scan::new(text), PointerMatches::new());
        self.visit_value(&mut scan, &mut found)?;
        scan.is_at_end().then_some(found)
    }

    /// Scans the next value, and records the matches of its pointers.
    fn visit_value<'t>(&self, scan: &mut Scan<'t>, found: &mut PointerMatches<'p, 't>) -> Option<()> {
        let first = scan.peek()?;
        let begin = scan.place();
        match first {
            b'{' if !self.children.is_empty() => self.visit_object(scan, found)?,
            b'[' if !self.children.is_empty() => self.visit_array(scan, found)?,
            _ => {
                scan.value()?;
            }
        }
        let value = scan.since(begin)?;
        found.extend(self.targets.iter().map(|pointer| (*pointer, (begin, value))));
        Some(())
    }

    fn visit_object<'t>(&self, scan: &mut Scan<'t>, found: &mut PointerMatches<'p, 't>) -> Option<()> {
        scan.object()?;
        let (mut first, mut seen) = (true, BTreeSet::new());
        while let Some(name) = scan.member(first)? {
            first = false;
            let name = match name.plain() {
                Some(name) => Cow::Borrowed(name),
                None => Cow::Owned(serde_json::from_str(name.text()).ok()?),
            };
            match self.children.get_key_value(name.as_ref()) {
                // Parsers disagree on duplicate names, so the other one could still contain a token.
                Some((name, _)) if !seen.insert(name) => return None,
                Some((_, next)) => next.visit_value(scan, found)?,
                None => {
                    scan.value()?;
                }
            }
        }
        Some(())
    }

    fn visit_array<'t>(&self, scan: &mut Scan<'t>, found: &mut PointerMatches<'p, 't>) -> Option<()> {
        scan.list()?;
        let places: BTreeMap<usize, &PointerTrie<'p>> =
            self.children.iter().filter_map(|(step, next)| Some((step.parse().ok()?, next))).collect();
        let mut place = 0;
        while scan.element(place == 0)? {
            match places.get(&place) {
                Some(next) => next.visit_value(scan, found)?,
                None => {
                    scan.value()?;
                }
            }
            place += 1;
        }
        Some(())
    }
}

pub(super) fn malformed(message: &str) -> HttpError {
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
        let seen = extract(body, &[capture], &vault, 16).unwrap();
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
            r#"{"a":{"token":"one","tok\u0065n":"two"}}"#,
            r#"{"a":{"token":"one"}} {}"#,
            r#"{"a":{"token":"longer than sixteen"}}"#,
            "token: one",
        ] {
            assert!(extract(hiding.into(), &[capture()], &vault, 16).is_err(), "{hiding}");
        }
        for error in [r#"{"error":"no"}"#, r#"{"a":null}"#, r#"{"a":{"token":null}}"#, "[]"] {
            assert_eq!(extract(error.into(), &[capture()], &vault, 16).unwrap(), error.as_bytes());
        }
    }
}
