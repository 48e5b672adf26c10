//! Any answer of a provider: what its connector makes of it, natively, over the SDK's host.
//!
//! A query's figures are digits that stand in the answer, and its rows are the answer's own text. A write is not applied
//! only on the provider's own no that tells of no trouble, and has a receipt only on its own yes. What is said is read here
//! a second time, with JSON members looked up by name and nothing of the SDK.

pub(crate) mod taobao_top;
pub(crate) mod wdt_enterprise;
pub(crate) mod wdt_flagship;
pub(crate) mod winit;

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{
    Error, ErrorClass, Failure, HttpError, Receipt, Response, StockLevel, StockPage, StockQuery, TimeWindow,
    WriteFailure,
};

/// An input: what is asked, how the answer comes, and its body.
pub(crate) struct Input<'a> {
    /// Which operation, and with which order or query.
    pub(crate) asked: u8,
    status: u16,
    body: &'a [u8],
    /// What stands in front of the first byte 0, for queries that go on from a cursor.
    cursor: Option<&'a str>,
}

impl<'a> Input<'a> {
    pub(crate) fn read(data: &'a [u8]) -> Option<Input<'a>> {
        let [asked, status, rest @ ..] = data else { return None };
        let status = match status.checked_sub(0xe0) {
            None => 200,
            Some(kind) => STATUSES.get(usize::from(kind)).copied().unwrap_or(200),
        };
        let end = rest.iter().position(|byte| *byte == 0);
        let (cursor, body) = match end.and_then(|end| Some((std::str::from_utf8(&rest[..end]).ok()?, &rest[end + 1..])))
        {
            Some((cursor, body)) => (Some(cursor), body),
            None => (None, rest),
        };
        Some(Input { asked: *asked, status, body, cursor })
    }

    /// A host that answers every request with this.
    pub(crate) fn host(&self) -> NativeHost {
        let (status, body) = (self.status, self.body.to_vec());
        NativeHost::new(move |_| match status {
            LOST | UNSENT => Err(HttpError {
                failure: if status == LOST { Failure::TimedOut } else { Failure::Unreachable },
                sent: status == LOST,
                retry_after: None,
                message: "no answer".to_owned(),
            }),
            status => Ok(Response { status, headers: vec![], body: body.clone() }),
        })
    }

    /// The body as it came.
    pub(crate) fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The body as a text, where the provider answered with one.
    fn answer(&self) -> Option<&'a str> {
        std::str::from_utf8(self.body).ok().filter(|_| self.status == 200)
    }

    /// The query, with the windows, items and cursors that an input may have.
    pub(crate) fn query(&self, query: StockQuery) -> StockQuery {
        let window = |start, end| Some(TimeWindow { start, end });
        let items = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        StockQuery {
            cursor: self.cursor.map(str::to_owned),
            changed: match self.asked / 8 % 8 {
                0..3 => None,
                3 => window(1_541_001_600_000, 1_541_088_000_000),
                4 => window(0, i64::MAX),
                5 => window(i64::MIN, i64::MAX),
                6 => window(i64::MIN, i64::MIN),
                _ => window(1_500, 1_501),
            },
            skus: match self.asked / 64 {
                0 => vec![],
                1 => items(&["lb"]),
                _ => items(&["daj1", "liaowl1002"]),
            },
            ..query
        }
    }
}

/// What an answer may come with other than 200.
const STATUSES: [u16; 15] = [0, 100, 201, 204, 301, 400, 401, 404, 429, 500, 502, 503, 65535, LOST, UNSENT];
/// Stand-ins for answers that did not come.
const LOST: u16 = 1;
const UNSENT: u16 = 2;

/// What a connector says of a page in words of its own.
const OWN_EXTRAS: [&str; 4] = ["total", "whole-since", "whole-until", "not-covered"];

/// What a query may become.
pub(crate) fn queried(input: &Input<'_>, came: Result<StockPage, Error>) -> Option<String> {
    let page = match came {
        Ok(page) => page,
        Err(error) => {
            assert!(!error.message.is_empty());
            return None;
        }
    };
    let answer = input.answer().expect("a page has an answer to stand on");
    assert!(members(answer).is_some(), "a page out of no object");
    for level in &page.levels {
        row(answer, level);
    }
    for (name, value) in &page.extras {
        let own = OWN_EXTRAS.contains(&name.as_str());
        assert!(answer.contains(value.as_str()) || own, "{name}: {value} is not the answer's own text");
    }
    page.next
}

fn row(answer: &str, level: &StockLevel) {
    assert!(answer.contains(&level.raw), "{} is no row of the answer", level.raw);
    assert!(members(&level.raw).is_some(), "{} is no row", level.raw);
    let of_details = level.details.iter().map(|detail| &detail.quantity);
    let figures = [&level.on_hand, &level.available, &level.reserved, &level.incoming];
    for figure in figures.into_iter().chain(of_details).flatten() {
        assert!(is_decimal(figure), "{figure} is no decimal of the contract");
        // Within a text, a digit may be written as an escape.
        assert!(
            level.raw.contains(figure.as_str()) || level.raw.contains('\\') || respelt(&level.raw, figure),
            "{figure} does not stand in {}",
            level.raw
        );
    }
    for expiry in level.details.iter().filter_map(|detail| detail.expiry.as_ref()) {
        assert!(expiry.len() == 10 && expiry.is_ascii(), "{expiry}");
    }
}

/// Whether a row may have the figure in another spelling: with an exponent, with a plus sign, or without digits on a side of its
/// point. Its digits stand there all the same.
fn respelt(row: &str, figure: &str) -> bool {
    let is_other = |spelling: &[u8]| match spelling {
        [digit, b'e' | b'E', next] => {
            (digit.is_ascii_digit() || *digit == b'.') && (next.is_ascii_digit() || matches!(next, b'+' | b'-'))
        }
        [before, b'.', after] => !before.is_ascii_digit() || !after.is_ascii_digit(),
        [_, b'+', next] => next.is_ascii_digit() || *next == b'.',
        _ => false,
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let significant = digits(figure).trim_matches('0').to_owned();
    row.as_bytes().windows(3).any(is_other) && digits(row).contains(&significant)
}

/// What a write may become, where the provider said this.
pub(crate) fn written(input: &Input<'_>, word: fn(&str) -> Word, came: &Result<Receipt, WriteFailure>) {
    let word = input.answer().map_or(Word::None, word);
    match came {
        Ok(receipt) => {
            assert_eq!(word, Word::Yes, "{receipt:?}");
            let answer = input.answer().unwrap();
            for (name, value) in &receipt.extras {
                assert!(is_json(value), "{name}: {value}");
            }
            let document = receipt.document.as_deref().unwrap_or_default();
            assert!(answer.contains(document) || answer.contains('\\'), "{document} does not stand in the answer");
        }
        Err(WriteFailure::NotApplied(error)) if input.status == UNSENT => {
            assert_eq!(error.class, ErrorClass::Unavailable)
        }
        Err(WriteFailure::NotApplied(error)) => assert_eq!(word, Word::No, "{error:?}"),
        Err(WriteFailure::Unknown(_)) => assert_ne!(input.status, UNSENT),
    }
}

/// What the provider said about a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Yes,
    No,
    /// Neither, or both.
    None,
}

/// What a code says where 0 is a yes. A code is a whole number or a text; what only comes to nought in another way of
/// writing numbers is no word at all.
pub(crate) fn code(value: Option<&&RawValue>) -> Word {
    let Some(text) = value.and_then(|value| scalar(value)) else { return Word::None };
    match text.trim().parse::<f64>() {
        _ if text == "0" => Word::Yes,
        Ok(0.0) => Word::None,
        Err(_) if text.trim().is_empty() => Word::None,
        _ => Word::No,
    }
}

/// Whether a provider in trouble speaks so, or one that has done something: what it refuses with such words may have been
/// carried out all the same.
pub(crate) fn in_trouble(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let said = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    said(&["数据库", "系统错误", "系统异常", "系统繁忙", "超时", "未知错误", "重复", "已存在", "已生成", "网关"])
        || said(&["system error", "system_error", "timeout", "timed out", "timed_out", "http status", "duplicate"])
}

/// The text of the member that has this name.
pub(crate) fn text_of(members: &Members<'_>, name: &str) -> String {
    members.get(name).and_then(|value| scalar(value)).unwrap_or_default()
}

/// The text of a JSON text or number.
pub(crate) fn scalar(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'-' | b'0'..=b'9' => Some(value.get().to_owned()),
        _ => None,
    }
}

pub(crate) type Members<'a> = BTreeMap<String, &'a RawValue>;

/// The members of a JSON object, of those with one name the last.
pub(crate) fn members(text: &str) -> Option<Members<'_>> {
    serde_json::from_str(text).ok()
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

/// At most 28 significant digits, of which at most 28 behind the point.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let significant = [whole, fraction].concat();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(&significant)
        && !whole.is_empty()
        && !unsigned.ends_with('.')
        && fraction.len() <= 28
        && significant.trim_start_matches('0').len() <= 28
}

/// Seeds for each of these operations: the answers as they are, cut off, and with another status.
pub(crate) fn seeds(operations: &[u8], answers: &[&str]) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for asked in operations {
        for answer in answers {
            seeds.push([&[*asked, 0], answer.as_bytes()].concat());
        }
    }
    for status in 0xe0..0xf0 {
        seeds.push([&[operations[0], status], answers[0].as_bytes()].concat());
    }
    seeds
}

/// Goes on from a page's cursor once: the connector takes its own.
pub(crate) fn takes_its_own_cursor(came: &Result<StockPage, Error>) {
    if let Err(error) = came {
        assert_ne!(error.path.as_deref(), Some("cursor"), "{error:?}");
    }
}
