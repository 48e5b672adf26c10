//! What an operator has taken out of answers as a secret, so that it is not the connector's choice alone.

use serde::Serialize;

/// Where a secret is captured from: the answers of one address, at one place in their JSON.
///
/// The host takes it out of every answer of that address, whether or not the connector asks for it, and refuses a request that
/// would capture the secret from another one.
///
/// ```
/// use stockbridge::CaptureRule;
///
/// let session = CaptureRule::new("https://auth.example.com/token", "/access_token").lifetime("/expires_in");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaptureRule {
    #[serde(rename = "capture")]
    pub(crate) pointer: String,
    pub(crate) from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lifetime: Option<String>,
}

impl CaptureRule {
    /// From the answers of an address without its query, the string that a JSON pointer (RFC 6901) leads to. It is kept until
    /// another one comes.
    #[must_use]
    pub fn new(from: impl Into<String>, pointer: impl Into<String>) -> CaptureRule {
        CaptureRule { from: from.into(), pointer: pointer.into(), lifetime: None }
    }

    /// Where its lifetime stands, in whole seconds: a JSON pointer.
    #[must_use]
    pub fn lifetime(mut self, pointer: impl Into<String>) -> CaptureRule {
        self.lifetime = Some(pointer.into());
        self
    }

    /// The address, without its query.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.from
    }

    /// The JSON pointer to the secret.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The JSON pointer to its lifetime, if it has one.
    #[must_use]
    pub fn get_lifetime(&self) -> Option<&str> {
        self.lifetime.as_deref()
    }
}
