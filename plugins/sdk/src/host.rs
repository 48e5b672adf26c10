//! The host from a connector's view: one trait over the contract's imports.

use crate::{Algorithm, Capture, Effect, HttpError, Level, Refusal, Refused, Response};

/// A secret, or a value derived from secrets, by the host's number for it. Its bytes stay in the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret(pub(crate) usize);

/// A piece of something that is digested or sent.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Bytes of the connector.
    Bytes(&'a [u8]),
    /// A secret that the host inserts here.
    Secret(Secret, crate::Encoding),
}

impl<'a> Part<'a> {
    /// A text of the connector.
    #[must_use]
    pub fn text(text: &'a str) -> Part<'a> {
        Part::Bytes(text.as_bytes())
    }
}

/// An HTTP request, to an origin that the operator granted. See `http.request` in the contract.
#[derive(Debug)]
pub struct Request<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// Scheme, host, port and path, without a query.
    pub url: &'a str,
    /// The part after the `?`, as sent.
    pub query: &'a [Part<'a>],
    /// Names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The parts of the body.
    pub body: &'a [Part<'a>],
    /// The request's effect at the provider.
    pub effect: Effect<'a>,
    /// Strings that the host takes out of the answer.
    pub capture: &'a [Capture<'a>],
}

/// The contract's imports. Inside a component these are the real ones; natively, a `native::NativeHost`.
pub trait Host {
    /// Sends a request and waits for its answer, within the remaining time of the call.
    ///
    /// # Errors
    /// Why there is no answer, and whether anything was sent.
    fn send(&self, request: &Request<'_>) -> Result<Response, HttpError>;

    /// A setting of the account, or the descriptor's default.
    fn setting(&self, name: &str) -> Option<String>;

    /// A secret of the account.
    ///
    /// # Errors
    /// It is not configured, or its lifetime is over.
    fn secret(&self, name: &str) -> Result<Secret, Refusal>;

    /// Concatenates the parts into one secret.
    ///
    /// # Errors
    /// The account's limits on secrets are reached.
    fn join(&self, parts: &[Part<'_>]) -> Result<Secret, Refusal>;

    /// Digest of the concatenated parts.
    ///
    /// # Errors
    /// The account's limits on digests are reached.
    fn digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal>;

    /// HMAC of the concatenated parts.
    ///
    /// # Errors
    /// The account's limits on digests are reached.
    fn hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal>;

    /// [`Host::digest`] with a secret as the result.
    ///
    /// # Errors
    /// The account's limits on secrets and digests are reached.
    fn derive_digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Secret, Refusal>;

    /// [`Host::hmac`] with a secret as the result.
    ///
    /// # Errors
    /// The account's limits on secrets and digests are reached.
    fn derive_hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Secret, Refusal>;

    /// The current time, in milliseconds since the Unix epoch, UTC.
    fn now(&self) -> i64;

    /// Writes a line to the operator's log.
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]);

    /// A required setting.
    ///
    /// # Errors
    /// The operator configured none and the descriptor gives no default.
    fn required_setting(&self, name: &str) -> Result<String, Refused> {
        self.setting(name).ok_or_else(|| Refused::setting(name))
    }

    /// A setting that is `true` or `false`; false if it has neither a value nor a default.
    ///
    /// # Errors
    /// It has another value.
    fn switch(&self, name: &str) -> Result<bool, Refused> {
        match self.setting(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Refused::wrong_setting(name, format!("`{other}` is neither true nor false"))),
        }
    }

    /// A required secret.
    ///
    /// # Errors
    /// It is not configured, or its lifetime is over.
    fn required_secret(&self, name: &str) -> Result<Secret, Refused> {
        self.secret(name).map_err(|refusal| Refused::secret(name, refusal))
    }

    /// An optional secret.
    ///
    /// # Errors
    /// It is configured, and its lifetime is over or the account's limits are reached.
    fn optional_secret(&self, name: &str) -> Result<Option<Secret>, Refused> {
        match self.secret(name) {
            Ok(secret) => Ok(Some(secret)),
            Err(Refusal::Missing) => Ok(None),
            Err(refusal) => Err(Refused::secret(name, refusal)),
        }
    }

    /// [`Host::digest`] with an error that ends the operation before anything is sent.
    ///
    /// # Errors
    /// The account's limits on digests are reached.
    fn sign(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Vec<u8>, Refused> {
        self.digest(algorithm, parts).map_err(|refusal| Refused::secret("", refusal))
    }

    /// [`Host::hmac`] with an error that ends the operation before anything is sent.
    ///
    /// # Errors
    /// The account's limits on digests are reached.
    fn sign_hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Vec<u8>, Refused> {
        self.hmac(algorithm, key, parts).map_err(|refusal| Refused::secret("", refusal))
    }

    /// The current time, as the providers write times: see [`crate::china_time`].
    ///
    /// # Errors
    /// The clock is outside the years 0 to 9999.
    fn beijing_time(&self) -> Result<String, Refused> {
        crate::china_time::format(self.now())
            .ok_or_else(|| Refused::internal("the host's clock is at a time that no provider can read"))
    }
}
