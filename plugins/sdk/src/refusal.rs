//! Meaning of a provider's refusal for a write that was sent: not applied, or outcome unknown.
//!
//! *Not applied* needs an established refusal: a text of [`words`](stockbridge_words), or a code of a step before the
//! service that carries writes out. Texts about trouble, a repeat or something already done take precedence over both. A
//! query fails with the same classes.

pub use stockbridge_words::{Kind, Text, wangdiantong};
use stockbridge_words::{Says, normal, said, signs};

use crate::json;
use crate::object::Object;
use crate::{Error, ErrorClass, WriteFailure};

/// A provider's refusal.
#[derive(Clone, Copy, Debug, Default)]
pub struct No<'a> {
    /// Its codes: a name such as `isv.data-duplicate-error` shows a repeat as a text does.
    pub codes: &'a [&'a str],
    /// Its messages, from anywhere in the answer.
    pub words: &'a [&'a str],
    /// The provider's established refusal texts, in addition to the general ones.
    pub texts: &'a [&'a [Text]],
    /// The class of a code that is established as a refusal: it belongs to a step before the service, or is documented.
    pub by_code: Option<ErrorClass>,
}

/// Whether a write may have been carried out.
pub type Outcome = fn(Error) -> WriteFailure;

impl No<'_> {
    /// The class, and the outcome of a write that was sent.
    #[must_use]
    pub fn meaning(&self) -> (ErrorClass, Outcome) {
        const NOT_APPLIED: Outcome = WriteFailure::NotApplied;
        const UNKNOWN: Outcome = WriteFailure::Unknown;
        let code_shows = |sign: fn(&str) -> bool| self.codes.iter().any(|code| sign(&normal(code)));
        let says = match said(self.words, self.texts) {
            _ if code_shows(signs::is_trouble) => Says::Trouble,
            Says::Trouble => Says::Trouble,
            _ if code_shows(signs::is_repeat) => Says::Repeat,
            other => other,
        };
        match (says, self.by_code) {
            (Says::Trouble, _) => (ErrorClass::Unavailable, UNKNOWN),
            (Says::Repeat | Says::Done, _) => (ErrorClass::Rejected, UNKNOWN),
            (Says::Limit, Some(_)) => (ErrorClass::RateLimited, NOT_APPLIED),
            (Says::Limit, None) => (ErrorClass::RateLimited, UNKNOWN),
            (Says::Refusal(kind), _) => (kind.into(), NOT_APPLIED),
            (Says::Nothing, Some(class)) => (class, NOT_APPLIED),
            (Says::Nothing, None) => (ErrorClass::Rejected, UNKNOWN),
        }
    }
}

impl From<Kind> for ErrorClass {
    fn from(kind: Kind) -> ErrorClass {
        match kind {
            Kind::InvalidRequest => ErrorClass::InvalidRequest,
            Kind::Unauthorized => ErrorClass::Unauthorized,
            Kind::Forbidden => ErrorClass::Forbidden,
            Kind::NotFound => ErrorClass::NotFound,
            Kind::Rejected => ErrorClass::Rejected,
            Kind::RateLimited => ErrorClass::RateLimited,
        }
    }
}

/// Names of the members in which an object gives its reason.
const REASON_MEMBERS: [&str; 6] = ["message", "msg", "error_msg", "errorMsg", "error_message", "errorMessage"];

/// The messages in the place of an answer's data: a text, or an object's reasons.
#[must_use]
pub fn words_of_data(json: &str) -> Vec<String> {
    let words = match json.as_bytes().first() {
        Some(b'"') => json::words(json).into_iter().collect(),
        Some(b'{') => json::read::<Object<()>>(json).map_or_else(
            |_| Vec::new(),
            |object| {
                let why = object.others.iter().filter(|(name, _)| REASON_MEMBERS.contains(&name.as_str()));
                why.filter_map(|(_, json)| json::words(json).ok()).collect()
            },
        ),
        _ => Vec::new(),
    };
    words.into_iter().filter(|words: &String| !words.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(no: No<'_>) -> (ErrorClass, bool) {
        let (class, outcome) = no.meaning();
        (class, matches!(outcome(Error::new(class, "")), WriteFailure::NotApplied(_)))
    }

    #[test]
    fn words_of_trouble_and_of_a_repeat_come_before_any_code_and_any_refusal() {
        let by_code = Some(ErrorClass::Unauthorized);
        for (no, class, not_applied) in [
            (No { words: &["验证失败"], by_code, ..No::default() }, ErrorClass::Unauthorized, true),
            (No { words: &["校验超时"], by_code, ..No::default() }, ErrorClass::Unavailable, false),
            (No { words: &["仓库不存在", "系统异常"], ..No::default() }, ErrorClass::Unavailable, false),
            (No { words: &["仓库不存在"], ..No::default() }, ErrorClass::NotFound, true),
            (
                No { words: &["仓库不存在"], codes: &["isv.data-duplicate-error"], ..No::default() },
                ErrorClass::Rejected,
                false,
            ),
            (No { words: &["仓库不存在"], codes: &["SYSTEM_ERROR"], ..No::default() }, ErrorClass::Unavailable, false),
            (No { words: &["频率超限"], ..No::default() }, ErrorClass::RateLimited, false),
            (No { words: &["频率超限"], by_code, ..No::default() }, ErrorClass::RateLimited, true),
            (No { words: &[""], ..No::default() }, ErrorClass::Rejected, false),
        ] {
            assert_eq!(of(no), (class, not_applied), "{no:?}");
        }
    }

    #[test]
    fn words_are_found_where_data_should_be() {
        assert_eq!(words_of_data(r#""系统异常""#), ["系统异常"]);
        assert_eq!(words_of_data(r#"{"a":[1],"message":"未知错误","msg":null}"#), ["未知错误"]);
        for none in ["null", "[]", "{}", "\"\"", "7", r#"{"other":"x"}"#] {
            assert_eq!(words_of_data(none), [""; 0], "{none}");
        }
    }
}
