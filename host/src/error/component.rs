//! Why a component cannot serve as a connector.

use std::fmt;
use std::time::Duration;

use stockbridge_model::Digest;

use super::listed;

/// Why a component cannot serve as a connector.
#[derive(Debug)]
#[non_exhaustive]
pub struct ComponentError {
    /// Where the component came from: a file, or `(in memory)`.
    pub place: String,
    /// What is wrong with it.
    pub problem: ComponentProblem,
}

impl fmt::Display for ComponentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "component {}: {}", self.place, self.problem)
    }
}

/// The problem is told by its text: what is underneath that is the source.
impl std::error::Error for ComponentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.problem)
    }
}

/// What is wrong with a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentProblem {
    /// The file cannot be read.
    #[error("cannot be read ({0}); give the path of a connector's .wasm file")]
    Unreadable(#[source] std::io::Error),
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
    /// It takes what this program was built without.
    #[error(
        "{what}, and this program was built without the feature `{feature}` of the crate `stockbridge`; build it with that"
    )]
    Feature {
        /// What the component does, or needs.
        what: String,
        /// The feature's name.
        feature: &'static str,
    },
    /// It lacks what a connector must have.
    #[error("does not export {0}; a connector exports the contract's metadata and inventory")]
    Exports(String),
    /// Its `describe` failed or answered nonsense.
    #[error("does not describe itself: {0}")]
    Describe(String),
    /// It is another file than the one that the configuration pins.
    #[error(
        "has the SHA-256 {found}, and the configuration pins {pinned}; put the pinned version there, or pin this one once \
         it is known to be good"
    )]
    Digest {
        /// The digest that it has.
        found: Digest,
        /// The digest that the account's `sha256` says.
        pinned: Digest,
    },
    /// None of the configuration's keys signed it.
    #[error(transparent)]
    Signature(#[from] SignatureProblem),
    /// It does not do what its signature vectors say, or has none that can be read.
    #[error(transparent)]
    Vectors(#[from] VectorProblem),
}

/// Why a component does not count as signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// There is no signature.
    #[error(
        "is not signed, and the configuration's `signed-by` wants that: there is no {file}; get it from who published the \
         component, or make it with `minisign -S -m` and the component's path"
    )]
    Missing {
        /// Where it should be.
        file: String,
    },
    /// A component in memory came without its signature.
    #[error(
        "is not signed, and the configuration's `signed-by` wants that; give `AccountConfig::signature` its minisig text"
    )]
    NotGiven,
    /// The signature's file cannot be read.
    #[error("is signed by {file}, which cannot be read ({error}); make it a readable file")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        #[source]
        error: std::io::Error,
    },
    /// The signature's file is no signature.
    #[error("is signed by {file}, which has more than {limit} bytes; that is no signature of minisign")]
    TooLarge {
        /// The file.
        file: String,
        /// The most that is read.
        limit: u64,
    },
    /// It is no signature.
    #[error(
        "has a signature that is none of minisign: it takes four lines, from `untrusted comment:` on; get it again"
    )]
    Malformed,
    /// Who signed it is nobody that the configuration knows.
    #[error(
        "was signed by the key {signed_by}, which is none of the configuration's `signed-by`; add that public key if its \
         owner is to be trusted"
    )]
    OtherKey {
        /// The number of the key that the signature names.
        signed_by: String,
    },
    /// A trusted key signed it as another connector than it is trusted for.
    #[error(
        "was signed by a trusted key as the connector `{found}`, and `signed-by` trusts it for `{trusted}`; get that one, or sign with \
         `name:{trusted}` in minisign's trusted comment"
    )]
    OtherName {
        /// What the trusted comment says, or `none`.
        found: String,
        /// What the key is trusted for.
        trusted: String,
    },
    /// A trusted key signed it as an older version than it is trusted for.
    #[error(
        "was signed by a trusted key as version {found}, and `signed-by` trusts it from {trusted} on; get a newer one, or sign with its \
         `version:` in minisign's trusted comment"
    )]
    Older {
        /// What the trusted comment says, or `none`.
        found: String,
        /// The least version that the key is trusted for.
        trusted: String,
    },
    /// The signature was made over other bytes.
    #[error(
        "has a signature by a trusted key that does not hold: the component or its signature was changed after it was \
         signed; get both again, of the same version"
    )]
    OtherBytes,
    /// The signature is of minisign's old format, over the file itself rather than its hash.
    #[error(
        "has a signature of minisign's legacy format; sign it again with minisign 0.10 or newer, which hashes first"
    )]
    Legacy,
}

/// Why a component's signature vectors keep it from serving.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorProblem {
    /// The section is larger than any should be.
    #[error("has signature vectors of {size} bytes; the limit is {limit}")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The section is there twice.
    #[error("has two sections `stockbridge:vectors`; embed the vectors once, in the component as it was built")]
    Twice,
    /// They are not written as vectors are.
    #[error("has signature vectors that cannot be read: {0}; wit/vectors.md says how they are written")]
    Malformed(String),
    /// There are none, and the configuration wants some.
    #[error(
        "ships no signature vectors, and the configuration has `require-vectors`; ask its author for them, or embed some \
         with `stockbridge embed`"
    )]
    Missing,
    /// What comes out is something else than a vector says.
    #[error("differs from its signature vector `{vector}`: {difference}; this version does not serve")]
    Differs {
        /// The vector's name.
        vector: String,
        /// What differs first.
        difference: String,
    },
    /// They take too long.
    #[error("was at its signature vector `{vector}` when the time for all of them was up, {} ms; this version does not serve", .limit.as_millis())]
    Slow {
        /// The vector that it was at.
        vector: String,
        /// The time for all vectors.
        limit: Duration,
    },
}
