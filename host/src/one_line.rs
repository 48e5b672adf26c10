//! Texts of others on one line: what a connector or a provider says cannot pretend to be two lines, or somebody else's, in a
//! log or on a terminal.

/// The text with every character escaped that breaks a line, controls a terminal, turns the direction of a text or hides
/// in it; cut after so many characters, with a mark.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let mut line: String = text
        .chars()
        .take(longest)
        .flat_map(|c| if disturbs(c) { c.escape_unicode().collect() } else { vec![c] })
        .collect();
    if text.chars().nth(longest).is_some() {
        line.push('…');
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
    }
}
