//! Journal records of arbitrary bytes, changes of the log, and bytes that a repair searches for records.
//!
//! An accepted record keeps its content when it is written again, and is found wherever it is complete.

use std::ops::Range;
use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};
use stockbridge_journal::testing::{self, RecordOf};

use super::format;
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "journal-records",
    run,
    seeds,
    words: &[
        "\u{1}{",
        "\u{2}\u{1}",
        "\u{2}\u{2}",
        "\u{2}\u{3}",
        "\"state\":",
        "\"sending\"",
        "\"unknown\":",
        "\"applied\":",
        "\"not-applied\":",
        "\"by\":\"answer\"",
        "\"person\":",
        "\"send-limit\":{\"within\":1000}",
        "\"first-sent-age\":",
        "\"since-age\":",
        "\"epoch\":",
        "\"story\":{\"bytes\":1,\"cut\":0}",
        "\"first-sent-boot\":{\"boot\":1,\"at\":2}",
        "\"asked-by\":\"\"",
        "\"origins\":[\"https://a.example\"]",
        "\"adjust\":",
        "\"occupy\":",
        "null",
        "{}",
        "[]",
        "18446744073709551615",
        "-1",
        "1e9",
        "2026-11-22T12:25:13.761Z",
        "+262143-01-01T00:00:00Z",
        "\\u0002",
        "\\ud83d\\ude00",
    ],
};

const KINDS: [RecordOf; 3] = [RecordOf::Intent, RecordOf::Status, RecordOf::Event];

/// Time limit of a search: a few KiB take microseconds.
const TIME_LIMIT: Duration = Duration::from_secs(10);

fn run(data: &[u8]) {
    let Some((what, rest)) = data.split_first() else { return };
    match what % 16 {
        kind @ 0..3 => check_record(KINDS[usize::from(kind)], rest),
        // The previous format.
        kind @ 3..6 => check_record(KINDS[usize::from(kind - 3)], &[&[1], rest].concat()),
        // The current format, with a valid digest.
        kind @ 6..9 => check_record(KINDS[usize::from(kind - 6)], &format::record(kind - 5, 7, 0, rest)),
        9 => drop(search(rest)),
        10 | 11 => search_among_others(&mut Unstructured::new(rest)).unwrap_or_default(),
        12 => check_changes(rest),
        _ => check_written_changes(&mut Unstructured::new(rest)).unwrap_or_default(),
    }
}

/// Checks that a record keeps its content when it is written again.
fn check_record(of: RecordOf, bytes: &[u8]) {
    let Some((content, rewritten)) = testing::record(of, bytes) else { return };
    let (content_again, rewritten_again) = testing::record(of, &rewritten).expect("a rewritten record is readable");
    assert_eq!(content_again, content);
    assert_eq!(rewritten_again, rewritten);
    assert_eq!(
        testing::records(&rewritten),
        std::slice::from_ref(&(0..rewritten.len())),
        "a repair finds a record of the journal"
    );
}

/// Records in these bytes, found within the time limit.
fn search(bytes: &[u8]) -> Vec<Range<usize>> {
    let started = Instant::now();
    let found = testing::records(bytes);
    assert!(started.elapsed() < TIME_LIMIT, "the search took {:?}", started.elapsed());
    for (one, next) in found.iter().zip(found.iter().skip(1)) {
        assert!(one.end <= next.start, "{one:?} and {next:?}");
    }
    for range in &found {
        let record = &bytes[range.clone()];
        assert_eq!(
            testing::records(record),
            std::slice::from_ref(&(0..record.len())),
            "the record at {range:?}, by itself"
        );
    }
    found
}

/// Checks that a record is found whatever surrounds it, unless it is inside another one.
fn search_among_others(input: &mut Unstructured<'_>) -> Result<()> {
    let (mut bytes, mut records) = (Vec::new(), Vec::new());
    for _ in 0..input.int_in_range(1..=6)? {
        if input.arbitrary()? {
            let json = json(input)?;
            let record = format::record(input.int_in_range(1..=3)?, input.arbitrary()?, input.arbitrary()?, &json);
            let begin = bytes.len();
            // JSON claimed by a header before it is cut off here.
            bytes.extend(&record);
            records.push(begin..bytes.len());
        } else {
            let length = input.int_in_range(0..=80)?;
            let noise = input.bytes(length)?;
            // A matching digest by chance is ruled out.
            bytes.extend(noise);
        }
    }
    let found = search(&bytes);
    assert_eq!(found, records, "in b\"{}\"", bytes.escape_ascii());
    Ok(())
}

/// JSON as written by serde_json: a string, the kind of value that can hold any text.
fn json(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let length = input.int_in_range(0..=60)?;
    let text = String::from_utf8_lossy(input.bytes(length)?).into_owned();
    Ok(serde_json::to_vec(&[text]).unwrap())
}

/// Checks that decoded changes encode to the same bytes.
fn check_changes(bytes: &[u8]) {
    if let Some(encoded) = testing::changes(bytes) {
        assert_eq!(encoded, bytes);
    }
}

/// Checks that changes in the log's format are decoded.
fn check_written_changes(input: &mut Unstructured<'_>) -> Result<()> {
    let mut bytes = Vec::new();
    let mut is_valid = true;
    for _ in 0..input.int_in_range(1..=4)? {
        is_valid &= append_change(input, &mut bytes)?;
    }
    assert_eq!(testing::changes(&bytes), is_valid.then_some(bytes));
    Ok(())
}

/// Appends a change. Returns whether its write's history has numbers for all of its events.
fn append_change(input: &mut Unstructured<'_>, out: &mut Vec<u8>) -> Result<bool> {
    let number = |input: &mut Unstructured<'_>| -> Result<u64> {
        Ok(match input.int_in_range(0..=3)? {
            0 => input.arbitrary()?,
            1 => u64::MAX - input.int_in_range(0..=2)?,
            _ => input.int_in_range(0..=9)?,
        })
    };
    for _ in 0..3 {
        out.extend(number(input)?.to_le_bytes());
    }
    let has_intent: bool = input.arbitrary()?;
    out.push(u8::from(has_intent));
    for _ in 0..2 * u8::from(has_intent) {
        text(input, out)?;
    }
    let rows: u64 = input.int_in_range(0..=2)?;
    out.extend(rows.to_le_bytes());
    for _ in 0..2 * rows {
        text(input, out)?;
    }
    text(input, out)?;
    let first: u32 =
        if input.ratio(1, 4)? { u32::MAX - input.int_in_range(0..=2)? } else { input.int_in_range(0..=9)? };
    out.extend(first.to_le_bytes());
    let events: u32 = input.int_in_range(0..=3)?;
    out.extend(u64::from(events).to_le_bytes());
    for _ in 0..events {
        text(input, out)?;
    }
    let reopens: bool = input.arbitrary()?;
    out.push(u8::from(reopens));
    if reopens {
        out.extend(number(input)?.to_le_bytes());
    }
    match input.int_in_range(0..=2)? {
        0 => out.extend([2, 0]),
        1 => out.extend([&[2, 3][..], &number(input)?.to_le_bytes()].concat()),
        _ => out.extend([&[4][..], &number(input)?.to_le_bytes()].concat()),
    }
    Ok(first.checked_add(events).is_some())
}

fn text(input: &mut Unstructured<'_>, out: &mut Vec<u8>) -> Result<()> {
    let length = input.int_in_range(0..=12_usize)?;
    let text = input.bytes(length)?;
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text);
    Ok(())
}

const INTENTS: [&str; 3] = [
    r#"{"application":"f36483edacb96bf77c79cdb75d2d62d0","account":"traced","provider":"traced","operation":"transfer","write":{"transfer":{"reference":"applied","from-warehouse":"here","to-warehouse":"there","stage":"draft","granularity":"by-item","notice":"silent","lines":[{"sku":"daj1","quantity":"10","condition":null,"batch":null,"expiry":null,"remark":null,"extras":{}}],"remark":null,"extras":{"n":1.50}}}}"#,
    r#"{"application":"0","account":"a","provider":"p","operation":"adjust.count","asked-by":"ana","trace":"00-1-2-01","origins":["https://a.example"],"write":{"adjust":{"reference":"r","warehouse":"w","adjustment":{"count":[{"sku":"s","counted":"3.5"}]}}}}"#,
    r#"{"application":"1","account":"a","provider":"p","operation":"occupy","write":{"occupy":{"reference":"r","document":"d","reason":{"other":"x"},"warehouse":"w","lines":[{"sku":"s","quantity":"1"}]}}}"#,
];

const STATUSES: [&str; 4] = [
    r#"{"state":"sending","terms":{"repetition":"blind","methods":["writes"]},"connector":"03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a","key":"applied","first-sent":"2026-11-22T12:25:13.761Z","last-sent":"2026-11-22T12:25:13.761Z","sendings":1,"lookups":0,"since":"2026-11-22T12:25:13.761Z","events":2}"#,
    r#"{"state":{"applied":{"receipt":{"reference":"applied","document":"D1","progress":"done","failed":[],"repeated":false,"extras":{}},"by":{"person":{"by":"ana","note":"seen"}}}},"terms":{"repetition":{"deduplicated":{"secs":600,"nanos":0}},"methods":[]},"connector":"03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a","key":null,"first-sent":"2026-11-22T12:25:13.761Z","last-sent":"2026-11-22T12:25:13.761Z","first-sent-boot":{"boot":1,"at":2},"last-sent-boot":{"boot":1,"at":2},"send-limit":{"within":1000},"sendings":1,"lookups":0,"since":"2026-11-22T12:25:13.762Z","events":4,"story":{"bytes":9,"cut":1},"first-sent-age":5,"since-age":6,"epoch":1}"#,
    r#"{"state":{"unknown":{"failure":{"code":"provider.unavailable","class":"unavailable","message":"broke","provider":{"account":"traced","class":"unavailable","path":null,"provider-code":null,"provider-message":null,"message":"broke","retry-after":null,"limited-method":null,"extras":{}}},"next":{"look-up":{"at":"2026-11-22T12:25:13.785Z"}}}},"terms":{"repetition":{"traceable":{"secs":86400,"nanos":0}},"methods":["m"]},"connector":"03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a","key":"k","first-sent":"2026-11-22T12:25:13.764Z","last-sent":"2026-11-22T12:25:13.764Z","send-limit":"over","sendings":1,"lookups":0,"since":"2026-11-22T12:25:13.765Z","events":5}"#,
    r#"{"state":{"not-applied":{"failure":{"code":"provider.rejected","class":"rejected","message":"no"},"by":"nothing-sent"}},"terms":{"repetition":"blind","methods":["writes"]},"connector":"03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a","key":null,"first-sent":"2026-11-22T12:25:13.763Z","last-sent":"2026-11-22T12:25:13.763Z","send-limit":"unbounded","sendings":1,"lookups":0,"since":"2026-11-22T12:25:13.764Z","events":4}"#,
];

const EVENTS: [&str; 6] = [
    r#"{"at":"2026-11-22T12:25:13.761Z","what":{"requested":{"carried-write":true,"method":"POST","url":"http://127.0.0.1:33589/writes?app=demo-app","headers":[["content-type","application/json"]],"body":{"text":"{\"lines\":1}"}}}}"#,
    r#"{"at":"2026-11-22T12:25:13.761Z","what":{"intended":{"connector":"03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a03df90f993a2be9a","key":"applied"}}}"#,
    r#"{"at":"2026-11-22T12:25:13.762Z","what":{"answered":{"response":{"status":200,"headers":[["content-length","34"]],"body":{"text":"{}","cut-from":300000}}}}}"#,
    r#"{"at":"2026-11-22T12:25:13.765Z","what":{"answered":{"nothing":{"sent":true,"reason":"the connection broke"}}}}"#,
    r#"{"at":"2026-11-22T12:25:13.787Z","what":{"planned":{"next":{"person":{"why":"look for it"}}}}}"#,
    r#"{"at":"2026-11-22T12:25:13.795Z","what":{"settled":{"applied":true,"by":"ana","note":"seen","document":"D1"}}}"#,
];

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (kind, (of, texts)) in KINDS.into_iter().zip([&INTENTS[..], &STATUSES, &EVENTS]).enumerate() {
        for (place, text) in texts.iter().enumerate() {
            let (text, kind) = (text.as_bytes(), u8::try_from(kind).unwrap());
            let record = format::record(kind + 1, 7, u32::try_from(place).unwrap(), text);
            assert!(testing::record(of, &record).is_some(), "{}", text.escape_ascii());
            seeds.push([&[kind], record.as_slice()].concat());
            seeds.push([&[kind + 3], text].concat());
            seeds.push([&[kind + 6], text].concat());
            seeds.push([&[9, 2, 2, 1], record.as_slice(), &record[..20], &record].concat());
        }
    }
    for kind in 10..16 {
        seeds.push([&[kind], (0..200).collect::<Vec<u8>>().as_slice()].concat());
        seeds.push([&[kind], (0..200).rev().collect::<Vec<u8>>().as_slice()].concat());
        seeds.push([[kind].as_slice(), &[1; 200]].concat());
    }
    let mut change = vec![12];
    [1_u64, 7, 1_700_000_000_123].iter().for_each(|number| change.extend(number.to_le_bytes()));
    change.extend([1, 4, 0, 0, 0, 0, 0, 0, 0, b'n', b'a', b'm', b'e', 1, 0, 0, 0, 0, 0, 0, 0, b'i']);
    change.extend([0; 8]);
    change.extend([
        1, 0, 0, 0, 0, 0, 0, 0, b's', 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, b'e', 0, 2, 0,
    ]);
    assert!(testing::changes(&change[1..]).is_some());
    seeds.push(change);
    seeds
}
