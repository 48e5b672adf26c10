//! Form of a component, checked before anything in it is compiled: that it is a component, how many instances it makes, and its
//! custom sections for the host.

use stockbridge_model::sanitize::one_line;
use wasmparser::{Encoding, Parser, Payload};
use wasmtime::Engine;

use super::{instance_count, vectors};
use crate::error::{ComponentProblem, VectorProblem};

/// The custom section with the human-readable version, as the tools of the component model write it.
pub(crate) const VERSION_SECTION: &str = "version";
/// Maximum version that is shown, in bytes.
const LONGEST_VERSION: usize = 64;

/// A component's custom sections for the host.
#[derive(Debug, Default)]
pub(crate) struct Sections {
    /// The human-readable version, on one line.
    pub(crate) version: Option<String>,
    /// The signature vectors, as JSON.
    pub(crate) vectors: Option<Vec<u8>>,
}

impl Sections {
    /// Number of signature vectors; 0 if they cannot be read.
    pub(crate) fn vectors(&self) -> usize {
        vectors::count(self.vectors.as_deref())
    }

    /// Stores a custom section, if it is for the host.
    fn take(&mut self, name: &str, data: &[u8]) -> Result<(), VectorProblem> {
        match name {
            VERSION_SECTION if self.version.is_none() => self.version = version(data),
            vectors::SECTION if self.vectors.is_some() => return Err(VectorProblem::Twice),
            vectors::SECTION => self.vectors = Some(vectors::bounded(data)?.to_vec()),
            _ => {}
        }
        Ok(())
    }
}

/// Checks that these bytes have the form of a component, by their sections, and returns the sections for the host. The compiler
/// checks the code later, once digest and signature are verified.
pub(crate) fn sections_of(bytes: &[u8]) -> Result<Sections, ComponentProblem> {
    binary(bytes)?;
    let sections = sections(bytes)?;
    match instance_count::instances(bytes).filter(|instances| *instances > instance_count::MOST) {
        Some(instances) => Err(ComponentProblem::Instances { instances, limit: instance_count::MOST }),
        None => Ok(sections),
    }
}

/// Reports precompiled code, core modules and text as such.
fn binary(bytes: &[u8]) -> Result<(), ComponentProblem> {
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(ComponentProblem::Precompiled);
    }
    if bytes.starts_with(b"\0asm\x01\0\0\0") {
        return Err(ComponentProblem::Malformed("it is a core module".to_owned()));
    }
    if bytes.trim_ascii_start().starts_with(b"(") {
        return Err(ComponentProblem::Malformed("it is WebAssembly text".to_owned()));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(ComponentProblem::Malformed("it does not begin as WebAssembly does".to_owned()));
    }
    Ok(())
}

/// The component's own custom sections, without those of nested modules and components.
fn sections(bytes: &[u8]) -> Result<Sections, ComponentProblem> {
    let mut sections = Sections::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| ComponentProblem::Malformed(format!("its bytes are malformed ({error})")))? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                return Err(ComponentProblem::Malformed("it is a core module".to_owned()));
            }
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 1 => sections.take(section.name(), section.data())?,
            _ => {}
        }
    }
    Ok(sections)
}

/// The version as text. It is informational, so an odd one is no reason to refuse the component.
fn version(data: &[u8]) -> Option<String> {
    let beginning = data.get(..LONGEST_VERSION.saturating_mul(4)).unwrap_or(data);
    let version = one_line(String::from_utf8_lossy(beginning).trim(), LONGEST_VERSION);
    Some(version).filter(|version| !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_is_shown_on_one_line_and_cut() {
        assert_eq!(version(b"1.2.3\n").as_deref(), Some("1.2.3"));
        assert_eq!(version(b"1\x1b[2J\n2").as_deref(), Some("1\\u{1b}[2J\\u{a}2"));
        assert_eq!(version(b" "), None);
        assert!(version(&[b'9'; 5000]).unwrap().len() <= 64 + '…'.len_utf8());
        assert_eq!(version(b"\xff").as_deref(), Some("\u{fffd}"));
    }
}
