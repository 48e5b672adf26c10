//! Winit's canonical JSON, in which `data` is signed: compact, keys sorted at every depth, null members omitted, empty
//! strings kept, and non-ASCII unescaped.
//!
//! The server parses the data and serialises it again before it verifies. The text made here is both signed and sent, so
//! both sides have the same one.

use serde::Serialize;
use serde_json::Value;
use stockbridge_connector::Refused;

/// The canonical text of `data`.
pub(crate) fn text(data: &impl Serialize) -> Result<String, Refused> {
    let value = serde_json::to_value(data).map_err(|error| Refused::internal(error.to_string()))?;
    let mut text = String::new();
    write(&mut text, &value);
    Ok(text)
}

fn write(text: &mut String, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().filter(|(_, value)| !value.is_null()).collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                separate(text, place);
                text.push_str(&stockbridge_connector::json::quoted(name));
                text.push(':');
                write(text, value);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                separate(text, place);
                write(text, item);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn separate(text: &mut String, place: usize) {
    if place > 0 {
        text.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_at_every_depth_and_null_members_left_out() {
        let data = json!({"b": [{"z": 1, "a": null, "Z": ""}, null], "a": {"名": "货/\"", "n": null}});
        assert_eq!(text(&data).unwrap(), r#"{"a":{"名":"货/\""},"b":[{"Z":"","z":1},null]}"#);
    }

    #[test]
    fn an_empty_object_stays_one() {
        assert_eq!(text(&json!({})).unwrap(), "{}");
        assert_eq!(text(&json!({"a": null})).unwrap(), "{}");
    }
}
