//! The providers' codes of warehouses and items, and the conditions of goods.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

macro_rules! code {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(String);

        impl $name {
            /// The code as text.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(code: &str) -> $name {
                $name(code.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(code: String) -> $name {
                $name(code)
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(WarehouseNo, "A warehouse: Wangdiantong's `warehouse_no`, TOP's `warehouse_code`, Winit's `warehouseCode`.");
code!(ItemNo, "An item: Wangdiantong's `spec_no`, TOP's `item_code`, Winit's `merchandiseCode`.");

/// The condition of goods, by TOP's inventory types; Wangdiantong only distinguishes sound from defective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Condition {
    /// 正品
    #[default]
    Zp,
    /// 残次
    Cc,
    /// 机损
    Js,
    /// 箱损
    Xs,
    /// 在途库存
    Zt,
    /// 效期残
    Xqc,
    /// 收货暂存残
    Zcc,
    /// 不良品
    Blc,
    /// 收货暂存良
    Zczp,
    /// 残值品
    Czc,
    /// 报废品
    Fp,
    /// 临期品
    Lqc,
    /// 销退正品
    Xtzp,
}

impl Condition {
    const CODES: [(Condition, &'static str); 13] = [
        (Condition::Zp, "ZP"),
        (Condition::Cc, "CC"),
        (Condition::Js, "JS"),
        (Condition::Xs, "XS"),
        (Condition::Zt, "ZT"),
        (Condition::Xqc, "XQC"),
        (Condition::Zcc, "ZCC"),
        (Condition::Blc, "BLC"),
        (Condition::Zczp, "ZCZP"),
        (Condition::Czc, "CZC"),
        (Condition::Fp, "FP"),
        (Condition::Lqc, "LQC"),
        (Condition::Xtzp, "XTZP"),
    ];

    /// The condition of a TOP code.
    pub(crate) fn from_code(code: &str) -> Option<Condition> {
        Condition::CODES.iter().find(|(_, own)| *own == code).map(|(condition, _)| *condition)
    }

    /// Whether Wangdiantong would call the goods 残次品.
    pub(crate) fn is_defective(self) -> bool {
        use Condition::{Blc, Cc, Czc, Fp, Js, Lqc, Xqc, Xs, Xtzp, Zcc, Zczp, Zp, Zt};
        match self {
            Cc | Js | Xs | Xqc | Zcc | Blc | Czc | Fp => true,
            Zp | Zt | Zczp | Lqc | Xtzp => false,
        }
    }
}

/// Packaging of goods, by Winit's `skuType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Packaging {
    /// Single items.
    #[default]
    Single,
    /// Boxes of items.
    Box,
    /// Suites of items.
    Suite,
}

impl Packaging {
    /// The packaging of a Winit code.
    pub(crate) fn from_code(code: &str) -> Option<Packaging> {
        match code {
            "SINGLE" => Some(Packaging::Single),
            "BOX" => Some(Packaging::Box),
            "SUITE" => Some(Packaging::Suite),
            _ => None,
        }
    }
}
