//! Queries that take several requests: the cursor walks through the items that need a request of their own, for each
//! through the query's windows of time, oldest first, and in each of those through the provider's pages.
//!
//! # Rows that change meanwhile
//! A window shows rows by the time of their last change, so that one which changes leaves it, and those behind it move
//! up by one place. Pages are therefore asked for from the last to the first: a row that moves up comes onto a page that is
//! still to be asked for. The first page is asked for before, since it says how many rows there are, and once more at the
//! end. The cursor keeps marks of the rows that it brought, so that each is told once for as long as it does not change.
//!
//! A window that reaches into the present gains rows as well. Where it is one page, that page is its state at one moment.
//! Otherwise it ends before the present, and what is left of it, a few minutes, is walked until a walk tells nothing new.
//!
//! A page that the provider gives twice is refused, and so are pages that have fewer rows than it counts.

use serde::{Deserialize, Serialize};

use crate::{Error, Refused, StockLevel, StockPage, TimeWindow, beijing, cursor, json, windows};

/// How many requests one page may take. Windows and items without rows are passed over, so that a page is rarely
/// empty; a call has a deadline all the same, so it stops somewhere.
const REQUESTS_A_PAGE: u32 = 8;

/// How far a provider's clock may be from the host's, in milliseconds. Both Wangdiantong editions refuse a request that is
/// further off.
const CLOCKS_APART: i64 = 5 * 60 * 1000;

/// More pages than this are no window of stock but a wrong count, which would be walked for ever.
const MOST_PAGES: u32 = 1_000_000;

/// How often the last minutes are walked at most.
const MOST_ROUNDS: u8 = 5;

/// Of how many rows it is kept that they were told: so many marks fit into a cursor.
const MOST_KNOWN: usize = 1200;

/// How a query is cut into requests.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The times of change that are asked for, where the provider is asked for times at all.
    pub window: Option<Span>,
    /// The longest window of one request, in milliseconds.
    pub longest: i64,
    /// How many SKUs, or groups of them, get a request of their own: at least 1.
    pub items: usize,
    /// The host's clock.
    pub now: i64,
}

/// The times of change that a query asks for, closed at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From this millisecond on.
    pub start: i64,
    /// To this one; none: to whatever has changed by the time of the last request.
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
    /// The window to ask for, on whole seconds.
    pub window: Option<TimeWindow>,
    /// Which item, from 0.
    pub item: usize,
    /// Which of the provider's pages, from 0. Where there is a window, the provider is to count its rows with page 0.
    pub page: u32,
    /// Whether this request's total is the query's: it is the first page of a query without other windows and items.
    pub whole: bool,
}

impl Step {
    /// The window's ends as the provider writes times.
    ///
    /// # Errors
    /// The query's window lies outside the years that can be written.
    pub fn times(&self) -> Result<Option<(String, String)>, Refused> {
        let Some(window) = &self.window else { return Ok(None) };
        match (beijing::format(window.start), beijing::format(window.end)) {
            (Some(start), Some(end)) => Ok(Some((start, end))),
            _ => Err(Refused::invalid("changed", "the provider writes times of the years 0 to 9999 alone")),
        }
    }
}

/// What one request brought.
#[derive(Debug, Default)]
pub struct Answer {
    /// The rows.
    pub levels: Vec<StockLevel>,
    /// How many rows the provider gave, with those that are no [`Answer::levels`].
    pub rows: u64,
    /// How many rows the provider says that there are of this item in this window, on any of its pages.
    pub of: Option<u64>,
    /// Whether the provider has another page of this item in this window.
    pub more: bool,
    /// The query's rows in all, where the provider says and the step was [`Step::whole`].
    pub total: Option<u64>,
    /// What the provider said beside the rows.
    pub extras: Vec<(String, String)>,
}

/// The next page of a query, with one request or, past windows and items without rows, a few.
///
/// # Errors
/// The cursor is none of this connector's, or what `ask` fails with.
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
        let told = place.after(answer, plan)?;
        if let Some(until) = told.whole_until.and_then(beijing::format) {
            extras.push(("whole-until".to_owned(), json::quoted(&until)));
        }
        match told.next {
            Some(next) if told.levels.is_empty() && requests < REQUESTS_A_PAGE => place = next,
            next => {
                let next = next.as_ref().map(cursor::write).transpose()?;
                return Ok(StockPage { levels: told.levels, next, total, extras });
            }
        }
    }
}

/// Where the walk stands: the next request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    item: usize,
    page: u32,
    window: Option<Window>,
    #[serde(default)]
    before: Before,
}

/// The window of a request, and what is left of the query behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    start: i64,
    end: i64,
    /// Where the next one starts.
    rest: Option<i64>,
    /// Whether its pages are asked for from the last to the first, as they are once they are counted.
    backwards: bool,
    /// Whether rows may come into it while they are.
    live: bool,
    /// Which walk through the last minutes this is, from 0.
    round: u8,
    /// Whether it was cut off before the present, so that rows of the first page belong behind it.
    cut: bool,
    /// The marks of rows that were told and may come again.
    known: Vec<u32>,
}

/// What the pages before told, of the same item in the same window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    rows: u64,
    of: Option<u64>,
    /// The mark of the page right before this one.
    mark: Option<u64>,
    /// How many rows of this walk no walk before it told.
    new: u64,
}

/// What is told of an answer, and where the walk goes on.
struct Told {
    levels: Vec<StockLevel>,
    next: Option<Place>,
    /// Rows that changed after this may not have been told.
    whole_until: Option<i64>,
}

impl Told {
    fn levels(levels: Vec<StockLevel>, next: Option<Place>) -> Told {
        Told { levels, next, whole_until: None }
    }
}

impl Place {
    fn read(cursor: Option<&str>, plan: &Plan) -> Result<Place, Refused> {
        let mut place = cursor::read::<Option<Place>>(cursor)?.unwrap_or_else(|| Place::of(0, plan));
        if place.item >= plan.items || place.window.is_some() != plan.window.is_some() {
            return Err(Refused::invalid(
                "cursor",
                "this cursor belongs to another query: start the query again without it",
            ));
        }
        // The present has moved on since the page before.
        if let (Some(window), Some(span)) = (&mut place.window, plan.window)
            && span.end.is_none()
            && window.rest.is_none()
            && place.page == 0
            && !window.backwards
        {
            let known = std::mem::take(&mut window.known);
            *window = Window { round: window.round, known, ..Window::starting(window.start, span, plan) };
        }
        Ok(place)
    }

    /// The first request of an item.
    fn of(item: usize, plan: &Plan) -> Place {
        let window = plan.window.map(|span| Window::starting(span.start, span, plan));
        Place { item, page: 0, window, before: Before::default() }
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

    fn after(&self, mut answer: Answer, plan: &Plan) -> Result<Told, Error> {
        let mark = page_mark(&answer.levels);
        // The same rows again would be told twice, and those that belong here never; from a provider that looks at no page
        // number, for ever.
        if self.before.mark.is_some() && self.before.mark == mark {
            let page = self.page.saturating_add(1);
            return Err(Error::malformed(format!("page {page} has the rows of another page")));
        }
        if let Some(window) = &self.window {
            answer.levels.retain(|level| window.known.is_empty() || !window.known.contains(&row_mark(level)));
        }
        let of = answer.of.or(self.before.of);
        let before = Before {
            rows: self.before.rows.saturating_add(answer.rows),
            of,
            mark,
            new: self.before.new.saturating_add(answer.levels.len() as u64),
        };
        match (&self.window, plan.window, of) {
            (Some(window), Some(span), _) if window.backwards => self.backwards(window, span, before, answer, plan),
            (Some(window), Some(span), Some(of)) if self.page == 0 => self.counted(window, span, of, answer, plan),
            _ => Ok(self.forwards(before, answer, plan)),
        }
    }

    /// Behind the first page of a window, whose rows the provider has counted.
    fn counted(&self, window: &Window, span: Span, of: u64, answer: Answer, plan: &Plan) -> Result<Told, Error> {
        if of <= answer.rows {
            return Ok(Told::levels(answer.levels, self.behind(window, span, plan)));
        }
        if answer.rows == 0 {
            return Err(Error::malformed(format!("the first page has none of the {of} rows that there are")));
        }
        let mut window = window.clone();
        // Rows that are not known to have been told are left to the pages behind.
        let levels = if window.known.len() + answer.levels.len() <= MOST_KNOWN { answer.levels } else { Vec::new() };
        window.known.extend(levels.iter().map(row_mark));
        // The present is walked for itself, so that what is before it only loses rows.
        let settled = windows::whole(plan.now.saturating_sub(CLOCKS_APART)).saturating_sub(1000);
        let live = window.end > settled;
        if live && window.start <= settled {
            let window = Window { end: settled, rest: Some(settled.saturating_add(1000)), cut: true, ..window };
            let place = Place { item: self.item, page: 0, window: Some(window), before: Before::default() };
            return Ok(Told::levels(levels, Some(place)));
        }
        let pages = u32::try_from(of.div_ceil(answer.rows)).unwrap_or(u32::MAX);
        if pages > MOST_PAGES {
            return Err(Error::malformed(format!("{of} rows are counted, which is more than any stock has")));
        }
        let page = pages - 1;
        let before = Before { new: levels.len() as u64, ..Before::default() };
        let window = Some(Window { backwards: true, live, ..window });
        Ok(Told::levels(levels, Some(Place { item: self.item, page, window, before })))
    }

    /// Behind a page of a window that is walked from its last page to its first.
    fn backwards(
        &self,
        window: &Window,
        span: Span,
        before: Before,
        answer: Answer,
        plan: &Plan,
    ) -> Result<Told, Error> {
        let mut window = window.clone();
        if window.live {
            let room = MOST_KNOWN.saturating_sub(window.known.len());
            window.known.extend(answer.levels.iter().take(room).map(row_mark));
        }
        if let Some(page) = self.page.checked_sub(1) {
            let place = Place { item: self.item, page, window: Some(window), before };
            return Ok(Told::levels(answer.levels, Some(place)));
        }
        // Nothing comes into a window that is past: at least as many rows came as are left.
        if let Some(of) = answer.of.filter(|of| !window.live && *of > before.rows) {
            return Err(Error::malformed(format!("{} rows came of the {of} that there are", before.rows)));
        }
        if !window.live || before.new == 0 {
            return Ok(Told::levels(answer.levels, self.behind(&window, span, plan)));
        }
        if window.round < MOST_ROUNDS {
            let again =
                Window { round: window.round + 1, known: window.known, ..Window::starting(window.start, span, plan) };
            let place = Place { item: self.item, page: 0, window: Some(again), before: Before::default() };
            return Ok(Told::levels(answer.levels, Some(place)));
        }
        let next = self.behind(&window, span, plan);
        Ok(Told { levels: answer.levels, next, whole_until: Some(window.start) })
    }

    /// Behind a page of a query without times, or of a window whose rows the provider does not count.
    fn forwards(&self, before: Before, answer: Answer, plan: &Plan) -> Told {
        // A short page is the last one, unless rows are missing. Those may have gone meanwhile: an empty page is the end.
        let missing = answer.rows > 0 && before.of.is_some_and(|of| before.rows < of);
        let next = if answer.more || missing {
            Some(Place { page: self.page.saturating_add(1), before, ..self.clone() })
        } else {
            match (&self.window, plan.window) {
                (Some(window), Some(span)) => self.behind(window, span, plan),
                _ => self.behind_item(plan),
            }
        };
        Told::levels(answer.levels, next)
    }

    /// The first request behind this window.
    fn behind(&self, window: &Window, span: Span, plan: &Plan) -> Option<Place> {
        let Some(rest) = window.rest else { return self.behind_item(plan) };
        // Rows of another window come again only where it was told in part with this one.
        let known = if window.cut || window.live { window.known.clone() } else { Vec::new() };
        let rest = Window { round: window.round, known, ..Window::starting(rest, span, plan) };
        Some(Place { item: self.item, page: 0, window: Some(rest), before: Before::default() })
    }

    fn behind_item(&self, plan: &Plan) -> Option<Place> {
        (self.item + 1 < plan.items).then(|| Place::of(self.item + 1, plan))
    }
}

impl Window {
    /// The first window from `start` on.
    fn starting(start: i64, span: Span, plan: &Plan) -> Window {
        let end = span.end.unwrap_or_else(|| plan.now.saturating_add(CLOCKS_APART)).max(start);
        let (TimeWindow { start, end }, rest) = windows::piece(&TimeWindow { start, end }, start, plan.longest);
        Window { start, end, rest, backwards: false, live: false, round: 0, cut: false, known: Vec::new() }
    }
}

/// What tells a page's rows from another's: how many there are, and the texts of the first and the last.
fn page_mark(levels: &[StockLevel]) -> Option<u64> {
    let (first, last) = (levels.first()?, levels.last()?);
    let count = (levels.len() as u64).to_le_bytes();
    Some(mark(first.raw.bytes().chain(last.raw.bytes()).chain(count)))
}

/// What tells a row from others, and from itself before it changed.
fn row_mark(level: &StockLevel) -> u32 {
    let mark = mark(level.raw.bytes());
    (mark >> 32) as u32 ^ mark as u32
}

/// FNV-1a.
fn mark(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |mark, byte| (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests;
