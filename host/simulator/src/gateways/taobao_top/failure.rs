//! TOP's two levels of failure: the platform's `error_response` and the service's `spi_result`.

use crate::gateways::fields::FieldError;
use crate::json::Json;
use crate::ledger::Refusal;

/// A failure on either level.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// `error_response`
    Platform(Platform),
    /// `spi_result` with `success` false.
    Business {
        /// `error_code`
        code: String,
        /// `error_message`
        message: String,
    },
}

/// The platform's own failure.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    code: u32,
    message: String,
    sub: Option<(String, String)>,
}

impl Failure {
    /// A failure of the platform, with its own message for that code.
    pub(crate) fn platform(code: u32) -> Failure {
        Failure::Platform(Platform { code, message: words(code).to_owned(), sub: None })
    }

    pub(crate) fn with_message(self, message: Option<String>) -> Failure {
        match (self, message) {
            (Failure::Platform(platform), Some(message)) => Failure::Platform(Platform { message, ..platform }),
            (failure, _) => failure,
        }
    }

    pub(crate) fn with_sub(self, code: Option<String>, message: Option<String>) -> Failure {
        match (self, code) {
            (Failure::Platform(platform), Some(code)) => {
                Failure::Platform(Platform { sub: Some((code, message.unwrap_or_default())), ..platform })
            }
            (failure, _) => failure,
        }
    }

    /// Codes 40 and 41 name the argument.
    pub(super) fn argument(code: u32, name: &str) -> Failure {
        Failure::platform(code).with_message(Some(format!("{}:{name}", words(code))))
    }

    /// An invalid field within `req_dto`: the page's own example, with the field named after its message.
    fn parameter(path: &str) -> Failure {
        let text = format!("非法参数:{path}");
        Failure::platform(50).with_sub(Some("isv.invalid-parameter".to_owned()), Some(text))
    }

    fn business(code: &str, message: impl Into<String>) -> Failure {
        Failure::Business { code: code.to_owned(), message: message.into() }
    }

    /// The answer's body; TOP keeps the root of a platform error even in its simplified format.
    pub(super) fn body(&self, request_id: &str) -> Body {
        match self {
            Failure::Platform(platform) => {
                let mut members = vec![
                    ("code".to_owned(), Json::from(u64::from(platform.code))),
                    ("msg".to_owned(), Json::from(platform.message.as_str())),
                ];
                if let Some((code, message)) = &platform.sub {
                    members.push(("sub_code".to_owned(), Json::from(code.as_str())));
                    members.push(("sub_msg".to_owned(), Json::from(message.as_str())));
                }
                members.push(("request_id".to_owned(), Json::from(request_id)));
                Body { root: "error_response", is_error: true, members: Json::Object(members) }
            }
            Failure::Business { code, message } => Body::spi_result(
                Json::object([
                    ("success", Json::from(false)),
                    ("error_code", Json::from(code.as_str())),
                    ("error_message", Json::from(message.as_str())),
                ]),
                request_id,
            ),
        }
    }
}

/// An answer before it is written as JSON or XML.
pub(super) struct Body {
    pub(super) root: &'static str,
    pub(super) is_error: bool,
    pub(super) members: Json,
}

impl Body {
    /// The service's answer.
    pub(super) fn spi_result(result: Json, request_id: &str) -> Body {
        let members = Json::object([("spi_result", result), ("request_id", Json::from(request_id))]);
        Body { root: "logistics_wms_inventory_imbalance_create_response", is_error: false, members }
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Failure {
        Failure::parameter(error.path())
    }
}

impl From<Refusal> for Failure {
    /// ERROR_OWNER_NOT_EXIST is the only published code; the others follow its pattern.
    fn from(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Owner(_) => Failure::business("ERROR_OWNER_NOT_EXIST", "货主不存在"),
            Refusal::Warehouse(_) => Failure::business("ERROR_WAREHOUSE_NOT_EXIST", "仓库不存在"),
            Refusal::Item(no) => Failure::business("ERROR_ITEM_NOT_EXIST", format!("商品不存在:{no}")),
            Refusal::NotEnough { item, .. } => {
                Failure::business("ERROR_INVENTORY_NOT_ENOUGH", format!("库存不足:{item}"))
            }
            Refusal::Pool(_) | Refusal::Batch(_) | Refusal::PoolsApart | Refusal::Repeated => {
                Failure::business("ERROR_UNKNOWN", "未知错误")
            }
        }
    }
}

/// The platform's messages for its codes.
fn words(code: u32) -> &'static str {
    match code {
        7 => "App Call Limited",
        9 => "Http Action Not Allowed",
        10 => "Service Currently Unavailable",
        11 => "Insufficient ISV Permissions",
        12 => "Insufficient User Permissions",
        13 => "Insufficient Partner Permissions",
        15 | 50 => "Remote service error",
        21 => "Missing Method",
        22 => "Invalid Method",
        23 => "Invalid Format",
        24 => "Missing Signature",
        25 => "Invalid Signature",
        26 => "Missing Session",
        27 => "Invalid Session",
        28 => "Missing App Key",
        29 => "Invalid App Key",
        30 => "Missing Timestamp",
        31 => "Invalid Timestamp",
        32 => "Missing Version",
        33 => "Invalid Version",
        34 => "Unsupported Version",
        40 => "Missing required arguments",
        41 => "Invalid arguments",
        42 => "Forbidden Request",
        _ => "Parameter Error",
    }
}
