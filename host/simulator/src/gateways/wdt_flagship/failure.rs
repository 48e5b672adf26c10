//! Failures of the flagship edition: `{"status":N,"message":"…"}` within HTTP 200.

use crate::gateways::Answer;
use crate::gateways::fields::FieldError;
use crate::json::Json;
use crate::ledger::Refusal;

/// A failure with the vendor's number and message.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: i64,
    message: String,
    /// A code that some failures have beside their number.
    code: Option<String>,
}

impl Failure {
    pub(crate) fn new(status: i64, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into(), code: None }
    }

    pub(crate) fn with_code(self, code: Option<String>) -> Failure {
        Failure { code, ..self }
    }

    /// 应用错误: the text gives the reason.
    pub(super) fn business(message: impl Into<String>) -> Failure {
        Failure::new(100, message)
    }

    pub(super) fn parameters() -> Failure {
        Failure::new(1, "参数错误")
    }

    pub(super) fn mismatch() -> Failure {
        Failure::new(1, "argument type mismatch")
    }

    pub(super) fn not_a_number(text: &str) -> Failure {
        Failure::new(1, format!("For input string: \"{text}\""))
    }

    /// A field that is missing or unknown to the method: its bare name.
    pub(super) fn field(name: &str) -> Failure {
        Failure::new(2, name)
    }

    /// A field that was sent empty.
    pub(super) fn empty(name: &str) -> Failure {
        Failure::business(format!("{name}不能为空"))
    }

    pub(crate) fn answer(&self) -> Answer {
        let mut body = vec![("status".to_owned(), Json::from(self.status))];
        if let Some(code) = &self.code {
            body.push(("code".to_owned(), Json::from(code.as_str())));
        }
        body.push(("message".to_owned(), Json::from(self.message.as_str())));
        Answer::json(&Json::Object(body))
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Failure {
        match &error {
            FieldError::Missing(_) | FieldError::Unknown(_) => Failure::field(error.name()),
            FieldError::Type { .. } => Failure::mismatch(),
            FieldError::Length { .. } => {
                Failure::business(format!("Data truncation: Data too long for column {}", error.name()))
            }
            FieldError::Number { text, .. } => Failure::not_a_number(text),
            FieldError::Range(_) => Failure::parameters(),
        }
    }
}

impl From<Refusal> for Failure {
    /// Where the vendor publishes no text, one of the same pattern.
    fn from(refusal: Refusal) -> Failure {
        Failure::business(match refusal {
            Refusal::Warehouse(no) => format!("仓库不存在  仓库编号: {no}"),
            Refusal::Item(no) => format!("商家编码:{no} 单品不存在"),
            Refusal::Owner(code) => format!("货主不存在  货主编号: {code}"),
            Refusal::Pool(no) => format!("虚拟仓不存在  虚拟仓编号: {no}"),
            Refusal::Batch(batch) => format!("批次 {batch} 不存在或已停用"),
            Refusal::NotEnough { item, .. } => format!("商家编码(spec_no):{item},调拨量不能大于可出库存量"),
            Refusal::PoolsApart => "虚拟仓不属于同一仓库".to_owned(),
            Refusal::Repeated => "此外部单已使用!".to_owned(),
        })
    }
}
