//! JSON scan of arbitrary bytes: the scan, used on both sides of the boundary, accepts the same texts as serde_json and reads
//! the same values in them.
//!
//! The scan runs in three ways: over a whole value, step by step into it, and with each value taken verbatim. Deliberate
//! differences are excluded: the scan leaves surrogates and sizes of numbers to the code that unescapes a string or parses a
//! number, and it has its own depth limit.

use serde_json::Value;
use serde_json::value::RawValue;
use stockbridge_json::{Quoted, Scan, is_value};

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "json-scan",
    run,
    seeds,
    words: &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u",
        "\\u00e4",
        "\\ud83d\\ude00",
        "\\ud800",
        "null",
        "true",
        "false",
        "-0",
        "0.",
        "1e5",
        "E+",
        "e-7",
        "1e999",
        "{\"a\":",
        "[[",
        "]]",
        "{}",
        "[]",
        "\u{feff}",
        "\u{a0}",
        "\u{7f}",
        "货",
        "\t",
        "\r\n",
        " ",
    ],
};

/// Maximum nesting in serde_json.
const SERDE_DEPTH: usize = 127;
/// Maximum nesting in the scan.
const SCAN_DEPTH: usize = 128;

fn run(data: &[u8]) {
    // An answer that is not UTF-8 is refused before the scan.
    let Ok(text) = std::str::from_utf8(data) else { return };
    let depth = depth(text);
    let mut scan = Scan::new(text);
    let valid = is_value(text);
    // Deserialising a raw value checks the grammar alone, at any depth.
    let valid_for_serde = serde_json::from_str::<&RawValue>(text).is_ok();
    assert_eq!(valid, valid_for_serde && depth <= SCAN_DEPTH, "nested {depth} deep");
    let stepped = stepped(&mut scan).filter(|()| scan.is_at_end());
    assert_eq!(stepped.is_some(), valid, "stepping and a single pass differ");
    if valid {
        check_verbatim(text);
    }
    if depth <= SERDE_DEPTH {
        let mut scan = Scan::new(text);
        let value = value(&mut scan).filter(|_| scan.is_at_end());
        assert_eq!(value, serde_json::from_str(text).ok());
    }
}

/// Maximum nesting of brackets outside of strings, also of a text that is not JSON.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Steps into every list and object, without taking a value.
fn stepped(scan: &mut Scan<'_>) -> Option<()> {
    let mut open = Vec::new();
    loop {
        let mut ended = true;
        match scan.peek()? {
            b'{' => {
                scan.object()?;
                ended = scan.member(true)?.is_none();
                open.extend((!ended).then_some(b'{'));
            }
            b'[' => {
                scan.list()?;
                ended = !scan.element(true)?;
                open.extend((!ended).then_some(b'['));
            }
            b'"' => drop(scan.string()?),
            _ => scan.pass()?,
        }
        while ended {
            let Some(kind) = open.last() else { return Some(()) };
            ended = if *kind == b'{' { scan.member(false)?.is_none() } else { !scan.element(false)? };
            if ended {
                open.pop();
            }
        }
    }
}

/// Next value, with its scalars parsed by serde_json.
fn value(scan: &mut Scan<'_>) -> Option<Value> {
    match scan.peek()? {
        b'{' => {
            scan.object()?;
            let (mut object, mut first) = (serde_json::Map::new(), true);
            while let Some(name) = scan.member(first)? {
                object.insert(text_of(name)?, value(scan)?);
                first = false;
            }
            Some(object.into())
        }
        b'[' => {
            scan.list()?;
            let mut list = Vec::new();
            while scan.element(list.is_empty())? {
                list.push(value(scan)?);
            }
            Some(list.into())
        }
        b'"' => text_of(scan.string()?).map(Value::from),
        _ => serde_json::from_str(scan.value()?).ok(),
    }
}

/// Unescaped string. Checks that `plain` returns the text between the quotes if and only if it has no escape.
fn text_of(quoted: Quoted<'_>) -> Option<String> {
    let read: String = serde_json::from_str(quoted.text()).ok()?;
    assert_eq!(quoted.plain(), (!quoted.text().contains('\\')).then_some(read.as_str()));
    Some(read)
}

/// Checks that a value taken verbatim is the text without its surrounding spaces.
fn check_verbatim(text: &str) {
    let mut scan = Scan::new(text);
    let taken = scan.value().unwrap();
    assert_eq!(taken, text.trim_matches([' ', '\t', '\n', '\r']));
    assert!(is_value(taken));
    assert_eq!(text.get(..scan.place()).map(|passed| passed.trim_start_matches([' ', '\t', '\n', '\r'])), Some(taken));
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "null",
        "-1.50e+3",
        r#""\n\u00e4\\\"\/\ud83d\ude00""#,
        r#"{"spec_no":"WDT-7","stock_num":"55.0000","n":-1.50e+3,"t":[true,false,null,{}],"名":"\u65fa\n"}"#,
        "{\"a\" :\t1\r\n, \"b\": [ true , false ] , \"a\":{} }",
        r#"[[],{},[{}],"",0,-0,[[[[1]]]]]"#,
        r#"{"response":{"flag":"success","list":[{"q":10,"sku":"a-long-name-of-more-than-eight-bytes"}],"n":1.0}}"#,
        "{} {}",
        "[1,]",
        "\"\u{1f}\"",
    ];
    let mut seeds: Vec<Vec<u8>> = texts.map(|text| text.as_bytes().to_vec()).to_vec();
    // Both depth limits, and one level more.
    for depth in [SERDE_DEPTH, SCAN_DEPTH, SCAN_DEPTH + 1] {
        seeds.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes());
        seeds.push(format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)).into_bytes());
    }
    seeds
}
