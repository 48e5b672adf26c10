//! Queries that take several requests: the cursor walks through the query's windows of time, oldest first, in each
//! through the items that need a request of their own, and in each of those through the provider's pages. A page that the
//! provider gives twice is refused, and one that is short while rows are missing is not taken for the last.

use serde::{Deserialize, Serialize};

use crate::{Error, Refused, StockLevel, StockPage, TimeWindow, beijing, cursor, windows};

/// How many requests one page may take. Windows and items without rows are passed over, so that a page is rarely
/// empty; a call has a deadline all the same, so it stops somewhere.
const REQUESTS_A_PAGE: u32 = 8;

/// How a query is cut into requests.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The whole window, where the provider is asked for times at all. The first page fixes it: a later one goes on
    /// in the window of the first, whatever the clock says by then.
    pub window: Option<TimeWindow>,
    /// The longest window of one request, in milliseconds.
    pub longest: i64,
    /// How many SKUs, or groups of them, get a request of their own: at least 1.
    pub items: usize,
}

/// One request of the walk.
#[derive(Clone, Debug)]
pub struct Step {
    /// The window to ask for, on whole seconds.
    pub window: Option<TimeWindow>,
    /// Which item, from 0.
    pub item: usize,
    /// Which of the provider's pages, from 0.
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
    let mut extras = Vec::new();
    let mut requests = 0;
    loop {
        let (window, rest) = place.piece(plan.longest);
        let answer = ask(&Step {
            window,
            item: place.item,
            page: place.page,
            whole: first && plan.items == 1 && rest.is_none(),
        })?;
        first = false;
        requests += 1;
        place.refuse_repetition(&answer)?;
        let next = place.after(&answer, rest, plan.items);
        // Empty answers repeat each other (`"message":"ok"`).
        for extra in answer.extras {
            if !extras.contains(&extra) {
                extras.push(extra);
            }
        }
        match next {
            Some(next) if answer.levels.is_empty() && requests < REQUESTS_A_PAGE => place = next,
            next => {
                return Ok(StockPage {
                    levels: answer.levels,
                    next: next.as_ref().map(cursor::write).transpose()?,
                    total: answer.total,
                    extras,
                });
            }
        }
    }
}

/// Where the walk stands. The window is what is left of the plan's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    window: Option<(i64, i64)>,
    item: usize,
    page: u32,
    #[serde(default)]
    before: Before,
}

/// What the pages before told, of the same item in the same window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    rows: u64,
    of: Option<u64>,
    /// The mark of the page right before this one.
    mark: Option<u64>,
}

impl Place {
    fn read(cursor: Option<&str>, plan: &Plan) -> Result<Place, Refused> {
        let place = cursor::read::<Option<Place>>(cursor)?.unwrap_or(Place {
            window: plan.window.as_ref().map(|window| (window.start, window.end)),
            item: 0,
            page: 0,
            before: Before::default(),
        });
        if place.item >= plan.items || place.window.is_some() != plan.window.is_some() {
            return Err(Refused::invalid(
                "cursor",
                "this cursor belongs to another query: start the query again without it",
            ));
        }
        Ok(place)
    }

    /// The window of the next request, and where the one behind it starts.
    fn piece(&self, longest: i64) -> (Option<TimeWindow>, Option<i64>) {
        self.window.map_or((None, None), |(start, end)| {
            let (piece, next) = windows::piece(&TimeWindow { start, end }, start, longest);
            (Some(piece), next)
        })
    }

    /// The same rows again would be told twice, and those that belong here never; from a provider that looks at no page
    /// number, for ever.
    fn refuse_repetition(&self, answer: &Answer) -> Result<(), Error> {
        if self.before.mark.is_some() && self.before.mark == mark(&answer.levels) {
            let page = self.page.saturating_add(1);
            return Err(Error::malformed(format!("page {page} has the rows of the page before it")));
        }
        Ok(())
    }

    fn after(&self, answer: &Answer, rest: Option<i64>, items: usize) -> Option<Place> {
        let rows = self.before.rows.saturating_add(answer.rows);
        let of = answer.of.or(self.before.of);
        // A short page is the last one, unless rows are missing. Those may have gone meanwhile: an empty page is the end.
        let missing = answer.rows > 0 && of.is_some_and(|of| rows < of);
        if answer.more || missing {
            let before = Before { rows, of, mark: mark(&answer.levels) };
            return Some(Place { page: self.page.saturating_add(1), before, ..self.clone() });
        }
        let before = Before::default();
        if self.item + 1 < items {
            return Some(Place { item: self.item + 1, page: 0, before, ..self.clone() });
        }
        let (_, end) = self.window?;
        Some(Place { window: Some((rest?, end)), item: 0, page: 0, before })
    }
}

/// What tells a page's rows from another's: how many there are, and the texts of the first and the last (FNV-1a).
fn mark(levels: &[StockLevel]) -> Option<u64> {
    let (first, last) = (levels.first()?, levels.last()?);
    let count = (levels.len() as u64).to_le_bytes();
    let bytes = first.raw.bytes().chain(last.raw.bytes()).chain(count);
    Some(bytes.fold(0xcbf2_9ce4_8422_2325, |mark, byte| (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::THIRTY_DAYS;

    fn row(number: u64) -> StockLevel {
        StockLevel {
            sku: "sku".into(),
            warehouse: "w".into(),
            condition: None,
            owner: None,
            on_hand: None,
            available: None,
            reserved: None,
            incoming: None,
            barcode: None,
            name: None,
            changed: None,
            details: vec![],
            raw: format!("{{\"row\":{number}}}"),
        }
    }

    /// Walks to the end and tells each request as (window's start, item, page).
    fn walked(plan: &Plan, answer: impl Fn(&Step) -> Answer) -> (Vec<(i64, usize, u32)>, u32) {
        let (mut asked, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = page(cursor.as_deref(), plan, |step| {
                asked.push((step.window.map_or(-1, |window| window.start), step.item, step.page));
                Ok(answer(step))
            })
            .unwrap();
            pages += 1;
            match page.next {
                Some(next) => cursor = Some(next),
                None => return (asked, pages),
            }
        }
    }

    #[test]
    fn every_page_of_every_item_of_every_window_is_asked_for_once() {
        let plan = Plan { window: Some(TimeWindow { start: 0, end: THIRTY_DAYS }), longest: THIRTY_DAYS, items: 2 };
        let (asked, pages) = walked(&plan, |step| Answer {
            levels: vec![row(u64::from(step.page))],
            more: step.page == 0 && step.item == 1,
            ..Answer::default()
        });
        let second = THIRTY_DAYS;
        assert_eq!(asked, [(0, 0, 0), (0, 1, 0), (0, 1, 1), (second, 0, 0), (second, 1, 0), (second, 1, 1)]);
        assert_eq!(pages, 6);
    }

    #[test]
    fn empty_windows_are_passed_over_a_few_at_a_time() {
        let plan =
            Plan { window: Some(TimeWindow { start: 0, end: 20 * THIRTY_DAYS - 1 }), longest: THIRTY_DAYS, items: 1 };
        let (asked, pages) = walked(&plan, |_| Answer::default());
        assert_eq!((asked.len(), pages), (20, 3));
    }

    #[test]
    fn only_a_query_of_one_request_has_a_total() {
        let plan = |items| Plan { window: None, longest: THIRTY_DAYS, items };
        let whole = |plan: &Plan, cursor: Option<&str>| {
            let mut whole = Vec::new();
            page(cursor, plan, |step| {
                whole.push(step.whole);
                Ok(Answer::default())
            })
            .unwrap();
            whole
        };
        assert_eq!(whole(&plan(1), None), [true]);
        assert_eq!(whole(&plan(2), None), [false, false]);
        assert_eq!(whole(&plan(1), Some(r#"{"window":null,"item":0,"page":1}"#)), [false]);
    }

    /// Five rows in pages of two, given in this order.
    fn told(order: [u64; 4]) -> Result<Vec<String>, Error> {
        let plan = Plan { window: None, longest: THIRTY_DAYS, items: 1 };
        let (mut cursor, mut told) = (None, Vec::new());
        loop {
            let page = page(cursor.as_deref(), &plan, |step| {
                let given = order.get(usize::try_from(step.page).unwrap()).copied().unwrap_or(3);
                let levels: Vec<_> = (given * 2..5.min(given * 2 + 2)).map(row).collect();
                let rows = levels.len() as u64;
                Ok(Answer { levels, rows, of: (given == 0).then_some(5), more: rows == 2, ..Answer::default() })
            })?;
            told.extend(page.levels.into_iter().map(|level| level.raw));
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(told),
            }
        }
    }

    #[test]
    fn a_short_page_is_not_the_last_while_rows_are_missing() {
        for order in [[0, 1, 2, 3], [1, 0, 2, 3], [0, 2, 1, 3]] {
            let mut told = told(order).unwrap();
            told.sort();
            assert_eq!(told, (0..5).map(|number| row(number).raw).collect::<Vec<_>>(), "{order:?}");
        }
    }

    #[test]
    fn rows_that_went_meanwhile_are_not_waited_for() {
        assert_eq!(told([0, 2, 3, 1]).unwrap().len(), 3);
    }

    #[test]
    fn a_page_that_is_given_twice_is_refused() {
        for order in [[0, 0, 1, 2], [0, 1, 1, 2]] {
            assert_eq!(told(order).unwrap_err().class, crate::ErrorClass::MalformedResponse, "{order:?}");
        }
    }

    #[test]
    fn a_cursor_of_another_query_is_refused() {
        let plan = Plan { window: None, longest: THIRTY_DAYS, items: 1 };
        for cursor in [
            "",
            "{}",
            r#"{"window":null,"item":1,"page":0}"#,
            r#"{"window":[0,1],"item":0,"page":0}"#,
            r#"{"window":null,"item":0,"page":-1}"#,
        ] {
            let error = page(Some(cursor), &plan, |_| Ok(Answer::default())).unwrap_err();
            assert_eq!(error.path.as_deref(), Some("cursor"), "{cursor}");
        }
    }
}
