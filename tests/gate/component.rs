//! Components with custom sections, or without.

use std::borrow::Cow;

use serde_json::Value;
pub(crate) use stockbridge_tests::bare;
use stockbridge_tests::connector;
use wasm_encoder::{ComponentSection as _, CustomSection};

/// The custom section of the vectors.
pub(crate) const VECTORS: &str = "stockbridge:vectors";

/// A shipped connector.
pub(crate) fn shipped(name: &str) -> Vec<u8> {
    std::fs::read(connector(name)).unwrap()
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
