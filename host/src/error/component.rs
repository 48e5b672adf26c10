//! Errors of components: why one cannot serve as a connector.

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

/// The text contains the problem, so the source is the problem's own source.
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
        /// The limit.
        limit: u64,
    },
    /// It makes more instances than any connector needs.
    #[error("makes {instances} instances of the modules and components in it; a component may make at most {limit}")]
    Instances {
        /// Number of instances.
        instances: u64,
        /// The limit.
        limit: u64,
    },
    /// Not a WebAssembly component.
    #[error(
        "is no valid WebAssembly component: {0}; build it for the component model, as `cargo xtask connectors` does"
    )]
    Malformed(String),
    /// Machine code compiled by an engine. It cannot be checked, so it would run without any sandbox.
    #[error(
        "is precompiled machine code, which is never taken from outside because nothing can check it; \
         give the component that it was compiled from"
    )]
    Precompiled,
    /// Built for a contract version that this host does not know.
    #[error(
        "was built for {found}; this host knows {known}: rebuild the connector, or use a host that knows its contract"
    )]
    ContractVersion {
        /// The interface that the component has.
        found: String,
        /// The versions that this host knows.
        known: &'static str,
    },
    /// It imports something that no connector is given.
    #[error(
        "imports {}, which no connector is given; there are the contract's http, settings, secrets, clock and log, and \
         WASI 0.2 with nothing granted: cli, clocks, filesystem, io, random and sockets",
        listed(.0)
    )]
    Imports(Vec<String>),
    /// It needs a feature that this program was built without.
    #[error(
        "{what}, and this program was built without the feature `{feature}` of the crate `stockbridge`; build it with that"
    )]
    Feature {
        /// What the component does, or needs.
        what: String,
        /// The feature's name.
        feature: &'static str,
    },
    /// It lacks a required export.
    #[error("does not export {0}; a connector exports the contract's metadata and inventory")]
    Exports(String),
    /// Its `describe` failed or returned an invalid descriptor.
    #[error("does not describe itself: {0}")]
    Describe(String),
    /// Its digest is not the one that the configuration pins.
    #[error(
        "has the SHA-256 {found}, and the configuration pins {pinned}; put the pinned version there, or pin this one once \
         it is known to be good"
    )]
    Digest {
        /// Its digest.
        found: Digest,
        /// The digest in the account's `sha256`.
        pinned: Digest,
    },
    /// None of the configuration's keys signed it.
    #[error(transparent)]
    Signature(#[from] SignatureProblem),
    /// It does not follow its signature vectors, or they cannot be read.
    #[error(transparent)]
    Vectors(#[from] VectorProblem),
}

/// Why a component does not count as signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// There is no signature.
    #[error(
        "is not signed, and the configuration's `signed-by` requires it: there is no {file}; get it from the component's \
        publisher, or make it with `minisign -S -m` and the component's path"
    )]
    Missing {
        /// Path at which it was expected.
        file: String,
    },
    /// A component in memory came without its signature.
    #[error(
        "is not signed, and the configuration's `signed-by` requires it; give `AccountConfig::signature` its minisig text"
    )]
    NotGiven,
    /// The signature's file cannot be read.
    #[error("is signed by {file}, which cannot be read ({error}); make it a readable file")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's error.
        #[source]
        error: std::io::Error,
    },
    /// The signature's file is too large for a signature.
    #[error("is signed by {file}, which has more than {limit} bytes; that is no signature of minisign")]
    TooLarge {
        /// The file.
        file: String,
        /// The limit.
        limit: u64,
    },
    /// The signature's text is malformed.
    #[error("has a malformed minisign signature: it takes four lines, from `untrusted comment:` on; get it again")]
    Malformed,
    /// A key that the configuration does not list signed it.
    #[error(
        "was signed by the key {signed_by}, which is none of the configuration's `signed-by`; add that public key if its \
         owner is to be trusted"
    )]
    OtherKey {
        /// The number of the key that the signature names.
        signed_by: String,
    },
    /// A trusted key signed it as a connector that the key is not trusted for.
    #[error(
        "was signed by a trusted key as the connector `{found}`, and `signed-by` trusts it for `{trusted}`; get that one, or sign with \
         `name:{trusted}` in minisign's trusted comment"
    )]
    OtherName {
        /// The name in the trusted comment, or `none`.
        found: String,
        /// The name that the key is trusted for.
        trusted: String,
    },
    /// A trusted key signed it as a version older than the key is trusted for.
    #[error(
        "was signed by a trusted key as version {found}, and `signed-by` trusts it from {trusted} on; get a newer one, or sign with its \
         `version:` in minisign's trusted comment"
    )]
    Older {
        /// The version in the trusted comment, or `none`.
        found: String,
        /// The oldest version that the key is trusted for.
        trusted: String,
    },
    /// The signature was made over other bytes.
    #[error(
        "has an invalid signature by a trusted key: the component or its signature was changed after signing; get both \
        again, of the same version"
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
    /// The section is too large.
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
    /// The vectors are malformed.
    #[error("has signature vectors that cannot be read: {0}; wit/vectors.md says how they are written")]
    Malformed(String),
    /// There are none, and the configuration requires them.
    #[error(
        "ships no signature vectors, and the configuration has `require-vectors`; ask its author for them, or embed some \
         with `stockbridge embed`"
    )]
    Missing,
    /// What the component sends differs from a vector.
    #[error("differs from its signature vector `{vector}`: {difference}; this version does not serve")]
    Differs {
        /// The vector's name.
        vector: String,
        /// The first difference.
        difference: String,
    },
    /// The vectors take too long.
    #[error("was at its signature vector `{vector}` when the time for all of them was up, {} ms; this version does not serve", .limit.as_millis())]
    Slow {
        /// The vector that was running.
        vector: String,
        /// The time for all vectors.
        limit: Duration,
    },
}
