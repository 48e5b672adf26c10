//! Names that are close to one that is not there.

/// The most names that are told.
const MOST: usize = 10;
/// The longest name that is compared, in characters: the time for it grows with the square.
const LONGEST: usize = 100;

/// What there is in place of a name that is not: at most ten, the closest first.
pub(crate) fn instead(name: &str, known: &[String]) -> String {
    let mut sorted: Vec<_> = known.iter().map(|each| (distance(name, each), each)).collect();
    sorted.sort();
    let told: Vec<_> = sorted.iter().take(MOST).map(|(_, each)| format!("`{each}`")).collect();
    match known.len().saturating_sub(told.len()) {
        _ if told.is_empty() => "none".to_owned(),
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}

/// How many characters have to be changed, added, taken away or exchanged with the next to come from one to the other.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| -> Vec<char> { text.to_lowercase().chars().take(LONGEST).collect() };
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
        let known = ["shop-eu", "main-wms", "Main-wsm", "warehouse"].map(str::to_owned);
        assert_eq!(instead("main-wsm", &known), "`Main-wsm`, `main-wms`, `shop-eu`, `warehouse`");
        let many: Vec<_> = (0..500).map(|number| format!("account-{number:03}")).collect();
        let told = instead("acount-007", &many);
        assert!(told.starts_with("`account-007`, ") && told.ends_with(" and 490 more"), "{told}");
        assert_eq!(told.matches('`').count(), 20);
        assert_eq!(instead("a", &[]), "none");
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
