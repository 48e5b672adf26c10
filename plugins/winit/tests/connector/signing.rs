//! The signature alone.

use stockbridge_connector::Host;
use stockbridge_connector::native::NativeHost;
use stockbridge_winit::signing::{Signed, sign};

fn signed(data: &str) -> String {
    let host = NativeHost::without_http().secret("token", "TOK");
    let token = Host::secret(&host, "token").unwrap();
    let signed = Signed {
        action: "a",
        app_key: "k",
        data,
        format: "json",
        platform: "P",
        sign_method: "md5",
        timestamp: "T",
        version: "1.0",
    };
    sign(&host, token, &signed).unwrap()
}

#[test]
fn the_fields_are_signed_in_their_fixed_order_between_the_tokens() {
    assert_eq!(signed(r#"{"货":"","a":1}"#), "1222D1F95E28FC121E48A7D694537B58");
}

#[test]
fn missing_data_is_signed_as_its_name_alone() {
    assert_eq!(signed(""), "CEECBE122CA30AE4DAC5C1BA299B8442");
}
