//! Texts with variable codes: `*` stands for a code.

use crate::normal;

/// Maximum number of characters that a `*` stands for.
const MAX_VALUE: usize = 100;

/// Whether this is the text of a page, in which a `*` stands for a value: a code, a figure, a time or a field's name. Other
/// words in its place may change the meaning of the text.
#[must_use]
pub fn is_text(pattern: &str, words: &str) -> bool {
    matches(&normal(pattern), &normal(words), is_value)
}

/// One word of ASCII, or several with a digit in each, such as `2023/02/06 17:59:19`.
fn is_value(gap: &str) -> bool {
    let parts: Vec<&str> = gap.split_whitespace().collect();
    let is_part = |part: &&str| {
        part.chars().all(|character| is_of_a_code(character) || ":\"'()[]+".contains(character))
            && (parts.len() == 1 || part.chars().any(|character| character.is_ascii_digit()))
    };
    !parts.is_empty() && parts.iter().all(is_part)
}

/// Whether this is the text that an operator configured, in which a `*` stands only for digits and codes: anything else
/// there may change the meaning.
#[must_use]
pub fn is_written_down(pattern: &str, words: &str) -> bool {
    matches(&normal(pattern), &normal(words), |gap| gap.chars().all(is_of_a_code))
}

/// The text with a `*` for each of its numbers and codes, as an operator would configure it.
#[must_use]
pub fn written_down(words: &str) -> String {
    let mut pattern = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|character| !is_of_a_code(character)).unwrap_or(rest.len());
        let (code, after) = rest.split_at(length.max(if length == 0 { first.len_utf8() } else { 0 }));
        if code.chars().any(|character| character.is_ascii_digit()) {
            let inside = code.trim_matches(|character: char| !character.is_ascii_alphanumeric());
            let (before, behind) = code.split_once(inside).unwrap_or((code, ""));
            pattern.extend([before, "*", behind]);
        } else {
            pattern.push_str(code);
        }
        rest = after;
    }
    pattern
}

fn is_of_a_code(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '#')
}

fn matches(pattern: &str, words: &str, fits: impl Fn(&str) -> bool) -> bool {
    let fits = |gap: &str| !gap.is_empty() && gap.chars().count() <= MAX_VALUE && fits(gap);
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| words.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.strip_suffix(part).is_some_and(fits);
        }
        // The nearest occurrence that leaves something for the `*` before it.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let Some(place) = rest.get(first..).and_then(|beyond| beyond.find(part)).map(|place| place + first) else {
            return false;
        };
        let (gap, after) = rest.split_at(place);
        if !fits(gap) {
            return false;
        }
        rest = after.get(part.len()..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_what_differs_and_never_for_nothing() {
        for (pattern, words) in [
            ("仓库不存在", "仓库不存在"),
            ("商家编码:* 单品不存在", "商家编码：T-17/red  单品不存在"),
            ("Unparseable date: *", "unparseable date: 2023/02/06 17:59:19"),
            ("For input string: \"*\"", "for input string: \"1665\""),
            ("*must not be null", "remark must not be null"),
            ("仓库编号为 * 的仓库 * 无权限", "仓库编号为 A 的仓库 B 无权限"),
        ] {
            assert!(is_text(pattern, words), "{pattern} {words}");
        }
        for (pattern, words) in [
            ("仓库不存在", "仓库不存在了"),
            ("*不能为空", "不能为空"),
            ("a*b*c", "abc"),
            ("a*", &*"a".repeat(200)),
            ("仓库不存在 仓库编号: *", "仓库不存在 仓库编号: A17, 下游没有回应"),
            ("仓库不存在 仓库编号: *", "仓库不存在 仓库编号: A17 lost downstream"),
            ("商家编码:* 单品不存在", "商家编码:已入账 单品不存在"),
        ] {
            assert!(!is_text(pattern, words), "{pattern} {words}");
        }
    }

    #[test]
    fn what_an_operator_writes_down_has_codes_and_no_words_in_the_place_of_a_star() {
        assert!(is_written_down("商品*库存不足,可用:*", "商品liaowl1002库存不足，可用:3"));
        assert!(!is_written_down("商品*库存不足", "商品同步失败库存不足"));
        assert!(!is_written_down("*", "two words"));
    }

    #[test]
    fn a_text_is_written_down_with_a_star_for_each_code() {
        for (words, pattern) in [
            ("商品liaowl1002库存不足, 可用: 3.50。", "商品*库存不足, 可用: *。"),
            ("仓库不存在", "仓库不存在"),
            ("order A-17/2 is closed.", "order * is closed."),
            ("", ""),
        ] {
            assert_eq!(written_down(words), pattern);
            assert!(pattern.is_empty() || is_written_down(pattern, words), "{words}");
        }
    }
}
