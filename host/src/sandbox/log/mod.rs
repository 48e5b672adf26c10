//! A connector's log: bounded lines, with control characters escaped and secrets struck out, on the operator's `tracing`
//! subscriber. What a guest prints by way of WASI is part of it: see `printed`.

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

/// The most bytes of one message or field, as it is written; more is cut off and marked.
const LONGEST: usize = 2000;
/// The most fields of a line; more are left out.
const MOST_FIELDS: usize = 32;

/// The capability.
pub(super) struct Log;

impl HasData for Log {
    type Data<'a> = LogView<'a>;
}

/// What a call may still log, and what it printed.
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

    /// The call is over: the line that the guest did not end is one all the same, and one event counts the lines beyond the limit.
    pub(super) fn end(&mut self, context: &CallContext) {
        #[cfg(feature = "wasi")]
        LogView { context, state: self }.print_rest();
        if self.dropped > 0 {
            let account = context.grants.as_ref().map_or("", |grants| &*grants.account);
            tracing::warn!(target: diagnostics::CALL, account, dropped = self.dropped, "a connector logged more lines than its limit");
        }
    }
}

/// The log of a call that is on its way.
pub(super) struct LogView<'a> {
    pub(super) context: &'a CallContext,
    pub(super) state: &'a mut LogState,
}

impl log::Host for LogView<'_> {
    fn write(&mut self, level: Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        // What it printed before this comes before this.
        #[cfg(feature = "wasi")]
        self.printed();
        self.line(level, &message, &fields);
        Ok(())
    }
}

impl LogView<'_> {
    /// Writes a line, if the call has budget left: lines are counted over all channels, and so are their bytes. What is
    /// beyond it is counted; one line tells of it when the call ends.
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
