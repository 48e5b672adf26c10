//! TOP's three signatures over the merged parameters.

use crate::gateways::digest::{hmac_md5_upper, hmac_sha256_upper, md5_upper};
use crate::gateways::form::Form;

/// The signature method that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignMethod {
    Md5,
    Hmac,
    HmacSha256,
}

impl SignMethod {
    pub(super) fn from_name(name: &str) -> Option<SignMethod> {
        match name {
            "md5" => Some(SignMethod::Md5),
            "hmac" => Some(SignMethod::Hmac),
            "hmac-sha256" => Some(SignMethod::HmacSha256),
            _ => None,
        }
    }

    /// The signature of these parameters; those without name or value are skipped.
    pub(super) fn expected(self, form: &Form, secret: &[u8]) -> String {
        let mut text = Vec::new();
        for (name, value) in form.signed() {
            if !name.is_empty() && !value.is_empty() {
                text.extend_from_slice(name.as_bytes());
                text.extend_from_slice(value.as_bytes());
            }
        }
        match self {
            SignMethod::Md5 => md5_upper(&[secret, &text, secret].concat()),
            SignMethod::Hmac => hmac_md5_upper(secret, &text),
            SignMethod::HmacSha256 => hmac_sha256_upper(secret, &text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_md5_vector_verifies_and_empty_parameters_are_skipped() {
        let form = Form::read(
            b"method=taobao.item.seller.get&app_key=12345678&session=test&timestamp=2016-01-01+12%3A00%3A00\
              &format=json&v=2.0&sign_method=md5&fields=num_iid%2Ctitle%2Cnick%2Cprice%2Cnum&num_iid=11223344\
              &sign=ignored&empty=&=nameless",
        )
        .unwrap();
        assert_eq!(SignMethod::Md5.expected(&form, b"helloworld"), "66987CB115214E59E6EC978214934FB8");
    }

    #[test]
    fn the_published_hmac_vectors_verify() {
        let form = Form::read(b"Hi=+There").unwrap();
        assert_eq!(SignMethod::Hmac.expected(&form, &[0x0b; 16]), "9294727A3638BB1C13F48EF8158BFC9D");
        assert_eq!(
            SignMethod::HmacSha256.expected(&form, &[0x0b; 20]),
            "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"
        );
    }
}
