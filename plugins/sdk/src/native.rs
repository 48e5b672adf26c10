//! Native host without a sandbox: runs a connector in its own tests, in fuzzing and in the comparison with native code. It
//! records requests for inspection by tests.
//!
//! ```
//! use stockbridge_connector::native::NativeHost;
//! use stockbridge_connector::{Effect, Host, HttpError, Part, Request, Response};
//!
//! fn ask(host: &impl Host) -> Result<Response, HttpError> {
//!     let body = [Part::text("sku=a&name=%E5%90%8D")];
//!     host.send(&Request {
//!         method: "POST",
//!         url: &host.setting("url").unwrap_or_default(),
//!         query: &[],
//!         headers: &[],
//!         body: &body,
//!         effect: Effect::Read,
//!         capture: &[],
//!     })
//! }
//!
//! let host = NativeHost::answering("{}").setting("url", "https://provider.example");
//! ask(&host).unwrap();
//! assert_eq!(host.only_sent().field("name").as_deref(), Some("名"));
//! ```

mod assertions;
mod sent_request;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

pub use assertions::{not_applied, unknown};
pub use sent_request::SentRequest;

use base64::Engine as _;
use hmac::{KeyInit, Mac, SimpleHmac};
use md5::Digest as _;

use crate::{
    Algorithm, Effect, Encoding, Failure, Host, HttpError, Level, Part, Refusal, Request, Response, Secret, form,
};

/// Function that answers the requests of a [`NativeHost`].
pub type Answer = dyn Fn(&SentRequest) -> Result<Response, HttpError>;

/// Host with settings, secrets, a fixed clock, and a function that answers HTTP.
pub struct NativeHost {
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, Vec<u8>>,
    now: Cell<i64>,
    answer: Box<Answer>,
    secret_bytes: RefCell<Vec<Vec<u8>>>,
    sent: RefCell<Vec<SentRequest>>,
    logged: RefCell<Vec<String>>,
}

impl std::fmt::Debug for NativeHost {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NativeHost").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl NativeHost {
    /// Host whose requests are answered by `answer`.
    pub fn new(answer: impl Fn(&SentRequest) -> Result<Response, HttpError> + 'static) -> NativeHost {
        NativeHost {
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            now: Cell::new(0),
            answer: Box::new(answer),
            secret_bytes: RefCell::default(),
            sent: RefCell::default(),
            logged: RefCell::default(),
        }
    }

    /// Host that answers every request with this JSON and the status 200.
    pub fn answering(json: impl Into<Vec<u8>>) -> NativeHost {
        NativeHost::answering_with_status(200, json)
    }

    /// Host that answers every request with this body and this status.
    pub fn answering_with_status(status: u16, body: impl Into<Vec<u8>>) -> NativeHost {
        let body = body.into();
        NativeHost::new(move |_| Ok(Response { status, headers: Vec::new(), body: body.clone() }))
    }

    /// Host that answers successive requests with these bodies and the status 200. Any further request is denied.
    pub fn answering_in_turn<A: Into<Vec<u8>>>(answers: impl IntoIterator<Item = A>) -> NativeHost {
        let answers: Vec<Vec<u8>> = answers.into_iter().map(Into::into).collect();
        let answers = RefCell::new(answers.into_iter());
        NativeHost::new(move |_| {
            let body = answers.borrow_mut().next().ok_or_else(|| denied("this host has no further answer"))?;
            Ok(Response { status: 200, headers: Vec::new(), body })
        })
    }

    /// Host without HTTP: every request is denied.
    #[must_use]
    pub fn without_http() -> NativeHost {
        NativeHost::new(|_| Err(denied("this host sends nothing")))
    }

    /// Adds a setting.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> NativeHost {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds a secret.
    #[must_use]
    pub fn secret(mut self, name: &str, value: impl Into<Vec<u8>>) -> NativeHost {
        self.secrets.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(self, now: i64) -> NativeHost {
        self.now.set(now);
        self
    }

    /// Requests recorded so far.
    #[must_use]
    pub fn sent(&self) -> Vec<SentRequest> {
        self.sent.borrow().clone()
    }

    /// Messages logged so far.
    #[must_use]
    pub fn logged(&self) -> Vec<String> {
        self.logged.borrow().clone()
    }

    fn keep(&self, bytes: Vec<u8>) -> Secret {
        let mut secret_bytes = self.secret_bytes.borrow_mut();
        secret_bytes.push(bytes);
        Secret(secret_bytes.len() - 1)
    }

    fn secret_bytes(&self, secret: Secret) -> Result<Vec<u8>, Refusal> {
        self.secret_bytes.borrow().get(secret.0).cloned().ok_or(Refusal::Missing)
    }

    fn joined(&self, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        for part in parts {
            match *part {
                Part::Bytes(part) => bytes.extend_from_slice(part),
                Part::Secret(secret, encoding) => bytes.extend(encoded(&self.secret_bytes(secret)?, encoding)),
            }
        }
        Ok(bytes)
    }
}

fn denied(message: &str) -> HttpError {
    HttpError { failure: Failure::Denied, sent: false, retry_after: None, message: message.to_owned() }
}

fn encoded(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let text = || String::from_utf8_lossy(bytes).into_owned();
    match encoding {
        Encoding::Plain => bytes.to_vec(),
        Encoding::Form => form::value(&text()).into_bytes(),
        Encoding::Percent => {
            form::value(&text()).replace('+', "%20").replace('*', "%2A").replace("%7E", "~").into_bytes()
        }
        Encoding::Json => crate::json::quoted(&text()).trim_matches('"').as_bytes().to_vec(),
        Encoding::HexLower => crate::hex::lower(bytes).into_bytes(),
        Encoding::HexUpper => crate::hex::upper(bytes).into_bytes(),
        Encoding::Base64 => STANDARD.encode(bytes).into_bytes(),
        Encoding::Base64url => URL_SAFE_NO_PAD.encode(bytes).into_bytes(),
    }
}

fn digest(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
        Algorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
        Algorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
        Algorithm::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
    }
}

fn hmac(algorithm: Algorithm, key: &[u8], bytes: &[u8]) -> Vec<u8> {
    fn of<M: Mac + KeyInit>(key: &[u8], bytes: &[u8]) -> Vec<u8> {
        // An HMAC accepts a key of any length.
        M::new_from_slice(key).map(|mac| mac.chain_update(bytes).finalize().into_bytes().to_vec()).unwrap_or_default()
    }
    match algorithm {
        Algorithm::Md5 => of::<SimpleHmac<md5::Md5>>(key, bytes),
        Algorithm::Sha1 => of::<SimpleHmac<sha1::Sha1>>(key, bytes),
        Algorithm::Sha256 => of::<SimpleHmac<sha2::Sha256>>(key, bytes),
        Algorithm::Sha512 => of::<SimpleHmac<sha2::Sha512>>(key, bytes),
    }
}

impl Host for NativeHost {
    fn send(&self, request: &Request<'_>) -> Result<Response, HttpError> {
        let unknown_secret = |_| denied("the request names a secret unknown to this host");
        let request = SentRequest {
            method: request.method.to_owned(),
            url: request.url.to_owned(),
            query: String::from_utf8_lossy(&self.joined(request.query).map_err(unknown_secret)?).into_owned(),
            headers: request.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: self.joined(request.body).map_err(unknown_secret)?,
            write: match request.effect {
                Effect::Read => None,
                Effect::Write(key) => Some(key.map(str::to_owned)),
            },
        };
        let answer = (self.answer)(&request);
        self.sent.borrow_mut().push(request);
        answer
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).cloned()
    }

    fn secret(&self, name: &str) -> Result<Secret, Refusal> {
        self.secrets.get(name).cloned().map(|bytes| self.keep(bytes)).ok_or(Refusal::Missing)
    }

    fn join(&self, parts: &[Part<'_>]) -> Result<Secret, Refusal> {
        self.joined(parts).map(|bytes| self.keep(bytes))
    }

    fn digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal> {
        self.joined(parts).map(|bytes| digest(algorithm, &bytes))
    }

    fn hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal> {
        Ok(hmac(algorithm, &self.secret_bytes(key)?, &self.joined(parts)?))
    }

    fn derive_digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Secret, Refusal> {
        Host::digest(self, algorithm, parts).map(|bytes| self.keep(bytes))
    }

    fn derive_hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Secret, Refusal> {
        Host::hmac(self, algorithm, key, parts).map(|bytes| self.keep(bytes))
    }

    fn now(&self) -> i64 {
        self.now.get()
    }

    fn log(&self, _: Level, message: &str, _: &[(&str, &str)]) {
        self.logged.borrow_mut().push(message.to_owned());
    }
}
