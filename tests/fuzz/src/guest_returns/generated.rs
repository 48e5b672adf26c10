//! What a guest returns, made from an input's bytes: mostly as the contract has it, with a field that it has not.

use arbitrary::{Result, Unstructured};

use crate::guest::abi::{
    Condition, Error, Extras, LineFailure, Receipt, Resolution, StockDetail, StockLevel, StockPage, WriteFailure,
};

/// Progresses and error classes of the contract, by their number.
const PROGRESSES: u8 = 3;
const CLASSES: u8 = 10;

/// What an operation returns.
pub(super) enum Returned {
    Page(std::result::Result<StockPage, Error>),
    /// Of the transfer, the adjustment or the occupation.
    Written(u8, std::result::Result<Receipt, WriteFailure>),
    Resolved(std::result::Result<Resolution, Error>),
}

type Input<'a, 'b> = &'a mut Unstructured<'b>;

pub(super) fn returned(input: Input<'_, '_>) -> Result<Returned> {
    Ok(match input.int_in_range(0..=7_u8)? {
        0..4 => Returned::Page(Ok(page(input)?)),
        4 => Returned::Page(Err(error(input)?)),
        5 => Returned::Written(input.int_in_range(0..=2)?, Ok(receipt(input)?)),
        6 => {
            let operation = input.int_in_range(0..=2)?;
            let error = error(input)?;
            let unknown = input.arbitrary()?;
            let failure = if unknown { WriteFailure::Unknown(error) } else { WriteFailure::NotApplied(error) };
            Returned::Written(operation, Err(failure))
        }
        _ => Returned::Resolved(match input.int_in_range(0..=4_u8)? {
            0 => Ok(Resolution::Applied(receipt(input)?)),
            1 => Ok(Resolution::NotApplied(text(input)?)),
            2 => Ok(Resolution::TooEarly(input.arbitrary()?)),
            3 => Ok(Resolution::CannotTell(text(input)?)),
            _ => Err(error(input)?),
        }),
    })
}

/// Overwrites some of the bytes, or cuts them off. Whether it did.
pub(super) fn tear(input: Input<'_, '_>, bytes: &mut Vec<u8>) -> bool {
    // An input without bytes gives noughts.
    let times = input.int_in_range(0..=7_u8).unwrap_or_default().saturating_sub(4);
    let before = bytes.clone();
    for _ in 0..times {
        let Ok(at) = input.choose_index(bytes.len()) else { break };
        match input.arbitrary::<u8>().unwrap_or_default() {
            255 => bytes.truncate(at),
            byte => bytes[at] = byte,
        }
    }
    *bytes != before
}

fn page(input: Input<'_, '_>) -> Result<StockPage> {
    Ok(StockPage {
        levels: several(input, 3, level)?,
        next: maybe(input, text)?,
        total: maybe(input, |input| input.arbitrary())?,
        extras: extras(input)?,
    })
}

fn level(input: Input<'_, '_>) -> Result<StockLevel> {
    Ok(StockLevel {
        sku: text(input)?,
        warehouse: text(input)?,
        condition: maybe(input, condition)?,
        owner: maybe(input, text)?,
        on_hand: maybe(input, figure)?,
        available: maybe(input, figure)?,
        reserved: maybe(input, figure)?,
        incoming: maybe(input, figure)?,
        barcode: maybe(input, text)?,
        name: maybe(input, text)?,
        changed: maybe(input, |input| input.arbitrary())?,
        details: several(input, 2, detail)?,
        raw: json(input)?,
    })
}

fn detail(input: Input<'_, '_>) -> Result<StockDetail> {
    Ok(StockDetail {
        position: maybe(input, text)?,
        batch: maybe(input, text)?,
        expiry: maybe(input, date)?,
        quantity: maybe(input, figure)?,
        extras: extras(input)?,
    })
}

fn receipt(input: Input<'_, '_>) -> Result<Receipt> {
    Ok(Receipt {
        document: maybe(input, text)?,
        progress: input.int_in_range(0..=PROGRESSES - 1)?,
        failed: several(input, 2, |input| {
            Ok(LineFailure {
                line: input.arbitrary()?,
                provider_code: maybe(input, text)?,
                provider_message: maybe(input, text)?,
            })
        })?,
        repeated: maybe(input, |input| input.arbitrary())?,
        extras: extras(input)?,
    })
}

fn error(input: Input<'_, '_>) -> Result<Error> {
    Ok(Error {
        class: input.int_in_range(0..=CLASSES - 1)?,
        path: maybe(input, text)?,
        provider_code: maybe(input, text)?,
        provider_message: maybe(input, text)?,
        message: text(input)?,
        retry_after: maybe(input, |input| input.arbitrary())?,
        limited_method: maybe(input, text)?,
        extras: extras(input)?,
    })
}

fn condition(input: Input<'_, '_>) -> Result<Condition> {
    Ok(match input.int_in_range(0..=2_u8)? {
        0 => Condition::Sellable(()),
        1 => Condition::Defective(()),
        _ => Condition::Other(text(input)?),
    })
}

fn extras(input: Input<'_, '_>) -> Result<Extras> {
    several(input, 2, |input| Ok((text(input)?, json(input)?)))
}

fn text(input: Input<'_, '_>) -> Result<String> {
    Ok(match input.arbitrary::<u8>()? {
        // About the limits of a cursor and of a text.
        255 => "x".repeat(input.int_in_range(16 * 1024 - 1..=16 * 1024 + 1)?),
        254 => "货".repeat(input.int_in_range(64 * 1024 / 3..=64 * 1024 / 3 + 1)?),
        253 => "x".repeat(input.int_in_range(64 * 1024 - 1..=64 * 1024 + 1)?),
        200..253 => (*input.choose(&["\u{0}", "\r\n", "货", "a\u{202e}b", "0", "", "\"", "😀"])?).to_owned(),
        _ => loose(input, 8)?,
    })
}

fn figure(input: Input<'_, '_>) -> Result<String> {
    Ok(match input.int_in_range(0..=7_u8)? {
        0 => loose(input, 6)?,
        1 => {
            let alphabet = b"0123456789012345678999.-+e_ ";
            (0..input.int_in_range(1..=34)?)
                .map(|_| input.choose(alphabet).map(|byte| char::from(*byte)))
                .collect::<Result<_>>()?
        }
        _ => {
            let sign = if input.ratio(1, 4)? { "-" } else { "" };
            let whole = digits(input, 30)?;
            if input.arbitrary()? { format!("{sign}{whole}.{}", digits(input, 30)?) } else { format!("{sign}{whole}") }
        }
    })
}

fn digits(input: Input<'_, '_>, most: usize) -> Result<String> {
    let count = if input.ratio(3, 4)? { input.int_in_range(1..=6)? } else { input.int_in_range(1..=most)? };
    (0..count).map(|_| Ok(char::from(b'0' + input.int_in_range(0..=9)?))).collect()
}

fn date(input: Input<'_, '_>) -> Result<String> {
    if input.ratio(1, 4)? {
        return loose(input, 12);
    }
    let sign = *input.choose(&["", "", "", "", "", "", "+", "-"])?;
    let (year, month, day) =
        (input.int_in_range(0..=9999_u16)?, input.int_in_range(0..=13_u8)?, input.int_in_range(0..=32_u8)?);
    Ok(format!("{sign}{year:04}-{month:02}-{day:02}"))
}

fn json(input: Input<'_, '_>) -> Result<String> {
    match input.int_in_range(0..=15_u8)? {
        0 => loose(input, 12),
        1..4 => several(input, 12, |input| input.choose(&PIECES).copied()).map(|pieces| pieces.concat()),
        _ => Ok((*input.choose(&VALUES)?).to_owned()),
    }
}

const VALUES: [&str; 12] = [
    "{}",
    "null",
    "1.50",
    "\"a\"",
    "[1, {\"a\":[]}]",
    " true ",
    "1e999",
    "\"\\ud800\"",
    "{\"a\":1,\"a\":2}",
    "-0",
    "01",
    "{} {}",
];

/// What JSON is made of, and what only looks like it.
const PIECES: [&str; 28] = [
    "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\u00e9", "\\u", "\\n", "\\/", "0", "-", "1", ".5", "e+7", "E",
    "true", "null", "nul", " ", "\n", "\t", "\u{0}", "\u{7f}", "货",
];

fn loose(input: Input<'_, '_>, most: usize) -> Result<String> {
    let length = input.int_in_range(0..=most)?;
    Ok(String::from_utf8_lossy(input.bytes(length)?).into_owned())
}

fn maybe<T>(input: Input<'_, '_>, value: impl FnOnce(Input<'_, '_>) -> Result<T>) -> Result<Option<T>> {
    if input.arbitrary()? { value(input).map(Some) } else { Ok(None) }
}

fn several<T>(input: Input<'_, '_>, most: usize, mut one: impl FnMut(Input<'_, '_>) -> Result<T>) -> Result<Vec<T>> {
    let count = input.int_in_range(0..=most)?;
    (0..count).map(|_| one(input)).collect()
}
