//! Texts by which a provider refuses orders, as an operator has established them.

use std::fmt;

use stockbridge_words::{normal, pattern, signs};

use stockbridge_journal::{WriteRecord, WriteState};

/// The operations that can be named: each, or all adjustments.
const OPERATIONS: [&str; 7] =
    ["transfer", "adjust", "adjust.unpack", "adjust.change-owner", "adjust.relabel", "adjust.count", "occupy"];
/// The longest text, in characters.
const LONGEST: usize = 500;

/// A text that says that a provider refused an order, where nothing published does.
///
/// It turns *unknown* into *not applied*: only for the answer to a first sending, with an HTTP status of 2xx, with this very
/// code and whole text; and never where the answer tells of trouble, of something that was done or of a repeat. In the text a
/// `*` stands for the digits and codes that differ from order to order.
///
/// ```
/// use stockbridge::RefusalRule;
///
/// let rule = RefusalRule::new("transfer", "100", "商品*不在可调拨范围")?;
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalRule {
    operation: String,
    code: String,
    text: String,
}

impl RefusalRule {
    /// Of an operation (`transfer`, `adjust.count`, `adjust` for all adjustments, `occupy`), with a provider's code and its
    /// whole text, of at most 500 characters.
    ///
    /// # Errors
    /// Why that establishes no refusal.
    pub fn new(
        operation: impl Into<String>,
        code: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<RefusalRule, String> {
        let rule = RefusalRule { operation: operation.into(), code: code.into(), text: text.into() };
        if !OPERATIONS.contains(&rule.operation.as_str()) {
            return Err(format!("`{}` is no operation: write one of {}", rule.operation, OPERATIONS.join(", ")));
        }
        if rule.code.trim().is_empty() {
            return Err("it has no code: write the provider's".to_owned());
        }
        let words = normal(&rule.text);
        if !words.chars().any(char::is_alphabetic) || words.chars().count() > LONGEST {
            return Err(format!("its text has to have words, and at most {LONGEST} characters"));
        }
        doubt(&rule.text).map_or(Ok(rule), |doubt| Err(format!("its text tells {doubt}, and proves no refusal")))
    }

    /// The rule by which an answer like this write's would be known as a refusal from now on, if one can be: its provider said
    /// why, under a code of its own, and nothing that leaves a doubt.
    #[must_use]
    pub fn suggested_by(write: &WriteRecord) -> Option<RefusalRule> {
        let WriteState::Unknown { failure, .. } = &write.state else { return None };
        let said = failure.provider.as_ref()?;
        let text = pattern::written_down(said.provider_message.as_deref()?.trim());
        if others(&said.extras).any(|words| doubt(&words).is_some()) {
            return None;
        }
        RefusalRule::new(write.operation.as_str(), said.provider_code.as_deref()?, text).ok()
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The provider's code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The provider's whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is about this operation, and such an answer.
    pub(crate) fn covers(&self, operation: &str, code: &str, words: &str) -> bool {
        let is_of =
            operation.strip_prefix(&self.operation).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        is_of && self.code == code && pattern::is_written_down(&self.text, words)
    }
}

/// The line of a configuration.
impl fmt::Display for RefusalRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "config-file")]
        let quoted = |text: &str| toml::Value::from(text).to_string();
        #[cfg(not(feature = "config-file"))]
        let quoted = |text: &str| format!("{text:?}");
        let RefusalRule { operation, code, text } = self;
        write!(
            formatter,
            "refusals = [{{ operation = {}, code = {}, text = {} }}]",
            quoted(operation),
            quoted(code),
            quoted(text)
        )
    }
}

/// What else an answer said, as text.
fn others(extras: &stockbridge_model::Extras) -> impl Iterator<Item = String> + '_ {
    extras.iter().map(|(_, value)| value.to_string())
}

/// What words tell of that leaves a refusal in doubt.
pub(crate) fn doubt(words: &str) -> Option<&'static str> {
    let words = normal(words);
    match &*words {
        words if signs::is_trouble(words) => Some("of trouble at the provider"),
        words if signs::is_repeat(words) => Some("of a repeat"),
        words if signs::is_done(words) => Some("of something that was done"),
        words if signs::is_limit(words) => Some("of a limit"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_covers_the_whole_text_of_its_operation_and_code() {
        let rule = RefusalRule::new("adjust", "9", "商品*不在盘点范围").unwrap();
        assert!(rule.covers("adjust.count", "9", "商品A-17不在盘点范围"));
        assert!(rule.covers("adjust.relabel", "9", "商品７不在盘点范围"));
        for (operation, code, words) in [
            ("transfer", "9", "商品A17不在盘点范围"),
            ("adjust.count", "10", "商品A17不在盘点范围"),
            ("adjust.count", "9", "商品A17不在盘点范围, 已跳过"),
            ("adjust.count", "9", "商品不在盘点范围"),
            ("adjustment", "9", "商品A17不在盘点范围"),
        ] {
            assert!(!rule.covers(operation, code, words), "{operation} {code} {words}");
        }
    }

    #[test]
    fn what_leaves_a_doubt_is_no_rule() {
        for (operation, code, text, problem) in [
            ("query", "1", "不行", "is no operation"),
            ("transfer", " ", "不行", "has no code"),
            ("transfer", "1", "*", "has to have words"),
            ("transfer", "1", "", "has to have words"),
            ("transfer", "1", "系统异常", "tells of trouble"),
            ("transfer", "1", "外部单号重复", "tells of a repeat"),
            ("transfer", "1", "部分商品已处理", "tells of something that was done"),
            ("transfer", "1", "请求过于频繁", "tells of a limit"),
        ] {
            let told = RefusalRule::new(operation, code, text).unwrap_err();
            assert!(told.contains(problem), "{told}");
        }
    }

    #[test]
    fn a_rule_is_written_as_a_line_of_a_configuration() {
        let rule = RefusalRule::new("transfer", "100", "商品\"*\"不行").unwrap();
        assert_eq!(rule.to_string(), r#"refusals = [{ operation = "transfer", code = "100", text = '商品"*"不行' }]"#);
    }
}
