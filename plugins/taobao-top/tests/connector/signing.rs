//! The published signatures, and the unsigned parameters.

use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Encoding, Host, Part};
use stockbridge_taobao_top::signing::{SignMethod, sign};

fn signed(method: SignMethod, secret: &[u8], parameters: &[(&str, &str)]) -> String {
    let host = NativeHost::without_http().secret("secret", secret);
    let secret = Host::secret(&host, "secret").unwrap();
    let parts: Vec<_> = parameters.iter().map(|(name, value)| (*name, Part::text(value))).collect();
    sign(&host, method, secret, &parts).unwrap()
}

/// The published example, in a different order.
const PUBLISHED: [(&str, &str); 9] = [
    ("method", "taobao.item.seller.get"),
    ("app_key", "12345678"),
    ("session", "test"),
    ("timestamp", "2016-01-01 12:00:00"),
    ("format", "json"),
    ("v", "2.0"),
    ("sign_method", "md5"),
    ("fields", "num_iid,title,nick,price,num"),
    ("num_iid", "11223344"),
];

const MD5: &str = "66987CB115214E59E6EC978214934FB8";

#[test]
fn the_published_md5_signature_comes_out() {
    assert_eq!(signed(SignMethod::Md5, b"helloworld", &PUBLISHED), MD5);
}

#[test]
fn the_published_hmac_signatures_come_out() {
    assert_eq!(signed(SignMethod::Hmac, &[0x0b; 16], &[("Hi", " There")]), "9294727A3638BB1C13F48EF8158BFC9D");
    assert_eq!(
        signed(SignMethod::HmacSha256, &[0x0b; 20], &[("Hi", " There")]),
        "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"
    );
}

#[test]
fn the_order_of_the_parameters_does_not_matter() {
    let mut reversed = PUBLISHED;
    reversed.reverse();
    assert_eq!(signed(SignMethod::Md5, b"helloworld", &reversed), MD5);
}

#[test]
fn empty_parameters_and_the_signature_itself_are_not_signed() {
    let mut more = PUBLISHED.to_vec();
    more.extend([("sign", "FFFF"), ("empty", ""), ("", "nameless")]);
    assert_eq!(signed(SignMethod::Md5, b"helloworld", &more), MD5);
}

#[test]
fn a_secret_parameter_is_signed_like_any_other() {
    let host = NativeHost::without_http().secret("secret", "helloworld").secret("session", "test");
    let secret = Host::secret(&host, "secret").unwrap();
    let session = Host::secret(&host, "session").unwrap();
    let parts = PUBLISHED.map(|(name, value)| match name {
        "session" => (name, Part::Secret(session, Encoding::Plain)),
        _ => (name, Part::text(value)),
    });
    assert_eq!(sign(&host, SignMethod::Md5, secret, &parts).unwrap(), MD5);
}

#[test]
fn sign_methods_are_known_by_tops_names() {
    for method in [SignMethod::Md5, SignMethod::Hmac, SignMethod::HmacSha256] {
        assert_eq!(SignMethod::named(method.name()), Some(method));
    }
    assert_eq!(SignMethod::named("MD5"), None);
}
