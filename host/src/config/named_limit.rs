//! Limits by their configuration names: reading, comparing and writing each.

use std::time::Duration;

use crate::limits::Limits;

const MILLISECOND: u64 = 1_000_000;
const ONE: u64 = 1;
const KIBIBYTE: u64 = 1024;
const MEBIBYTE: u64 = 1024 * 1024;

/// A limit with its configuration name and the unit of its figure.
pub(crate) struct NamedLimit {
    pub(crate) name: &'static str,
    /// Bytes or nanoseconds of the unit; one for a count.
    unit: u64,
    /// Reads the limit, in bytes, nanoseconds or as a count; none if it is not set.
    get: fn(&Limits) -> Option<u64>,
    /// Sets the limit, in the same base unit.
    #[cfg_attr(not(feature = "config-file"), expect(dead_code, reason = "set by a file's reader alone"))]
    set: fn(Limits, u64) -> Limits,
}

impl NamedLimit {
    /// All limits, in the order in which an error lists them.
    pub(crate) const ALL: [NamedLimit; 21] = [
        NamedLimit::new(
            "deadline-ms",
            MILLISECOND,
            |all| nanoseconds(all.deadline),
            |all, figure| all.deadline(Duration::from_nanos(figure)),
        ),
        NamedLimit::new(
            "min-time-left-ms",
            MILLISECOND,
            |all| nanoseconds(all.min_time_left),
            |all, figure| all.min_time_left(Duration::from_nanos(figure)),
        ),
        NamedLimit::new("memory-mib", MEBIBYTE, |all| wide(all.memory), |all, figure| all.memory(size(figure))),
        NamedLimit::new(
            "table-elements",
            ONE,
            |all| wide(all.table_elements),
            |all, figure| all.table_elements(size(figure)),
        ),
        NamedLimit::new(
            "hostcall-mib",
            MEBIBYTE,
            |all| wide(all.hostcall_fuel),
            |all, figure| all.hostcall_fuel(size(figure)),
        ),
        NamedLimit::new("handles", ONE, |all| wide(all.handles), |all, figure| all.handles(size(figure))),
        NamedLimit::new("requests", ONE, |all| wide(all.requests), |all, figure| all.requests(count(figure))),
        NamedLimit::new("in-flight", ONE, |all| wide(all.in_flight), |all, figure| all.in_flight(size(figure))),
        NamedLimit::new(
            "concurrent-calls",
            ONE,
            |all| all.calls.and_then(wide),
            |all, figure| all.concurrent_calls(size(figure)),
        ),
        NamedLimit::new(
            "requests-per-minute",
            ONE,
            |all| all.requests_per_minute.and_then(wide),
            |all, figure| all.requests_per_minute(count(figure)),
        ),
        NamedLimit::new("attempts", ONE, |all| wide(all.attempts), |all, figure| all.attempts(count(figure))),
        NamedLimit::new("headers", ONE, |all| wide(all.headers), |all, figure| all.headers(size(figure))),
        NamedLimit::new(
            "header-kib",
            KIBIBYTE,
            |all| wide(all.header_bytes),
            |all, figure| all.header_bytes(size(figure)),
        ),
        NamedLimit::new(
            "captured-kib",
            KIBIBYTE,
            |all| wide(all.captured_bytes),
            |all, figure| all.captured_bytes(size(figure)),
        ),
        NamedLimit::new("journal-mib", MEBIBYTE, |all| all.journal_bytes, Limits::journal_bytes),
        NamedLimit::new(
            "request-mib",
            MEBIBYTE,
            |all| wide(all.request_body),
            |all, figure| all.request_body(size(figure)),
        ),
        NamedLimit::new(
            "response-mib",
            MEBIBYTE,
            |all| wide(all.response_body),
            |all, figure| all.response_body(size(figure)),
        ),
        NamedLimit::new("digests", ONE, |all| wide(all.digests), |all, figure| all.digests(count(figure))),
        NamedLimit::new("log-lines", ONE, |all| wide(all.log_lines), |all, figure| all.log_lines(count(figure))),
        NamedLimit::new("log-kib", KIBIBYTE, |all| wide(all.log_bytes), |all, figure| all.log_bytes(size(figure))),
        NamedLimit::new("rows", ONE, |all| wide(all.rows), |all, figure| all.rows(size(figure))),
    ];

    const fn new(
        name: &'static str,
        unit: u64,
        get: fn(&Limits) -> Option<u64>,
        set: fn(Limits, u64) -> Limits,
    ) -> NamedLimit {
        NamedLimit { name, unit, get, set }
    }

    /// Sets the limit to a figure in its unit.
    #[cfg(feature = "config-file")]
    pub(crate) fn set(&self, limits: Limits, figure: u32) -> Limits {
        (self.set)(limits, u64::from(figure).saturating_mul(self.unit))
    }

    /// The figure to write, if the limit is not the default; the limit itself as the error, if no figure says it.
    pub(crate) fn figure(&self, limits: &Limits) -> Option<Result<u32, u64>> {
        let set = (self.get)(limits).filter(|_| self.differs(limits))?;
        Some(super::figure(set, self.unit).ok_or(set))
    }

    /// Whether the limit differs from the default.
    pub(crate) fn differs(&self, limits: &Limits) -> bool {
        (self.get)(limits) != (self.get)(&Limits::default())
    }
}

fn nanoseconds(time: Duration) -> Option<u64> {
    u64::try_from(time.as_nanos()).ok()
}

fn wide(figure: impl TryInto<u64>) -> Option<u64> {
    figure.try_into().ok()
}

/// Saturating: each limit clamps the result to its own range.
fn size(figure: u64) -> usize {
    usize::try_from(figure).unwrap_or(usize::MAX)
}

fn count(figure: u64) -> u32 {
    u32::try_from(figure).unwrap_or(u32::MAX)
}
