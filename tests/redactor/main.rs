//! Secrets in provider answers and connector logs: redacted in the escapings of common software, in time linear in the text.

mod chains;
mod witnesses;
mod work;

use stockbridge::Redactor;

/// A redactor of these secrets.
fn redactor_of<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Redactor {
    Redactor::new(secrets.into_iter().map(|secret| ("secret".into(), secret.as_bytes())))
}
