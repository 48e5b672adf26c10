//! What the host must make of what a guest returned: the contract's rules, read from it anew.

use std::collections::HashSet;

use serde::de::IgnoredAny;
use stockbridge::{
    Condition, Decimal, Error, Extras, Outcome, Progress, ProviderFailure, Receipt, Resolution, StockLevel, StockPage,
    WriteFailure,
};

use crate::guest::abi;

/// The longest text of one field, the longest JSON value and the longest cursor, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;
const LONGEST_JSON: usize = 1024 * 1024;
const LONGEST_CURSOR: usize = 16 * 1024;
/// The longest name of an extra, in bytes.
const LONGEST_NAME: usize = 1024;
/// A field's path and its text, and some words of the host's.
pub(super) const LONGEST_MESSAGE: usize = 3 * LONGEST_TEXT;

/// A page that keeps the contract arrives as it is; any other is the connector's fault.
pub(super) fn page(returned: &Result<abi::StockPage, abi::Error>, came: &Result<StockPage, Error>) {
    match (returned, came) {
        (Ok(page), Ok(read)) => {
            assert!(allowed_page(page), "{page:?} was taken");
            assert_eq!((page.total, page.next.is_some()), (read.total, read.next.is_some()));
            assert_eq!(page.levels.len(), read.levels.len());
            page.levels.iter().zip(&read.levels).for_each(|(level, read)| same_level(level, read));
            same_extras(&page.extras, &read.extras);
            assert!(is_json(&serde_json::to_string(read).unwrap()));
        }
        (Ok(page), Err(error)) => assert!(!allowed_page(page) && violation(error), "{page:?}: {error}"),
        (Err(error), came) => failure(error, came.as_ref().unwrap_err()),
    }
}

/// The provider answered, so the outcome is what the connector says, and unknown where it says nonsense.
pub(super) fn written(returned: &Result<abi::Receipt, abi::WriteFailure>, came: &Result<Receipt, WriteFailure>) {
    match (returned, came) {
        (Ok(receipt), Ok(read)) => same_receipt(receipt, read),
        (Ok(receipt), Err(failure)) => {
            assert!(!allowed_receipt(receipt) && violation(failure.error()), "{receipt:?}: {failure}");
            assert_eq!(failure.outcome(), Outcome::Unknown);
        }
        (Err(said), came) => {
            let came = came.as_ref().unwrap_err();
            let (outcome, error) = match said {
                abi::WriteFailure::NotApplied(error) => (Outcome::NotApplied, error),
                abi::WriteFailure::Unknown(error) => (Outcome::Unknown, error),
            };
            let outcome = if allowed_error(error) { outcome } else { Outcome::Unknown };
            assert_eq!((came.outcome(), came.error().outcome()), (outcome, Some(outcome)));
            failure(error, came.error());
        }
    }
}

pub(super) fn resolved(returned: &Result<abi::Resolution, abi::Error>, came: &Result<Resolution, Error>) {
    match (returned, came) {
        (Ok(abi::Resolution::Applied(receipt)), Ok(Resolution::Applied(read))) => same_receipt(receipt, read),
        (Ok(abi::Resolution::NotApplied(text)), Ok(Resolution::NotApplied(read)))
        | (Ok(abi::Resolution::CannotTell(text)), Ok(Resolution::CannotTell(read))) => {
            assert!(fits(text));
            assert_eq!(&on_one_line(text), read);
        }
        (Ok(abi::Resolution::TooEarly(wait)), Ok(Resolution::TooEarly(read))) => {
            assert_eq!(u128::from(*wait), read.as_millis());
        }
        (Ok(resolution), Err(error)) => {
            assert!(!allowed_resolution(resolution) && violation(error), "{resolution:?}: {error}")
        }
        (Ok(resolution), Ok(read)) => panic!("{resolution:?} became {read:?}"),
        (Err(error), came) => failure(error, came.as_ref().unwrap_err()),
    }
}

fn failure(said: &abi::Error, came: &Error) {
    if !allowed_error(said) {
        return assert!(violation(came), "{said:?}: {came}");
    }
    let read: &ProviderFailure = came.provider().unwrap_or_else(|| panic!("{said:?}: {came}"));
    assert_eq!(read.class as u8, said.class);
    assert_eq!(read.message, on_one_line(&said.message));
    for (read, said) in [
        (&read.path, &said.path),
        (&read.provider_code, &said.provider_code),
        (&read.provider_message, &said.provider_message),
        (&read.limited_method, &said.limited_method),
    ] {
        assert_eq!(*read, said.as_deref().map(on_one_line));
    }
    assert_eq!(read.retry_after.map(|wait| wait.as_millis()), said.retry_after.map(u128::from));
    same_extras(&said.extras, &read.extras);
    assert!(!came.to_string().is_empty());
}

/// People read what a failure says: no character of it breaks a line, turns it around or hides in it.
fn on_one_line(text: &str) -> String {
    let disturbs = |c: char| match c {
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => true,
        other => other.is_control(),
    };
    let mut line = String::new();
    for c in text.chars() {
        let piece = if disturbs(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() };
        if line.len() + piece.len() > LONGEST_TEXT {
            return line + "…";
        }
        line += &piece;
    }
    line
}

fn violation(error: &Error) -> bool {
    error.code() == "connector.violation" && error.to_string().len() < LONGEST_MESSAGE
}

fn same_level(level: &abi::StockLevel, read: &StockLevel) {
    assert_eq!((level.sku.as_str(), level.warehouse.as_str()), (read.sku.as_str(), read.warehouse.as_str()));
    assert_eq!((&level.owner, &level.barcode, &level.name), (&read.owner, &read.barcode, &read.name));
    assert_eq!(level.raw.trim(), read.raw.as_str().trim());
    assert_eq!(level.changed, read.changed.map(stockbridge::Timestamp::as_millis));
    match (&level.condition, &read.condition) {
        (None, None)
        | (Some(abi::Condition::Sellable(())), Some(Condition::Sellable))
        | (Some(abi::Condition::Defective(())), Some(Condition::Defective)) => {}
        (Some(abi::Condition::Other(code)), Some(Condition::Other(read))) => assert_eq!(code, read),
        (said, read) => panic!("{said:?} became {read:?}"),
    }
    same_figure(level.on_hand.as_ref(), read.on_hand);
    same_figure(level.available.as_ref(), read.available);
    same_figure(level.reserved.as_ref(), read.reserved);
    same_figure(level.incoming.as_ref(), read.incoming);
    assert_eq!(level.details.len(), read.details.len());
    for (detail, read) in level.details.iter().zip(&read.details) {
        assert_eq!((&detail.position, &detail.batch), (&read.position, &read.batch));
        assert_eq!(detail.expiry, read.expiry.map(|date| date.to_string()));
        same_figure(detail.quantity.as_ref(), read.quantity);
        same_extras(&detail.extras, &read.extras);
    }
}

/// Digit by digit: noughts in front of the number, and the sign of nought, say nothing.
fn same_figure(text: Option<&String>, read: Option<Decimal>) {
    let bare = |text: &str| {
        let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |unsigned| ("-", unsigned));
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let nought = unsigned.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        (if nought { "" } else { sign }.to_owned(), whole.trim_start_matches('0').to_owned(), fraction.to_owned())
    };
    let read = read.map(|figure| figure.to_string());
    assert_eq!(text.map(|text| bare(text)), read.as_deref().map(bare));
}

fn same_receipt(receipt: &abi::Receipt, read: &Receipt) {
    assert!(allowed_receipt(receipt), "{receipt:?} was taken");
    assert_eq!((&receipt.document, receipt.repeated), (&read.document, read.repeated));
    let progress = [Progress::Done, Progress::Accepted, Progress::Stuck][usize::from(receipt.progress)];
    assert_eq!(read.progress, progress);
    assert_eq!(receipt.failed.len(), read.failed.len());
    for (failure, read) in receipt.failed.iter().zip(&read.failed) {
        assert_eq!(failure.line as usize, read.line);
        for (said, read) in
            [(&failure.provider_code, &read.provider_code), (&failure.provider_message, &read.provider_message)]
        {
            assert_eq!(said.as_deref().map(on_one_line), *read);
        }
    }
    same_extras(&receipt.extras, &read.extras);
}

/// Every name is there, with its value. What stands around a value is no part of it.
fn same_extras(extras: &abi::Extras, read: &Extras) {
    for (name, said) in extras {
        assert_eq!(read.get(name).map(|value| value.as_str().trim()), Some(said.trim()), "{name:?}");
    }
    assert_eq!(read.iter().count(), extras.len());
}

fn allowed_page(page: &abi::StockPage) -> bool {
    page.next.as_ref().is_none_or(|next| next.len() <= LONGEST_CURSOR)
        && page.levels.iter().all(allowed_level)
        && allowed_extras(&page.extras)
}

fn allowed_level(level: &abi::StockLevel) -> bool {
    let other = match &level.condition {
        Some(abi::Condition::Other(code)) => Some(code),
        _ => None,
    };
    let texts = [
        Some(&level.sku),
        Some(&level.warehouse),
        other,
        level.owner.as_ref(),
        level.barcode.as_ref(),
        level.name.as_ref(),
    ];
    let figures = [&level.on_hand, &level.available, &level.reserved, &level.incoming];
    texts.into_iter().flatten().all(|text| fits(text))
        && figures.into_iter().flatten().all(|figure| is_decimal(figure))
        && is_json(&level.raw)
        && level.details.iter().all(|detail| {
            [&detail.position, &detail.batch].into_iter().flatten().all(|text| fits(text))
                && detail.expiry.as_ref().is_none_or(|date| is_date(date))
                && detail.quantity.as_ref().is_none_or(|figure| is_decimal(figure))
                && allowed_extras(&detail.extras)
        })
}

fn allowed_receipt(receipt: &abi::Receipt) -> bool {
    let of_lines = receipt.failed.iter().flat_map(|failed| [&failed.provider_code, &failed.provider_message]);
    of_lines.chain([&receipt.document]).flatten().all(|text| fits(text)) && allowed_extras(&receipt.extras)
}

fn allowed_resolution(resolution: &abi::Resolution) -> bool {
    match resolution {
        abi::Resolution::Applied(receipt) => allowed_receipt(receipt),
        abi::Resolution::NotApplied(text) | abi::Resolution::CannotTell(text) => fits(text),
        abi::Resolution::TooEarly(_) => true,
    }
}

fn allowed_error(error: &abi::Error) -> bool {
    let texts = [&error.path, &error.provider_code, &error.provider_message, &error.limited_method];
    texts.into_iter().flatten().chain([&error.message]).all(|text| fits(text)) && allowed_extras(&error.extras)
}

/// Of two with one name, one would be lost.
fn allowed_extras(extras: &abi::Extras) -> bool {
    let names: HashSet<_> = extras.iter().map(|(name, _)| name).collect();
    names.len() == extras.len() && extras.iter().all(|(name, value)| name.len() <= LONGEST_NAME && is_json(value))
}

fn fits(text: &str) -> bool {
    text.len() <= LONGEST_TEXT
}

fn is_json(text: &str) -> bool {
    text.len() <= LONGEST_JSON && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// At most 28 significant digits, of which at most 28 behind the point.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let behind = if unsigned.contains('.') { fraction } else { "" };
    let all = format!("{whole}{behind}");
    digits(whole) && digits(fraction) && behind.len() <= 28 && all.trim_start_matches('0').len() <= 28
}

fn is_date(text: &str) -> bool {
    let [y3, y2, y1, y0, b'-', m1, m0, b'-', d1, d0] = *text.as_bytes() else { return false };
    let digits = [y3, y2, y1, y0, m1, m0, d1, d0];
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |digits: &[u8]| digits.iter().fold(0_u32, |number, digit| 10 * number + u32::from(digit - b'0'));
    let (year, month, day) = (number(&digits[..4]), number(&digits[4..6]), number(&digits[6..]));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Something that a torn answer became, within the host's bounds all the same.
pub(super) trait Bounded: std::fmt::Debug {
    fn within(&self) -> bool;
}

impl Bounded for StockPage {
    fn within(&self) -> bool {
        self.levels.len() <= 10_000
            && self.levels.iter().all(|level| {
                fits(level.sku.as_str())
                    && fits(level.warehouse.as_str())
                    && is_json(level.raw.as_str())
                    && level.details.len() <= 10_000
            })
            && within(&self.extras)
    }
}

impl Bounded for Receipt {
    fn within(&self) -> bool {
        self.document.as_ref().is_none_or(|document| fits(document))
            && self.failed.len() <= 10_000
            && within(&self.extras)
    }
}

impl Bounded for Resolution {
    fn within(&self) -> bool {
        match self {
            Resolution::Applied(receipt) => receipt.within(),
            // A line that was cut has a mark behind it.
            Resolution::NotApplied(line) | Resolution::CannotTell(line) => fits(line.strip_suffix('…').unwrap_or(line)),
            _ => true,
        }
    }
}

fn within(extras: &Extras) -> bool {
    extras.iter().all(|(name, value)| fits(name) && is_json(value.as_str()))
}
