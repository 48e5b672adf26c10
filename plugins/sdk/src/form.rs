//! application/x-www-form-urlencoded, for bodies and query strings.

use crate::hex;

/// Appends `name=value`, separated by `&`, with space written as `+`.
pub fn push(form: &mut String, name: &str, value: &str) {
    form.reserve(name.len() + value.len() + 2);
    if !form.is_empty() {
        form.push('&');
    }
    encode(form, name);
    form.push('=');
    encode(form, value);
}

/// Encodes the pairs as one form.
#[must_use]
pub fn encoded<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    // The common parameters of a request alone need this much: growing from nothing would copy them a few times.
    let mut form = String::with_capacity(256);
    for (name, value) in pairs {
        push(&mut form, name, value);
    }
    form
}

/// Encodes one value.
#[must_use]
pub fn value(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    encode(&mut form, text);
    form
}

/// Most of the text is plain: it is copied in runs.
fn encode(form: &mut String, text: &str) {
    let mut rest = text;
    while let Some(other) = rest.bytes().position(|byte| !is_plain(byte)) {
        let (plain, tail) = rest.split_at(other);
        form.push_str(plain);
        let others = tail.bytes().position(is_plain).unwrap_or(tail.len());
        let (others, tail) = tail.split_at(others);
        for byte in others.bytes() {
            match byte {
                b' ' => form.push('+'),
                _ => {
                    form.push('%');
                    hex::push(form, byte, hex::UPPER);
                }
            }
        }
        rest = tail;
    }
    form.push_str(rest);
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_percent_encoded_as_utf8() {
        assert_eq!(encoded([("a b", "1&2=3"), ("名", "货~*")]), "a+b=1%262%3D3&%E5%90%8D=%E8%B4%A7%7E*");
    }
}
