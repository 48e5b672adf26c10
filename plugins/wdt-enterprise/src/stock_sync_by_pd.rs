//! `stock_sync_by_pd` (创建盘点单): sets stock to the counted quantity, by a stocktake.

use serde::Serialize;
use stockbridge_connector::{
    AdjustmentOrder, Attempt, CountLine, Effect, Host, Progress, Receipt, Refused, WriteFailure, china_time, decimal,
    json, lookup_hints,
    order::{self, Extras},
};

use crate::openapi;

pub(crate) const METHOD: &str = "stock_sync_by_pd";

/// The setting for a client that audits counts by itself.
pub(crate) const AUDITS_ITSELF: &str = "counts-audit-themselves";

/// Maximum number of lines of a count.
const MAX_LINES: usize = 500;

/// 业务请求参数.
///
/// Clients use `outer_no` and `is_adjust_stock` for the caller's number and the switch that carries the count out; the
/// vendor's present page at open.wangdian.cn calls them `api_outer_no` and `is_check`. The gateway reads parameters by name
/// and ignores others, so both are sent, with the same meaning.
struct Parameters<'a> {
    /// 仓库编号.
    warehouse_no: &'a str,
    /// API单号, as `outer_no` and `api_outer_no`.
    outer_no: &'a str,
    /// Whether stock is actually set: 1, unless the order's extras request only the document.
    is_adjust_stock: String,
    /// 是否审核: equal to `is_adjust_stock` unless the extras set it.
    is_check: String,
    /// 严格模式: whether one unknown item fails the whole count; the provider's default.
    is_post_error: String,
    /// 是否添加库存记录: whether an item without a row of stock gets one. The provider's default is 0.
    is_create_stock: String,
    /// 盘点模式: 1 by position; by item if empty.
    mode: &'static str,
    /// 货品明细列表节点.
    goods_list: Vec<Goods<'a>>,
}

/// goods_list.
#[derive(Debug, Serialize)]
struct Goods<'a> {
    /// 商家编码.
    spec_no: &'a str,
    /// 货位编码, in mode 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    position_no: Option<&'a str>,
    /// 库存数量: a text, as in the vendor's own examples.
    stock_num: &'a str,
}

pub(crate) fn count(host: &impl Host, order: &AdjustmentOrder, lines: &[CountLine]) -> Result<Receipt, WriteFailure> {
    let parameters = parameters(order, lines)?;
    let audits_itself = host.switch(AUDITS_ITSELF)?;
    let goods_list = json::write_ascii(&parameters.goods_list)?;
    let form = [
        ("warehouse_no", parameters.warehouse_no),
        ("outer_no", parameters.outer_no),
        ("api_outer_no", parameters.outer_no),
        ("is_adjust_stock", &parameters.is_adjust_stock),
        ("is_check", &parameters.is_check),
        ("is_post_error", &parameters.is_post_error),
        ("is_create_stock", &parameters.is_create_stock),
        ("mode", parameters.mode),
        ("goods_list", &goods_list),
    ];
    let answer = openapi::send(host, METHOD, Effect::Write(Some(&order.reference)), &form)?;
    let extras = openapi::pushed(&answer)?;
    Ok(Receipt {
        // Where the answer has the new document's number is not established; the message is in the extras.
        document: None,
        progress: if audits_itself && parameters.is_adjust_stock == "1" && parameters.is_check == "1" {
            Progress::Done
        } else {
            Progress::Accepted
        },
        failed: Vec::new(),
        repeated: None,
        extras,
    })
}

fn parameters<'a>(order: &'a AdjustmentOrder, lines: &'a [CountLine]) -> Result<Parameters<'a>, Refused> {
    order::absent("organisation", order.organisation.as_ref())?;
    order::absent("remark", order.remark.as_ref())?;
    let mut extras = Extras::new("extras", &order.extras);
    let mut switch = |name| extras.one_of(name, &["0", "1"]);
    let is_adjust_stock = switch("is_adjust_stock")?.unwrap_or_else(|| "1".to_owned());
    let is_check = switch("is_check")?.unwrap_or_else(|| is_adjust_stock.clone());
    let is_post_error = switch("is_post_error")?.unwrap_or_default();
    let is_create_stock = switch("is_create_stock")?.unwrap_or_default();
    extras.finish()?;
    let lines = order::at_most("adjustment.count", order::some("adjustment.count", lines)?, MAX_LINES)?;
    let by_position = lines.iter().any(|line| line.position.is_some());
    if let Some(place) = lines.iter().position(|line| line.position.is_none()).filter(|_| by_position) {
        let mixed = "a whole count is by position or by item: give each line a position, or none";
        return Err(Refused::invalid(format!("adjustment.count[{place}].position"), mixed));
    }
    Ok(Parameters {
        warehouse_no: order::text("warehouse", &order.warehouse, 40)?,
        outer_no: order::text("reference", &order.reference, 40)?,
        is_adjust_stock,
        is_check,
        is_post_error,
        is_create_stock,
        mode: if by_position { "1" } else { "" },
        goods_list: lines.iter().enumerate().map(goods).collect::<Result<_, _>>()?,
    })
}

fn goods((index, line): (usize, &CountLine)) -> Result<Goods<'_>, Refused> {
    let at = |field: &str| format!("adjustment.count[{index}].{field}");
    order::absent(at("condition"), line.condition.as_ref())?;
    order::absent(at("batch"), line.batch.as_ref())?;
    order::absent(at("remark"), line.remark.as_ref())?;
    Extras::new(at("extras"), &line.extras).finish()?;
    decimal::fits(&at("counted"), &line.counted, 19, 4)?;
    Ok(Goods {
        spec_no: order::text(at("sku"), &line.sku, 40)?,
        position_no: order::optional_text(at("position"), line.position.as_ref(), 50)?,
        stock_num: &line.counted,
    })
}

pub(crate) fn where_to_look(order: &AdjustmentOrder, lines: &[CountLine], attempt: &Attempt) -> String {
    format!(
        "Whether Wangdiantong's look-up of stocktakes shows the caller's number is not established. In the ERP client's \
         list of stocktakes (盘点单), look for the one with the outside number (外部单号) {}: in the warehouse {}, of {}, \
         made {}. {} {}",
        order.reference,
        order.warehouse,
        lookup_hints::goods(lines.iter().map(|line| (line.sku.as_str(), Some(line.counted.as_str())))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
        lookup_hints::OF_A_COUNT,
    )
}
