//! Queries that take several requests: the cursor walks through the items that need a request of their own, for each
//! through the query's windows of time, oldest first, and in each of those through the provider's pages.
//!
//! # Rows that change during the walk
//! A window lists rows by the time of their last change. A row that changes leaves its window, and the rows behind it move up
//! by one place. Pages are therefore requested from the last to the first: a row that moves up lands on a page that is still to
//! be requested. The first page is requested before them, because it has the count, and again at the end. The cursor keeps
//! hashes of rows that may come again, so that an unchanged row is delivered once.
//!
//! A window that reaches into the present gains rows as well. If it has one page, that page is its state at one moment.
//! Otherwise it is split before the present, and the last minutes are walked again until a walk delivers no new row.
//!
//! A repeated page is refused as malformed, and so is a window with fewer rows than its count.

use serde::{Deserialize, Serialize};

use crate::{Error, Refused, StockLevel, StockPage, TimeWindow, china_time, cursor, json, windows};

/// Maximum number of requests for one page. Windows and items without rows are skipped, so that a page is rarely empty.
const MAX_REQUESTS_PER_PAGE: u32 = 8;

/// The extra of a page with the time after which rows may be missing from the answer.
const WHOLE_UNTIL: &str = "whole-until";

/// Maximum number of pages of a window: a larger count is wrong, and would be walked forever.
const MAX_PAGES: u32 = 1_000_000;

/// Maximum number of walks through the last minutes after the first.
const MAX_REWALKS: u8 = 5;

/// Maximum number of row hashes in a cursor: 16 characters each, of the 16 KiB that a cursor has.
const MAX_HASHES: usize = 900;

/// How a query is split into requests.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The times of change to request, where the provider filters by time at all.
    pub window: Option<Span>,
    /// The longest window of one request, in milliseconds.
    pub longest: i64,
    /// Number of SKUs, or groups of them, that get a request of their own: at least 1.
    pub items: usize,
    /// The host's clock.
    pub now: i64,
}

/// The times of change of a query, closed at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From this millisecond on.
    pub start: i64,
    /// To this one; none: everything that changed until the time of the last request.
    pub end: Option<i64>,
}

impl From<TimeWindow> for Span {
    fn from(TimeWindow { start, end }: TimeWindow) -> Span {
        Span { start, end: Some(end) }
    }
}

/// One request of the walk.
#[derive(Clone, Debug)]
pub struct Step {
    /// The window to request, on whole seconds.
    pub window: Option<TimeWindow>,
    /// The item, from 0.
    pub item: usize,
    /// The provider's page, from 0. With page 0 of a window, the provider is asked to count its rows.
    pub page: u32,
    /// Whether this request's total is the query's: it is the first page of a query without other windows and items.
    pub whole: bool,
}

impl Step {
    /// The window's ends as the provider writes times.
    ///
    /// # Errors
    /// The query's window is outside the years that can be written.
    pub fn times(&self) -> Result<Option<(String, String)>, Refused> {
        let Some(window) = &self.window else { return Ok(None) };
        match (china_time::format(window.start), china_time::format(window.end)) {
            (Some(start), Some(end)) => Ok(Some((start, end))),
            _ => Err(Refused::invalid("changed", "the provider only supports times of the years 0 to 9999")),
        }
    }
}

/// Result of one request.
#[derive(Debug, Default)]
pub struct Answer {
    /// The rows.
    pub levels: Vec<StockLevel>,
    /// Number of rows that the provider returned, including those that are not in [`Answer::levels`].
    pub rows: u64,
    /// The provider's count of the rows of this item in this window, over all pages.
    pub of: Option<u64>,
    /// Whether the provider has another page of this item in this window.
    pub more: bool,
    /// The query's total number of rows, where the provider reports it and the step was [`Step::whole`].
    pub total: Option<u64>,
    /// Provider data beside the rows.
    pub extras: Vec<(String, String)>,
}

/// The next page of a query, with one request or, past windows and items without rows, a few.
///
/// # Errors
/// The cursor is not one of this connector's, or `ask` failed.
pub fn page(
    cursor: Option<&str>,
    plan: &Plan,
    mut ask: impl FnMut(&Step) -> Result<Answer, Error>,
) -> Result<StockPage, Error> {
    let mut place = Place::read(cursor, plan)?;
    let mut first = cursor.is_none();
    let (mut extras, mut total) = (Vec::new(), None);
    let mut requests = 0;
    loop {
        let answer = ask(&place.step(first && plan.items == 1))?;
        first = false;
        requests += 1;
        total = total.or(answer.total);
        // Empty answers repeat each other (`"message":"ok"`).
        for extra in &answer.extras {
            if !extras.contains(extra) {
                extras.push(extra.clone());
            }
        }
        let advance = place.after(answer, plan)?;
        if let Some(until) = advance.whole_until.and_then(china_time::format) {
            extras.push((WHOLE_UNTIL.to_owned(), json::quoted(&until)));
        }
        match advance.next {
            Some(next) if advance.levels.is_empty() && requests < MAX_REQUESTS_PER_PAGE => place = next,
            next => {
                let next = next.as_ref().map(cursor::write).transpose()?;
                return Ok(StockPage { levels: advance.levels, next, total, extras });
            }
        }
    }
}

/// The next request of the walk: the cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    item: usize,
    page: u32,
    window: Option<Window>,
    #[serde(default)]
    so_far: SoFar,
}

/// The window of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    start: i64,
    end: i64,
    /// Start of the next window.
    rest: Option<i64>,
    /// Whether its pages are requested from the last to the first, which is so once it is counted.
    backwards: bool,
    /// Whether it reaches into the present, and may gain rows.
    live: bool,
    /// Number of walks through the last minutes so far.
    rewalks: u8,
    /// Whether it was split before the present, so that rows of its first page belong to the next window.
    split: bool,
    /// Hashes of rows that were delivered and may come again.
    delivered: Hashes,
}

/// The pages of a window so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SoFar {
    rows: u64,
    /// The provider's count of the window's rows.
    of: Option<u64>,
    /// Hash of the page before this one.
    page: Option<u64>,
    /// Number of rows that no earlier walk delivered.
    new: u64,
}

/// Hashes of rows, in a cursor as one hexadecimal text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Hashes(Vec<u64>);

impl Hashes {
    fn room(&self) -> usize {
        MAX_HASHES.saturating_sub(self.0.len())
    }

    /// Adds as many as fit.
    fn add(&mut self, levels: &[StockLevel]) {
        let room = self.room();
        self.0.extend(levels.iter().take(room).map(row_hash));
    }

    fn has(&self, level: &StockLevel) -> bool {
        !self.0.is_empty() && self.0.contains(&row_hash(level))
    }
}

impl From<Hashes> for String {
    fn from(hashes: Hashes) -> String {
        hashes.0.iter().map(|hash| format!("{hash:016x}")).collect()
    }
}

impl TryFrom<String> for Hashes {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Hashes, Self::Error> {
        let hash = |digits: &[u8]| u64::from_str_radix(&String::from_utf8_lossy(digits), 16);
        text.as_bytes().chunks(16).map(hash).collect::<Result<_, _>>().map(Hashes)
    }
}

/// The rows to deliver after an answer, and the next request.
struct Advance {
    levels: Vec<StockLevel>,
    next: Option<Place>,
    /// Rows that changed after this time may be missing.
    whole_until: Option<i64>,
}

impl Advance {
    fn to(next: Option<Place>, levels: Vec<StockLevel>) -> Advance {
        Advance { levels, next, whole_until: None }
    }
}

impl Place {
    fn read(cursor: Option<&str>, plan: &Plan) -> Result<Place, Refused> {
        let mut place = cursor::read::<Option<Place>>(cursor)?.unwrap_or_else(|| Place::first_of(0, plan));
        if place.item >= plan.items || place.window.is_some() != plan.window.is_some() {
            return Err(Refused::invalid(
                "cursor",
                "this cursor belongs to another query: start the query again without it",
            ));
        }
        // The last window of an open query ends at the present, which has moved on since the page before.
        if let (Some(window), Some(span)) = (&mut place.window, plan.window)
            && span.end.is_none()
            && window.rest.is_none()
            && place.page == 0
            && !window.backwards
        {
            *window = window.then(window.start, span, plan);
        }
        Ok(place)
    }

    /// The first request of an item.
    fn first_of(item: usize, plan: &Plan) -> Place {
        let window = plan.window.map(|span| Window::starting(span.start, span, plan));
        Place { item, page: 0, window, so_far: SoFar::default() }
    }

    /// The first request of a window of this item.
    fn first_in(&self, window: Window) -> Place {
        Place { item: self.item, page: 0, window: Some(window), so_far: SoFar::default() }
    }

    /// `first`: whether it is the first request of a query of one item.
    fn step(&self, first: bool) -> Step {
        Step {
            window: self.window.as_ref().map(|window| TimeWindow { start: window.start, end: window.end }),
            item: self.item,
            page: self.page,
            whole: first && self.window.as_ref().is_none_or(|window| window.rest.is_none()),
        }
    }

    fn after(&self, mut answer: Answer, plan: &Plan) -> Result<Advance, Error> {
        let page = page_hash(&answer.levels);
        // A provider that ignores the page number would be walked forever, and its other rows would never be seen.
        if self.so_far.page.is_some() && self.so_far.page == page {
            let page = self.page.saturating_add(1);
            return Err(Error::malformed(format!("page {page} has the rows of another page")));
        }
        if let Some(window) = &self.window {
            answer.levels.retain(|level| !window.delivered.has(level));
        }
        let of = answer.of.or(self.so_far.of);
        let so_far = SoFar {
            rows: self.so_far.rows.saturating_add(answer.rows),
            of,
            page,
            new: self.so_far.new.saturating_add(answer.levels.len() as u64),
        };
        match (&self.window, plan.window, of) {
            (Some(window), Some(span), _) if window.backwards => self.backwards(window, span, so_far, answer, plan),
            (Some(window), Some(span), Some(of)) if self.page == 0 => self.counted(window, span, of, answer, plan),
            _ => Ok(self.forwards(so_far, answer, plan)),
        }
    }

    /// After the first page of a window, which has its count.
    fn counted(&self, window: &Window, span: Span, of: u64, answer: Answer, plan: &Plan) -> Result<Advance, Error> {
        if of <= answer.rows {
            return Ok(Advance::to(self.next_window(window, span, plan), answer.levels));
        }
        if answer.rows == 0 {
            return Err(Error::malformed(format!("the first page is empty, although {of} rows are counted")));
        }
        let mut window = window.clone();
        // Rows whose hashes do not fit are delivered when the page is requested again.
        let levels = if answer.levels.len() <= window.delivered.room() { answer.levels } else { Vec::new() };
        window.delivered.add(&levels);
        // A window that has ended only loses rows, so the present gets a window of its own.
        let settled = windows::whole(plan.now.saturating_sub(windows::CLOCKS_APART)).saturating_sub(1000);
        let live = window.end > settled;
        if live && window.start <= settled {
            let window = Window { end: settled, rest: Some(settled.saturating_add(1000)), split: true, ..window };
            return Ok(Advance::to(Some(self.first_in(window)), levels));
        }
        let pages = u32::try_from(of.div_ceil(answer.rows)).unwrap_or(u32::MAX);
        if pages > MAX_PAGES {
            return Err(Error::malformed(format!("{of} rows are counted, which is implausible")));
        }
        let so_far = SoFar { new: levels.len() as u64, ..SoFar::default() };
        let last = Place { page: pages - 1, so_far, ..self.first_in(Window { backwards: true, live, ..window }) };
        Ok(Advance::to(Some(last), levels))
    }

    /// After a page of a window that is walked from its last page to its first.
    fn backwards(
        &self,
        window: &Window,
        span: Span,
        so_far: SoFar,
        answer: Answer,
        plan: &Plan,
    ) -> Result<Advance, Error> {
        let mut window = window.clone();
        if window.live {
            window.delivered.add(&answer.levels);
        }
        if let Some(page) = self.page.checked_sub(1) {
            let place = Place { item: self.item, page, window: Some(window), so_far };
            return Ok(Advance::to(Some(place), answer.levels));
        }
        // No row enters a window that has ended: at least as many rows were returned as are left.
        if let Some(of) = answer.of.filter(|of| !window.live && *of > so_far.rows) {
            return Err(Error::malformed(format!("only {} of the {of} counted rows were returned", so_far.rows)));
        }
        if !window.live || so_far.new == 0 {
            return Ok(Advance::to(self.next_window(&window, span, plan), answer.levels));
        }
        // With more rows than hashes, no walk could prove that no row is new.
        if window.rewalks < MAX_REWALKS && window.delivered.room() > 0 {
            let again = Window { rewalks: window.rewalks + 1, ..window.then(window.start, span, plan) };
            return Ok(Advance::to(Some(self.first_in(again)), answer.levels));
        }
        let next = self.next_window(&window, span, plan);
        Ok(Advance { levels: answer.levels, next, whole_until: Some(window.start) })
    }

    /// After a page of a query without times, or of a window whose rows the provider does not count.
    fn forwards(&self, so_far: SoFar, answer: Answer, plan: &Plan) -> Advance {
        // A short page is the last one, unless rows are missing. They may have left the window: an empty page is the end.
        let missing = answer.rows > 0 && so_far.of.is_some_and(|of| so_far.rows < of);
        if answer.more || missing {
            let next = Place { page: self.page.saturating_add(1), so_far, ..self.clone() };
            return Advance::to(Some(next), answer.levels);
        }
        let (Some(window), Some(span)) = (&self.window, plan.window) else {
            return Advance::to(self.next_item(plan), answer.levels);
        };
        // Without a count its pages cannot be walked backwards, and a row that moved up may be missing.
        let whole_until = (self.page > 0).then_some(window.start);
        Advance { levels: answer.levels, next: self.next_window(window, span, plan), whole_until }
    }

    /// The first request of the next window.
    fn next_window(&self, window: &Window, span: Span, plan: &Plan) -> Option<Place> {
        let Some(rest) = window.rest else { return self.next_item(plan) };
        let mut next = window.then(rest, span, plan);
        // Rows come again in another window only after a split, or in a walk of the last minutes.
        if !window.split && !window.live {
            next.delivered = Hashes::default();
        }
        Some(self.first_in(next))
    }

    fn next_item(&self, plan: &Plan) -> Option<Place> {
        (self.item + 1 < plan.items).then(|| Place::first_of(self.item + 1, plan))
    }
}

impl Window {
    /// The first window from `start` on.
    fn starting(start: i64, span: Span, plan: &Plan) -> Window {
        let end = span.end.unwrap_or_else(|| plan.now.saturating_add(windows::CLOCKS_APART)).max(start);
        let (TimeWindow { start, end }, rest) = windows::piece(&TimeWindow { start, end }, start, plan.longest);
        let delivered = Hashes::default();
        Window { start, end, rest, backwards: false, live: false, rewalks: 0, split: false, delivered }
    }

    /// The window from `start` on in the same walk.
    fn then(&self, start: i64, span: Span, plan: &Plan) -> Window {
        let (rewalks, delivered) = (self.rewalks, self.delivered.clone());
        Window { rewalks, delivered, ..Window::starting(start, span, plan) }
    }
}

/// Distinguishes pages: by the number of rows, and the texts of the first and the last.
fn page_hash(levels: &[StockLevel]) -> Option<u64> {
    let (first, last) = (levels.first()?, levels.last()?);
    let count = (levels.len() as u64).to_le_bytes();
    Some(fnv(first.raw.bytes().chain(last.raw.bytes()).chain(count)))
}

/// Distinguishes rows, and a row from its earlier states. 64 bits: two rows with one hash would lose a row.
fn row_hash(level: &StockLevel) -> u64 {
    fnv(level.raw.bytes())
}

/// FNV-1a.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
