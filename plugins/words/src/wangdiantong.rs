//! Wangdiantong's refusal texts, from the flagship's pages. The enterprise edition has no public list, and its clients read
//! the same texts.

use crate::{Kind, Text};

const ERRORS: &str = "the flagship's table of errors";
const METHODS: &str = "the flagship's pages of the methods";
const OTHERS: &str = "the flagship's pages of other methods";

const fn text(text: &'static str, kind: Kind, source: &'static str) -> Text {
    Text { text, kind, source }
}

/// The texts of a business error, status 100.
pub const BUSINESS: [Text; 30] = [
    text("此方法仅支持分页查询：接口*", Kind::InvalidRequest, ERRORS),
    text("您的查询时间过宽,查询时间不能大于*天", Kind::InvalidRequest, ERRORS),
    text("权限不足", Kind::Forbidden, ERRORS),
    text("无仓库访问权限", Kind::Forbidden, ERRORS),
    text("无该仓库权限", Kind::Forbidden, ERRORS),
    text("没有该仓库权限", Kind::Forbidden, OTHERS),
    text("仓库编号不可为空", Kind::InvalidRequest, ERRORS),
    text("Unparseable date: *", Kind::InvalidRequest, ERRORS),
    text("商家编码:* 单品不存在", Kind::NotFound, METHODS),
    text("源仓库不存在", Kind::NotFound, METHODS),
    text("仓库不存在 仓库编号: *", Kind::NotFound, METHODS),
    text("商家编码全不存在或都已删除", Kind::NotFound, METHODS),
    text("单品不存在检查商家编码", Kind::NotFound, METHODS),
    text("参数中必须包含起止时间", Kind::InvalidRequest, OTHERS),
    text("商家编码(spec_no):*,调拨量不能大于可出库存量", Kind::Rejected, ERRORS),
    text("商家编码）*,调拨量不能大于可出库存量", Kind::Rejected, ERRORS),
    text("非销售出、入库单批次、有效期必传", Kind::InvalidRequest, ERRORS),
    text("*must not be null", Kind::InvalidRequest, ERRORS),
    text("货品列表中有相同商家编码的货品！", Kind::InvalidRequest, ERRORS),
    text("货品列表中有相同商家编码、货位、批次、有效期的货品", Kind::InvalidRequest, ERRORS),
    text("出库仓库为外部仓库，请确保收货人、收货电话、省份、城市、地址填写完整", Kind::Rejected, ERRORS),
    text("单据不存在", Kind::NotFound, ERRORS),
    text("请指定仓库", Kind::InvalidRequest, OTHERS),
    text("批次 * 不存在或已停用", Kind::NotFound, ERRORS),
    text("外部单号超长", Kind::InvalidRequest, ERRORS),
    text("数量不合法", Kind::InvalidRequest, ERRORS),
    text("虚拟仓不存在:*", Kind::NotFound, OTHERS),
    text("虚拟仓不存在或已停用:*", Kind::NotFound, OTHERS),
    // The rest is a comma, full-width on some pages and half-width on others, and 请稍后重试.
    text("超过每分钟最大调用频率限制", Kind::RateLimited, ERRORS),
    text("超过每分钟最大并发次数限制", Kind::RateLimited, ERRORS),
];
