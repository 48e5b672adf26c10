//! Results of Winit's refusals and failures.

use stockbridge_connector::native::{NativeHost, not_applied, unknown};
use stockbridge_connector::{Connector, ErrorClass, Failure, HttpError, Response, WriteFailure};
use stockbridge_winit::Winit;

use super::order::{account, unpack, unpacked};
use super::query::base_query;

fn failure(body: impl Into<Vec<u8>>) -> WriteFailure {
    let host = account(NativeHost::answering(body));
    Winit::adjust(&host, unpack(vec![unpacked()])).unwrap_err()
}

#[test]
fn each_documented_code_has_its_class_and_did_nothing() {
    use ErrorClass::{NotFound, Unauthorized};
    for (code, class) in [
        ("\"03010250007\"", Unauthorized),
        ("\"03010250006\"", Unauthorized),
        ("3010250007", Unauthorized),
        ("\"02020249100\"", NotFound),
        ("2020249100", NotFound),
    ] {
        let error = not_applied(failure(format!(r#"{{"code":{code},"msg":"words","data":""}}"#)));
        assert_eq!(error.class, class, "{code}");
        assert_eq!(error.provider_code.as_deref(), Some(code.trim_matches('"')));
        assert_eq!(error.provider_message.as_deref(), Some("words"));
    }
}

/// No page documents a refusal text.
#[test]
fn a_refusal_is_one_by_words_that_say_of_the_order_what_is_wrong() {
    for (words, class) in [
        ("仓库不存在: US9", ErrorClass::NotFound),
        ("商品liaowl1002库存不足, 可用: 3", ErrorClass::Rejected),
        ("merchandise quantity insufficient", ErrorClass::Rejected),
    ] {
        let error = not_applied(failure(format!(r#"{{"code":"9","msg":"{words}","data":""}}"#)));
        assert_eq!(error.class, class, "{words}");
    }
    for (words, class) in [
        ("words", ErrorClass::Rejected),
        ("", ErrorClass::Rejected),
        ("重复下单", ErrorClass::Rejected),
        ("部分商品库存不足", ErrorClass::Rejected),
        ("请求过于频繁，请稍后再试", ErrorClass::RateLimited),
        ("too many requests", ErrorClass::RateLimited),
    ] {
        let error = unknown(failure(format!(r#"{{"code":"02020249908","msg":"{words}","data":""}}"#)));
        assert_eq!(error.class, class, "{words}");
    }
    let error = unknown(failure(r#"{"code":"9","msg":"仓库不存在","data":{"message":"请求超时"}}"#));
    assert_eq!(error.class, ErrorClass::Unavailable);
}

#[test]
fn a_user_that_does_not_exist_is_known_by_the_number_in_the_words_too() {
    let error = not_applied(failure(r#"{"code":1,"msg":"03010250006:用户不存在","data":[]}"#));
    assert_eq!(error.class, ErrorClass::Unauthorized);
    assert_eq!(error.provider_code.as_deref(), Some("1"));
    assert_eq!(error.provider_message.as_deref(), Some("03010250006:用户不存在"));
    assert_eq!(error.message, "the provider answered 1: 03010250006:用户不存在");
}

#[test]
fn the_generic_failure_leaves_the_write_unknown() {
    for code in ["\"-1\"", "-1"] {
        let error = unknown(failure(format!(r#"{{"code":{code},"msg":"系统异常","data":null}}"#)));
        assert_eq!(error.class, ErrorClass::Unavailable);
        assert_eq!(error.provider_code.as_deref(), Some("-1"));
    }
}

#[test]
fn trouble_at_winit_leaves_the_write_unknown_whatever_its_code() {
    for (code, words) in [("500", "系统异常"), ("1", "System Error"), ("9", "请求超时"), ("77", "read timed out")]
    {
        let answer = format!(r#"{{"code":"{code}","msg":"{words}","data":""}}"#);
        let error = unknown(failure(answer.as_str()));
        assert_eq!(error.class, ErrorClass::Unavailable, "{code} {words}");
        assert_eq!(error.provider_message.as_deref(), Some(words));
        let host = account(NativeHost::answering(answer));
        assert_eq!(Winit::query(&host, base_query()).unwrap_err().class, ErrorClass::Unavailable, "{code} {words}");
    }
}

#[test]
fn words_that_cannot_be_read_may_be_words_of_trouble() {
    // 系统错误 followed by half of a surrogate pair.
    let answer = |code: &str| format!(r#"{{"code":"{code}","msg":"\u7cfb\u7edf\u9519\u8bef\ud83d","data":""}}"#);
    assert_eq!(unknown(failure(answer("77").as_str())).class, ErrorClass::Unavailable);
    assert_eq!(unknown(failure(answer("03010250007").as_str())).class, ErrorClass::Unavailable);
}

#[test]
fn words_of_trouble_come_before_a_documented_code() {
    let error = unknown(failure(r#"{"code":"03010250007","msg":"系统异常","data":""}"#));
    assert_eq!(error.class, ErrorClass::Unavailable);
}

#[test]
fn what_winit_says_beside_a_refusal_is_kept_whatever_its_shape() {
    for data in ["\"\"", "[]", "{}", "\"text\"", r#"{"a":[1]}"#] {
        let error = unknown(failure(format!(r#"{{"code":"9","trace":"t","data":{data}}}"#)));
        assert_eq!(error.extras, [("trace".to_owned(), "\"t\"".to_owned()), ("data".to_owned(), data.to_owned())]);
        // A text there is the reason if there is no other.
        assert_eq!(error.provider_message.as_deref(), Some(if data == "\"text\"" { "text" } else { "" }));
    }
}

#[test]
fn a_query_fails_as_winit_says() {
    let host = account(NativeHost::answering(r#"{"code":"-1","msg":"系统异常"}"#));
    let error = Winit::query(&host, base_query()).unwrap_err();
    assert_eq!(error.class, ErrorClass::Unavailable);
    let host = account(NativeHost::answering(r#"{"code":"03010250007","msg":"身份校验失败"}"#));
    let error = Winit::query(&host, base_query()).unwrap_err();
    assert_eq!(error.class, ErrorClass::Unauthorized);
    assert_eq!(error.provider_message.as_deref(), Some("身份校验失败"));
}

#[test]
fn an_answer_that_is_not_as_documented_leaves_the_write_unknown() {
    for body in [
        "",
        "<html>",
        "[]",
        "null",
        "{}",
        r#"{"msg":"words"}"#,
        r#"{"code":null}"#,
        r#"{"code":{}}"#,
        r#"{"code":"0"}"#,
        r#"{"code":"0","msg":"操作成功"}"#,
        r#"{"code":"0","data":null}"#,
        r#"{"code":"0","data":""}"#,
        r#"{"code":"0","data":[]}"#,
        r#"{"code":"0","data":{"orderNo":{}}}"#,
        r#"{"code":"0","data":{"orderNo":"WT0"#,
    ] {
        let error = unknown(failure(body));
        assert_eq!(error.class, ErrorClass::MalformedResponse, "{body}");
        assert!(error.message.starts_with("the provider's answer differs from its documentation: "), "{body}");
    }
}

#[test]
fn another_http_status_leaves_the_write_unknown() {
    for (status, class) in
        [(302, ErrorClass::MalformedResponse), (429, ErrorClass::RateLimited), (502, ErrorClass::Unavailable)]
    {
        let host = account(NativeHost::new(move |_| {
            Ok(Response { status, headers: Vec::new(), body: br#"{"code":"0","data":{}}"#.to_vec() })
        }));
        let error = unknown(Winit::adjust(&host, unpack(vec![unpacked()])).unwrap_err());
        assert_eq!(error.class, class, "{status}");
    }
}

#[test]
fn a_broken_connection_is_unknown_only_if_something_was_sent() {
    for sent in [false, true] {
        let host = account(NativeHost::new(move |_| {
            Err(HttpError { failure: Failure::TimedOut, sent, retry_after: None, message: "no answer".into() })
        }));
        let failure = Winit::adjust(&host, unpack(vec![unpacked()])).unwrap_err();
        assert_eq!(matches!(failure, WriteFailure::Unknown(_)), sent);
    }
}
