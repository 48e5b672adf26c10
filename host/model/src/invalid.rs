//! What is wrong with an order or a query in itself, whatever the provider.

/// A field of an order or a query that cannot be right with any provider. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
#[non_exhaustive]
pub struct Invalid {
    /// The field, as in `lines[2].quantity`.
    pub path: String,
    /// What is wrong with it and what would be right.
    pub problem: String,
}

impl Invalid {
    /// The field, and what is wrong with it.
    #[must_use]
    pub fn new(path: impl Into<String>, problem: impl Into<String>) -> Invalid {
        Invalid { path: path.into(), problem: problem.into() }
    }
}
