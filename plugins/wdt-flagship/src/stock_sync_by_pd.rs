//! `wms.StockPd.stockSyncByPd` (创建盘点单): sets stock to the counted quantity, by a stocktake that is carried out at once.
//!
//! The fields are those of the vendor's page of this method at open.wangdian.cn.

use serde::Serialize;
use stockbridge_connector::{
    AdjustmentOrder, Attempt, CountLine, Effect, Error, Host, LineFailure, Progress, Receipt, Refused, WriteFailure,
    china_time, decimal,
    json::{self, Scalar},
    lookup_hints,
    object::{Fields, Object, beside},
    order::{self, Extras},
    reader::{ReadError, Reader},
};

use crate::remark_marker::{self, Marker};
use crate::{condition, gateway};

pub(crate) const METHOD: &str = "wms.StockPd.stockSyncByPd";

/// 盘点单信息.
#[derive(Debug, Serialize)]
struct PdOrder<'a> {
    /// 仓库编号.
    warehouse_no: &'a str,
    /// 正残次品处理方式: 0 all goods, 1 only sellable ones, 2 only defective ones.
    defect_mode: u8,
    /// 备注: required. An order without a remark gets its reference as the remark, by which a person finds it, followed by
    /// the marker.
    remark: String,
    /// 是否严格模式: whether one unknown item fails the whole count. Otherwise unknown items are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_post_error: Option<bool>,
}

/// 盘点单明细.
#[derive(Debug, Serialize)]
struct Spec<'a> {
    /// 商家编码.
    spec_no: &'a str,
    /// 备注: required, as above.
    remark: &'a str,
    /// 盘点数量, as text.
    new_num: &'a str,
    /// 残次品.
    defect: bool,
}

/// 返回值. Besides these two it has the stocktake's id with the error of its settlement, or `ok`.
#[derive(Default)]
struct Data<'a> {
    /// 盘点单号.
    pd_no: Scalar<'a>,
    /// 有问题的商家编码（跳过的商家编码）: the items that were left out.
    skip_spec_no: Scalar<'a>,
}

impl<'a> Fields<'a> for Data<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "pd_no" => self.pd_no = value.read()?,
            "skip_spec_no" => self.skip_spec_no = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn count(host: &impl Host, order: &AdjustmentOrder, lines: &[CountLine]) -> Result<Receipt, WriteFailure> {
    order::absent("organisation", order.organisation.as_ref())?;
    let specs = specs(order, lines)?;
    let marker = Marker::of(host, &order.reference)?;
    let arguments = (pd_order(order, &specs, marker.as_ref())?, specs);
    let key = marker.as_ref().map(Marker::as_str);
    let answer = gateway::send(host, METHOD, None, Effect::Write(key), &arguments)?;
    receipt(lines, &answer)
}

fn pd_order<'a>(
    order: &'a AdjustmentOrder,
    specs: &[Spec<'_>],
    marker: Option<&Marker>,
) -> Result<PdOrder<'a>, Refused> {
    let mut extras = Extras::new("extras", &order.extras);
    let is_post_error = extras.one_of("is_post_error", &["0", "1"])?.map(|strict| strict == "1");
    extras.finish()?;
    let (defective, sellable) = (specs.iter().any(|spec| spec.defect), specs.iter().any(|spec| !spec.defect));
    Ok(PdOrder {
        warehouse_no: order::text("warehouse", &order.warehouse, 40)?,
        defect_mode: match (sellable, defective) {
            (true, false) => 1,
            (false, true) => 2,
            _ => 0,
        },
        remark: remark(order, marker)?,
        is_post_error,
    })
}

/// The head's remark.
pub(crate) fn remark(order: &AdjustmentOrder, marker: Option<&Marker>) -> Result<String, Refused> {
    let remark = order.remark.as_ref().unwrap_or(&order.reference);
    Ok(remark_marker::marked(Some(remark), marker)?.unwrap_or_default())
}

fn specs<'a>(order: &'a AdjustmentOrder, lines: &'a [CountLine]) -> Result<Vec<Spec<'a>>, Refused> {
    let spec = |(index, line)| spec(index, line, &order.reference);
    order::some("adjustment.count", lines)?.iter().enumerate().map(spec).collect()
}

fn spec<'a>(index: usize, line: &'a CountLine, reference: &'a str) -> Result<Spec<'a>, Refused> {
    let at = |field: &str| format!("adjustment.count[{index}].{field}");
    order::absent(at("position"), line.position.as_ref())?;
    order::absent(at("batch"), line.batch.as_ref())?;
    Extras::new(at("extras"), &line.extras).finish()?;
    // The text's length is from the page; the figure is stored as Decimal(19,4).
    decimal::fits(&at("counted"), &line.counted, 19, 4)?;
    Ok(Spec {
        spec_no: order::text(at("sku"), &line.sku, 40)?,
        remark: order::optional_text(at("remark"), line.remark.as_ref(), 255)?.unwrap_or(reference),
        new_num: order::text(at("counted"), &line.counted, 20)?,
        // A count overwrites stock: the kind of stock must not be guessed.
        defect: *order::required(
            at("condition"),
            condition::defect(at("condition"), line.condition.as_ref())?.as_ref(),
        )?,
    })
}

fn receipt(lines: &[CountLine], answer: &str) -> Result<Receipt, WriteFailure> {
    let (Object { fields: data, others }, mut extras) = gateway::read::<Object<Data<'_>>>(answer)?.into_data()?;
    let Some(document) = data.pd_no.filled() else {
        return Err(WriteFailure::Unknown(Error::malformed("`data.pd_no` is missing")));
    };
    // key为盘点ID，value为结算时错误信息，若无则为“ok”.
    let settled = others
        .iter()
        .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_digit()))
        .all(|(_, value)| value == "\"ok\"");
    let progress = gateway::progress(&others, if settled { Progress::Done } else { Progress::Stuck }, &extras)?;
    beside(&mut extras, "data", others);
    let skipped = data.skip_spec_no.as_str();
    let failed = failed(lines, skipped);
    if !skipped.is_empty() {
        beside(&mut extras, "data", [("skip_spec_no".to_owned(), json::quoted(skipped))]);
    }
    Ok(Receipt { document: Some(document), progress, failed, repeated: None, extras })
}

/// The lines whose items were left out. The provider's format of several in one text is not established.
fn failed(lines: &[CountLine], skipped: &str) -> Vec<LineFailure> {
    let left_out = |sku: &str| {
        !skipped.is_empty() && (skipped == sku || skipped.split([',', '，', ';', ' ']).any(|code| code.trim() == sku))
    };
    (0..)
        .zip(lines)
        .filter(|(_, line)| left_out(&line.sku))
        .map(|(line, _)| LineFailure { line, provider_code: None, provider_message: Some(skipped.to_owned()) })
        .collect()
}

pub(crate) fn where_to_look(order: &AdjustmentOrder, lines: &[CountLine], attempt: &Attempt) -> String {
    format!(
        "In the ERP client's list of stocktakes (盘点单), look for one in the warehouse {} with the remark {}{} that counts {}, \
         made {}. {} {}",
        order.warehouse,
        order.remark.as_ref().unwrap_or(&order.reference),
        attempt.key.as_ref().map(|marker| format!(" {marker}")).unwrap_or_default(),
        lookup_hints::goods(lines.iter().map(|line| (line.sku.as_str(), Some(line.counted.as_str())))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
        lookup_hints::OF_A_COUNT,
    )
}
