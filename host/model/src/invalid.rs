//! Errors in an order or a query itself, whatever the provider.

/// A field of an order or a query that is invalid with every provider. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
#[non_exhaustive]
pub struct Invalid {
    /// Path of the field, such as `lines[2].quantity`.
    pub path: String,
    /// What is wrong with the field and what would be right.
    pub problem: String,
}

impl Invalid {
    /// An error at this path, with its problem.
    #[must_use]
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Invalid {
        Invalid { path: path.into(), problem: problem.into() }
    }
}
