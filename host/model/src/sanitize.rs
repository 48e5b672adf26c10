//! Foreign text on one line: a connector's or provider's text cannot pass for two lines, or for somebody else's, in a log or
//! on a terminal.

/// Escapes every character that breaks a line, controls a terminal, changes the text direction or is invisible; cuts a text
/// that would be longer than `max_bytes`, and marks the cut.
pub fn one_line(text: &str, max_bytes: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max_bytes));
    for c in text.chars() {
        let before = line.len();
        if disturbs(c) {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
        if line.len() > max_bytes {
            line.truncate(before);
            line.push('…');
            break;
        }
    }
    line
}

/// Whether a character is unsafe to print: it breaks a line, controls a terminal, changes the text direction, or is
/// invisible.
#[doc(hidden)]
#[must_use]
pub fn disturbs(c: char) -> bool {
    c.is_control() || FORMATTING.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Unicode's line and paragraph separators and all of its format characters (`Cf`, Unicode 17), including the unassigned code
/// points between those of the block at U+2060.
const FORMATTING: [(char, char); 20] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_line_cannot_be_broken_or_turned_and_is_cut_with_a_mark() {
        assert_eq!(one_line("a\nb\u{1b}[31m", 99), "a\\u{a}b\\u{1b}[31m");
        assert_eq!(one_line("a\u{2028}b\u{202e}c货", 99), "a\\u{2028}b\\u{202e}c货");
        assert_eq!(one_line("a\u{61c}b\u{2029}c\u{e0041}d\u{ad}", 99), "a\\u{61c}b\\u{2029}c\\u{e0041}d\\u{ad}");
        assert_eq!(one_line("仓库 ✓ ä é 😀", 99), "仓库 ✓ ä é 😀");
        assert_eq!(one_line("abc", 2), "ab…");
        assert_eq!(one_line("abc", 3), "abc");
        assert_eq!(one_line("ab\n", 6), "ab…");
        assert_eq!(one_line("a货", 3), "a…");
    }
}
