//! Why a component cannot serve as a connector.

use super::listed;

/// Why a component cannot serve as a connector.
#[derive(Debug, thiserror::Error)]
#[error("component {place}: {problem}")]
#[non_exhaustive]
pub struct ComponentError {
    /// Where the component came from: a file, or `(in memory)`.
    pub place: String,
    /// What is wrong with it.
    pub problem: ComponentProblem,
}

/// What is wrong with a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentProblem {
    /// The file cannot be read.
    #[error("cannot be read: {0}; give the path of a connector's .wasm file")]
    Unreadable(std::io::Error),
    /// The file is larger than any connector should be.
    #[error("has {size} bytes; a component may have at most {limit}")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The most that is taken.
        limit: u64,
    },
    /// It makes more instances of itself than any connector needs.
    #[error("makes {instances} instances of the modules and components in it; a component may make at most {limit}")]
    Instances {
        /// How many.
        instances: u64,
        /// The most that are taken.
        limit: u64,
    },
    /// Not a WebAssembly component.
    #[error(
        "is no valid WebAssembly component: {0}; build it for the component model, as `cargo xtask connectors` does"
    )]
    Malformed(String),
    /// Machine code that an engine compiled earlier. It cannot be checked, so it would run without any sandbox.
    #[error(
        "is precompiled machine code, which is never taken from outside because nothing can check it; \
         give the component that it was compiled from"
    )]
    Precompiled,
    /// Made for a version of the contract that this host does not know.
    #[error(
        "was built for {found}; this host knows {known}: rebuild the connector, or use a host that knows its contract"
    )]
    ContractVersion {
        /// The interface that the component has.
        found: String,
        /// The versions that this host knows.
        known: &'static str,
    },
    /// It asks for something that no connector gets.
    #[error(
        "imports {}, which no connector is given; there are the contract's http, settings, secrets, clock and log, and \
         WASI 0.2 with nothing granted: cli, clocks, filesystem, io, random and sockets",
        listed(.0)
    )]
    Imports(Vec<String>),
    /// It lacks what a connector must have.
    #[error("does not export {0}; a connector exports the contract's metadata and inventory")]
    Exports(String),
    /// Its `describe` failed or answered nonsense.
    #[error("does not describe itself: {0}")]
    Describe(String),
}
