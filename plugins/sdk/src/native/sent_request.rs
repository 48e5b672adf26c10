//! Recorded requests, and accessors for tests.

use std::collections::BTreeMap;

/// Request as sent over the wire, with the values of its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    /// Method: `GET`, `POST` …
    pub method: String,
    /// URL: scheme, host, port and path.
    pub url: String,
    /// Query string, without the `?`.
    pub query: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// Body of the request.
    pub body: Vec<u8>,
    /// Key of a request marked as a write, if it has one; `None` for a read.
    pub write: Option<Option<String>>,
}

impl SentRequest {
    /// Body as text, with U+FFFD for invalid UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Pairs of a form body, in order.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&self.text())
    }

    /// Value of a field in a form body; `None` if it is missing.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        self.form().into_iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Query parameters, by name.
    #[must_use]
    pub fn parameters(&self) -> BTreeMap<String, String> {
        pairs(&self.query).into_iter().collect()
    }
}

/// Pairs of a form or a query string, in order.
fn pairs(form: &str) -> Vec<(String, String)> {
    let pairs = form.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// Decodes application/x-www-form-urlencoded. Invalid escapes stay unchanged.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.split_first_chunk::<2>().filter(|_| *first == b'%');
        let escaped = escape.and_then(|(digits, _)| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match (escaped, escape) {
            (Some(byte), Some((_, tail))) => {
                bytes.push(byte);
                rest = tail;
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
        assert_eq!(decoded("%4%zz%E"), "%4%zz%E", "invalid escapes");
    }
}
