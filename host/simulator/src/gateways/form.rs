//! `application/x-www-form-urlencoded`, parsed from the raw bytes: query strings and form bodies.

/// Maximum number of parameters; the longest method has a dozen.
const MAX_PARAMETERS: usize = 200;

/// Decoded parameters in the order received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

/// Why a query string or form cannot be parsed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    #[error("a % that is not followed by two hexadecimal digits")]
    Escape,
    #[error("bytes that are not UTF-8")]
    Utf8,
    #[error("parameter `{0}` twice")]
    Repeated(String),
    #[error("more than {MAX_PARAMETERS} parameters")]
    TooMany,
}

impl Form {
    /// Parses the parameters. A repeated one is refused: signers and servers disagree about which of the two counts.
    pub(crate) fn read(bytes: &[u8]) -> Result<Form, FormError> {
        let mut form = Form::default();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut sides = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(sides.next().unwrap_or_default())?;
            let value = decode(sides.next().unwrap_or_default())?;
            form.add(name, value)?;
        }
        Ok(form)
    }

    /// Merges two forms.
    pub(crate) fn merge(mut self, other: Form) -> Result<Form, FormError> {
        for (name, value) in other.0 {
            self.add(name, value)?;
        }
        Ok(self)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), FormError> {
        if self.get(&name).is_some() {
            return Err(FormError::Repeated(name));
        }
        if self.0.len() == MAX_PARAMETERS {
            return Err(FormError::TooMany);
        }
        self.0.push((name, value));
        Ok(())
    }

    /// The value of a parameter, which may be empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that is present and not empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The first parameter that is in none of the lists.
    pub(crate) fn unknown(&self, lists: &[&[&str]]) -> Option<&str> {
        let is_known = |name: &str| lists.iter().any(|names| names.contains(&name));
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !is_known(name))
    }

    /// All parameters except `sign`, sorted by name.
    pub(crate) fn signed(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.retain(|(name, _)| *name != "sign");
        pairs.sort_unstable();
        pairs
    }

    /// The parameters that are in none of the lists, for a document.
    pub(crate) fn others(&self, left_out: &[&str]) -> std::collections::BTreeMap<String, String> {
        self.0.iter().filter(|(name, _)| !left_out.contains(&name.as_str())).cloned().collect()
    }
}

fn decode(bytes: &[u8]) -> Result<String, FormError> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(hex_digit).ok_or(FormError::Escape)?;
                let low = rest.next().and_then(hex_digit).ok_or(FormError::Escape)?;
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(decoded).map_err(|_| FormError::Utf8)
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_and_escapes_are_decoded_and_an_empty_value_is_there() {
        let form = Form::read(b"a=1+2&b=%E6%98%AF%3D&c=&d").unwrap();
        assert_eq!(form.get("a"), Some("1 2"));
        assert_eq!(form.get("b"), Some("是="));
        assert_eq!((form.get("c"), form.get("d"), form.get("e")), (Some(""), Some(""), None));
    }

    #[test]
    fn what_is_not_a_form_is_refused() {
        assert_eq!(Form::read(b"a=%4"), Err(FormError::Escape));
        assert_eq!(Form::read(b"a=%+1"), Err(FormError::Escape));
        assert_eq!(Form::read(b"a=%FF"), Err(FormError::Utf8));
        assert_eq!(Form::read(b"a=1&a=2"), Err(FormError::Repeated("a".to_owned())));
    }

    #[test]
    fn a_flood_of_parameters_is_refused() {
        let flood: String = (0..=MAX_PARAMETERS).map(|number| format!("p{number}=1&")).collect();
        assert_eq!(Form::read(flood.as_bytes()), Err(FormError::TooMany));
    }
}
