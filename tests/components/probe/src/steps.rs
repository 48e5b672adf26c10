//! The steps, each a word:
//!
//! | step | effect |
//! |---|---|
//! | `spin`, `grow`, `recurse`, `panic` | exceeds a limit, or panics |
//! | `flood` | writes 10 000 lines into the log |
//! | `read`, `write` | sends a request to the setting `url` |
//! | `request` | sends the request in the extra `request` |
//! | `get` | gets the secret named in the extra `name` |
//! | `digest`, `hmac` | digests the input in the extra `digest` |
//! | `join`, `derive-digest`, `derive-hmac` | the same, into a secret with the step's name |
//! | `get-token`, `renew`, `use` | gets the captured secret, requests a new one, sends it |
//! | `token` | `get-token`, and `renew` and `get-token` if it has expired |
//! | `clock`, `setting` | returns the time, or the setting named in the extra `name` |
//! | `receipt`, `repeated`, `not-applied`, `unknown`, `fail`, `or-fail`, `limited` | ends the call; `fail` with its last HTTP
//! failure, `or-fail` with that if there was one, `limited` with the limit in the extra `limit` |

use stockbridge_connector::bindings::stockbridge::connector::{http, secrets};
use stockbridge_connector::{Error, Failure, Host, Level, Refusal, hex};

use crate::pieces::{Captured, Digested, Held, Piece, Requested, algorithm};
use crate::{Extras, argument, excess, wrong};

/// End of a call.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Answer,
    Repeated,
    NotApplied,
    Unknown,
    Fail,
    Limited,
}

/// The steps of one call, and their progress.
pub(crate) struct Run<'a, H: Host> {
    host: &'a H,
    extras: &'a Extras,
    held: Held,
    seen: Vec<String>,
    failure: Option<http::HttpError>,
    pub(crate) end: End,
}

impl<'a, H: Host> Run<'a, H> {
    pub(crate) fn new(host: &'a H, extras: &'a Extras) -> Run<'a, H> {
        Run { host, extras, held: Held::default(), seen: Vec::new(), failure: None, end: End::Answer }
    }

    /// Results of the steps.
    pub(crate) fn seen(&self) -> Vec<(String, String)> {
        vec![("seen".into(), serde_json::Value::from(self.seen.clone()).to_string())]
    }

    /// The last HTTP failure.
    pub(crate) fn failure(&self) -> Result<http::HttpError, Error> {
        self.failure.clone().ok_or_else(|| wrong("no request failed"))
    }

    pub(crate) fn step(&mut self, step: &str) -> Result<(), Error> {
        match step {
            "spin" => excess::spin(),
            "grow" => excess::grow(),
            "recurse" => self.seen.push(excess::recurse(0).to_string()),
            "panic" => excess::panic(),
            "flood" => {
                for line in 0..10_000 {
                    self.host.log(Level::Info, &format!("line {line}"), &[("field", "value")]);
                }
            }
            "read" => self.send(&Requested::default())?,
            "write" => self.send(&Requested { method: Some("POST".into()), write: true, ..Requested::default() })?,
            "request" => self.send(&argument::<Requested>(self.extras, "request")?)?,
            "get" => self.get(&argument::<String>(self.extras, "name")?),
            "digest" | "hmac" | "join" | "derive-digest" | "derive-hmac" => self.digest(step)?,
            "get-token" => self.get("token"),
            "renew" => self.renew()?,
            "token" => {
                self.get("token");
                if self.seen.last().is_some_and(|seen| seen == "token: expired") {
                    self.renew()?;
                    self.get("token");
                }
            }
            "use" => {
                let token = Piece::Secret { secret: "token".into(), encoding: None };
                self.send(&Requested { headers: vec![("x-token".into(), vec![token])], ..Requested::default() })?;
            }
            "clock" => self.seen.push(self.host.now().to_string()),
            "setting" => {
                let value = self.host.setting(&argument::<String>(self.extras, "name")?);
                self.seen.push(value.unwrap_or_else(|| "none".into()));
            }
            "receipt" => self.end = End::Answer,
            "repeated" => self.end = End::Repeated,
            "not-applied" => self.end = End::NotApplied,
            "unknown" => self.end = End::Unknown,
            "or-fail" if self.failure.is_none() => {}
            "fail" | "or-fail" => self.end = End::Fail,
            "limited" => self.end = End::Limited,
            other => return Err(wrong(format!("there is no step `{other}`"))),
        }
        Ok(())
    }

    fn get(&mut self, name: &str) {
        let got = match secrets::get(name) {
            Ok(secret) => {
                let own = secret.name();
                self.held.0.insert(name.into(), secret);
                format!("{own}: held")
            }
            Err(refusal) => format!("{name}: {}", refused(refusal)),
        };
        self.seen.push(got);
    }

    /// Gets secrets that are not held yet. Refusals show when a secret is used.
    fn hold<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for name in names.filter(|name| !name.is_empty()) {
            if !self.held.0.contains_key(name)
                && let Ok(secret) = secrets::get(name)
            {
                self.held.0.insert(name.into(), secret);
            }
        }
    }

    fn digest(&mut self, step: &str) -> Result<(), Error> {
        let what: Digested = argument(self.extras, "digest")?;
        self.hold(what.parts.iter().filter_map(Piece::secret).chain([what.key.as_str()]));
        let parts = self.held.parts(&what.parts)?;
        let bytes = match step {
            "digest" => Some(secrets::digest(algorithm(&what.algorithm)?, &parts)),
            "hmac" => Some(secrets::hmac(algorithm(&what.algorithm)?, self.held.secret(&what.key)?, &parts)),
            _ => None,
        };
        if let Some(bytes) = bytes {
            self.seen.push(bytes.map_or_else(|refusal| refused(refusal).into(), |bytes| hex::lower(&bytes)));
            return Ok(());
        }
        let derived = match step {
            "join" => secrets::join(&parts),
            "derive-digest" => secrets::derive_digest(algorithm(&what.algorithm)?, &parts),
            _ => secrets::derive_hmac(algorithm(&what.algorithm)?, self.held.secret(&what.key)?, &parts),
        };
        match derived {
            Ok(secret) => {
                self.held.0.insert(step.into(), secret);
            }
            Err(refusal) => self.seen.push(refused(refusal).into()),
        }
        Ok(())
    }

    fn renew(&mut self) -> Result<(), Error> {
        let token = Captured { name: "token".into(), pointer: "/token".into(), lifetime: Some("/lifetime".into()) };
        self.send(&Requested {
            method: Some("POST".into()),
            body: vec![Piece::Text("renew".into())],
            capture: vec![token],
            ..Requested::default()
        })
    }

    fn send(&mut self, request: &Requested) -> Result<(), Error> {
        self.hold(request.secrets());
        let url = self.host.required_setting("url")?;
        match request.send(&url, &self.held)? {
            Ok(response) => {
                self.seen.push(format!("{} {}", response.status, String::from_utf8_lossy(&response.body)));
                let told = |name: &str| name == "location" || name.starts_with("x-told-");
                for (name, value) in response.headers.iter().filter(|(name, _)| told(name)) {
                    self.seen.push(format!("{name}: {}", String::from_utf8_lossy(value)));
                }
            }
            Err(failure) => {
                let sent = if failure.sent { "sent" } else { "not sent" };
                self.seen.push(format!("{}, {sent}: {}", failed(failure.failure), failure.message));
                self.failure = Some(failure);
            }
        }
        Ok(())
    }
}

fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => "missing",
        Refusal::Expired => "expired",
        Refusal::Limit => "limit",
    }
}

fn failed(failure: Failure) -> &'static str {
    match failure {
        Failure::Denied => "denied",
        Failure::Unreachable => "unreachable",
        Failure::TimedOut => "timed-out",
        Failure::Broken => "broken",
        Failure::TooLarge => "too-large",
        Failure::Throttled => "throttled",
    }
}
