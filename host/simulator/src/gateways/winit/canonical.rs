//! The text of `data` that Winit signs: the server's serialisation of the JSON that it parsed.

use crate::json::Json;

/// Compact, keys sorted at every level, null members left out, non-ASCII raw. The format of numbers is not established:
/// they keep the digits received.
pub(super) fn canonical(value: &Json) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let kept = members.iter().filter(|(_, value)| *value != Json::Null);
            let mut members: Vec<_> = kept.map(|(name, value)| (name.clone(), sorted(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Json::Object(members)
        }
        Json::Array(elements) => Json::Array(elements.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_nulls_left_out_and_digits_kept() {
        let data = r#"{ "b": {"d": 1.50, "c": "是"}, "a": "", "n": null, "l": [ {"z": 1, "y": null} ] }"#;
        let text = r#"{"a":"","b":{"c":"是","d":1.50},"l":[{"z":1}]}"#;
        assert_eq!(canonical(&Json::parse(data).unwrap()), text);
    }
}
