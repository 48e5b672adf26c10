//! `wms.stocktransfer.Edit.createOrder` (调拨单新建): a transfer between warehouses under the caller's number.
//!
//! The fields are those of the vendor's page of this method at open.wangdian.cn. No source says whether a second order with
//! the same `outer_no` is refused, and the vendor's look-up of transfers neither filters by the number nor returns it: the
//! transfer is found by the marker in its remark.

use std::slice;

use serde::Serialize;
use serde_json::value::RawValue;
use stockbridge_connector::{
    Attempt, Effect, Error, Host, Progress, Receipt, Refused, TransferGranularity, TransferLine, TransferOrder,
    TransferStage, WarehouseNotice, WriteFailure, china_time, decimal, json,
    json::Scalar,
    lookup_hints,
    object::{Fields, Object, beside},
    order::{self, Extras},
    reader::{ReadError, Reader},
};

use crate::remark_marker::{self, Marker};
use crate::{condition, gateway, outer_no};

pub(crate) const METHOD: &str = "wms.stocktransfer.Edit.createOrder";

/// 调拨单单据信息.
#[derive(Debug, Serialize)]
struct OrderInfo<'a> {
    /// 外部单号: see [`outer_no`].
    outer_no: &'a str,
    /// 调出仓库.
    from_warehouse_no: &'a str,
    /// 调入仓库.
    to_warehouse_no: &'a str,
    /// 调拨类型.
    mode: Mode,
    /// 备注.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
    /// 目标仓联系人.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    /// 联系电话.
    #[serde(skip_serializing_if = "Option::is_none")]
    telno: Option<String>,
    /// 目标仓省份.
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<String>,
    /// 目标仓城市.
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    /// 目标仓地区.
    #[serde(skip_serializing_if = "Option::is_none")]
    district: Option<String>,
    /// 目标仓地址.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// 调拨单明细信息.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    /// 商家编码.
    spec_no: &'a str,
    /// 调拨数量, Decimal(19,4): a number with its digits, as in the page's example.
    num: Box<RawValue>,
    /// 调出货位.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_position_no: Option<String>,
    /// 调入货位.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_position_no: Option<String>,
    /// 批次号, in modes 2 and 7.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_no: Option<&'a str>,
    /// 有效期, in modes 2 and 7: a time; the gateway refuses a bare date.
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_date: Option<String>,
    /// 是否残次品.
    #[serde(skip_serializing_if = "Option::is_none")]
    defect: Option<bool>,
    /// 备注.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'a str>,
}

/// 调拨类型: 0 by item, 1 by position and 2 in detail, each stepwise; 5, 6 and 7 the same with in and out at once.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
struct Mode(u8);

impl Mode {
    /// The order's granularity, with stock that moves at the approval, unless the order's extras choose otherwise.
    fn of(order: &TransferOrder, extras: &mut Extras<'_>) -> Result<Mode, Refused> {
        let (usual, allowed): (_, &[&str]) = match order.granularity {
            TransferGranularity::ByItem => (5, &["0", "1", "5", "6"]),
            TransferGranularity::ByBatch => (7, &["2", "7"]),
        };
        let given = extras.one_of("mode", allowed)?.and_then(|mode| mode.parse().ok());
        Ok(Mode(given.unwrap_or(usual)))
    }

    fn has_batches(self) -> bool {
        matches!(self.0, 2 | 7)
    }

    fn has_positions(self) -> bool {
        !matches!(self.0, 0 | 5)
    }

    fn moves_at_once(self) -> bool {
        matches!(self.0, 5..=7)
    }
}

/// 结果信息. It also has a `status`: see [`gateway::progress`].
#[derive(Default)]
struct Data<'a> {
    /// 返回信息: the transfer's number after a success, otherwise the error.
    message: Scalar<'a>,
    /// 调拨单号, if the document was created and its audit failed.
    transfer_no: Scalar<'a>,
}

impl<'a> Fields<'a> for Data<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "message" => self.message = value.read()?,
            "transfer_no" => self.transfer_no = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The key of a transfer in the journal: its outside number and, if it has one, the marker after a `+`, which no reference
/// contains.
pub(crate) struct Key<'a> {
    pub(crate) outer_no: &'a str,
    pub(crate) marker: Option<Marker>,
}

impl<'a> Key<'a> {
    pub(crate) fn read(key: &'a str) -> Key<'a> {
        match key.split_once('+') {
            Some((outer_no, marker)) => Key { outer_no, marker: Marker::in_key(marker) },
            None => Key { outer_no: key, marker: None },
        }
    }

    fn text(&self) -> String {
        match &self.marker {
            Some(marker) => [self.outer_no, "+", marker.as_str()].concat(),
            None => self.outer_no.to_owned(),
        }
    }
}

pub(crate) fn transfer(host: &impl Host, order: &TransferOrder) -> Result<Receipt, WriteFailure> {
    let outer_no = outer_no::of(&order.reference);
    let marker = Marker::of(host, &order.reference)?;
    let info = order_info(order, &outer_no, marker.as_ref())?;
    // 是否审核.
    let is_check = match order.stage {
        TransferStage::Draft => false,
        TransferStage::Approved => true,
        TransferStage::Submitted => {
            let cannot = "the provider creates a draft or approves at once; it has no stage in between";
            return Err(Refused::unsupported("stage", cannot).into());
        }
    };
    let arguments = (&info, details(order, info.mode)?, is_check);
    let key = Key { outer_no: &outer_no, marker }.text();
    let answer = gateway::send(host, METHOD, None, Effect::Write(Some(&key)), &arguments)?;
    // In a stepwise transfer the warehouses have yet to ship and to receive; and nothing moves before an approval.
    let moved = is_check && info.mode.moves_at_once();
    let mut receipt = receipt(if moved { Progress::Done } else { Progress::Accepted }, &answer)?;
    if outer_no != order.reference {
        beside(&mut receipt.extras, "sent", [("outer_no".to_owned(), json::quoted(&outer_no))]);
    }
    Ok(receipt)
}

fn order_info<'a>(
    order: &'a TransferOrder,
    outer_no: &'a str,
    marker: Option<&Marker>,
) -> Result<OrderInfo<'a>, Refused> {
    order::not_asked("notice", order.notice == WarehouseNotice::Notified)?;
    let mut extras = Extras::new("extras", &order.extras);
    let info = OrderInfo {
        outer_no: order::text("reference", outer_no, outer_no::MAX_LENGTH)?,
        from_warehouse_no: order::text("from-warehouse", &order.from_warehouse, 40)?,
        to_warehouse_no: order::text("to-warehouse", &order.to_warehouse, 40)?,
        mode: Mode::of(order, &mut extras)?,
        remark: remark_marker::marked(order.remark.as_deref(), marker)?,
        contact: short(&mut extras, "extras", "contact", 40)?,
        telno: short(&mut extras, "extras", "telno", 40)?,
        province: short(&mut extras, "extras", "province", 40)?,
        city: short(&mut extras, "extras", "city", 40)?,
        district: short(&mut extras, "extras", "district", 40)?,
        address: short(&mut extras, "extras", "address", 255)?,
    };
    extras.finish()?;
    Ok(info)
}

fn details(order: &TransferOrder, mode: Mode) -> Result<Vec<Detail<'_>>, Refused> {
    let detail = |(index, line)| detail(index, line, mode);
    order::some("lines", &order.lines)?.iter().enumerate().map(detail).collect()
}

fn detail(index: usize, line: &TransferLine, mode: Mode) -> Result<Detail<'_>, Refused> {
    let at = |field: &str| format!("lines[{index}].{field}");
    if !mode.has_batches() {
        let elsewhere = "the provider only uses it in a transfer by batch: set the granularity to by-batch";
        for (field, given) in [("batch", &line.batch), ("expiry", &line.expiry)] {
            refuse(at(field), given.is_some(), elsewhere)?;
        }
    }
    let mut extras = Extras::new(at("extras"), &line.extras);
    let from_position_no = short(&mut extras, &at("extras"), "from_position_no", 50)?;
    let to_position_no = short(&mut extras, &at("extras"), "to_position_no", 50)?;
    extras.finish()?;
    if !mode.has_positions() {
        let elsewhere = "a transfer by item has no positions: set the order's extra `mode` to 1 or 6";
        for (field, given) in [("from_position_no", &from_position_no), ("to_position_no", &to_position_no)] {
            refuse(at(&format!("extras.{field}")), given.is_some(), elsewhere)?;
        }
    }
    Ok(Detail {
        spec_no: order::text(at("sku"), &line.sku, 40)?,
        num: decimal::number(&at("quantity"), &line.quantity, 19, 4)?,
        from_position_no,
        to_position_no,
        batch_no: order::optional_text(at("batch"), line.batch.as_ref(), 40)?,
        expire_date: order::midnight(line.expiry.as_ref()),
        defect: condition::defect(at("condition"), line.condition.as_ref())?,
        remark: order::optional_text(at("remark"), line.remark.as_ref(), 255)?,
    })
}

fn refuse(path: String, given: bool, why: &str) -> Result<(), Refused> {
    if given { Err(Refused::unsupported(path, why)) } else { Ok(()) }
}

fn short(extras: &mut Extras<'_>, path: &str, name: &str, longest: usize) -> Result<Option<String>, Refused> {
    let text = extras.text(name)?;
    order::optional_text(format!("{path}.{name}"), text.as_ref(), longest)?;
    Ok(text)
}

fn receipt(full_progress: Progress, answer: &str) -> Result<Receipt, WriteFailure> {
    let (Object { fields: data, others }, mut extras) = gateway::read::<Object<Data<'_>>>(answer)?.into_data()?;
    let message = ("message".to_owned(), json::quoted(data.message.as_str()));
    let progress = gateway::progress(&[slice::from_ref(&message), &others].concat(), full_progress, &extras)?;
    beside(&mut extras, "data", others);
    let document = match progress {
        Progress::Stuck => {
            beside(&mut extras, "data", [message]);
            data.transfer_no.filled()
        }
        _ => Some(data.message.filled().ok_or_else(|| {
            WriteFailure::Unknown(Error::malformed("`data.message`, which has the transfer's number, is missing"))
        })?),
    };
    Ok(Receipt { document, progress, failed: Vec::new(), repeated: None, extras })
}

pub(crate) fn where_to_look(order: &TransferOrder, outer_no: &str, attempt: &Attempt) -> String {
    format!(
        "In the ERP client's list of transfers (调拨单), look for the one with the outside number (外部单号) {outer_no}, which \
         no look-up shows: from {} to {} of {}, made {}. {}",
        order.from_warehouse,
        order.to_warehouse,
        lookup_hints::goods(order.lines.iter().map(|line| (line.sku.as_str(), Some(line.quantity.as_str())))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
    )
}
