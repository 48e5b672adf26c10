//! The page's example as an order, and an account to send it with.

use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Condition, OccupationLine, OccupationOrder, OccupationReason};

/// The example's `req_dto`, as sent.
pub(crate) const REQUEST: &str = include_str!("../pages/request.json");
pub(crate) const SUCCESS: &str = include_str!("../pages/success.json");
pub(crate) const DECLINED: &str = include_str!("../pages/declined.json");
pub(crate) const ERROR: &str = include_str!("../pages/error.json");

/// 2026-01-01 12:00:00 in Beijing.
pub(crate) const NOON: i64 = 1_767_240_000_000;

pub(crate) fn example() -> OccupationOrder {
    OccupationOrder {
        reference: "1234567890".into(),
        document: "IM1234".into(),
        reason: OccupationReason::Discrepancy,
        owner: Some("AX5886".into()),
        warehouse: Some("STA".into()),
        // 2016-09-09 12:00:00 in Beijing.
        occurred: Some(1_473_393_600_000),
        lines: vec![OccupationLine {
            line: Some("I1234".into()),
            sku: "I1234".into(),
            quantity: Some("12".into()),
            condition: Some(Condition::Sellable),
            batch: Some("P1234".into()),
            lot: Some("P1234".into()),
            produced: Some("2016-09-09".into()),
            expiry: Some("2016-09-09".into()),
            serial: Some("S1234".into()),
            provider_item: Some("CK1234".into()),
            pool: None,
            to_pool: None,
            priority: None,
            extras: vec![("extend_props".into(), "\"{}\"".into())],
        }],
        remark: Some("是\t良转残".into()),
        extras: vec![("extend_props".into(), "\"{}\"".into())],
    }
}

pub(crate) fn account(host: NativeHost) -> NativeHost {
    host.setting("app_key", "demo-key").secret("secret", "demo-secret").at(NOON)
}
