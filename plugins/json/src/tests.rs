//! Each way through a text, compared with serde_json's.

use serde_json::Value;

use super::*;

/// serde_json's result.
fn is_value_to_serde(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

/// The next value, read step by step.
fn stepped(scan: &mut Scan<'_>) -> Option<Value> {
    match scan.peek()? {
        b'{' => {
            scan.object()?;
            let mut object = serde_json::Map::new();
            let mut first = true;
            while let Some(name) = scan.member(first)? {
                object.insert(text_of(name)?, stepped(scan)?);
                first = false;
            }
            Some(object.into())
        }
        b'[' => {
            scan.list()?;
            let mut list = Vec::new();
            while scan.element(list.is_empty())? {
                list.push(stepped(scan)?);
            }
            Some(list.into())
        }
        b'"' => text_of(scan.string()?).map(Value::from),
        _ => serde_json::from_str(scan.value()?).ok(),
    }
}

fn text_of(quoted: Quoted<'_>) -> Option<String> {
    let read: String = serde_json::from_str(quoted.text()).ok()?;
    assert_eq!(quoted.plain(), (!quoted.text.contains('\\')).then_some(read.as_str()));
    Some(read)
}

/// Checks that both ways through a text agree with serde_json.
fn assert_agrees_with_serde_json(text: &str) {
    assert_eq!(is_value(text), is_value_to_serde(text), "{text}");
    let mut scan = Scan::new(text);
    let value = stepped(&mut scan).filter(|_| scan.is_at_end());
    assert_eq!(value, serde_json::from_str(text).ok(), "{text}");
}

#[test]
fn the_grammar_is_that_of_serde_json() {
    for text in [
        "",
        " ",
        "{}",
        "[]",
        "{ }",
        "[ ]",
        " {} ",
        "{}x",
        "{} {}",
        "null",
        "nul",
        "nullx",
        "true",
        "tru",
        "false",
        "falsy",
        "0",
        "-0",
        "-",
        "+1",
        "01",
        "1.",
        ".1",
        "1.5",
        "1e",
        "1e5",
        "1E+5",
        "1e-",
        "1.5e-7",
        "1e5.",
        "-x",
        "--1",
        "NaN",
        r#""""#,
        r#"""#,
        r#""a"#,
        r#""\n\u00e4\\\"\/""#,
        r#""\u00g0""#,
        r#""\u12""#,
        r#""\x""#,
        r#""\"#,
        "\"\n\"",
        "\"\u{1f}\"",
        "\"\u{7f}货\"",
        "'a'",
        "[1,2]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "]",
        "[1}",
        "[[[]]]",
        "[[],{},[{}]]",
        r#"{"a":1}"#,
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{a:1}"#,
        r#"{1:1}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":[1,{"b":null}]}"#,
        r#"{"a":1]"#,
        "{\"a\" :\t1\r\n, \"b\": [ true , false ] }",
        "\u{feff}{}",
        "\u{a0}1",
        "/**/1",
    ] {
        assert_agrees_with_serde_json(text);
    }
}

#[test]
fn one_changed_byte_is_judged_as_serde_json_judges_it() {
    let row = r#"{"spec_no":"WDT-7","stock_num":"55.0000","n":-1.50e+3,"t":[true,false,null,{}],"名":"\u65fa\n"}"#;
    assert!(is_value(row));
    for place in 0..row.len() {
        for byte in 0..=0x7f {
            let mut bytes = row.as_bytes().to_vec();
            bytes[place] = byte;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            assert_agrees_with_serde_json(&text);
        }
        if let Some(cut) = row.get(..place) {
            assert!(!is_value(cut), "{cut}");
        }
    }
}

#[test]
fn a_special_byte_is_found_at_every_place_of_a_string() {
    for length in 0..24 {
        for place in 0..length {
            for special in
                ["\"", "\\", "\\\"", "\\n", "\u{0}", "\u{1f}", " ", "\u{7f}", "\u{80}", "\u{ff}", "!", "#", "]"]
            {
                let text = format!("[\"{}{special}{}\", 1]", "x".repeat(place), "é".repeat(length - place));
                assert_agrees_with_serde_json(&text);
            }
        }
    }
}

#[test]
fn what_is_nested_deeper_than_parsers_read_is_refused() {
    assert!(is_value(&nested(128)));
    assert!(!is_value(&nested(129)));
    assert!(!is_value(&nested(100_000)));
    assert!(!is_value(&"{\"a\":".repeat(100_000)));
}

#[test]
fn what_was_stepped_into_counts_as_deep_as_what_is_passed() {
    for (inner, stepped) in [(28, true), (29, false)] {
        let text = nested(100 + inner);
        let mut scan = Scan::new(&text);
        (0..100).for_each(|_| {
            scan.list().unwrap();
            assert_eq!(scan.element(true), Some(true));
        });
        assert_eq!(scan.value().is_some(), stepped, "{inner}");
    }
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}
