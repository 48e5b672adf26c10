//! What an application has at hand, where a part of a configuration is wanted: paths and bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{CacheConfig, ConnectorSource};

/// A path, in each form that an application has one.
macro_rules! from_path {
    ($name:ident, $make:expr) => {
        impl From<PathBuf> for $name {
            fn from(path: PathBuf) -> $name {
                $make(path)
            }
        }
        from_path!($name, $make, &str, &Path, &String, &PathBuf, String);
    };
    ($name:ident, $make:expr, $($path:ty),+) => {
        $(impl From<$path> for $name {
            fn from(path: $path) -> $name {
                $make(PathBuf::from(path))
            }
        })+
    };
}

from_path!(ConnectorSource, ConnectorSource::File);
from_path!(CacheConfig, CacheConfig::new);

/// A component's bytes, in each form that an application has them.
macro_rules! from_bytes {
    ($($bytes:ty),+) => {
        $(impl From<$bytes> for ConnectorSource {
            fn from(bytes: $bytes) -> ConnectorSource {
                ConnectorSource::Bytes(Arc::from(bytes))
            }
        })+
    };
}

from_bytes!(Vec<u8>, Box<[u8]>, Arc<[u8]>, &[u8]);

/// What `include_bytes!` gives.
impl<const LENGTH: usize> From<&[u8; LENGTH]> for ConnectorSource {
    fn from(bytes: &[u8; LENGTH]) -> ConnectorSource {
        ConnectorSource::from(bytes.as_slice())
    }
}

impl From<bytes::Bytes> for ConnectorSource {
    fn from(bytes: bytes::Bytes) -> ConnectorSource {
        ConnectorSource::from(&*bytes)
    }
}
