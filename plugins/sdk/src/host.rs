//! The host as a connector sees it: one trait over the contract's imports.

use crate::{Algorithm, Capture, Effect, HttpError, Level, Refusal, Refused, Response};

/// A secret, or a value derived from secrets, by the host's own number for it. Its bytes are never here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret(pub(crate) usize);

/// A piece of something that is digested or sent.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Bytes that the connector has.
    Bytes(&'a [u8]),
    /// A secret that the host writes in this place.
    Secret(Secret, crate::Encoding),
}

impl<'a> Part<'a> {
    /// A text that the connector has.
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
    /// What follows the `?`, as sent.
    pub query: &'a [Part<'a>],
    /// Names and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body's pieces.
    pub body: &'a [Part<'a>],
    /// What the request can do at the provider.
    pub effect: Effect<'a>,
    /// What the host takes out of the answer.
    pub capture: &'a [Capture<'a>],
}

/// The contract's imports. Inside a component these are the real ones; natively, a `native::NativeHost`.
pub trait Host {
    /// Sends a request and waits for its answer, within what is left of the call.
    ///
    /// # Errors
    /// Whatever kept the answer away, and whether anything was sent.
    fn send(&self, request: &Request<'_>) -> Result<Response, HttpError>;

    /// A setting of the account, or the default that the descriptor gives it.
    fn setting(&self, name: &str) -> Option<String>;

    /// A secret of the account.
    ///
    /// # Errors
    /// It is not configured, or its time is over.
    fn secret(&self, name: &str) -> Result<Secret, Refusal>;

    /// The parts, one after the other, as one secret.
    ///
    /// # Errors
    /// The account's limits on secrets.
    fn join(&self, parts: &[Part<'_>]) -> Result<Secret, Refusal>;

    /// The digest of the parts, one after the other.
    ///
    /// # Errors
    /// The account's limits on digests.
    fn digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal>;

    /// The HMAC of the parts, one after the other.
    ///
    /// # Errors
    /// The account's limits on digests.
    fn hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal>;

    /// [`Host::digest`], kept by the host as a secret.
    ///
    /// # Errors
    /// The account's limits on secrets and digests.
    fn derive_digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Secret, Refusal>;

    /// [`Host::hmac`], kept by the host as a secret.
    ///
    /// # Errors
    /// The account's limits on secrets and digests.
    fn derive_hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Secret, Refusal>;

    /// Now, in milliseconds since the Unix epoch, UTC.
    fn now(&self) -> i64;

    /// A line for the operator's log.
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]);

    /// A setting that the connector cannot do without.
    ///
    /// # Errors
    /// The operator configured none and the descriptor gives no default.
    fn required_setting(&self, name: &str) -> Result<String, Refused> {
        self.setting(name).ok_or_else(|| Refused::setting(name))
    }

    /// A setting that is `true` or `false`; false where there is neither it nor a default.
    ///
    /// # Errors
    /// It is something else.
    fn switch(&self, name: &str) -> Result<bool, Refused> {
        match self.setting(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Refused::wrong_setting(name, format!("`{other}` is neither true nor false"))),
        }
    }

    /// A secret that the connector cannot do without.
    ///
    /// # Errors
    /// The operator configured none, or its time is over.
    fn required_secret(&self, name: &str) -> Result<Secret, Refused> {
        self.secret(name).map_err(|refusal| Refused::secret(name, refusal))
    }

    /// A secret that the connector can do without.
    ///
    /// # Errors
    /// The operator configured one, and its time is over or the account's limits are reached.
    fn optional_secret(&self, name: &str) -> Result<Option<Secret>, Refused> {
        match self.secret(name) {
            Ok(secret) => Ok(Some(secret)),
            Err(Refusal::Missing) => Ok(None),
            Err(refusal) => Err(Refused::secret(name, refusal)),
        }
    }

    /// [`Host::digest`], whose refusal ends the operation before anything is sent.
    ///
    /// # Errors
    /// The account's limits on digests.
    fn sign(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Vec<u8>, Refused> {
        self.digest(algorithm, parts).map_err(|refusal| Refused::secret("", refusal))
    }

    /// [`Host::hmac`], whose refusal ends the operation before anything is sent.
    ///
    /// # Errors
    /// The account's limits on digests.
    fn sign_hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Vec<u8>, Refused> {
        self.hmac(algorithm, key, parts).map_err(|refusal| Refused::secret("", refusal))
    }

    /// Now, as the providers write times: see [`crate::china_time`].
    ///
    /// # Errors
    /// The clock stands outside the years 0 to 9999.
    fn beijing_time(&self) -> Result<String, Refused> {
        crate::china_time::format(self.now())
            .ok_or_else(|| Refused::internal("the host's clock stands at a time that no provider can read"))
    }
}
