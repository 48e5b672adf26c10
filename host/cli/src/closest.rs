//! Suggestions for a name that does not exist: the names closest to it.

/// Maximum number of names listed.
const MAX_NAMES: usize = 10;
/// Longest name that is compared, in characters: the cost grows with the square.
const MAX_COMPARED: usize = 100;

/// Existing names to suggest in place of one that does not exist: at most ten, the closest first.
pub(crate) fn alternatives(name: &str, names: &[String]) -> String {
    let mut sorted: Vec<_> = names.iter().map(|each| (distance(name, each), each)).collect();
    sorted.sort();
    let listed: Vec<_> = sorted.iter().take(MAX_NAMES).map(|(_, each)| format!("`{each}`")).collect();
    match names.len().saturating_sub(listed.len()) {
        _ if listed.is_empty() => "none".to_owned(),
        0 => listed.join(", "),
        more => format!("{} and {more} more", listed.join(", ")),
    }
}

/// Edit distance: the number of characters to change, insert, delete or swap with the next one.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| -> Vec<char> { text.to_lowercase().chars().take(MAX_COMPARED).collect() };
    let (one, other) = (letters(one), letters(other));
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, its) in other.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&last, column) + usize::from(letter != its);
            let mut least = changed.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let exchanged =
                row > 0 && column > 0 && one.get(row - 1) == Some(its) && other.get(column - 1) == Some(letter);
            if exchanged {
                least = least.min(at(&before_last, column - 1) + 1);
            }
            current.push(least);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_ten_names_are_told_the_closest_first() {
        let names = ["shop-eu", "main-wms", "Main-wsm", "warehouse"].map(str::to_owned);
        assert_eq!(alternatives("main-wsm", &names), "`Main-wsm`, `main-wms`, `shop-eu`, `warehouse`");
        let many: Vec<_> = (0..500).map(|number| format!("account-{number:03}")).collect();
        let listed = alternatives("acount-007", &many);
        assert!(listed.starts_with("`account-007`, ") && listed.ends_with(" and 490 more"), "{listed}");
        assert_eq!(listed.matches('`').count(), 20);
        assert_eq!(alternatives("a", &[]), "none");
    }

    #[test]
    fn a_distance_counts_what_has_to_be_changed() {
        for (one, other, changes) in
            [("", "", 0), ("", "abc", 3), ("wsm", "wms", 1), ("kitten", "sitting", 3), ("A", "a", 0)]
        {
            assert_eq!(distance(one, other), changes, "{one} {other}");
        }
    }
}
