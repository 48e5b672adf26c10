//! Texts of others on one line: what a connector or a provider says cannot pretend to be two lines, or somebody else's, in a
//! log or on a terminal.

/// The text with every character escaped that breaks a line, controls a terminal, turns the direction of a text or hides
/// in it; cut where it would be longer than so many bytes, with a mark.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::with_capacity(text.len().min(longest));
    for c in text.chars() {
        let before = line.len();
        if disturbs(c) {
            line.extend(c.escape_unicode());
        } else {
            line.push(c);
        }
        if line.len() > longest {
            line.truncate(before);
            line.push('…');
            break;
        }
    }
    line
}

fn disturbs(c: char) -> bool {
    let formatting =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    c.is_control() || formatting
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_line_cannot_be_broken_or_turned_and_is_cut_with_a_mark() {
        assert_eq!(one_line("a\nb\u{1b}[31m", 99), "a\\u{a}b\\u{1b}[31m");
        assert_eq!(one_line("a\u{2028}b\u{202e}c货", 99), "a\\u{2028}b\\u{202e}c货");
        assert_eq!(one_line("abc", 2), "ab…");
        assert_eq!(one_line("abc", 3), "abc");
        assert_eq!(one_line("ab\n", 6), "ab…");
        assert_eq!(one_line("a货", 3), "a…");
    }
}
