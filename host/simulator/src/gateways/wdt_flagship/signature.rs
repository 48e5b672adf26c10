//! The signature of the flagship edition, verified over the body's own bytes.

use crate::gateways::digest::md5_lower;
use crate::gateways::form::Form;

/// Whether `sign` is the signature of the query's other parameters and the body.
pub(super) fn verify(query: &Form, body: &[u8], secret: &str, sign: &str) -> bool {
    let mut pairs: Vec<(&str, &[u8])> =
        query.signed().into_iter().map(|(name, value)| (name, value.as_bytes())).collect();
    pairs.push(("body", body));
    expected(pairs, secret) == sign
}

fn expected(mut pairs: Vec<(&str, &[u8])>, secret: &str) -> String {
    pairs.retain(|(name, _)| *name != "sign");
    pairs.sort_unstable();
    let mut text = secret.as_bytes().to_vec();
    for (name, value) in pairs {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(value);
    }
    text.extend_from_slice(secret.as_bytes());
    md5_lower(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(secret: &str, pairs: &[(&'static str, &'static str)]) -> String {
        expected(pairs.iter().map(|(name, value)| (*name, value.as_bytes())).collect(), secret)
    }

    #[test]
    fn the_published_vectors_verify() {
        assert_eq!(sign("s", &[("a", "1"), ("b", "2")]), "5ee29085af57d942f21f1c5ba3c2a90a");
        assert_eq!(sign("testsecret", &[("c", "b2c"), ("b", "1")]), "4176bfbb890d63280f137053be381691");
        let now = [
            ("body", "[]"),
            ("key", "wdt_test"),
            ("method", "system.Core.now"),
            ("salt", "dd"),
            ("sid", "wdtapi3"),
            ("timestamp", "100"),
            ("v", "1.0"),
        ];
        assert_eq!(sign("aa", &now), "b5745bf1f4721a0d16e9a68cb7513032");
    }

    #[test]
    fn a_sign_among_the_inputs_is_ignored() {
        assert_eq!(sign("s", &[("a", "1"), ("sign", "anything")]), "585b98956d9738edec5cbd8443f7a228");
    }

    #[test]
    fn the_body_is_signed_as_it_was_sent() {
        let query = Form::read(b"key=wdt_test&method=system.Core.now&salt=dd&sid=wdtapi3&timestamp=100&v=1.0").unwrap();
        assert!(verify(&query, b"[]", "aa", "b5745bf1f4721a0d16e9a68cb7513032"));
        assert!(!verify(&query, b"[ ]", "aa", "b5745bf1f4721a0d16e9a68cb7513032"));
    }
}
