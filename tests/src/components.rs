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
