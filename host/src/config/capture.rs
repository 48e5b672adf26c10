//! What an operator has taken out of answers as a secret, so that it is not the connector's choice alone.

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureRule {
    pub(crate) from: String,
    pub(crate) pointer: String,
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
}
