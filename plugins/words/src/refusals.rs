//! Nouns of an order, and predicates of refusals: a noun and a predicate in one clause are a refusal if they are listed as
//! a pair.

use crate::Kind;

/// A predicate, and the nouns with which it makes a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// The predicate.
    pub predicate: &'static str,
    /// Its nouns.
    pub nouns: Of,
    /// Class of the refusal.
    pub kind: Kind,
    /// The page or client that documents it.
    pub source: &'static str,
}

/// Groups of nouns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Things that have a name, and can be missing.
    Named,
    /// Things that can be too few.
    Counted,
    /// All nouns of an order.
    Any,
}

impl Of {
    /// The nouns of the group.
    pub fn nouns(self) -> impl Iterator<Item = &'static str> {
        let of = move |kind: Of| matches!(self, Of::Any) || self == kind;
        let named = NAMED.iter().filter(move |_| of(Of::Named));
        let counted = COUNTED.iter().filter(move |_| of(Of::Counted));
        named.chain(counted).chain(OTHERS.iter().filter(move |_| self == Of::Any)).copied()
    }
}

const NAMED: [&str; 20] = [
    "商家编码",
    "单品",
    "虚拟仓库",
    "虚拟仓",
    "仓库",
    "库存组织",
    "批次",
    "货位",
    "外部单号",
    "调拨单号",
    "单号",
    "货品",
    "商品",
    "产品",
    "货主",
    "条码",
    "sku",
    "spec_no",
    "warehouse",
    "item",
];
const COUNTED: [&str; 5] = ["库存", "数量", "调拨量", "stock", "quantity"];
const OTHERS: [&str; 2] = ["有效期", "备注"];

const FLAGSHIP: &str = "Wangdiantong's pages print it of items, warehouses and batches; TOP's of an owner";
const MEANING: &str = "no page prints it: said of the order, it has no other meaning";

/// The pairs.
pub const PAIRS: [Pairs; 14] = [
    Pairs { predicate: "不存在", nouns: Of::Named, kind: Kind::NotFound, source: FLAGSHIP },
    Pairs { predicate: "not exist", nouns: Of::Named, kind: Kind::NotFound, source: MEANING },
    Pairs { predicate: "not found", nouns: Of::Named, kind: Kind::NotFound, source: MEANING },
    Pairs { predicate: "不足", nouns: Of::Counted, kind: Kind::Rejected, source: MEANING },
    Pairs { predicate: "insufficient", nouns: Of::Counted, kind: Kind::Rejected, source: MEANING },
    Pairs {
        predicate: "不能为空",
        nouns: Of::Any,
        kind: Kind::InvalidRequest,
        source: "Wangdiantong's table of errors",
    },
    Pairs {
        predicate: "不可为空",
        nouns: Of::Any,
        kind: Kind::InvalidRequest,
        source: "Wangdiantong's table of errors",
    },
    Pairs { predicate: "必须", nouns: Of::Any, kind: Kind::InvalidRequest, source: MEANING },
    Pairs { predicate: "格式", nouns: Of::Any, kind: Kind::InvalidRequest, source: MEANING },
    Pairs { predicate: "长度超过", nouns: Of::Any, kind: Kind::InvalidRequest, source: MEANING },
    Pairs { predicate: "超长", nouns: Of::Any, kind: Kind::InvalidRequest, source: "Wangdiantong's table of errors" },
    Pairs {
        predicate: "不合法", nouns: Of::Any, kind: Kind::InvalidRequest, source: "Wangdiantong's table of errors"
    },
    Pairs { predicate: "无权限", nouns: Of::Named, kind: Kind::Forbidden, source: "Wangdiantong's table of errors" },
    Pairs { predicate: "没有权限", nouns: Of::Named, kind: Kind::Forbidden, source: MEANING },
];

/// Predicates of an empty field with any name: Wangdiantong's table of errors has `X不能为空`.
pub const EMPTY: [&str; 2] = ["不能为空", "不可为空"];

/// Words that may be in a clause beside noun, predicate and codes without changing its meaning.
pub const LINKS: [&str; 58] = [
    "编号",
    "编码",
    "代码",
    "名称",
    "信息",
    "数据",
    "明细",
    "列表",
    "中",
    "里",
    "内",
    "在",
    "的",
    "该",
    "此",
    "第",
    "行",
    "号",
    "源",
    "目标",
    "调出",
    "调入",
    "出库",
    "入库",
    "可用",
    "可出",
    "可",
    "当前",
    "剩余",
    "实际",
    "订单",
    "单据",
    "winit",
    "全",
    "都",
    "或",
    "和",
    "与",
    "已停用",
    "已删除",
    "检查",
    "大于",
    "小于",
    "等于",
    "不能",
    "为",
    "是",
    "正",
    "整数",
    "数字",
    "零",
    "错误",
    "不正确",
    "有误",
    "限制",
    "最大",
    "个字符",
    "位",
];

/// Beginnings of clauses that only advise what to do.
pub const HINTS: [&str; 13] = [
    "请检查",
    "请核对",
    "请确认编码",
    "请稍后重试",
    "请稍后再试",
    "请重新",
    "请修改",
    "请联系",
    "请先",
    "请输入",
    "请填写",
    "请传",
    "请参考",
];

/// Texts that may accompany the one with the reason.
pub const NEUTRAL: [&str; 8] = ["error", "fail", "failed", "失败", "操作失败", "调拨失败", "null", "false"];
