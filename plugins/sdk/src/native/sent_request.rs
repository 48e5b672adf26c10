//! What was sent, and how a test reads it.

use std::collections::BTreeMap;

/// A request as it would go over the wire, with the secrets in their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    /// `GET`, `POST` …
    pub method: String,
    /// Scheme, host, port and path.
    pub url: String,
    /// What follows the `?`.
    pub query: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether it was marked as a write, and with which key.
    pub write: Option<Option<String>>,
}

impl SentRequest {
    /// The body as text: what is no text shows as U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body's pairs, in their order, where it is a form.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.text())
    }

    /// The value of this field, where the body is a form that has it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        self.form().into_iter().find_map(|(given, value)| (given == name).then_some(value))
    }

    /// The query's parameters, by name.
    #[must_use]
    pub fn parameters(&self) -> BTreeMap<String, String> {
        pairs(&self.query).into_iter().collect()
    }
}

/// The pairs of a form or a query string, in their order.
fn pairs(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The reverse of application/x-www-form-urlencoded. What is no escape stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.split_first_chunk::<2>().filter(|_| *first == b'%');
        let escaped = escape.and_then(|(digits, _)| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match (escaped, escape) {
            (Some(byte), Some((_, behind))) => {
                bytes.push(byte);
                rest = behind;
            }
            _ => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::encoded;

    #[test]
    fn a_form_is_read_as_it_was_written() {
        let written = [("a b", "1&2=3"), ("名", "货~*%"), ("", ""), ("a b", "+")];
        let pairs = pairs(&encoded(written));
        assert_eq!(pairs, written.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(decoded("%4%zz%E"), "%4%zz%E", "what is no escape");
    }
}
