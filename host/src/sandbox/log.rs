//! A connector's log: bounded lines, with control characters escaped and secrets struck out, on the operator's `tracing`
//! subscriber.

use crate::sandbox::call::CallState;
use crate::sandbox::contract::log::{self, Level};
use crate::sanitize::one_line;

/// The most bytes of one message or field, as it is written; more is cut off and marked.
pub(crate) const LONGEST: usize = 2000;
/// The most fields of a line; more are left out.
const MOST_FIELDS: usize = 32;

impl log::Host for CallState {
    fn write(&mut self, level: Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        // What it printed before this comes before this.
        self.log_stdio();
        self.log_line(level, &message, &fields);
        Ok(())
    }
}

impl CallState {
    /// Writes a line, if the call has budget left: lines are counted over all channels, and so are their bytes. What is
    /// beyond it is counted; one line tells of it when the call ends.
    pub(crate) fn log_line(&mut self, level: Level, message: &str, fields: &[(String, String)]) {
        let Some(grants) = self.grants.clone() else { return };
        if self.log_lines == 0 {
            self.log_dropped += 1;
            return;
        }
        let redactor = grants.secrets.redactor();
        let clean = |text: &str| one_line(&redactor.beginning(text, LONGEST + 1), LONGEST);
        let fields: Vec<_> =
            fields.iter().take(MOST_FIELDS).map(|(name, value)| format!("{}={}", clean(name), clean(value))).collect();
        let (account, fields, message) = (&*grants.account, fields.join(" "), clean(message));
        let Some(left) = self.log_bytes.checked_sub(fields.len() + message.len()) else {
            self.log_dropped += 1;
            return;
        };
        (self.log_lines, self.log_bytes) = (self.log_lines - 1, left);
        match level {
            Level::Debug => tracing::debug!(target: "stockbridge::connector", account, fields, "{message}"),
            Level::Info => tracing::info!(target: "stockbridge::connector", account, fields, "{message}"),
            Level::Warn => tracing::warn!(target: "stockbridge::connector", account, fields, "{message}"),
            Level::Error => tracing::error!(target: "stockbridge::connector", account, fields, "{message}"),
        }
    }
}
