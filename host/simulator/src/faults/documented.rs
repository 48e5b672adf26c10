//! The errors that the gateways document, each in its own shape.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::gateways::{Answer, Request, taobao_top, wdt_enterprise, wdt_flagship, winit};
use crate::json::Json;
use crate::provider::Gateway;

/// An error in the shape of one gateway.
#[derive(Clone, Debug)]
pub(super) enum Documented {
    Flagship(wdt_flagship::Failure),
    Enterprise(wdt_enterprise::Failure),
    Top(taobao_top::Failure),
    Winit(winit::Failure),
}

impl Documented {
    pub(super) fn flagship(status: i64, message: &str) -> Documented {
        Documented::Flagship(wdt_flagship::Failure::new(status, message))
    }

    pub(super) fn enterprise(code: i64, message: &str) -> Documented {
        Documented::Enterprise(wdt_enterprise::Failure::new(code, message))
    }

    pub(super) fn top(code: u32, sub_code: Option<&str>, sub_msg: Option<&str>) -> Documented {
        let sub = (sub_code.map(str::to_owned), sub_msg.map(str::to_owned));
        Documented::Top(taobao_top::Failure::platform(code).with_sub(sub.0, sub.1))
    }

    pub(super) fn top_business(error_code: &str, error_message: &str) -> Documented {
        let (code, message) = (error_code.to_owned(), error_message.to_owned());
        Documented::Top(taobao_top::Failure::Business { code, message })
    }

    pub(super) fn winit(code: &str, msg: &str) -> Documented {
        Documented::Winit(winit::Failure::new(code, msg))
    }

    /// The gateway's answer when its rate limit is exceeded, as far as that is established.
    pub(super) fn limit(gateway: Gateway, seconds: u32) -> Option<Documented> {
        match gateway {
            Gateway::WdtFlagship => Some(Documented::flagship(100, "超过每分钟最大调用频率限制，请稍后重试")),
            Gateway::WdtEnterprise => Some(Documented::enterprise(1, "频率超限")),
            Gateway::TaobaoTop => {
                let ban = format!("This ban will last for {seconds} more seconds");
                Some(Documented::top(7, Some("accesscontrol.limited-by-app-api-access-count"), Some(&ban)))
            }
            Gateway::Winit => None,
        }
    }

    /// Parses a fault's `error` for this gateway.
    pub(super) fn read(gateway: Gateway, error: serde_json::Value) -> Result<Documented, serde_json::Error> {
        Ok(match gateway {
            Gateway::WdtFlagship => {
                let wire: FlagshipWire = read(error)?;
                let failure = wdt_flagship::Failure::new(wire.status, wire.message);
                Documented::Flagship(failure.with_code(wire.code))
            }
            Gateway::WdtEnterprise => {
                let wire: EnterpriseWire = read(error)?;
                Documented::Enterprise(wdt_enterprise::Failure::new(wire.code, wire.message))
            }
            Gateway::TaobaoTop if error.get("error_code").is_some() => {
                let BusinessWire { error_code, error_message } = read(error)?;
                Documented::top_business(&error_code, &error_message)
            }
            Gateway::TaobaoTop => {
                let wire: PlatformWire = read(error)?;
                let failure = taobao_top::Failure::platform(number(&wire.code)?);
                Documented::Top(failure.with_message(wire.msg).with_sub(wire.sub_code, wire.sub_msg))
            }
            Gateway::Winit => {
                let wire: WinitWire = read(error)?;
                Documented::Winit(winit::Failure::new(wire.code, wire.msg))
            }
        })
    }

    pub(super) fn answer(&self, request: &Request) -> Answer {
        match self {
            Documented::Flagship(failure) => failure.answer(),
            Documented::Enterprise(failure) => failure.answer(),
            Documented::Top(failure) => taobao_top::failure_answer(failure, request),
            Documented::Winit(failure) => failure.answer(),
        }
    }
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

fn read<T: DeserializeOwned>(error: serde_json::Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(error)
}

/// The platform's codes are numbers, even if the fault quotes them.
fn number(code: &Code) -> Result<u32, serde_json::Error> {
    let digits = match code {
        Code::Number(number) => number.to_string(),
        Code::Text(text) => text.clone(),
    };
    serde_json::from_str(&digits)
}
