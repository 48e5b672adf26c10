use std::collections::BTreeMap;

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

/// Walks to the end and returns each request as (window's start, item, page).
fn walk(plan: &Plan, answer: impl Fn(&Step) -> Answer) -> (Vec<(i64, usize, u32)>, u32) {
    let (mut requested, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = page(cursor.as_deref(), plan, |step| {
            requested.push((step.window.map_or(-1, |window| window.start), step.item, step.page));
            Ok(answer(step))
        })
        .unwrap();
        pages += 1;
        match page.next {
            Some(next) => cursor = Some(next),
            None => return (requested, pages),
        }
    }
}

/// Long after every window of these tests, unless a test says otherwise.
const NOW: i64 = 100 * THIRTY_DAYS;

fn times(start: i64, end: i64, items: usize) -> Plan {
    Plan { window: Some(Span { start, end: Some(end) }), longest: THIRTY_DAYS, items, now: NOW }
}

#[test]
fn pages_are_requested_from_the_last_to_the_first_in_every_window_of_every_item() {
    let (requested, pages) = walk(&times(0, THIRTY_DAYS, 2), |step| Answer {
        levels: vec![row(u64::from(step.page))],
        rows: 1,
        of: (step.page == 0).then_some(1 + 2 * step.item as u64),
        ..Answer::default()
    });
    let second = THIRTY_DAYS;
    let item = |item, page| [(0, item, page), (second, item, page)];
    assert_eq!(requested[..2], item(0, 0));
    assert_eq!(requested[2..6], [(0, 1, 0), (0, 1, 2), (0, 1, 1), (0, 1, 0)]);
    assert_eq!(requested[6..], [(second, 1, 0), (second, 1, 2), (second, 1, 1), (second, 1, 0)]);
    // The first page delivers its rows once: when requested again it makes a page only at the end.
    assert_eq!(pages, 9);
}

#[test]
fn empty_windows_are_passed_over_a_few_at_a_time() {
    let (requested, pages) = walk(&times(0, 20 * THIRTY_DAYS - 1, 1), |_| Answer::default());
    assert_eq!((requested.len(), pages), (20, 3));
}

#[test]
fn a_window_whose_pages_have_fewer_rows_than_are_counted_is_refused() {
    let answer = |step: &Step| Answer {
        levels: vec![row(u64::from(step.page))],
        rows: if step.page == 1 { 0 } else { 1 },
        of: Some(3),
        ..Answer::default()
    };
    let mut cursor = None;
    let error = loop {
        match page(cursor.as_deref(), &times(0, 1000, 1), |step| Ok(answer(step))) {
            Ok(page) => cursor = Some(page.next.unwrap()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.class, crate::ErrorClass::MalformedResponse);
}

/// Rows by number, each with the time of its last change by the provider's clock, and their order on pages.
struct Provider {
    rows: BTreeMap<u64, i64>,
    by_change: bool,
    /// Milliseconds ahead of the host's clock.
    ahead: i64,
    page_size: usize,
    random: u64,
}

impl Provider {
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    fn answer(&self, step: &Step) -> Answer {
        let window = step.window.unwrap();
        let within = |at: i64| (window.start..=window.end + 999).contains(&(at / 1000 * 1000));
        let mut found: Vec<_> = self.rows.iter().filter(|(_, at)| within(**at)).collect();
        if self.by_change {
            found.sort_by_key(|(number, at)| (**at / 1000, **number));
        }
        let of = found.len() as u64;
        let page = found.into_iter().skip(step.page as usize * self.page_size).take(self.page_size);
        let levels: Vec<_> = page
            .map(|(number, at)| StockLevel { sku: number.to_string(), raw: format!("{number} {at}"), ..row(*number) })
            .collect();
        Answer { rows: levels.len() as u64, of: (step.page == 0).then_some(of), levels, ..Answer::default() }
    }
}

/// Walks everything while rows change between the requests. Returns the delivered rows, and whether the walk claims to be
/// complete.
fn delivered_while_rows_change(seed: u64, changes: u64) -> (Vec<u64>, bool) {
    let mut provider =
        Provider { rows: BTreeMap::new(), by_change: seed.is_multiple_of(2), ahead: 0, page_size: 3, random: seed };
    provider.ahead = provider.random(8 * 60_000) as i64 - 4 * 60_000;
    let (mut now, span) = (NOW, Span { start: NOW - 5 * THIRTY_DAYS, end: None });
    for number in 0..40 {
        let window = provider.random(5) as i64;
        let at = now + provider.ahead - window * THIRTY_DAYS - provider.random(10 * 60_000) as i64;
        provider.rows.insert(number, at);
    }
    let (mut delivered, mut cursor, mut is_whole) = (Vec::new(), None, true);
    loop {
        let plan = Plan { window: Some(span), longest: THIRTY_DAYS, items: 1, now };
        let page = page(cursor.as_deref(), &plan, |step| {
            let answer = provider.answer(step);
            now += provider.random(20_000) as i64;
            // A busy hour: something changes with one request in `changes`.
            if changes > 0 && provider.random(changes) == 0 {
                let number = provider.random(40);
                provider.rows.insert(number, now + provider.ahead);
            }
            Ok(answer)
        })
        .unwrap();
        delivered.extend(page.levels.iter().map(|level| level.sku.parse::<u64>().unwrap()));
        is_whole &= page.extras.iter().all(|(name, _)| name != "whole-until");
        match page.next {
            Some(next) => cursor = Some(next),
            None => return (delivered, is_whole),
        }
    }
}

#[test]
fn no_row_is_missing_while_rows_change_unless_the_page_says_so() {
    let mut not_whole = 0;
    for seed in 1..2000 {
        let changes = [0, 2, 5, 20][seed as usize % 4];
        let (delivered, is_whole) = delivered_while_rows_change(seed, changes);
        assert!(changes > 0 || (delivered.len() == 40 && is_whole), "seed {seed}: each row once while nothing changes");
        let missing: Vec<_> = (0..40).filter(|number| !delivered.contains(number)).collect();
        assert!(missing.is_empty() || !is_whole, "seed {seed}: {missing:?}");
        not_whole += u32::from(!is_whole);
    }
    // If a row changes with every second request, the present may never come to rest.
    assert!(not_whole < 2000 / 3, "{not_whole}");
}

/// `rows` rows that changed at `at`, in pages of `page_size`. Returns the number of delivered rows, and `whole-until`.
fn delivered_at_rest(rows: u64, at: i64, page_size: usize, counts: bool) -> (usize, Option<String>) {
    let changed = (0..rows).map(|number| (number, at)).collect();
    let provider = Provider { rows: changed, by_change: false, ahead: 0, page_size, random: 1 };
    let plan = Plan {
        window: Some(Span { start: NOW - THIRTY_DAYS / 2, end: None }),
        longest: THIRTY_DAYS,
        items: 1,
        now: NOW,
    };
    let (mut delivered, mut cursor, mut until) = (0, None, None);
    loop {
        let page = page(cursor.as_deref(), &plan, |step| {
            let answer = provider.answer(step);
            let more = answer.rows == page_size as u64;
            Ok(Answer { of: answer.of.filter(|_| counts), more, ..answer })
        })
        .unwrap();
        delivered += page.levels.len();
        until = page.extras.iter().find(|(name, _)| name == WHOLE_UNTIL).map(|(_, json)| json.clone()).or(until);
        cursor = page.next;
        match &cursor {
            Some(cursor) => assert!(cursor.len() < 16 * 1024, "{} bytes of cursor", cursor.len()),
            None => return (delivered, until),
        }
    }
}

#[test]
fn pages_that_are_larger_than_a_cursor_are_walked_without_a_row_twice() {
    assert_eq!(delivered_at_rest(2500, NOW - THIRTY_DAYS / 4, 1000, true), (2500, None));
    assert_eq!(delivered_at_rest(800, NOW, 100, true), (800, None));
}

#[test]
fn more_rows_of_the_last_minutes_than_a_cursor_holds_are_delivered_and_not_called_whole() {
    let (delivered, until) = delivered_at_rest(1500, NOW, 100, true);
    assert!(delivered >= 1500 && until.is_some(), "{delivered} {until:?}");
}

#[test]
fn a_window_of_several_pages_without_a_count_is_not_called_whole() {
    let (delivered, until) = delivered_at_rest(250, NOW - THIRTY_DAYS / 4, 100, false);
    assert!(delivered == 250 && until.is_some(), "{delivered} {until:?}");
    assert_eq!(delivered_at_rest(50, NOW - THIRTY_DAYS / 4, 100, false), (50, None));
}

#[test]
fn a_cursor_keeps_its_hashes() {
    let hashes = Hashes(vec![0, 1, u64::MAX]);
    assert_eq!(Hashes::try_from(String::from(hashes.clone())).unwrap(), hashes);
    for text in ["xxxxxxxxxxxxxxxx", "0000000000000001货货"] {
        assert!(cursor::read::<Option<Place>>(Some(&CURSOR.replace("HASHES", text))).is_err(), "{text}");
    }
}

const CURSOR: &str = r#"{"item":0,"page":0,"window":{"start":0,"end":1,"rest":null,"backwards":false,"live":false,
    "rewalks":0,"split":false,"delivered":"HASHES"}}"#;

#[test]
fn only_a_query_of_one_request_has_a_total() {
    let plan = |items| Plan { window: None, longest: THIRTY_DAYS, items, now: NOW };
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
fn rows_of(order: [u64; 4]) -> Result<Vec<String>, Error> {
    let plan = Plan { window: None, longest: THIRTY_DAYS, items: 1, now: NOW };
    let (mut cursor, mut rows) = (None, Vec::new());
    loop {
        let page = page(cursor.as_deref(), &plan, |step| {
            let given = order.get(usize::try_from(step.page).unwrap()).copied().unwrap_or(3);
            let levels: Vec<_> = (given * 2..5.min(given * 2 + 2)).map(row).collect();
            let rows = levels.len() as u64;
            Ok(Answer { levels, rows, of: (given == 0).then_some(5), more: rows == 2, ..Answer::default() })
        })?;
        rows.extend(page.levels.into_iter().map(|level| level.raw));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(rows),
        }
    }
}

#[test]
fn a_short_page_is_not_the_last_while_rows_are_missing() {
    for order in [[0, 1, 2, 3], [1, 0, 2, 3], [0, 2, 1, 3]] {
        let mut rows = rows_of(order).unwrap();
        rows.sort();
        assert_eq!(rows, (0..5).map(|number| row(number).raw).collect::<Vec<_>>(), "{order:?}");
    }
}

#[test]
fn rows_that_went_meanwhile_are_not_waited_for() {
    assert_eq!(rows_of([0, 2, 3, 1]).unwrap().len(), 3);
}

#[test]
fn a_page_that_is_given_twice_is_refused() {
    for order in [[0, 0, 1, 2], [0, 1, 1, 2]] {
        assert_eq!(rows_of(order).unwrap_err().class, crate::ErrorClass::MalformedResponse, "{order:?}");
    }
}

#[test]
fn a_cursor_of_another_query_is_refused() {
    let plan = Plan { window: None, longest: THIRTY_DAYS, items: 1, now: NOW };
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
