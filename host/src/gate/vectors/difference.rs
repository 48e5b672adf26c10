//! Difference between an expected and a sent request, as text for an author who has to find the mistake.

use super::recording::Sent;
use crate::connector::vectors::{Effect, Request};
use crate::secrets::Redactor;

/// Characters shown before the first difference.
const BEFORE: usize = 20;
/// Characters shown from the first difference on.
const AFTER: usize = 40;

/// The first difference, with secrets redacted. None if the request is the expected one.
pub(super) fn between(expected: &Request, sent: &Sent, redactor: &Redactor) -> Option<String> {
    let texts = |what: &str, expected: &[u8], sent: &[u8]| differs(what, expected, sent, redactor);
    texts("method", expected.method.as_bytes(), sent.method.as_bytes())
        .or_else(|| texts("url", expected.url.as_bytes(), sent.url.as_bytes()))
        .or_else(|| expected.headers.iter().find_map(|(name, value)| header(name, value, sent, redactor)))
        .or_else(|| texts("body", expected.body.as_bytes(), &sent.body))
        .or_else(|| effect(expected.effect, sent.effect))
}

fn header(name: &str, value: &str, sent: &Sent, redactor: &Redactor) -> Option<String> {
    let what = format!("header `{name}`");
    let mut found = sent.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (None, _) => Some(format!("{what} is missing")),
        (Some(_), Some(_)) => Some(format!("{what} is there twice")),
        (Some((_, found)), None) => differs(&what, value.as_bytes(), found, redactor),
    }
}

fn effect(expected: Effect, sent: Effect) -> Option<String> {
    let name = |effect| if effect == Effect::Write { "a write" } else { "a read" };
    (expected != sent).then(|| format!("it was sent as {}, expected {}", name(sent), name(expected)))
}

fn differs(what: &str, expected: &[u8], sent: &[u8], redactor: &Redactor) -> Option<String> {
    if expected == sent {
        return None;
    }
    let place = common(expected.iter(), sent.iter());
    // Redacted before they are cut, so that no part of a secret is left at an end.
    let shown = |bytes: &[u8]| redactor.text(String::from_utf8_lossy(bytes).into_owned());
    let (wanted, got) = (shown(expected), shown(sent));
    if wanted == got {
        return Some(format!("{what} differs at byte {place}, inside of a secret"));
    }
    let at = common(wanted.chars(), got.chars());
    Some(format!("{what} differs at byte {place}: expected {}, got {}", around(&wanted, at), around(&got, at)))
}

/// Length of the common prefix.
fn common<T: PartialEq>(one: impl Iterator<Item = T>, other: impl Iterator<Item = T>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// The text around the character at this index.
fn around(text: &str, at: usize) -> String {
    let from = at.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(from).take(at - from + AFTER).collect();
    let rest = text.chars().nth(at + AFTER).is_some();
    format!("`{}{shown}{}`", if from > 0 { "…" } else { "" }, if rest { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(expected: &str, sent: &str) -> Option<String> {
        let redactor = Redactor::new(std::iter::once(("key".into(), b"top-secret".as_slice())));
        differs("body", expected.as_bytes(), sent.as_bytes(), &redactor)
    }

    #[test]
    fn the_first_byte_that_differs_is_shown_with_what_stands_around_it() {
        assert_eq!(difference("a=1&b=2", "a=1&b=2"), None);
        assert_eq!(
            difference("a=1&b=2", "a=1&b=").unwrap(),
            "body differs at byte 6: expected `a=1&b=2`, got `a=1&b=`"
        );
        let (long, other) = ("x".repeat(100) + "货2", "x".repeat(100) + "货3" + &"y".repeat(99));
        let x = "x".repeat(19);
        let y = "y".repeat(39);
        assert_eq!(
            difference(&long, &other).unwrap(),
            format!("body differs at byte 103: expected `…{x}货2`, got `…{x}货3{y}…`")
        );
    }

    #[test]
    fn no_secret_is_shown_nor_a_part_of_one() {
        let shown = difference("token=top-secret", "token=top").unwrap();
        assert!(shown.contains("[redacted]"), "{shown}");
        let shown = difference("token=746F702D736563726574", "token=746f702d736563726574").unwrap();
        assert_eq!(shown, "body differs at byte 9, inside of a secret");
    }
}
