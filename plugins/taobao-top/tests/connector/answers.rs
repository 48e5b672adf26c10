//! Results of TOP's answers.

use stockbridge_connector::native::{NativeHost, not_applied, unknown};
use stockbridge_connector::{Connector, ErrorClass, Failure, HttpError, Response, WriteFailure};
use stockbridge_taobao_top::TaobaoTop;

use super::order::{DECLINED, ERROR, account, example};

fn failure(body: impl Into<Vec<u8>>) -> WriteFailure {
    TaobaoTop::occupy(&account(NativeHost::answering(body)), example()).unwrap_err()
}

fn platform(code: &str, sub_code: &str, sub_msg: &str) -> WriteFailure {
    failure(format!(
        r#"{{"error_response":{{"code":{code},"msg":"words","sub_code":"{sub_code}","sub_msg":"{sub_msg}"}}}}"#
    ))
}

#[test]
fn the_pages_error_is_the_callers_mistake_and_nothing_of_it_is_lost() {
    let error = not_applied(failure(ERROR));
    assert_eq!(error.class, ErrorClass::InvalidRequest);
    assert_eq!(error.provider_code.as_deref(), Some("50"));
    assert_eq!(error.provider_message.as_deref(), Some("非法参数"));
    assert_eq!(error.message, "the provider answered 50: Remote service error (isv.invalid-parameter: 非法参数)");
    assert_eq!(
        error.extras,
        [
            ("sub_code".to_owned(), "\"isv.invalid-parameter\"".to_owned()),
            ("sub_msg".to_owned(), "\"非法参数\"".to_owned()),
            ("request_id".to_owned(), "\"16f3o8gnoz2cr\"".to_owned()),
            ("msg".to_owned(), "\"Remote service error\"".to_owned()),
        ]
    );
}

#[test]
fn the_pages_refusal_by_the_service_is_its_own_word() {
    let error = not_applied(failure(DECLINED));
    assert_eq!(error.class, ErrorClass::NotFound);
    assert_eq!(error.path.as_deref(), Some("owner"));
    assert_eq!(error.provider_code.as_deref(), Some("ERROR_OWNER_NOT_EXIST"));
    assert_eq!(error.provider_message.as_deref(), Some("货主不存在"));
    assert_eq!(error.message, "the service declined: ERROR_OWNER_NOT_EXIST 货主不存在");
    assert_eq!(error.extras, [("request_id".to_owned(), "\"16f3o8gnoz2cr\"".to_owned())]);
}

#[test]
fn a_refusal_by_the_service_with_another_code_is_one_by_its_words_alone() {
    let error = not_applied(failure(
        r#"{"spi_result":{"success":"false","error_code":"STOCK","error_message":"库存不足","trace":7}}"#,
    ));
    assert_eq!(error.class, ErrorClass::Rejected);
    assert_eq!(error.provider_code.as_deref(), Some("STOCK"));
    assert_eq!(error.path, None);
    assert_eq!(error.extras, [("trace".to_owned(), "7".to_owned())]);

    for members in
        ["", r#","error_code":"STOCK","error_message":"少""#, r#","error_code":"S","error_message":"单据重复""#]
    {
        let error = unknown(failure(format!(r#"{{"spi_result":{{"success":false{members}}}}}"#)));
        assert_eq!(error.class, ErrorClass::Rejected, "{members}");
    }
}

#[test]
fn a_service_in_trouble_leaves_the_write_unknown() {
    for (code, words) in [("B01", "系统异常"), ("B02", "调用超时"), ("SYSTEM_ERROR", ""), ("B03", "Read Timed Out")]
    {
        let error = unknown(failure(format!(
            r#"{{"spi_result":{{"success":false,"error_code":"{code}","error_message":"{words}"}}}}"#
        )));
        assert_eq!(error.class, ErrorClass::Unavailable, "{code} {words}");
        assert_eq!(error.provider_code.as_deref(), Some(code));
        assert_eq!(error.provider_message.as_deref(), Some(words));
    }
    let error = unknown(failure(r#"{"spi_result":{"success":false,"error_message":"系统繁忙"}}"#));
    assert_eq!((error.class, error.provider_code), (ErrorClass::Unavailable, None));
}

#[test]
fn words_that_cannot_be_read_may_be_words_of_trouble() {
    // 系统错误 followed by half of a surrogate pair.
    let cut = r"\u7cfb\u7edf\u9519\u8bef\ud83d";
    for message in [format!(r#""error_message":"{cut}""#), format!(r#""error_code":"{cut}","error_message":"no""#)] {
        let error = unknown(failure(format!(r#"{{"spi_result":{{"success":false,{message}}}}}"#)));
        assert_eq!(error.class, ErrorClass::Unavailable, "{message}");
    }
}

#[test]
fn the_pages_code_or_its_words_are_enough_unless_they_tell_of_trouble() {
    for members in [r#""error_code":"ERROR_OWNER_NOT_EXIST""#, r#""error_message":"货主不存在""#] {
        let error = not_applied(failure(format!(r#"{{"spi_result":{{"success":false,{members}}}}}"#)));
        assert_eq!(error.class, ErrorClass::NotFound);
    }
    let error = unknown(failure(
        r#"{"spi_result":{"success":false,"error_code":"ERROR_OWNER_NOT_EXIST","error_message":"系统异常"}}"#,
    ));
    assert_eq!(error.class, ErrorClass::Unavailable);
}

#[test]
fn an_error_beside_an_answer_of_the_service_leaves_the_write_unknown() {
    for answer in [
        r#"{"error_response":{"code":7},"spi_result":{"success":true}}"#,
        r#"{"error_response":{"code":7},"logistics_wms_inventory_imbalance_create_response":{"spi_result":{"success":true}}}"#,
    ] {
        assert_eq!(unknown(failure(answer)).class, ErrorClass::MalformedResponse);
    }
}

#[test]
fn each_platform_code_has_its_class_and_did_nothing() {
    use ErrorClass::{Forbidden, Internal, InvalidRequest, RateLimited, Unauthorized, Unsupported};
    for (codes, class) in [
        (&["4", "5", "6", "7", "8"][..], RateLimited),
        (&["3", "9", "21", "23", "32", "33", "34"], Internal),
        (&["11", "12", "13", "42", "53"], Forbidden),
        (&["22"], Unsupported),
        (&["24", "25", "26", "27", "28", "29", "30", "31"], Unauthorized),
        (&["43"], InvalidRequest),
    ] {
        for code in codes {
            let error = not_applied(platform(code, "", ""));
            assert_eq!(error.class, class, "{code}");
            assert_eq!(error.provider_code.as_deref(), Some(*code));
            // The code is a text in some answers.
            let quoted = format!("\"{code}\"");
            assert_eq!(not_applied(platform(&quoted, "", "")).class, class, "{code}");
        }
    }
}

#[test]
fn a_failure_that_proves_nothing_leaves_the_write_unknown() {
    for code in ["10", "15", "50", "520", "9999"] {
        assert_eq!(unknown(platform(code, "", "")).class, ErrorClass::Unavailable, "{code}");
    }
    for sub_code in [
        "isp.top-remote-connection-timeout",
        "isp.top-remote-service-unavailable",
        "isp.top-remote-unknown-error",
        "isp.remote-connection-error",
        "isp.service-error",
        "unheard-of",
    ] {
        for code in ["15", "50"] {
            let error = unknown(platform(code, sub_code, "words"));
            assert_eq!(error.class, ErrorClass::Unavailable, "{code} {sub_code}");
        }
    }
}

#[test]
fn the_sub_code_decides_what_a_service_error_is() {
    for (sub_code, class) in [
        ("isv.invalid-parameter", ErrorClass::InvalidRequest),
        ("isv.invalid-parameter:req_dto", ErrorClass::InvalidRequest),
        ("isv.missing-parameter:req_dto", ErrorClass::InvalidRequest),
        ("isv.parameters-mismatch:a-and-b", ErrorClass::InvalidRequest),
        ("isv.permission-api-package-limit", ErrorClass::Forbidden),
        ("isv.permission-ip-whitelist-limit", ErrorClass::Forbidden),
        ("isv.invalid-permission", ErrorClass::Forbidden),
        ("isv.w2-security-authorize-invalid", ErrorClass::Unauthorized),
    ] {
        for code in ["15", "50"] {
            assert_eq!(not_applied(platform(code, sub_code, "")).class, class, "{code} {sub_code}");
            let error = unknown(platform(code, sub_code, "系统异常"));
            assert_eq!(error.class, ErrorClass::Unavailable, "{code} {sub_code}");
        }
    }
    assert_eq!(not_applied(platform("53", "isv.w2-security-authorize-invalid", "")).class, ErrorClass::Unauthorized);
    // From the service behind TOP, which may already have done something.
    for (sub_code, sub_msg, class) in [
        ("isv.item-not-exist:item_code", "", ErrorClass::NotFound),
        ("isv.wms-service-error:STOCK", "", ErrorClass::Rejected),
        ("isv.data-duplicate-error", "", ErrorClass::Rejected),
        ("isv.wms-service-error", "单据已存在", ErrorClass::Rejected),
    ] {
        for code in ["15", "50"] {
            assert_eq!(unknown(platform(code, sub_code, sub_msg)).class, class, "{code} {sub_code}");
        }
    }
    assert_eq!(not_applied(platform("50", "isv.wms-service-error", "仓库不存在")).class, ErrorClass::NotFound);
}

#[test]
fn missing_and_invalid_arguments_are_refusals_by_their_texts() {
    for (code, msg) in [("40", "Missing required arguments:req_dto"), ("41", "Invalid arguments:req_dto")] {
        let answer = format!(r#"{{"error_response":{{"code":{code},"msg":"{msg}"}}}}"#);
        assert_eq!(not_applied(failure(answer)).class, ErrorClass::InvalidRequest, "{code}");
        assert_eq!(unknown(platform(code, "", "")).class, ErrorClass::InvalidRequest, "{code}");
    }
}

#[test]
fn a_call_limit_under_another_code_leaves_the_write_unknown() {
    for code in ["15", "50", "9999"] {
        assert_eq!(unknown(platform(code, "isp.call-limited", "")).class, ErrorClass::RateLimited, "{code}");
    }
    assert_eq!(not_applied(platform("8", "isp.call-limited", "")).class, ErrorClass::RateLimited);
}

#[test]
fn a_call_limit_says_for_what_and_how_long_to_wait() {
    let method = Some("taobao.logistics.wms.inventory.imbalance.create");
    for (sub_code, limited) in [
        ("accesscontrol.limited-by-app-access-count", None),
        ("accesscontrol.limited-by-dynamic-access-count", None),
        ("accesscontrol.limited-by-api-access-count", method),
        ("accesscontrol.limited-by-app-api-access-count", method),
    ] {
        let error = not_applied(platform("7", sub_code, "This ban will last for 59 more seconds"));
        assert_eq!(error.class, ErrorClass::RateLimited);
        assert_eq!(error.retry_after, Some(60_000), "{sub_code}");
        assert_eq!(error.limited_method.as_deref(), limited, "{sub_code}");
    }
    for words in [
        "",
        "This ban will last for a while",
        "This ban will last for -1 more seconds",
        "This ban will last for 18446744073709551615 more seconds",
    ] {
        assert_eq!(not_applied(platform("7", "", words)).retry_after, None, "{words}");
    }
}

#[test]
fn success_may_be_a_text_and_the_root_may_be_left_out() {
    let root = "logistics_wms_inventory_imbalance_create_response";
    for success in ["true", "\"true\""] {
        let simplified = format!(r#"{{"spi_result":{{"success":{success}}},"request_id":"r"}}"#);
        for body in [format!(r#"{{"{root}":{simplified}}}"#), simplified] {
            let receipt = TaobaoTop::occupy(&account(NativeHost::answering(body)), example()).unwrap();
            assert_eq!(receipt.extras, [("request_id".to_owned(), "\"r\"".to_owned())]);
        }
    }
}

#[test]
fn an_answer_that_is_not_as_documented_leaves_the_write_unknown() {
    let root = "logistics_wms_inventory_imbalance_create_response";
    for body in [
        String::new(),
        "<error_response><code>15</code></error_response>".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"{root}":{{"spi_result":{{"succ"#),
        format!(r#"{{"{root}":{{}}}}"#),
        format!(r#"{{"{root}":{{"request_id":"r"}}}}"#),
        format!(r#"{{"{root}":{{"spi_result":null}}}}"#),
        format!(r#"{{"{root}":{{"spi_result":{{}}}}}}"#),
        format!(r#"{{"{root}":{{"spi_result":{{"success":null}}}}}}"#),
        format!(r#"{{"{root}":{{"spi_result":{{"success":2}}}}}}"#),
        format!(r#"{{"{root}":{{"spi_result":{{"success":{{}}}}}}}}"#),
        format!(r#"{{"{root}":{{"spi_result":true}}}}"#),
        r#"{"logistics_wms_other_response":{"spi_result":{"success":true}}}"#.to_owned(),
        r#"{"error_response":{"msg":"words"}}"#.to_owned(),
        r#"{"error_response":{"code":"","sub_code":"isv.invalid-parameter"}}"#.to_owned(),
        r#"{"error_response":{"code":null,"sub_code":"isv.invalid-parameter"}}"#.to_owned(),
        r#"{"error_response":"words"}"#.to_owned(),
    ] {
        let error = unknown(failure(body.as_str()));
        assert_eq!(error.class, ErrorClass::MalformedResponse, "{body}");
        assert!(error.message.starts_with("the provider's answer differs from its documentation: "), "{body}");
    }
}

#[test]
fn another_http_status_leaves_the_write_unknown() {
    for (status, class) in [
        (302, ErrorClass::MalformedResponse),
        (404, ErrorClass::MalformedResponse),
        (429, ErrorClass::RateLimited),
        (502, ErrorClass::Unavailable),
    ] {
        let host = NativeHost::new(move |_| {
            Ok(Response { status, headers: Vec::new(), body: br#"{"spi_result":{"success":true}}"#.to_vec() })
        });
        let error = unknown(TaobaoTop::occupy(&account(host), example()).unwrap_err());
        assert_eq!(error.class, class, "{status}");
    }
}

#[test]
fn a_broken_connection_is_unknown_only_if_something_was_sent() {
    for sent in [false, true] {
        let host = NativeHost::new(move |_| {
            Err(HttpError { failure: Failure::Broken, sent, retry_after: None, message: "reset".into() })
        });
        let failure = TaobaoTop::occupy(&account(host), example()).unwrap_err();
        assert_eq!(matches!(failure, WriteFailure::Unknown(_)), sent);
    }
}
