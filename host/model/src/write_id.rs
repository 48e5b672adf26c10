//! The number of a write in its journal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Number of a write in its journal: 1 for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WriteId(pub u64);

impl fmt::Display for WriteId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for WriteId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<WriteId, Self::Err> {
        text.parse().map(WriteId)
    }
}
