//! Every error that a provider documents, in the provider's own form from the simulator: its class, its outcome, the provider's
//! code and message.

use stockbridge::{
    Account, AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Error, ErrorClass as Class, OccupationOrder,
    Outcome, Outcome::NotApplied as No, Outcome::Unknown, Packaging, Reference, TransferLine, TransferOrder,
};
use stockbridge_simulator::{Fault, Simulator};
use stockbridge_tests::{Provider, host_at, simulator};

async fn transferred(account: &Account, simulator: &Simulator, fault: Fault) -> Error {
    simulator.inject(fault);
    let order =
        TransferOrder { lines: vec![TransferLine::new("daj1", 1)], ..TransferOrder::between("daj-wms-wdt", "lz-002") };
    account.transfer(order).await.unwrap_err().into()
}

fn assert_is(error: &Error, class: Class, outcome: Outcome, code: &str, words: &str) {
    assert_eq!((error.class(), error.outcome()), (class, Some(outcome)), "{code} {words}: {error}");
    assert_eq!(error.provider_code(), Some(code), "{words}");
    assert_eq!(error.provider_message(), Some(words));
}

#[tokio::test]
async fn the_flagship_editions_table_of_errors() {
    let simulator = simulator().await;
    let mut account = host_at(Provider::WdtFlagship, &simulator).await;
    for (status, words, class, outcome) in [
        (1, "参数错误", Class::InvalidRequest, No),
        (1, "invalid argument count", Class::InvalidRequest, No),
        (1, "参数个数错误", Class::InvalidRequest, No),
        (1, "argument type mismatch", Class::InvalidRequest, No),
        (1, "For input string: \"x\"", Class::InvalidRequest, No),
        (1, "sid is not exists", Class::Unauthorized, No),
        (1, "sid is not found", Class::Unauthorized, No),
        (1, "验证失败", Class::Unauthorized, No),
        (1, "app auth fail", Class::Unauthorized, No),
        (2, "shop_no", Class::InvalidRequest, No),
        (3, "需要动态口令", Class::Unauthorized, No),
        (4, "数据库错误", Class::Unavailable, Unknown),
        (5, "数据库错误", Class::Unavailable, Unknown),
        (6, "ip限制", Class::Forbidden, No),
        (7, "时间戳错误", Class::Unauthorized, No),
        (8, "版本错误", Class::InvalidRequest, No),
        (99, "其他错误", Class::Unavailable, Unknown),
        (100, "此方法仅支持分页查询：接口method", Class::InvalidRequest, No),
        (100, "您的查询时间过宽,查询时间不能大于30天", Class::InvalidRequest, No),
        (100, "权限不足", Class::Forbidden, No),
        (100, "无仓库访问权限", Class::Forbidden, No),
        (100, "无该仓库权限", Class::Forbidden, No),
        (100, "仓库编号不可为空", Class::InvalidRequest, No),
        (100, "备注不能为空", Class::InvalidRequest, No),
        (100, "Unparseable date: \"x\"", Class::InvalidRequest, No),
        (100, "商家编码:aaaaa 单品不存在", Class::NotFound, No),
        (100, "源仓库不存在", Class::NotFound, No),
        (100, "仓库不存在  仓库编号: 1002x", Class::NotFound, No),
        (100, "商家编码全不存在或都已删除", Class::NotFound, No),
        (100, "单品不存在检查商家编码", Class::NotFound, No),
        (100, "超过每分钟最大调用频率限制,请稍后重试", Class::RateLimited, No),
        (100, "超过每分钟最大并发次数限制，请稍后重试", Class::RateLimited, No),
    ] {
        let error = transferred(&account, &simulator, Fault::flagship(status, words)).await;
        assert_is(&error, class, outcome, &status.to_string(), words);
        assert_eq!(error.retry_after().is_some(), class == Class::RateLimited, "{words}");
        if class == Class::RateLimited {
            // A host pauses an application after a rate limit; a new host has no record of it.
            account = host_at(Provider::WdtFlagship, &simulator).await;
        }
    }
}

#[tokio::test]
async fn the_flagship_editions_second_level_says_that_an_audit_failed() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtFlagship, &simulator).await;
    let body = r#"{"status":0,"data":{"status":20,"message":"TF1","transfer_no":"TF1"}}"#;
    simulator.inject(Fault::raw(stockbridge_simulator::Gateway::WdtFlagship, 200, "application/json", body));
    let order =
        TransferOrder { lines: vec![TransferLine::new("daj1", 1)], ..TransferOrder::between("daj-wms-wdt", "lz-002") };
    let receipt = account.transfer(order).await.unwrap();
    assert_eq!(receipt.progress, stockbridge::Progress::Stuck);
    assert_eq!(receipt.document.as_deref(), Some("TF1"));
}

#[tokio::test]
async fn the_enterprise_editions_errors() {
    let simulator = simulator().await;
    let mut account = host_at(Provider::WdtEnterprise, &simulator).await;
    for (code, words, class) in [
        (2104, "start_time与end_time时间跨度不能超过最大范围 30天", Class::InvalidRequest),
        (1, "参数错误", Class::InvalidRequest),
        (100, "备注不能为空", Class::InvalidRequest),
        (100, "仓库不存在", Class::NotFound),
        (7, "验证失败", Class::Unauthorized),
        (7, "签名错误", Class::Unauthorized),
        (7, "app auth fail", Class::Unauthorized),
        (7, "sid is not exists", Class::Unauthorized),
        (7, "sign error", Class::Unauthorized),
        (7, "invalid sign", Class::Unauthorized),
        (7, "频率超限", Class::RateLimited),
    ] {
        let error = transferred(&account, &simulator, Fault::enterprise(code, words)).await;
        assert_is(&error, class, No, &code.to_string(), words);
        if class == Class::RateLimited {
            account = host_at(Provider::WdtEnterprise, &simulator).await;
        }
    }
}

/// A code that only one client prints, and a code without any source.
#[tokio::test]
async fn what_is_not_established_of_the_enterprise_edition_leaves_a_write_unknown() {
    for (code, words, class) in [
        (2030, "sid错误", Class::Unauthorized),
        (2060, "appkey错误", Class::Unauthorized),
        (2100, "错误", Class::Unauthorized),
        (1012, "", Class::RateLimited),
        (9, "请求过于频繁", Class::RateLimited),
        (77, "别的原因", Class::Rejected),
        (77, "外部单号重复", Class::Rejected),
    ] {
        let simulator = simulator().await;
        let account = host_at(Provider::WdtEnterprise, &simulator).await;
        let error = transferred(&account, &simulator, Fault::enterprise(code, words)).await;
        assert_is(&error, class, Unknown, &code.to_string(), words);
    }
}

/// An occupation that Taobao's gateway answers with an error.
async fn declined(account: &Account, simulator: &Simulator, code: u32, sub_code: &str) -> Error {
    let order = include_str!("../../examples/orders/taobao-discrepancy.json");
    let order: OccupationOrder = serde_json::from_str(order).unwrap();
    simulator.inject(Fault::top(code, (!sub_code.is_empty()).then_some(sub_code), None));
    // A new write: repeating one that may have been applied sends nothing.
    let order = OccupationOrder { reference: Reference::generate(), ..order };
    let error: Error = account.occupy(order).await.unwrap_err().into();
    assert_eq!(error.provider_code(), Some(code.to_string().as_str()));
    if !sub_code.is_empty() {
        let answered = error.provider().unwrap().extras.get("sub_code").unwrap();
        assert_eq!(answered.as_str(), format!("\"{sub_code}\""));
    }
    error
}

#[tokio::test]
async fn the_platform_codes_of_taobao() {
    let simulator = simulator().await;
    let mut account = host_at(Provider::TaobaoTop, &simulator).await;
    for (code, sub_code, class) in [
        (4, "", Class::RateLimited),
        (5, "", Class::RateLimited),
        (6, "", Class::RateLimited),
        (8, "isp.call-limited", Class::RateLimited),
        (53, "", Class::Forbidden),
        (53, "isv.w2-security-authorize-invalid", Class::Unauthorized),
        (7, "accesscontrol.limited-by-app-access-count", Class::RateLimited),
        (7, "accesscontrol.limited-by-api-access-count", Class::RateLimited),
        (7, "accesscontrol.limited-by-app-api-access-count", Class::RateLimited),
        (7, "accesscontrol.limited-by-dynamic-access-count", Class::RateLimited),
        (9, "", Class::Internal),
        (11, "", Class::Forbidden),
        (12, "", Class::Forbidden),
        (13, "", Class::Forbidden),
        (21, "", Class::Internal),
        (22, "", Class::Unsupported),
        (23, "", Class::Internal),
        (24, "", Class::Unauthorized),
        (25, "", Class::Unauthorized),
        (26, "", Class::Unauthorized),
        (27, "", Class::Unauthorized),
        (28, "", Class::Unauthorized),
        (29, "", Class::Unauthorized),
        (30, "", Class::Unauthorized),
        (31, "", Class::Unauthorized),
        (32, "", Class::Internal),
        (33, "", Class::Internal),
        (34, "", Class::Internal),
        (42, "", Class::Forbidden),
        (43, "", Class::InvalidRequest),
        (50, "isv.invalid-parameter", Class::InvalidRequest),
    ] {
        let error = declined(&account, &simulator, code, sub_code).await;
        assert_eq!((error.class(), error.outcome()), (class, Some(No)), "{code} {sub_code}: {error}");
        // After a rate limit the host pauses for a while.
        if class == Class::RateLimited {
            account = host_at(Provider::TaobaoTop, &simulator).await;
        }
    }
}

/// Each code gets a simulator of its own: the host resends such a write by itself, and would meet the next code.
#[tokio::test]
async fn the_codes_of_taobao_that_prove_nothing() {
    for (code, sub_code, class) in [
        (10, "", Class::Unavailable),
        (15, "isp.top-remote-connection-timeout", Class::Unavailable),
        (15, "isp.top-remote-service-unavailable", Class::Unavailable),
        (15, "isp.top-remote-unknown-error", Class::Unavailable),
        (15, "isp.remote-connection-error", Class::Unavailable),
        (15, "isp.service-error", Class::Unavailable),
        (50, "isp.service-error", Class::Unavailable),
        (50, "isv.data-duplicate-error", Class::Rejected),
        (50, "isv.item-not-exist", Class::NotFound),
        (50, "isp.call-limited", Class::RateLimited),
    ] {
        let simulator = simulator().await;
        let account = host_at(Provider::TaobaoTop, &simulator).await;
        let error = declined(&account, &simulator, code, sub_code).await;
        assert_eq!((error.class(), error.outcome()), (class, Some(Unknown)), "{code} {sub_code}: {error}");
    }
}

#[tokio::test]
async fn taobaos_ban_says_how_long_to_wait_and_for_what() {
    let simulator = simulator().await;
    let account = host_at(Provider::TaobaoTop, &simulator).await;
    let order = include_str!("../../examples/orders/taobao-discrepancy.json");
    let sub_code = "accesscontrol.limited-by-app-api-access-count";
    simulator.inject(Fault::top(7, Some(sub_code), Some("This ban will last for 3 more seconds")));
    let failure = account.occupy(serde_json::from_str(order).unwrap()).await.unwrap_err();
    assert_eq!(failure.error().retry_after(), Some(std::time::Duration::from_secs(4)));
    let method = failure.error().provider().unwrap().limited_method.as_deref();
    assert_eq!(method, Some("taobao.logistics.wms.inventory.imbalance.create"));
}

#[tokio::test]
async fn winits_codes() {
    let simulator = simulator().await;
    let account = host_at(Provider::Winit, &simulator).await;
    for (code, words, class, outcome) in [
        ("03010250007", "身份校验失败", Class::Unauthorized, No),
        ("03010250006", "用户不存在", Class::Unauthorized, No),
        ("1", "03010250006 用户不存在", Class::Unauthorized, No),
        ("02020249100", "订单不存在", Class::NotFound, No),
        ("-1", "系统异常", Class::Unavailable, Unknown),
        ("77", "仓库不存在", Class::NotFound, No),
        ("77", "别的原因", Class::Rejected, Unknown),
    ] {
        simulator.inject(Fault::winit(code, words));
        let item = AdjustedItem::new("liaowl1002", 1, Packaging::Box);
        let from = AdjustedItem { barcode: Some("T00001".to_owned()), ..item.clone() };
        let to = AdjustedItem { barcode: Some("T00002".to_owned()), ..item };
        let order = AdjustmentOrder::new("US0001", Adjustment::Relabel(vec![AdjustmentLine { from, to }]));
        let error: Error = account.adjust(order).await.unwrap_err().into();
        assert_is(&error, class, outcome, code, words);
    }
}
