//! Sources of components, and their bytes.

use std::fmt;
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stockbridge_model::{Digest, named_file};

use crate::blocking::blocking;
use crate::error::{ComponentProblem, Error};

/// Maximum component, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// Source of a connector's component.
#[derive(Clone)]
#[non_exhaustive]
pub enum ConnectorSource {
    /// A `.wasm` file.
    File(PathBuf),
    /// A component's bytes.
    Bytes(Arc<[u8]>),
}

impl ConnectorSource {
    /// Its name in errors.
    pub(crate) fn place(&self) -> String {
        match self {
            ConnectorSource::File(path) => path.display().to_string(),
            ConnectorSource::Bytes(_) => "(in memory)".to_owned(),
        }
    }
}

impl ConnectorSource {
    /// Absolute path of its file; none in memory. Symlinks are not resolved: a link that is switched to the next version is still
    /// the same connector.
    pub(crate) fn absolute_path(&self) -> Option<PathBuf> {
        match self {
            ConnectorSource::File(path) => Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            ConnectorSource::Bytes(_) => None,
        }
    }
}

impl fmt::Debug for ConnectorSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectorSource::File(path) => write!(formatter, "{}", path.display()),
            ConnectorSource::Bytes(bytes) => write!(formatter, "({} bytes in memory)", bytes.len()),
        }
    }
}

/// A component's bytes, and its name in errors.
pub(crate) struct ComponentBytes {
    pub(crate) place: String,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) digest: Digest,
}

impl ComponentBytes {
    pub(crate) async fn read(source: &ConnectorSource) -> Result<ComponentBytes, Error> {
        let place = source.place();
        let bytes = match source {
            ConnectorSource::Bytes(bytes) => {
                let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                if size > LARGEST {
                    return Err(Error::component(place, ComponentProblem::TooLarge { size, limit: LARGEST }));
                }
                bytes.clone()
            }
            ConnectorSource::File(path) => {
                let path = path.clone();
                blocking(move || file(&path)).await??.into()
            }
        };
        let digest = Digest::of(&bytes);
        Ok(ComponentBytes { place, bytes, digest })
    }
}

fn file(path: &Path) -> Result<Vec<u8>, Error> {
    match named_file::read(path, LARGEST, named_file::Kind::Regular) {
        Ok((mut bytes, _)) => Ok(std::mem::take(&mut *bytes)),
        Err(error) if error.kind() == IoErrorKind::FileTooLarge => {
            let size = std::fs::metadata(path).map_or(LARGEST + 1, |found| found.len());
            Err(Error::component(path.display().to_string(), ComponentProblem::TooLarge { size, limit: LARGEST }))
        }
        Err(error) => Err(Error::unreadable(path, error)),
    }
}
