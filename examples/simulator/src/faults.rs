//! Faults on demand: the next requests at a gateway are answered with a documented error, or with what a provider should
//! never send, so that a client's handling of it can be tested.
//!
//! A fault is where and how often it happens, and an answer of its own. A new way to go wrong is a new kind of answer. As
//! JSON:
//!
//! ```json
//! {"gateway": "wdt-flagship", "times": 2, "error": {"status": 100, "message": "…", "code": "…"}}
//! {"gateway": "wdt-enterprise", "error": {"code": 2104, "message": "…"}}
//! {"gateway": "taobao-top", "error": {"code": 7, "msg": "…", "sub_code": "…", "sub_msg": "…"}}
//! {"gateway": "taobao-top", "error": {"error_code": "…", "error_message": "…"}}
//! {"gateway": "winit", "after_commit": true, "error": {"code": "-1", "msg": "…"}}
//! {"gateway": "winit", "raw": {"status": 200, "content_type": "application/json", "body": "{\"code\":"}}
//! ```
//!
//! `times` is 1 and `after_commit` is false unless given; of the errors, `code` at the flagship edition and `msg`,
//! `sub_code` and `sub_msg` may be left out. With `after_commit` the request is carried out first, so that only its answer
//! is lost.

use std::collections::VecDeque;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::gateways::{Answer, Gateway, Request, taobao_top, wdt_enterprise, wdt_flagship, winit};
use crate::json::Json;

/// More waiting faults than this are refused.
const MOST: usize = 1000;

/// What happens to the next requests at a gateway.
#[derive(Clone, Debug)]
pub struct Fault {
    gateway: Gateway,
    times: u32,
    after_commit: bool,
    answer: FaultAnswer,
}

#[derive(Clone, Debug)]
enum FaultAnswer {
    Flagship(wdt_flagship::Failure),
    Enterprise(wdt_enterprise::Failure),
    Top(taobao_top::Failure),
    Winit(winit::Failure),
    Raw(Answer),
}

/// Why a fault's JSON is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// It is not what the gateway's faults look like.
    #[error("not a fault: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It has both answers or neither.
    #[error("a fault has either `error` or `raw`")]
    Answer,
    /// It has a status that HTTP has not.
    #[error("{0} is no HTTP status")]
    Status(u16),
}

impl Fault {
    /// The flagship edition's `{"status":…,"message":…}`.
    pub fn flagship(status: i64, message: &str) -> Fault {
        Fault::once(Gateway::WdtFlagship, FaultAnswer::Flagship(wdt_flagship::Failure::new(status, message)))
    }

    /// The enterprise edition's `{"code":…,"message":…}`.
    pub fn enterprise(code: i64, message: &str) -> Fault {
        Fault::once(Gateway::WdtEnterprise, FaultAnswer::Enterprise(wdt_enterprise::Failure::new(code, message)))
    }

    /// TOP's `error_response`.
    pub fn top(code: u32, sub_code: Option<&str>, sub_msg: Option<&str>) -> Fault {
        let sub = (sub_code.map(str::to_owned), sub_msg.map(str::to_owned));
        let failure = taobao_top::Failure::platform(code).with_sub(sub.0, sub.1);
        Fault::once(Gateway::TaobaoTop, FaultAnswer::Top(failure))
    }

    /// TOP's `spi_result` without success.
    pub fn top_business(error_code: &str, error_message: &str) -> Fault {
        let (code, message) = (error_code.to_owned(), error_message.to_owned());
        Fault::once(Gateway::TaobaoTop, FaultAnswer::Top(taobao_top::Failure::Business { code, message }))
    }

    /// Winit's `{"code":…,"msg":…,"data":{}}`.
    pub fn winit(code: &str, msg: &str) -> Fault {
        Fault::once(Gateway::Winit, FaultAnswer::Winit(winit::Failure::new(code, msg)))
    }

    /// Any answer: not JSON, cut off, without a field.
    pub fn raw(gateway: Gateway, status: u16, content_type: &str, body: &str) -> Fault {
        let answer = Answer { status, content_type: content_type.to_owned(), body: body.as_bytes().to_vec() };
        Fault::once(gateway, FaultAnswer::Raw(answer))
    }

    /// For so many requests instead of one.
    #[must_use]
    pub fn times(self, times: u32) -> Fault {
        Fault { times, ..self }
    }

    /// The request is carried out first; only its answer is lost.
    #[must_use]
    pub fn after_commit(self) -> Fault {
        Fault { after_commit: true, ..self }
    }

    /// Reads what `POST /_simulator/faults` takes.
    pub fn from_json(json: &[u8]) -> Result<Fault, FaultError> {
        let wire: Wire = serde_json::from_slice(json)?;
        let answer = match (wire.error, wire.raw) {
            (Some(error), None) => error_answer(wire.gateway, error)?,
            (None, Some(raw)) if !(200..=599).contains(&raw.status) => return Err(FaultError::Status(raw.status)),
            (None, Some(raw)) => FaultAnswer::Raw(Answer {
                status: raw.status,
                content_type: raw.content_type,
                body: raw.body.into_bytes(),
            }),
            _ => return Err(FaultError::Answer),
        };
        Ok(Fault { gateway: wire.gateway, times: wire.times, after_commit: wire.after_commit, answer })
    }

    /// Whether the request is carried out before this answers it.
    pub(crate) fn comes_after_commit(&self) -> bool {
        self.after_commit
    }

    pub(crate) fn answer(&self, request: &Request) -> Answer {
        match &self.answer {
            FaultAnswer::Flagship(failure) => failure.answer(),
            FaultAnswer::Enterprise(failure) => failure.answer(),
            FaultAnswer::Top(failure) => taobao_top::failure_answer(failure, request),
            FaultAnswer::Winit(failure) => failure.answer(),
            FaultAnswer::Raw(answer) => answer.clone(),
        }
    }

    fn once(gateway: Gateway, answer: FaultAnswer) -> Fault {
        Fault { gateway, times: 1, after_commit: false, answer }
    }
}

/// The faults that wait, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults(VecDeque<Fault>);

impl Faults {
    /// Adds one; false if too many wait already.
    pub(crate) fn add(&mut self, fault: Fault) -> bool {
        let has_room = self.0.len() < MOST;
        if has_room && fault.times > 0 {
            self.0.push_back(fault);
        }
        has_room
    }

    /// The fault that the next request at the gateway meets.
    pub(crate) fn next(&mut self, gateway: Gateway) -> Option<Fault> {
        let place = self.0.iter().position(|fault| fault.gateway == gateway)?;
        let fault = self.0.get_mut(place)?;
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 { self.0.remove(place) } else { Some(fault.clone()) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    gateway: Gateway,
    #[serde(default = "one")]
    times: u32,
    #[serde(default)]
    after_commit: bool,
    error: Option<serde_json::Value>,
    raw: Option<RawWire>,
}

fn one() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWire {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default = "json_type")]
    content_type: String,
    body: String,
}

fn ok() -> u16 {
    200
}

fn json_type() -> String {
    "application/json;charset=UTF-8".to_owned()
}

/// Codes are numbers at some providers and texts at others, and both at a few.
#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Number(i64),
    Text(String),
}

impl From<Code> for Json {
    fn from(code: Code) -> Json {
        match code {
            Code::Number(number) => Json::from(number),
            Code::Text(text) => Json::from(text),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlagshipWire {
    status: i64,
    message: String,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnterpriseWire {
    code: Code,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformWire {
    code: Code,
    msg: Option<String>,
    sub_code: Option<String>,
    sub_msg: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BusinessWire {
    error_code: String,
    error_message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WinitWire {
    code: Code,
    msg: String,
}

fn error_answer(gateway: Gateway, error: serde_json::Value) -> Result<FaultAnswer, FaultError> {
    Ok(match gateway {
        Gateway::WdtFlagship => {
            let wire: FlagshipWire = read(error)?;
            let failure = wdt_flagship::Failure::new(wire.status, wire.message);
            FaultAnswer::Flagship(failure.with_code(wire.code))
        }
        Gateway::WdtEnterprise => {
            let wire: EnterpriseWire = read(error)?;
            FaultAnswer::Enterprise(wdt_enterprise::Failure::new(wire.code, wire.message))
        }
        Gateway::TaobaoTop if error.get("error_code").is_some() => {
            let BusinessWire { error_code: code, error_message: message } = read(error)?;
            FaultAnswer::Top(taobao_top::Failure::Business { code, message })
        }
        Gateway::TaobaoTop => {
            let wire: PlatformWire = read(error)?;
            let failure = taobao_top::Failure::platform(number(&wire.code)?);
            FaultAnswer::Top(failure.with_message(wire.msg).with_sub(wire.sub_code, wire.sub_msg))
        }
        Gateway::Winit => {
            let wire: WinitWire = read(error)?;
            FaultAnswer::Winit(winit::Failure::new(wire.code, wire.msg))
        }
    })
}

fn read<T: DeserializeOwned>(error: serde_json::Value) -> Result<T, FaultError> {
    Ok(serde_json::from_value(error)?)
}

/// The platform's codes are numbers, also where somebody quoted them.
fn number(code: &Code) -> Result<u32, FaultError> {
    let digits = match code {
        Code::Number(number) => number.to_string(),
        Code::Text(text) => text.clone(),
    };
    Ok(serde_json::from_str(&digits)?)
}
