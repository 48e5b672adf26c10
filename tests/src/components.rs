//! The components under test, as `cargo xtask test` builds them.

use std::path::{Path, PathBuf};

/// A connector's component: `connector("winit")`.
///
/// # Panics
/// It was not built.
#[must_use]
pub fn connector(name: &str) -> PathBuf {
    built("connectors", name)
}

/// A connector's component without its version and its vectors.
///
/// # Panics
/// It was not built.
#[must_use]
pub fn bare(name: &str) -> Vec<u8> {
    let whole = std::fs::read(connector(name)).unwrap();
    let mut bare = whole[..8].to_vec();
    let mut rest = &whole[8..];
    while let Some((&id, after)) = rest.split_first() {
        let (size, body) = number(after);
        let (section, next) = rest.split_at(rest.len() - body.len() + size);
        let named = |name: &str| {
            let (length, text) = number(body);
            id == 0 && &text[..length] == name.as_bytes()
        };
        if !named("stockbridge:vectors") && !named("version") {
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

/// A component for tests only, from `tests/components`.
///
/// # Panics
/// It was not built.
#[must_use]
pub fn test_component(name: &str) -> PathBuf {
    built("test-components", name)
}

/// A hostile guest, from `tests/hostile`.
///
/// # Panics
/// It was not built.
#[must_use]
pub fn hostile_guest(name: &str) -> PathBuf {
    built("hostile", name)
}

/// Another version of a component: the same with an additional custom section.
///
/// # Panics
/// The component cannot be read.
#[must_use]
pub fn version(component: &Path, number: u32) -> Vec<u8> {
    const NAME: &[u8] = b"of-a-test";
    let mut bytes = std::fs::read(component).unwrap();
    let content = [&[NAME.len() as u8], NAME, &number.to_le_bytes()].concat();
    bytes.extend([0, content.len() as u8]);
    bytes.extend(content);
    bytes
}

fn built(kind: &str, name: &str) -> PathBuf {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |given| root.join(given));
    let path = target.join(kind).join(format!("{name}.wasm"));
    assert!(path.exists(), "{} is missing: these tests are run by `cargo xtask test`, which builds it", path.display());
    path
}
