//! Failures of the enterprise edition: `{"code":N,"message":"…"}` within HTTP 200.
//!
//! Only 2104 is on a vendor page. One public client reads 2030, 2060 and 2100 as failed authentication and 1 and 100 as
//! invalid input; how the vendor uses them is not established.

use crate::gateways::Answer;
use crate::gateways::fields::FieldError;
use crate::json::Json;
use crate::ledger::Refusal;

/// A failure with the vendor's code and message.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    code: Json,
    message: String,
}

impl Failure {
    pub(crate) fn new(code: impl Into<Json>, message: impl Into<String>) -> Failure {
        Failure { code: code.into(), message: message.into() }
    }

    pub(super) fn input(message: impl Into<String>) -> Failure {
        Failure::new(100_i64, message)
    }

    pub(super) fn missing(name: &str) -> Failure {
        Failure::input(format!("{name}不能为空"))
    }

    pub(super) fn wrong(name: &str) -> Failure {
        Failure::input(format!("参数错误: {name}"))
    }

    /// The one error on the page.
    pub(super) fn window() -> Failure {
        Failure::new(2104_i64, "start_time与end_time时间跨度不能超过最大范围 30天")
    }

    pub(crate) fn answer(&self) -> Answer {
        Answer::json(&Json::object([("code", self.code.clone()), ("message", Json::from(self.message.as_str()))]))
    }
}

impl From<FieldError> for Failure {
    fn from(error: FieldError) -> Failure {
        match error {
            FieldError::Missing(path) => Failure::missing(&path),
            other => Failure::wrong(other.path()),
        }
    }
}

impl From<Refusal> for Failure {
    /// None of these texts is published for this edition; they are from its sister, the flagship edition.
    fn from(refusal: Refusal) -> Failure {
        Failure::input(match refusal {
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
