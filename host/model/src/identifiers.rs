//! Identifiers of items, warehouses and writes, and the condition of goods.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares a provider's identifier as a type of its own, so that one cannot be used for another.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as the provider writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }
    };
}

name! {
    /// An item by the provider's code for it (Wangdiantong's `spec_no`, TOP's `item_code`, Winit's `merchandiseCode`).
    Sku
}

name! {
    /// A warehouse by the provider's code for it.
    Warehouse
}

/// The caller's reference for a write: 1 to 40 characters of letters, digits, `-` and `_`.
///
/// A write carries the same reference however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference(String);

impl Reference {
    /// A new unique reference: a UUID of version 7, so that references sort by the time of their creation.
    #[must_use]
    pub fn generate() -> Reference {
        Reference(uuid::Uuid::now_v7().to_string())
    }

    /// The reference as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not a valid reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a reference: write 1 to 40 letters, digits, `-` and `_`")]
pub struct BadReference(String);

impl TryFrom<String> for Reference {
    type Error = BadReference;
    fn try_from(text: String) -> Result<Self, BadReference> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=40).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Reference(text))
        } else {
            Err(BadReference(text))
        }
    }
}

impl FromStr for Reference {
    type Err = BadReference;
    fn from_str(text: &str) -> Result<Self, BadReference> {
        Reference::try_from(text.to_owned())
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> String {
        reference.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// Condition of goods.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Fit for sale.
    Sellable,
    /// Not fit for sale.
    Defective,
    /// A more specific condition, by the provider's own code (TOP: `JS`, `XS`, `LQC` …).
    Other(String),
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Condition::Sellable => "sellable",
            Condition::Defective => "defective",
            Condition::Other(code) => code,
        })
    }
}
