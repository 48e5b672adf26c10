//! A connector's log: bounded lines, with control characters escaped, on the operator's `tracing` subscriber.

use crate::call::CallState;
use crate::contract::log;

/// The most characters of one message or field; more is cut off and marked.
const LONGEST: usize = 2000;

impl log::Host for CallState {
    fn write(&mut self, level: log::Level, message: String, fields: Vec<(String, String)>) -> wasmtime::Result<()> {
        let Some(grants) = self.grants.clone() else {
            return Ok(());
        };
        if self.log_lines >= grants.limits.log_lines {
            self.log_dropped += 1;
            return Ok(());
        }
        self.log_lines += 1;
        let account = grants.account.as_str();
        let fields: Vec<_> =
            fields.iter().take(32).map(|(name, value)| format!("{}={}", clean(name), clean(value))).collect();
        let fields = fields.join(" ");
        let message = clean(&message);
        match level {
            log::Level::Debug => tracing::debug!(target: "stockbridge::connector", account, fields, "{message}"),
            log::Level::Info => tracing::info!(target: "stockbridge::connector", account, fields, "{message}"),
            log::Level::Warn => tracing::warn!(target: "stockbridge::connector", account, fields, "{message}"),
            log::Level::Error => tracing::error!(target: "stockbridge::connector", account, fields, "{message}"),
        }
        Ok(())
    }
}

/// The text on one line: a log line that a connector writes cannot pretend to be two, or somebody else's.
fn clean(text: &str) -> String {
    let mut clean: String = text
        .chars()
        .take(LONGEST)
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn a_line_cannot_be_broken_and_is_cut_with_a_mark() {
        assert_eq!(clean("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert!(clean(&"x".repeat(5000)).ends_with("x…"));
    }
}
