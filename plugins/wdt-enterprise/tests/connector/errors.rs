use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Connector, Error, ErrorClass, Failure, HttpError, Response, StockQuery, WriteFailure};
use stockbridge_wdt_enterprise::WdtEnterprise;

use crate::{count, query, support, transfer};

use ErrorClass::{
    Forbidden, InvalidRequest, MalformedResponse, NotFound, RateLimited, Rejected, Unauthorized, Unavailable,
};

fn written(host: &NativeHost) -> (bool, Error) {
    match WdtEnterprise::transfer(host, transfer::order()).unwrap_err() {
        WriteFailure::NotApplied(error) => (false, error),
        WriteFailure::Unknown(error) => (true, error),
    }
}

#[test]
fn every_known_error_has_a_class_and_leaves_the_write_not_applied() {
    for (code, message, class) in [
        (2104, "start_time与end_time时间跨度不能超过最大范围 30天", InvalidRequest),
        (1, "参数错误", InvalidRequest),
        (1, "签名错误", Unauthorized),
        (2, "shop_no", InvalidRequest),
        (3, "需要动态口令", Unauthorized),
        (6, "ip限制", Forbidden),
        (7, "时间戳错误", Unauthorized),
        (8, "版本错误", InvalidRequest),
        (9, "验证失败", Unauthorized),
        (9, "app auth fail", Unauthorized),
        (9, "sid is not exists", Unauthorized),
        (100, "超过每分钟最大调用频率限制，请稍后重试", RateLimited),
        (100, "仓库不存在", NotFound),
        // No page documents it, and it can mean nothing else.
        (4711, "库存不足", Rejected),
    ] {
        for code_as in [code.to_string(), format!("\"{code}\"")] {
            let answer = format!(r#"{{"code":{code_as},"message":"{message}"}}"#);
            let (unknown, error) = written(&support::answering(&answer));
            assert_eq!((error.class, unknown), (class, false), "{code} {message}");
            assert_eq!(error.provider_code, Some(code.to_string()));
            assert_eq!(error.provider_message.as_deref(), Some(message));
            let wait = (class == RateLimited).then_some(60_000);
            assert_eq!((error.retry_after, error.limited_method), (wait, None));
        }
    }
}

/// From one client, or only a part of a text: they give the class, and no outcome of the write.
#[test]
fn what_nobody_establishes_leaves_the_write_unknown() {
    for (code, message, class) in [
        (2030, "?", Unauthorized),
        (2060, "?", Unauthorized),
        (2100, "?", Unauthorized),
        (9, "签名错误", Unauthorized),
        (9, "sign error", Unauthorized),
        (9, "invalid sign", Unauthorized),
        (1012, "", RateLimited),
        (9, "接口调用频率超限", RateLimited),
        (9, "请求过于频繁", RateLimited),
        (9, "接口调用超过每分钟最大限制", RateLimited),
        (7200, "", NotFound),
        (100, "goods_list错了", Rejected),
        (100, "", Rejected),
        (4711, "别的原因", Rejected),
        (100, "外部单号重复", Rejected),
        (100, "单据已存在", Rejected),
    ] {
        let (unknown, error) = written(&support::answering(&format!(r#"{{"code":{code},"message":"{message}"}}"#)));
        assert_eq!((error.class, unknown), (class, true), "{code} {message}");
        let wait = if message.contains("频率超限") { 300_000 } else { 60_000 };
        assert_eq!(error.retry_after, (class == RateLimited).then_some(wait), "{code} {message}");
    }
}

#[test]
fn trouble_at_the_provider_leaves_the_write_unknown() {
    for message in ["数据库错误", "系统异常", "系统错误", "系统繁忙", "请求超时", "System error"] {
        // Numbers that clients read as an invalid request prove no more than an undocumented one.
        for code in [1, 100, 4711] {
            let host = support::answering(&format!(r#"{{"code":{code},"message":"{message}"}}"#));
            let (unknown, error) = written(&host);
            assert_eq!((error.class, unknown), (Unavailable, true), "{code} {message}");
            let error = WdtEnterprise::query(&host, query::everything()).unwrap_err();
            assert_eq!(error.class, Unavailable, "{code} {message}");
        }
    }
}

#[test]
fn words_of_trouble_come_before_a_code_that_explains_the_refusal() {
    for (code, message) in [(2104, "查询超时"), (2030, "系统异常"), (1, "签名超时")] {
        let (unknown, error) = written(&support::answering(&format!(r#"{{"code":{code},"message":"{message}"}}"#)));
        assert_eq!((error.class, unknown), (Unavailable, true), "{code} {message}");
    }
}

#[test]
fn the_pages_own_error_is_an_invalid_request() {
    let host = support::answering(include_str!("../pages/stock_query_detail.error.json"));
    let error = WdtEnterprise::query(&host, query::everything()).unwrap_err();
    assert_eq!(error.class, InvalidRequest);
    assert_eq!(error.provider_code.as_deref(), Some("2104"));
    assert_eq!(error.provider_message.as_deref(), Some("start_time与end_time时间跨度不能超过最大范围 30天"));
}

#[test]
fn what_else_a_refusal_says_is_kept() {
    let answer = r#"{"code":1,"message":"no","stocks":"none","ratio":1.50}"#;
    let expected = support::pairs(&[("stocks", "\"none\""), ("ratio", "1.50")]);
    assert_eq!(written(&support::answering(answer)).1.extras, expected);
    // The same if the method's own field had another type.
    let error = WdtEnterprise::query(&support::answering(answer), query::everything()).unwrap_err();
    assert_eq!((error.class, error.extras), (InvalidRequest, expected));
}

#[test]
fn what_is_not_the_documented_answer_is_malformed_and_leaves_the_write_unknown() {
    for answer in [
        "",
        "<html>",
        "[]",
        "null",
        r#"{"code":0"#,
        r#"{"message":"ok"}"#,
        r#"{"code":null}"#,
        r#"{"code":[0]}"#,
        r#"{"code":true}"#,
        r#"{"code":"+0"}"#,
        r#"{"code":1,"code":0}"#,
    ] {
        let host = support::answering(answer);
        let (unknown, error) = written(&host);
        assert_eq!((error.class, unknown), (MalformedResponse, true), "{answer}");
        let WriteFailure::Unknown(error) = WdtEnterprise::adjust(&host, count::order()).unwrap_err() else { panic!() };
        assert_eq!(error.class, MalformedResponse, "{answer}");
    }
}

#[test]
fn a_query_fails_as_malformed_too() {
    let row = |row: &str| format!(r#"{{"code":0,"stocks":[{row}]}}"#);
    for answer in [
        "{".to_owned(),
        r#"{"code":0}"#.to_owned(),
        r#"{"code":0,"stocks":{"a":1}}"#.to_owned(),
        r#"{"code":0,"stocks":"none"}"#.to_owned(),
        r#"{"code":0,"total_count":1}"#.to_owned(),
        row(r#"{"spec_no":"s","warehouse_no":"w","stock_num":"1","modified":"yesterday"}"#),
        row(r#"{"spec_no":"s","warehouse_no":"w","stock_num":"1","details":[{"stock_num":"1","expire_date":"soon"}]}"#),
        r#"{"code":0,"total_count":"many","stocks":[]}"#.to_owned(),
        row("{}"),
        row(r#"{"warehouse_no":"w","stock_num":"1"}"#),
        row(r#"{"spec_no":"s","stock_num":"1"}"#),
        row(r#"{"spec_no":"s","warehouse_no":"w"}"#),
        row(r#"{"spec_no":"s","warehouse_no":"w","stock_num":"many"}"#),
        row(r#"{"spec_no":"s","warehouse_no":"w","stock_num":"1","details":[{"stock_num":"x"}]}"#),
        row(r#"{"spec_no":"s","warehouse_no":"w","stock_num":"1","details":{"a":1}}"#),
    ] {
        let query = StockQuery { skus: vec!["s".into()], ..query::everything() };
        let error = WdtEnterprise::query(&support::answering(&answer), query).unwrap_err();
        assert_eq!(error.class, MalformedResponse, "{answer}");
    }
}

#[test]
fn other_http_statuses_say_nothing_about_the_write() {
    for (status, class) in [(502, Unavailable), (429, RateLimited), (404, MalformedResponse)] {
        let host = support::account(NativeHost::new(move |_| {
            Ok(Response { status, headers: vec![], body: br#"{"code":0}"#.to_vec() })
        }));
        let (unknown, error) = written(&host);
        assert_eq!((error.class, unknown), (class, true), "{status}");
    }
}

#[test]
fn a_lost_answer_is_unknown_and_an_unsent_request_is_not() {
    for (failure, sent) in [(Failure::TimedOut, true), (Failure::Unreachable, false)] {
        let host = support::account(NativeHost::new(move |_| {
            Err(HttpError { failure, sent, retry_after: None, message: "no answer".to_owned() })
        }));
        assert_eq!(written(&host).0, sent, "{failure:?}");
    }
}

#[test]
fn a_refusal_of_a_number_that_was_used_before_leaves_the_write_unknown() {
    for words in ["此外部单已使用!", "外部单号重复，请保证外部单号[api_outer_no]的唯一性"] {
        let host = support::answering(&format!(r#"{{"code":100,"message":"{words}"}}"#));
        let (unknown, error) = written(&host);
        assert!(unknown, "{words}");
        assert_eq!((error.class, error.provider_message.as_deref()), (Rejected, Some(words)));
    }
}
