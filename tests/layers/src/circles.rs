//! Cycles in a graph of names.

use std::collections::{BTreeMap, BTreeSet};

/// Strongly connected groups of two or more names, the largest first.
#[must_use]
pub fn circles(arrows: &BTreeSet<(String, String)>) -> Vec<Vec<String>> {
    let names: BTreeSet<&String> = arrows.iter().flat_map(|(from, to)| [from, to]).collect();
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        names.iter().map(|name| (*name, reachable(arrows, name))).collect();
    let reaches = |from: &String, to: &String| reached.get(from).is_some_and(|all| all.contains(to));

    let mut found: Vec<Vec<String>> = Vec::new();
    for name in &names {
        if found.iter().flatten().any(|known| known == *name) {
            continue;
        }
        let group: Vec<String> = names
            .iter()
            .filter(|other| reaches(name, other) && reaches(other, name))
            .map(|name| (*name).clone())
            .collect();
        if group.len() > 1 {
            found.push(group);
        }
    }
    found.sort_by_key(|group| std::cmp::Reverse(group.len()));
    found
}

fn reachable<'arrows>(arrows: &'arrows BTreeSet<(String, String)>, from: &str) -> BTreeSet<&'arrows String> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(name) = open.pop() {
        let next = arrows.iter().filter(|(from, _)| from == name).map(|(_, to)| to);
        for to in next {
            if seen.insert(to) {
                open.push(to);
            }
        }
    }
    seen
}
