//! application/x-www-form-urlencoded, for bodies and query strings.

/// Appends `name=value` to what is there, with `&` between, and space written as `+`.
pub fn push(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    encode(form, name);
    form.push('=');
    encode(form, value);
}

/// The pairs as one form.
#[must_use]
pub fn encoded<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        push(&mut form, name, value);
    }
    form
}

/// One value.
#[must_use]
pub fn value(text: &str) -> String {
    let mut form = String::new();
    encode(&mut form, text);
    form
}

fn encode(form: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => form.push(char::from(byte)),
            b' ' => form.push('+'),
            _ => {
                form.push('%');
                for digit in [byte >> 4, byte & 15] {
                    form.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_percent_encoded_as_utf8() {
        assert_eq!(encoded([("a b", "1&2=3"), ("名", "货~*")]), "a+b=1%262%3D3&%E5%90%8D=%E8%B4%A7%7E*");
    }
}
