//! Failures of Winit: `{"code":"…","msg":"…","data":{}}` within HTTP 200.
//!
//! The codes for a bad signature, an expired timestamp and the rate limit are not established. A bad signature uses the
//! code of an identity check; everything else uses the generic one.

use crate::gateways::Answer;
use crate::gateways::fields::FieldError;
use crate::json::Json;
use crate::ledger::Refusal;

/// A failure with Winit's code.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    code: Json,
    message: String,
}

impl Failure {
    pub(crate) fn new(code: impl Into<Json>, message: impl Into<String>) -> Failure {
        Failure { code: code.into(), message: message.into() }
    }

    /// The identity check failed, or no permission.
    pub(super) fn identity() -> Failure {
        Failure::new("03010250007", "identity check failed or no permission")
    }

    pub(super) fn unknown_user() -> Failure {
        Failure::new("03010250006", "user does not exist")
    }

    pub(super) fn generic(message: impl Into<String>) -> Failure {
        Failure::new("-1", message)
    }

    pub(crate) fn answer(&self) -> Answer {
        let data = Json::Object(Vec::new());
        let message = Json::from(self.message.as_str());
        Answer::json(&Json::object([("code", self.code.clone()), ("msg", message), ("data", data)]))
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Failure {
        Failure::generic(error.to_string())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::generic(match refusal {
            Refusal::Warehouse(no) => format!("仓库不存在: {no}"),
            Refusal::Item(no) => format!("商品不存在: {no}"),
            Refusal::Owner(code) => format!("库存组织不存在: {code}"),
            Refusal::NotEnough { item, available } => format!("商品{item}库存不足, 可用: {}", available.normalize()),
            Refusal::Pool(_) | Refusal::Batch(_) | Refusal::PoolsApart | Refusal::Repeated => "未知错误".to_owned(),
        })
    }
}
