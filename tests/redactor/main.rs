//! Secrets in what providers answer and connectors log: struck out however common software writes them, in time linear in the
//! text.

mod chains;
mod witnesses;
mod work;

use stockbridge::Redactor;

/// What finds these secrets.
fn redactor_of<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Redactor {
    Redactor::new(secrets.into_iter().map(|secret| ("secret".into(), secret.as_bytes())))
}
