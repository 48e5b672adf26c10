//! JSON with another structure than the gateway documents, derived from its real answer.

use serde::Deserialize;

use crate::gateways::Answer;
use crate::json::Json;

/// How an answer differs from its documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// A list with the documented object in it.
    List,
    /// Without the member that reports success: `status`, `code`, or `success` at TOP.
    NoVerdict,
    /// With a wrong type inside: an object in place of the rows, in a query's answer; a list in place of the document, in a
    /// write's; and where the answer has neither, the verdict itself becomes a list.
    WrongInside,
}

impl Shape {
    /// The answer with this structure. An answer that is not JSON is unchanged.
    pub(super) fn of(self, answer: Answer) -> Answer {
        let Some(json) = std::str::from_utf8(&answer.body).ok().and_then(|text| Json::parse(text).ok()) else {
            return answer;
        };
        let misshapen = match self {
            Shape::List => Json::Array(vec![json]),
            Shape::NoVerdict => without_verdict(json),
            Shape::WrongInside => with_wrong_inside(json),
        };
        Answer { body: misshapen.to_string().into_bytes(), ..answer }
    }
}

/// The members that report success, at all gateways.
const VERDICTS: [&str; 3] = ["status", "code", "success"];

/// Removes the verdict from the outermost level that has one.
fn without_verdict(json: Json) -> Json {
    let Json::Object(mut members) = json else { return json };
    let before = members.len();
    members.retain(|(name, _)| !VERDICTS.contains(&name.as_str()));
    if members.len() == before {
        members = members.into_iter().map(|(name, value)| (name, without_verdict(value))).collect();
    }
    Json::Object(members)
}

fn with_wrong_inside(json: Json) -> Json {
    let Json::Object(mut members) = json else { return json };
    // The first change that applies is the only one.
    let _ = lists_become_objects(&mut members) || objects_become_lists(&mut members) || verdict_in_a_list(&mut members);
    Json::Object(members)
}

fn lists_become_objects(members: &mut [(String, Json)]) -> bool {
    let mut changed = false;
    for (_, value) in members {
        match value {
            // With names that are not numbers: PHP writes a list as an object with those, and an empty one as `{}`.
            Json::Array(elements) if !elements.is_empty() => {
                let named = std::mem::take(elements).into_iter().enumerate();
                *value = Json::Object(named.map(|(number, element)| (format!("row-{number}"), element)).collect());
                changed = true;
            }
            Json::Object(inner) => changed |= lists_become_objects(inner),
            _ => {}
        }
    }
    changed
}

fn objects_become_lists(members: &mut [(String, Json)]) -> bool {
    let mut changed = false;
    for (_, value) in members {
        if let Json::Object(inner) = value {
            *value = Json::Array(std::mem::take(inner).into_iter().map(|(_, value)| value).collect());
            changed = true;
        }
    }
    changed
}

fn verdict_in_a_list(members: &mut [(String, Json)]) -> bool {
    let verdict = members.iter_mut().find(|(name, _)| VERDICTS.contains(&name.as_str()));
    verdict.is_some_and(|(_, value)| {
        *value = Json::Array(vec![std::mem::replace(value, Json::Null)]);
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(shape: Shape, body: &str) -> String {
        String::from_utf8(shape.of(Answer::of("application/json", body.to_owned())).body).unwrap()
    }

    #[test]
    fn the_member_that_says_yes_or_no_is_taken_away_wherever_it_stands() {
        assert_eq!(shaped(Shape::NoVerdict, r#"{"status":0,"data":{"status":1}}"#), r#"{"data":{"status":1}}"#);
        assert_eq!(shaped(Shape::NoVerdict, r#"{"r":{"spi":{"success":true},"id":1}}"#), r#"{"r":{"spi":{},"id":1}}"#);
    }

    #[test]
    fn rows_a_document_or_the_verdict_are_of_another_type() {
        let rows = r#"{"code":0,"data":{"list":[{"a":[1]}]}}"#;
        assert_eq!(shaped(Shape::WrongInside, rows), r#"{"code":0,"data":{"list":{"row-0":{"a":[1]}}}}"#);
        assert_eq!(shaped(Shape::WrongInside, r#"{"code":0,"data":{"no":"1"}}"#), r#"{"code":0,"data":["1"]}"#);
        assert_eq!(shaped(Shape::WrongInside, r#"{"code":0,"message":"ok"}"#), r#"{"code":[0],"message":"ok"}"#);
    }

    #[test]
    fn an_object_is_put_into_a_list_and_what_is_no_json_stays() {
        assert_eq!(shaped(Shape::List, r#"{"code":0}"#), r#"[{"code":0}]"#);
        assert_eq!(shaped(Shape::List, "<html>"), "<html>");
    }
}
