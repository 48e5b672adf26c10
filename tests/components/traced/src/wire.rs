//! The provider's protocol: one endpoint that accepts writes and reports their state.
//!
//! `POST /writes` with an order answers with an acceptance or a rejection; `GET /writes` with a reference answers with a state.
//! Both name the application in the query. The HTTP status is 200 in each case that the provider decides.

use serde::{Deserialize, Serialize};
use stockbridge_connector::{Effect, Error, ErrorClass, Host, Part, Request, Response, WriteFailure, form, json};

/// A write in its wire form.
#[derive(Serialize)]
pub(crate) struct Order<'a> {
    pub(crate) operation: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) lines: usize,
}

/// A write that the provider accepted.
#[derive(Deserialize)]
pub(crate) struct Taken {
    pub(crate) document: String,
    /// Whether the provider had applied it before and did not repeat it.
    pub(crate) repeated: bool,
}

/// Reason of a rejection.
#[derive(Deserialize)]
#[serde(tag = "refused", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum Refusal {
    Rejected {
        message: String,
    },
    RateLimited {
        message: String,
        retry_after_ms: u64,
    },
    /// The reference is in use: the write was applied before, or is in progress.
    Repeat {
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Taken(Taken),
    Refused(Refusal),
}

/// The provider's state of a reference.
#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(crate) enum State {
    Applied { reference: String, document: String },
    Unknown { reference: String },
    Working { reference: String, retry_after_ms: u64 },
    Archived { reference: String },
}

impl State {
    /// The reference in the provider's answer.
    pub(crate) fn reference(&self) -> &str {
        match self {
            State::Applied { reference, .. }
            | State::Unknown { reference }
            | State::Working { reference, .. }
            | State::Archived { reference } => reference,
        }
    }
}

/// Sends a write, with its reference as the key.
pub(crate) fn write(host: &impl Host, order: &Order<'_>) -> Result<Taken, WriteFailure> {
    let body = json::write(order)?;
    let query = form::encoded([("app", host.required_setting("app")?.as_str())]);
    let response = send(host, "POST", &query, &body, Effect::Write(Some(order.reference)))?;
    let answer = answer(response).map_err(WriteFailure::Unknown)?;
    match json::deserialize(&answer).map_err(WriteFailure::Unknown)? {
        Said::Taken(taken) => Ok(taken),
        Said::Refused(refusal) => Err(refused(refusal)),
    }
}

/// Looks up the write with this reference.
pub(crate) fn look_up(host: &impl Host, reference: &str) -> Result<State, Error> {
    let app = host.required_setting("app")?;
    let query = form::encoded([("app", app.as_str()), ("reference", reference)]);
    let response = send(host, "GET", &query, "", Effect::Read)?;
    let state: State = json::deserialize(&answer(response)?)?;
    if state.reference() != reference {
        return Err(Error::malformed(format!("it speaks of {} and not of {reference}", state.reference())));
    }
    Ok(state)
}

fn send(host: &impl Host, method: &str, query: &str, body: &str, effect: Effect<'_>) -> Result<Response, WriteFailure> {
    let url = format!("{}/writes", host.required_setting("url")?);
    Ok(host.send(&Request {
        method,
        url: &url,
        query: &[Part::text(query)],
        headers: &[("content-type", "application/json")],
        body: &[Part::text(body)],
        effect,
        capture: &[],
    })?)
}

fn answer(response: Response) -> Result<String, Error> {
    match response.status {
        200 => json::text(response.body),
        _ => Err(Error::http_status(&response)),
    }
}

fn refused(refusal: Refusal) -> WriteFailure {
    match refusal {
        Refusal::Rejected { message } => {
            WriteFailure::NotApplied(Error::by_provider(ErrorClass::Rejected, "rejected", message))
        }
        Refusal::RateLimited { message, retry_after_ms } => {
            let error = Error::by_provider(ErrorClass::RateLimited, "rate-limited", message);
            WriteFailure::NotApplied(error.retry_after(retry_after_ms))
        }
        // A rejected second write proves that there was a first one.
        Refusal::Repeat { message } => {
            WriteFailure::Unknown(Error::by_provider(ErrorClass::Rejected, "repeat", message))
        }
    }
}
