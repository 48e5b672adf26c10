//! A connector's log: bounded lines, with control characters escaped and secrets redacted, on the operator's `tracing`
//! subscriber. It includes what a guest prints through WASI: see `printed`.

#[cfg(feature = "wasi")]
mod printed;

#[cfg(feature = "wasi")]
use printed::Printed;
use stockbridge_model::sanitize::one_line;
use wasmtime::component::HasData;

use super::context::CallContext;
use super::contract::log::{self, Level};
use crate::diagnostics;
use crate::limits::Limits;

/// Maximum bytes of one logged message or field; the rest is cut off and marked.
const LONGEST: usize = 2000;
/// Maximum fields of a line; the rest is left out.
const MOST_FIELDS: usize = 32;

/// The capability.
pub(super) struct Log;

impl HasData for Log {
    type Data<'a> = LogView<'a>;
}

/// Remaining log budget of a call, and its printed text.
pub(super) struct LogState {
    lines: u32,
    bytes: usize,
    dropped: u64,
    /// None until the guest uses WASI, which most cannot.
    #[cfg(feature = "wasi")]
    printed: Option<Box<Printed>>,
}

impl LogState {
    pub(super) fn new(limits: &Limits) -> LogState {
        LogState {
            lines: limits.log_lines,
            bytes: limits.log_bytes,
            dropped: 0,
            #[cfg(feature = "wasi")]
            printed: None,
        }
    }

    /// Ends the call's log: logs a last line without a line break, and reports the number of dropped lines in one event.
    pub(super) fn end(&mut self, context: &CallContext) {
        #[cfg(feature = "wasi")]
        LogView { context, state: self }.log_all_printed();
        if self.dropped > 0 {
            let account = context.grants.as_ref().map_or("", |grants| &*grants.account);
            tracing::warn!(target: diagnostics::CALL, account, dropped = self.dropped, "a connector logged more lines than its limit");
        }
    }
}

/// The log of a running call.
pub(super) struct LogView<'a> {
    pub(super) context: &'a CallContext,
    pub(super) state: &'a mut LogState,
}

impl log::Host for LogView<'_> {
    fn write(&mut self, level: Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        // Text that it printed earlier goes first.
        #[cfg(feature = "wasi")]
        self.log_printed();
        self.line(level, &message, &fields);
        Ok(())
    }
}

impl LogView<'_> {
    /// Writes a line, if the call has budget left. The budget of lines and bytes covers the log and both printed streams. Lines
    /// beyond it are counted, and reported when the call ends.
    fn line(&mut self, level: Level, message: &str, fields: &[(String, String)]) {
        let Some(grants) = &self.context.grants else { return };
        if self.state.lines == 0 {
            self.state.dropped += 1;
            return;
        }
        let redactor = grants.secrets.redactor();
        let clean = |text: &str| one_line(&redactor.beginning(text, LONGEST + 1), LONGEST);
        let fields: Vec<_> =
            fields.iter().take(MOST_FIELDS).map(|(name, value)| format!("{}={}", clean(name), clean(value))).collect();
        let (account, fields, message) = (&*grants.account, fields.join(" "), clean(message));
        let Some(left) = self.state.bytes.checked_sub(fields.len() + message.len()) else {
            self.state.dropped += 1;
            return;
        };
        (self.state.lines, self.state.bytes) = (self.state.lines - 1, left);
        match level {
            Level::Debug => tracing::debug!(target: diagnostics::CONNECTOR, account, fields, "{message}"),
            Level::Info => tracing::info!(target: diagnostics::CONNECTOR, account, fields, "{message}"),
            Level::Warn => tracing::warn!(target: diagnostics::CONNECTOR, account, fields, "{message}"),
            Level::Error => tracing::error!(target: diagnostics::CONNECTOR, account, fields, "{message}"),
        }
    }
}
