//! What a provider's no means for a write that was sent: that it was refused, or that its outcome is unknown.
//!
//! *Not applied* needs a refusal that is established: a text of [`words`](stockbridge_words), or a code of a step before the
//! service that carries writes out. Words of trouble, of a repeat and of something that was done come before both. A query
//! fails by the same classes.

pub use stockbridge_words::{Kind, Text, wangdiantong};
use stockbridge_words::{Says, normal, said, signs};

use crate::json;
use crate::object::Object;
use crate::{Error, ErrorClass, WriteFailure};

/// A provider's no.
#[derive(Clone, Copy, Debug, Default)]
pub struct No<'a> {
    /// Its codes: a name such as `isv.data-duplicate-error` shows a repeat as words do.
    pub codes: &'a [&'a str],
    /// Its words, wherever they stand in the answer.
    pub words: &'a [&'a str],
    /// What the provider is known to refuse by, besides what is said of any order.
    pub texts: &'a [&'a [Text]],
    /// The class of a code that is established as a refusal: it belongs to a step before the service, or a page prints it.
    pub by_code: Option<ErrorClass>,
}

/// Whether a write may have been carried out.
pub type Outcome = fn(Error) -> WriteFailure;

impl No<'_> {
    /// What it is about, and what it says of a write that was sent.
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

/// Names under which an object says why.
const SAYS_WHY: [&str; 6] = ["message", "msg", "error_msg", "errorMsg", "error_message", "errorMessage"];

/// The words in what stands where an answer has its data: a text, or what an object says why.
#[must_use]
pub fn words_of_data(json: &str) -> Vec<String> {
    let words = match json.as_bytes().first() {
        Some(b'"') => json::words(json).into_iter().collect(),
        Some(b'{') => json::read::<Object<()>>(json).map_or_else(
            |_| Vec::new(),
            |object| {
                let why = object.others.iter().filter(|(name, _)| SAYS_WHY.contains(&name.as_str()));
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
