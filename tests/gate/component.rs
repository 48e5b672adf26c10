//! Components with custom sections, or without.

use std::borrow::Cow;

use serde_json::Value;
use stockbridge_tests::connector;
use wasm_encoder::{ComponentSection as _, CustomSection};

/// The custom section of the vectors.
pub(crate) const VECTORS: &str = "stockbridge:vectors";

/// A shipped connector.
pub(crate) fn shipped(name: &str) -> Vec<u8> {
    std::fs::read(connector(name)).unwrap()
}

/// The same without its version and its vectors.
pub(crate) fn bare(name: &str) -> Vec<u8> {
    let whole = shipped(name);
    let mut bare = whole[..8].to_vec();
    let mut rest = &whole[8..];
    while let Some((&id, after)) = rest.split_first() {
        let (size, body) = number(after);
        let (section, next) = rest.split_at(rest.len() - body.len() + size);
        let named = |name: &str| {
            let (length, text) = number(body);
            id == 0 && &text[..length] == name.as_bytes()
        };
        if !named(VECTORS) && !named("version") {
            bare.extend_from_slice(section);
        }
        rest = next;
    }
    bare
}

/// A LEB128 number, and the bytes after it.
fn number(bytes: &[u8]) -> (usize, &[u8]) {
    let length = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
    let (digits, rest) = bytes.split_at(length);
    (digits.iter().rev().fold(0, |number, digit| number << 7 | usize::from(digit & 0x7f)), rest)
}

/// The component with an additional custom section.
pub(crate) fn with_section(mut component: Vec<u8>, name: &str, data: &[u8]) -> Vec<u8> {
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to_component(&mut component);
    component
}

/// The component with these vectors.
pub(crate) fn with_vectors(component: Vec<u8>, vectors: &[Value]) -> Vec<u8> {
    with_section(component, VECTORS, serde_json::to_string(vectors).unwrap().as_bytes())
}
