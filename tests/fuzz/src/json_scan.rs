//! Any bytes as JSON: the scan that both sides of the boundary read with takes a text where serde_json does, and reads the
//! same values in it.
//!
//! The scan is taken three ways: over a whole value, step by step into it, and with each value passed as it stands. What the
//! two differ in on purpose is left out: the scan looks at no surrogates and no sizes of numbers, which are the matter of who
//! unescapes a string or takes a number, and it stops at a depth of its own.

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

/// How deep serde_json reads values into each other.
const SERDE_READS: usize = 127;
/// How deep the scan goes.
const SCAN_READS: usize = 128;

fn run(data: &[u8]) {
    // A provider's answer that is no text is refused before anybody scans it.
    let Ok(text) = std::str::from_utf8(data) else { return };
    let depth = depth(text);
    let mut scan = Scan::new(text);
    let valid = is_value(text);
    // Deserialising a raw value looks at the grammar alone, and as deep as it goes.
    let valid_to_serde = serde_json::from_str::<&RawValue>(text).is_ok();
    assert_eq!(valid, valid_to_serde && depth <= SCAN_READS, "nested {depth} deep");
    let stepped = stepped(&mut scan).filter(|()| scan.is_at_end());
    assert_eq!(stepped.is_some(), valid, "step by step and at once");
    if valid {
        holds_its_own_text(text);
    }
    if depth <= SERDE_READS {
        let mut scan = Scan::new(text);
        let value = value(&mut scan).filter(|_| scan.is_at_end());
        assert_eq!(value, serde_json::from_str(text).ok());
    }
}

/// How deep the brackets outside of strings stand in each other, at the most. What is no JSON has some depth too.
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

/// Steps into everything there is, and takes no value.
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

/// The next value, with each scalar in it read by serde_json.
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

/// A string's text, which is what stands between its quotes where nothing in it is escaped, and nowhere else.
fn text_of(quoted: Quoted<'_>) -> Option<String> {
    let read: String = serde_json::from_str(quoted.text()).ok()?;
    assert_eq!(quoted.plain(), (!quoted.text().contains('\\')).then_some(read.as_str()));
    Some(read)
}

/// What is taken as it stands is the text's own, without the spaces around it.
fn holds_its_own_text(text: &str) {
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
    // As deep as each goes, and one deeper.
    for depth in [SERDE_READS, SCAN_READS, SCAN_READS + 1] {
        seeds.push(format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes());
        seeds.push(format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)).into_bytes());
    }
    seeds
}
