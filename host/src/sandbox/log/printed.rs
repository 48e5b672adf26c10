//! Printed text of a guest, as lines of the connector's log: stdout at the level `info`, stderr at the level `warn`.
//!
//! A stream has no access to its call's state, so it buffers what is written until the call collects it: before each further
//! use of WASI, before each line of the contract's own log, and at the end.

use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use super::{LONGEST, LogState, LogView};
use crate::sandbox::contract::log::Level;

/// Maximum bytes of one write: what `check_write` permits.
const MAX_WRITE: usize = 4096;
/// Maximum bytes buffered of a line: enough for one character more than a log line holds.
const MAX_LINE: usize = 4 * (LONGEST + 1);

/// Both streams of a call.
pub(crate) struct Printed {
    pub(crate) out: Stream,
    pub(crate) err: Stream,
}

impl Default for Printed {
    fn default() -> Printed {
        let stream = |name, level| Stream { name, level, written: Written::default(), line: Vec::new() };
        Printed { out: stream("stdout", Level::Info), err: stream("stderr", Level::Warn) }
    }
}

impl LogState {
    /// The streams that the guest prints to.
    pub(in crate::sandbox) fn streams(&mut self) -> &Printed {
        self.printed.get_or_insert_default()
    }
}

impl LogView<'_> {
    /// Logs all remaining printed text, at the end of the call.
    pub(super) fn log_all_printed(&mut self) {
        self.log_printed();
        self.log_unended();
    }

    /// Logs the complete lines that the guest printed.
    pub(in crate::sandbox) fn log_printed(&mut self) {
        let Some(printed) = &mut self.state.printed else { return };
        let Printed { out, err } = &mut **printed;
        let lines = [out, err].map(|stream| (stream.name, stream.level, stream.lines()));
        for (name, level, lines) in lines {
            lines.iter().for_each(|line| self.printed_line(name, level, line));
        }
    }

    /// Logs the last line of each stream, if it has no line break.
    fn log_unended(&mut self) {
        let Some(printed) = &mut self.state.printed else { return };
        let Printed { out, err } = &mut **printed;
        let rest = [out, err].map(|stream| (stream.name, stream.level, stream.end()));
        for (name, level, line) in rest.iter().filter(|(_, _, line)| !line.is_empty()) {
            self.printed_line(name, *level, line);
        }
    }

    fn printed_line(&mut self, stream: &str, level: Level, line: &str) {
        self.line(level, line, &[("stream".to_owned(), stream.to_owned())]);
    }
}

/// One of the two streams, and its current line.
pub(crate) struct Stream {
    pub(super) name: &'static str,
    pub(super) level: Level,
    pub(crate) written: Written,
    line: Vec<u8>,
}

impl Stream {
    /// Takes the complete lines.
    pub(super) fn lines(&mut self) -> Vec<String> {
        let written = self.written.take();
        let mut pieces = written.split(|byte| *byte == b'\n');
        let last = pieces.next_back().unwrap_or_default();
        let mut lines = Vec::new();
        for piece in pieces {
            self.extend(piece);
            lines.push(self.end());
        }
        self.extend(last);
        lines
    }

    fn extend(&mut self, piece: &[u8]) {
        let room = MAX_LINE.saturating_sub(self.line.len());
        self.line.extend(piece.iter().take(room));
    }

    pub(super) fn end(&mut self) -> String {
        let line = mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        String::from_utf8_lossy(line).into_owned()
    }
}

/// Bytes written and not yet logged. A guest may get the same stream several times.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        mem::take(&mut *self.0.lock())
    }
}

impl IsTerminal for Written {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Written {
    /// For WASI 0.3, which is not linked.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Vec::new())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Written {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for Written {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if bytes.len() > MAX_WRITE {
            return Err(StreamError::trap("it wrote more at a time than the stream permits"));
        }
        self.0.lock().extend_from_slice(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_WRITE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(stream: &mut Stream, text: &[u8]) -> Vec<String> {
        stream.written.write(Bytes::copy_from_slice(text)).unwrap();
        stream.lines()
    }

    #[test]
    fn a_line_is_one_when_it_ends_however_it_was_written() {
        let mut out = Printed::default().out;
        assert_eq!(print(&mut out, b"a"), Vec::<String>::new());
        assert_eq!(print(&mut out, b"b\r\n\nc"), ["ab", ""]);
        assert_eq!(print(&mut out, b"\xff\n"), ["c\u{fffd}"]);
        assert_eq!(out.end(), "");
    }

    #[test]
    fn of_a_line_without_an_end_no_more_is_kept_than_is_logged() {
        let mut out = Printed::default().out;
        for _ in 0..100 {
            assert_eq!(print(&mut out, &[b'x'; MAX_WRITE]), Vec::<String>::new());
        }
        assert_eq!(out.line.len(), MAX_LINE);
        assert_eq!(print(&mut out, b"\nnext\n"), ["x".repeat(MAX_LINE), "next".to_owned()]);
    }

    #[test]
    fn more_than_a_stream_takes_at_a_time_is_a_trap() {
        let mut written = Written::default();
        let refused = written.write(Bytes::from(vec![0; MAX_WRITE + 1]));
        assert!(matches!(refused, Err(StreamError::Trap(_))));
        assert!(written.take().is_empty());
    }
}
