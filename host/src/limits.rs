//! Limits on one call of an account. There is no "unlimited".

use std::time::Duration;

/// Limits on one call of an account. The defaults are ample for a provider's ordinary answers.
///
/// A value outside a limit's range is clamped to it. A guest's stack has 512 KiB, and one call has at most 16 core instances,
/// 16 tables and one memory: these limits are the engine's, the same for all accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) deadline: Duration,
    pub(crate) min_time_left: Duration,
    pub(crate) memory: usize,
    pub(crate) requests: u32,
    pub(crate) request_body: usize,
    pub(crate) response_body: usize,
    pub(crate) digests: u32,
    pub(crate) digest_input: usize,
    pub(crate) log_lines: u32,
    pub(crate) rows: usize,
    pub(crate) in_flight: usize,
    pub(crate) calls: Option<usize>,
    pub(crate) headers: usize,
    pub(crate) header_bytes: usize,
    pub(crate) log_bytes: usize,
    pub(crate) table_elements: usize,
    pub(crate) hostcall_fuel: usize,
    pub(crate) captured_bytes: usize,
    pub(crate) journal_bytes: Option<u64>,
    pub(crate) handles: usize,
    pub(crate) attempts: u32,
    pub(crate) requests_per_minute: Option<u32>,
}

const MIB: usize = 1024 * 1024;

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            deadline: Duration::from_secs(30),
            min_time_left: Duration::from_millis(250),
            memory: 64 * MIB,
            requests: 32,
            request_body: 4 * MIB,
            response_body: 8 * MIB,
            digests: 256,
            digest_input: 4 * MIB,
            log_lines: 100,
            rows: 10_000,
            in_flight: 64,
            calls: None,
            headers: 64,
            header_bytes: 32 * 1024,
            log_bytes: 64 * 1024,
            table_elements: 20_000,
            hostcall_fuel: 16 * MIB,
            captured_bytes: 16 * 1024,
            journal_bytes: None,
            handles: 256,
            attempts: 3,
            requests_per_minute: None,
        }
    }
}

impl Limits {
    /// Wall-clock time for the whole call, waits included: 1 ms to 10 minutes, by default 30 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Limits {
        self.deadline = deadline.clamp(Duration::from_millis(1), Duration::from_secs(600));
        self
    }

    /// Minimum time of a call that must be left to begin a request: 1 ms to 10 s, by default 250 ms. With less, nothing is
    /// recorded or sent, and the call fails with `call.too-late`: a write that is cut off before its answer may be applied
    /// without the caller learning it.
    #[must_use]
    pub fn min_time_left(mut self, time: Duration) -> Limits {
        self.min_time_left = time.clamp(Duration::from_millis(1), Duration::from_secs(10));
        self
    }

    /// Linear memory of the guest, in bytes: 1 MiB to 1 GiB, by default 64 MiB.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Limits {
        self.memory = bytes.clamp(MIB, 1024 * MIB);
        self
    }

    /// HTTP requests in one call: 1 to 1000, by default 32.
    #[must_use]
    pub fn requests(mut self, requests: u32) -> Limits {
        self.requests = requests.clamp(1, 1000);
        self
    }

    /// One request's body, in bytes: up to 64 MiB, by default 4 MiB.
    #[must_use]
    pub fn request_body(mut self, bytes: usize) -> Limits {
        self.request_body = bytes.min(64 * MIB);
        self
    }

    /// One answer's body, in bytes: up to 64 MiB, by default 8 MiB.
    #[must_use]
    pub fn response_body(mut self, bytes: usize) -> Limits {
        self.response_body = bytes.min(64 * MIB);
        self
    }

    /// Digests, HMACs and joined secrets in one call: 1 to 100 000, by default 256. One of them may read up to 4 MiB.
    #[must_use]
    pub fn digests(mut self, digests: u32) -> Limits {
        self.digests = digests.clamp(1, 100_000);
        self
    }

    /// Log lines in one call, printed ones included: up to 10 000, by default 100. Further lines are dropped and counted.
    #[must_use]
    pub fn log_lines(mut self, lines: u32) -> Limits {
        self.log_lines = lines.min(10_000);
        self
    }

    /// Log size of one call, in bytes over all its lines: up to 16 MiB, by default 64 KiB. A line that does not fit is dropped
    /// and counted.
    #[must_use]
    pub fn log_bytes(mut self, bytes: usize) -> Limits {
        self.log_bytes = bytes.min(16 * MIB);
        self
    }

    /// Elements of one table of the guest: 1000 to 1 000 000, by default 20 000.
    #[must_use]
    pub fn table_elements(mut self, elements: usize) -> Limits {
        self.table_elements = elements.clamp(1000, 1_000_000);
        self
    }

    /// Bytes that one call of the host by the guest, and the guest's result, may copy from its memory: 1 MiB to 1 GiB, by
    /// default 16 MiB. Copying cannot be interrupted, so this limits by how much a deadline may be missed.
    #[must_use]
    pub fn hostcall_fuel(mut self, bytes: usize) -> Limits {
        self.hostcall_fuel = bytes.clamp(MIB, 1024 * MIB);
        self
    }

    /// Handles of secrets and other host resources that a call holds at a time: 16 to 100 000, by default 256.
    #[must_use]
    pub fn handles(mut self, handles: usize) -> Limits {
        self.handles = handles.clamp(16, 100_000);
        self
    }

    /// Rows of one page: 1 to 100 000, by default 10 000.
    #[must_use]
    pub fn rows(mut self, rows: usize) -> Limits {
        self.rows = rows.clamp(1, 100_000);
        self
    }

    /// HTTP requests of the account in flight at the same time, over all its calls: 1 to 1000, by default 64. Further requests
    /// wait for a slot within their deadlines, of which a quarter, at most five seconds, is reserved for the answer. For
    /// [`Account::resolve`](crate::Account::resolve) there are a tenth as many more, at least one.
    #[must_use]
    pub fn in_flight(mut self, requests: usize) -> Limits {
        self.in_flight = requests.clamp(1, 1000);
        self
    }

    /// Calls of the account that run at the same time: 1 to 1000, by default twice its requests in flight, see
    /// [`in_flight`](Limits::in_flight). Further calls wait for a slot within their deadlines, round robin with other accounts;
    /// the last quarter of a host's thousand slots is reserved for accounts that hold none. For
    /// [`Account::resolve`](crate::Account::resolve) there are a tenth as many more.
    #[must_use]
    pub fn concurrent_calls(mut self, calls: usize) -> Limits {
        self.calls = Some(calls.clamp(1, 1000));
        self
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.unwrap_or(2 * self.in_flight)
    }

    /// Rate limit of the account's application at its provider, in HTTP requests a minute over all of its accounts: 1 to
    /// 60 000 000, by default the provider's documented limit as its connector declares it, and unlimited if it declares none.
    /// If accounts of one application have different limits, the lowest holds. A tenth is reserved for
    /// [`Account::resolve`](crate::Account::resolve). Requests wait for a permit within their deadlines, of which a quarter, at
    /// most five seconds, is reserved for the answer; a request whose permit would come too late fails at once, with the time to
    /// wait before a retry.
    #[must_use]
    pub fn requests_per_minute(mut self, requests: u32) -> Limits {
        self.requests_per_minute = Some(requests.clamp(1, 60_000_000));
        self
    }

    /// Attempts at one call, if the provider or the connection to it fails or the provider asks to wait: 1 to 10, by default 3.
    /// A write is retried only if it was not applied, or if its provider drops duplicates. All attempts share one deadline. With
    /// 1, there are no retries.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Limits {
        self.attempts = attempts.clamp(1, 10);
        self
    }

    /// Size of a token captured from an answer, in bytes: up to 256 KiB, by default 16 KiB.
    #[must_use]
    pub fn captured_bytes(mut self, bytes: usize) -> Limits {
        self.captured_bytes = bytes.min(MIB / 4);
        self
    }

    /// Share of the journal for the account's writes, in bytes: 1 MiB or more, by default unlimited. From four fifths on, the
    /// host warns; once the share is full, new orders are refused, and writes already begun are still recorded.
    #[must_use]
    pub fn journal_bytes(mut self, bytes: u64) -> Limits {
        self.journal_bytes = Some(bytes.max(1024 * 1024));
        self
    }

    /// Headers of one request: 1 to 1000, by default 64.
    #[must_use]
    pub fn headers(mut self, headers: usize) -> Limits {
        self.headers = headers.clamp(1, 1000);
        self
    }

    /// Names and values of one request's headers together, in bytes: up to 1 MiB, by default 32 KiB.
    #[must_use]
    pub fn header_bytes(mut self, bytes: usize) -> Limits {
        self.header_bytes = bytes.min(MIB);
        self
    }
}

/// What was set, or the default.
impl Limits {
    /// See [`Limits::deadline`].
    #[must_use]
    pub fn get_deadline(&self) -> Duration {
        self.deadline
    }

    /// See [`Limits::min_time_left`].
    #[must_use]
    pub fn get_min_time_left(&self) -> Duration {
        self.min_time_left
    }

    /// See [`Limits::memory`].
    #[must_use]
    pub fn get_memory(&self) -> usize {
        self.memory
    }

    /// See [`Limits::requests`].
    #[must_use]
    pub fn get_requests(&self) -> u32 {
        self.requests
    }

    /// See [`Limits::request_body`].
    #[must_use]
    pub fn get_request_body(&self) -> usize {
        self.request_body
    }

    /// See [`Limits::response_body`].
    #[must_use]
    pub fn get_response_body(&self) -> usize {
        self.response_body
    }

    /// See [`Limits::digests`].
    #[must_use]
    pub fn get_digests(&self) -> u32 {
        self.digests
    }

    /// See [`Limits::log_lines`].
    #[must_use]
    pub fn get_log_lines(&self) -> u32 {
        self.log_lines
    }

    /// See [`Limits::rows`].
    #[must_use]
    pub fn get_rows(&self) -> usize {
        self.rows
    }

    /// See [`Limits::in_flight`].
    #[must_use]
    pub fn get_in_flight(&self) -> usize {
        self.in_flight
    }

    /// See [`Limits::headers`].
    #[must_use]
    pub fn get_headers(&self) -> usize {
        self.headers
    }

    /// See [`Limits::header_bytes`].
    #[must_use]
    pub fn get_header_bytes(&self) -> usize {
        self.header_bytes
    }

    /// See [`Limits::log_bytes`].
    #[must_use]
    pub fn get_log_bytes(&self) -> usize {
        self.log_bytes
    }

    /// See [`Limits::table_elements`].
    #[must_use]
    pub fn get_table_elements(&self) -> usize {
        self.table_elements
    }

    /// See [`Limits::hostcall_fuel`].
    #[must_use]
    pub fn get_hostcall_fuel(&self) -> usize {
        self.hostcall_fuel
    }

    /// See [`Limits::captured_bytes`].
    #[must_use]
    pub fn get_captured_bytes(&self) -> usize {
        self.captured_bytes
    }

    /// See [`Limits::journal_bytes`].
    #[must_use]
    pub fn get_journal_bytes(&self) -> Option<u64> {
        self.journal_bytes
    }

    /// See [`Limits::handles`].
    #[must_use]
    pub fn get_handles(&self) -> usize {
        self.handles
    }

    /// See [`Limits::attempts`].
    #[must_use]
    pub fn get_attempts(&self) -> u32 {
        self.attempts
    }

    /// See [`Limits::requests_per_minute`].
    #[must_use]
    pub fn get_requests_per_minute(&self) -> Option<u32> {
        self.requests_per_minute
    }

    /// See [`Limits::concurrent_calls`].
    #[must_use]
    pub fn get_concurrent_calls(&self) -> usize {
        self.calls()
    }
}
