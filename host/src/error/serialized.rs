//! Serialised form of an error, for programs of other languages: its names are stable across releases.

use serde::{Serialize, Serializer};
use stockbridge_model::Extras;

use super::{Error, ErrorClass, Outcome, Place, WriteFailure};

/// Unknown values are null.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Serialized<'a> {
    code: &'static str,
    class: ErrorClass,
    message: String,
    outcome: Option<Outcome>,
    account: Option<&'a str>,
    place: Option<&'a Place>,
    path: Option<&'a str>,
    provider_code: Option<&'a str>,
    provider_message: Option<&'a str>,
    retry_after_ms: Option<u64>,
    limited_method: Option<&'a str>,
    extras: Option<&'a Extras>,
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let provider = self.provider();
        Serialized {
            code: self.code(),
            class: self.class(),
            message: self.to_string(),
            outcome: self.outcome(),
            account: self.account(),
            place: self.place(),
            path: self.path(),
            provider_code: self.provider_code(),
            provider_message: self.provider_message(),
            // Rounded up: a retry even a moment earlier would be refused again.
            retry_after_ms: self
                .retry_after()
                .map(|wait| u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)),
            limited_method: provider.and_then(|failure| failure.limited_method.as_deref()),
            extras: provider.map(|failure| &failure.extras).filter(|extras| !extras.is_empty()),
        }
        .serialize(serializer)
    }
}

impl Serialize for WriteFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.error().serialize(serializer)
    }
}
