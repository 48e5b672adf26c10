//! Winit's two signatures, one with the token and one with the client's secret. No vector is published.

use crate::gateways::digest::md5_upper;

/// The signed members of the envelope, in the order of signing.
pub(super) struct Signed<'a> {
    pub(super) action: &'a str,
    pub(super) app_key: &'a str,
    /// The canonical text of `data`; empty if absent.
    pub(super) data: &'a str,
    pub(super) format: &'a str,
    pub(super) platform: &'a str,
    pub(super) sign_method: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) version: &'a str,
}

impl Signed<'_> {
    /// The signature with this secret.
    pub(super) fn with(&self, secret: &str) -> String {
        let text = [
            secret,
            "action",
            self.action,
            "app_key",
            self.app_key,
            "data",
            self.data,
            "format",
            self.format,
            "platform",
            self.platform,
            "sign_method",
            self.sign_method,
            "timestamp",
            self.timestamp,
            "version",
            self.version,
            secret,
        ];
        md5_upper(text.concat().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_stand_between_the_secret_twice() {
        let signed = Signed {
            action: "wh.x",
            app_key: "demo@example.com",
            data: r#"{"a":"是"}"#,
            format: "json",
            platform: "OWNERERP",
            sign_method: "md5",
            timestamp: "2026-01-01 12:00:00",
            version: "1.0",
        };
        // Computed by an independent program.
        assert_eq!(signed.with("tok"), "C435902E867CBD162D05C6DFF2F72029");
    }
}
