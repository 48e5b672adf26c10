use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Connector, Error, ErrorClass, Failure, HttpError, WriteFailure};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::{occupy, query, support, transfer};

use ErrorClass::{
    Forbidden, InvalidRequest, MalformedResponse, NotFound, RateLimited, Rejected, Unauthorized, Unavailable,
};

fn written(host: &NativeHost) -> (bool, Error) {
    match WdtFlagship::transfer(host, transfer::page_example()).unwrap_err() {
        WriteFailure::NotApplied(error) => (false, error),
        WriteFailure::Unknown(error) => (true, error),
    }
}

#[test]
fn every_documented_error_has_a_class_and_leaves_the_write_not_applied() {
    for (status, message, class) in [
        (1, "参数错误", InvalidRequest),
        (1, "invalid argument count", InvalidRequest),
        (1, "参数个数错误", InvalidRequest),
        (1, "argument type mismatch", InvalidRequest),
        (1, "For input string: \"abc\"", InvalidRequest),
        (1, "sid is not exists", Unauthorized),
        (1, "sid is not found", Unauthorized),
        (1, "验证失败", Unauthorized),
        (1, "app auth fail", Unauthorized),
        (2, "shop_no", InvalidRequest),
        (3, "需要动态口令", Unauthorized),
        (6, "ip限制", Forbidden),
        (7, "时间戳错误", Unauthorized),
        (8, "版本错误", InvalidRequest),
        (100, "此方法仅支持分页查询：接口method", InvalidRequest),
        (100, "您的查询时间过宽,查询时间不能大于30天", InvalidRequest),
        (100, "权限不足", Forbidden),
        (100, "无仓库访问权限", Forbidden),
        (100, "无该仓库权限", Forbidden),
        (100, "仓库编号不可为空", InvalidRequest),
        (100, "备注不能为空", InvalidRequest),
        (100, "Unparseable date: \"2023\"", InvalidRequest),
        (100, "商家编码:aaaaa 单品不存在", NotFound),
        (100, "单品不存在检查商家编码", NotFound),
        (100, "仓库不存在  仓库编号: 1002x", NotFound),
        (100, "源仓库不存在", NotFound),
        (100, "商家编码全不存在或都已删除", NotFound),
        (100, "超过每分钟最大调用频率限制，请稍后重试", RateLimited),
        (100, "超过每分钟最大调用频率限制,请稍后重试", RateLimited),
        (100, "超过每分钟最大并发次数限制，请稍后重试", RateLimited),
        (100, "超过每分钟最大并发次数限制,请稍后重试", RateLimited),
        // No page documents it, and it can mean nothing else.
        (100, "库存不足", Rejected),
    ] {
        let answer = serde_json::json!({ "status": status, "message": message }).to_string();
        let (unknown, error) = written(&support::answering(&answer));
        assert_eq!((error.class, unknown), (class, false), "{message}");
        assert_eq!(error.provider_code, Some(status.to_string()));
        assert_eq!(error.provider_message.as_deref(), Some(message));
        let wait = (class == RateLimited).then_some(60_000);
        assert_eq!((error.retry_after, error.limited_method), (wait, None), "{message}");
        assert!(error.message.contains(message));
    }
}

#[test]
fn faults_that_do_not_say_what_was_done_leave_the_write_unknown() {
    for (status, message, class) in [
        (4, "数据库错误", Unavailable),
        (5, "数据库错误", Unavailable),
        (99, "其他错误", Unavailable),
        (12_345, "别的原因", Rejected),
    ] {
        let answer = format!(r#"{{"status":{status},"message":"{message}"}}"#);
        let (unknown, error) = written(&support::answering(&answer));
        assert_eq!((error.class, unknown), (class, true), "{status}");
    }
}

#[test]
fn trouble_at_the_provider_leaves_the_write_unknown() {
    for message in ["数据库错误", "系统错误", "系统异常", "系统繁忙，请稍后重试", "请求超时", "Connection timed out"]
    {
        // For the business error the text decides; the other number is in no table.
        for status in [100, 12_345] {
            let host = support::answering(&format!(r#"{{"status":{status},"message":"{message}"}}"#));
            let (unknown, error) = written(&host);
            assert_eq!((error.class, unknown), (Unavailable, true), "{status} {message}");
            let error = WdtFlagship::query(&host, query::everything()).unwrap_err();
            assert_eq!(error.class, Unavailable, "{status} {message}");
        }
    }
}

#[test]
fn words_of_trouble_come_before_a_status_or_a_text_that_explains_the_refusal() {
    for (status, message) in
        [(1, "系统异常"), (7, "时间戳超时"), (100, "超时时间不能为空"), (100, "单品不存在, http status 502")]
    {
        let (unknown, error) = written(&support::answering(&format!(r#"{{"status":{status},"message":"{message}"}}"#)));
        assert_eq!((error.class, unknown), (Unavailable, true), "{status} {message}");
    }
}

#[test]
fn the_reason_is_read_wherever_it_stands() {
    for (answer, class, is_unknown) in [
        (r#"{"status":100,"data":{"message":"未知错误"}}"#, Unavailable, true),
        (r#"{"status":100,"message":"","data":"系统异常"}"#, Unavailable, true),
        (r#"{"status":100,"message":"仓库不存在","data":{"message":"invalid http status 502"}}"#, Unavailable, true),
        (r#"{"status":100,"data":{"message":"源仓库不存在"}}"#, NotFound, false),
        (r#"{"status":100,"message":"error","data":"源仓库不存在"}"#, NotFound, false),
        (r#"{"status":100,"message":"外部单号重复!"}"#, Rejected, true),
        (r#"{"status":100,"message":"单据已生成，仓库不存在"}"#, Rejected, true),
        (r#"{"status":100}"#, Rejected, true),
        (r#"{"status":100,"message":""}"#, Rejected, true),
        (r#"{"status":100,"message":"会话不存在"}"#, Unavailable, true),
        (r#"{"status":100,"message":"权限校验没有完成"}"#, Rejected, true),
    ] {
        let (unknown, error) = written(&support::answering(answer));
        assert_eq!((error.class, unknown), (class, is_unknown), "{answer}");
    }
    let (_, error) = written(&support::answering(r#"{"status":100,"data":{"message":"源仓库不存在"}}"#));
    assert_eq!(error.provider_message.as_deref(), Some("源仓库不存在"));
}

#[test]
fn the_pages_own_errors_are_not_found() {
    let (unknown, error) = written(&support::answering(include_str!("../pages/createByApi.error.json")));
    assert_eq!((error.class, unknown), (NotFound, false));
    let host = support::answering(include_str!("../pages/search2.error.json"));
    let error = WdtFlagship::query(&host, query::everything()).unwrap_err();
    assert_eq!(error.class, NotFound);
    assert_eq!(error.provider_message.as_deref(), Some("仓库不存在  仓库编号: 1002x"));
}

#[test]
fn what_else_a_refusal_says_is_kept() {
    let answer = r#"{"status":100,"code":"right.required","message":"无该仓库权限","data":[1.50,null]}"#;
    let (_, error) = written(&support::answering(answer));
    let expected = support::extras(&[("code", "\"right.required\""), ("data", "[1.50,null]")]);
    assert_eq!(error.extras, expected);
    // The same if the method's own data had another type.
    let error = WdtFlagship::query(&support::answering(answer), query::everything()).unwrap_err();
    assert_eq!((error.class, error.extras), (Forbidden, expected));
}

#[test]
fn what_is_not_the_documented_answer_is_malformed_and_leaves_the_write_unknown() {
    for answer in [
        "",
        "<html>502</html>",
        "[]",
        "null",
        r#"{"status":0,"data":{"transfer_no":"TF3"#,
        r#"{"status":0}"#,
        r#"{"status":0,"data":null}"#,
        r#"{"status":0,"data":"TF38580"}"#,
        r#"{"status":0,"data":{}}"#,
        r#"{"status":0,"data":{"transfer_no":""}}"#,
        r#"{"status":0,"data":{"transfer_no":{"a":1}}}"#,
        r#"{"data":{"transfer_no":"TF38580"}}"#,
        r#"{"status":null,"data":{"transfer_no":"TF38580"}}"#,
        r#"{"message":"ok"}"#,
    ] {
        let (unknown, error) = written(&support::answering(answer));
        assert_eq!((error.class, unknown), (MalformedResponse, true), "{answer}");
    }
    for answer in ["", "{", "[]", r#"{"data":{}}"#] {
        let WriteFailure::Unknown(error) =
            WdtFlagship::occupy(&support::answering(answer), occupy::order()).unwrap_err()
        else {
            panic!("{answer}")
        };
        assert_eq!(error.class, MalformedResponse, "{answer}");
    }
}

#[test]
fn a_query_fails_as_malformed_too() {
    let row = |row: &str| format!(r#"{{"status":0,"data":{{"detail_list":[{row}]}}}}"#);
    for answer in [
        "{".to_owned(),
        r#"{"status":0,"data":{"total_count":1}}"#.to_owned(),
        r#"{"status":0,"data":{"total_count":"many","detail_list":[]}}"#.to_owned(),
        row("{}"),
        row(r#"{"defect":false,"warehouse_no":"w","stock_num":1}"#),
        row(r#"{"defect":false,"spec_no":"s","stock_num":1}"#),
        row(r#"{"defect":false,"spec_no":"s","warehouse_no":"w"}"#),
        row(r#"{"spec_no":"s","warehouse_no":"w","stock_num":1}"#),
        row(r#"{"defect":"no","spec_no":"s","warehouse_no":"w","stock_num":1}"#),
        row(r#"{"defect":2,"spec_no":"s","warehouse_no":"w","stock_num":1}"#),
        row(r#"{"defect":false,"spec_no":"s","warehouse_no":"w","stock_num":1,"modified":"yesterday"}"#),
        row(r#"{"defect":false,"spec_no":"s","warehouse_no":"w","stock_num":1e30}"#),
        row(r#"{"defect":false,"spec_no":"s","warehouse_no":"w","stock_num":[1]}"#),
    ] {
        let query = stockbridge_connector::StockQuery { skus: vec!["s".into()], ..query::everything() };
        let error = WdtFlagship::query(&support::answering(&answer), query).unwrap_err();
        assert_eq!(error.class, MalformedResponse, "{answer}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_row_its_item_and_its_field() {
    let row = |sku: &str, field: &str| {
        format!(r#"{{"defect":0,"spec_no":"{sku}","warehouse_no":"w","stock_num":1,{field}}}"#)
    };
    let answer = format!(
        r#"{{"status":0,"data":{{"detail_list":[{},{}]}}}}"#,
        row("first", r#""modified":1"#),
        row("second", r#""available_send_stock":"many""#)
    );
    let query = stockbridge_connector::StockQuery { skus: vec!["s".into()], ..query::everything() };
    let error = WdtFlagship::query(&support::answering(&answer), query).unwrap_err();
    assert!(error.message.contains("available_send_stock is `many`"), "{}", error.message);
    assert!(error.message.ends_with("(row 2 of the page, SKU `second`)"), "{}", error.message);
}

#[test]
fn other_http_statuses_say_nothing_about_the_write() {
    for (status, class) in [(502, Unavailable), (429, RateLimited), (404, MalformedResponse), (302, MalformedResponse)]
    {
        let host = support::account(NativeHost::answering_with_status(
            status,
            r#"{"status":0,"data":{"transfer_no":"TF38580"}}"#,
        ));
        let (unknown, error) = written(&host);
        assert_eq!((error.class, unknown), (class, true), "{status}");
        assert!(error.message.contains(&status.to_string()), "{}", error.message);
    }
}

#[test]
fn a_lost_answer_is_unknown_and_an_unsent_request_is_not() {
    for (failure, sent) in [(Failure::TimedOut, true), (Failure::Broken, true), (Failure::Unreachable, false)] {
        let host = NativeHost::new(move |_| {
            Err(HttpError { failure, sent, retry_after: None, message: "no answer".to_owned() })
        })
        .setting("sid", "s")
        .setting("key", "k")
        .setting("salt", "salt")
        .setting("url", "http://wdt.example/openapi")
        .secret("secret", "x");
        assert_eq!(written(&host).0, sent, "{failure:?}");
    }
}
