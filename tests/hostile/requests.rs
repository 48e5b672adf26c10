//! Guests whose requests are too many, too large, or malformed. None of these is sent.

use stockbridge_tests::Recording;

use crate::scene::{Call, GRANTED, Scene, answered, failed};

async fn refused(guest: &str, reason: &str) {
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at(guest, GRANTED, transport.clone()).await;
    let text = format!("the host refused the request: {reason}");
    assert_eq!(scene.result_of(Call::Query).await, failed("provider.forbidden", &text), "{guest}");
    assert!(transport.sent().is_empty(), "{guest} sent {:?}", transport.sent());
}

macro_rules! refused {
    ($($guest:ident $file:literal: $reason:expr;)+) => {
        $(
            #[tokio::test]
            pub(crate) async fn $guest() {
                refused($file, $reason).await;
            }
        )+
    };
}

refused! {
    body_of_megabytes "body-of-megabytes": "the body has more than 4194304 bytes";
    header_of_megabytes "header-of-megabytes": "the headers have more than 32768 bytes";
    headers_by_thousands "headers-by-thousands": "the request has 100000 headers; the limit is 64";
    address_of_megabytes "address-of-megabytes": "the address has 8388636 bytes; the limit is 2048";
    host_set_by_the_guest "host-set-by-the-guest": "the header `host` belongs to the host";
    transfer_encoding_set_by_the_guest "transfer-encoding-set-by-the-guest":
        "the header `transfer-encoding` belongs to the host";
    content_length_set_by_the_guest "content-length-set-by-the-guest": "the header `content-length` belongs to the host";
    connection_set_by_the_guest "connection-set-by-the-guest": "the header `connection` belongs to the host";
    cr_lf_in_a_name "cr-lf-in-a-name": "a header's name is no HTTP token";
    cr_lf_in_a_value "cr-lf-in-a-value": "the value of the header `x-one` has a control character";
    cr_lf_in_the_method "cr-lf-in-the-method": "the method is none of GET, HEAD, POST, PUT, PATCH and DELETE";
    cr_lf_in_the_query "cr-lf-in-the-query": "the query is not written plainly: percent-encode it";
    url_with_a_user "url-with-a-user": "the address has a user name in it";
    url_with_a_fragment "url-with-a-fragment": "the path is not written plainly: percent-encode it, and pass the query separately";
    url_with_a_backslash "url-with-a-backslash": "the address has a user name in it";
    url_with_a_tab "url-with-a-tab": "the host is not a name of letters, digits, hyphens and dots";
    url_of_a_file "url-of-a-file": "the address begins with neither http:// nor https://";
}

/// Granted requests are sent, and a guest that continues is stopped: each refusal is an event for the operator.
#[tokio::test]
pub(crate) async fn requests_by_thousands() {
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at("requests-by-thousands", GRANTED, transport.clone()).await;
    let text = "the connector trapped: 100 of its requests were refused";
    assert_eq!(scene.result_of(Call::Query).await, failed("connector.trapped", text));
    assert_eq!(transport.sent().len(), 32);
}

#[tokio::test]
pub(crate) async fn loopback_in_odd_spellings() {
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at("loopback-in-odd-spellings", GRANTED, transport.clone()).await;
    assert_eq!(scene.result_of(Call::Query).await, answered("[]"));
    assert!(transport.sent().is_empty(), "{:?}", transport.sent());
}

/// The data that a guest passes to the host in one call is bounded.
#[tokio::test]
pub(crate) async fn body_of_one_piece_many_times() {
    let text = "the connector trapped: too much data is being copied between the host and the guest: \
                fuel allocated for hostcalls has been exhausted";
    let transport = Recording::answering(["{}"]);
    let scene = Scene::at("body-of-one-piece-many-times", GRANTED, transport.clone()).await;
    assert_eq!(scene.result_of(Call::Query).await, failed("connector.trapped", text));
    assert!(transport.sent().is_empty());
}
