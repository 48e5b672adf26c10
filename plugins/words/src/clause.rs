//! Meaning of one text of an answer, clause by clause: a refusal, neutral, or not understood.
//!
//! A clause is understood only if it consists of nouns, predicates, codes and the few words that link them: so a refusal
//! inside a longer text with unknown words does not count.

use crate::refusals::{EMPTY, HINTS, LINKS, NEUTRAL, Of, PAIRS, Pairs};
use crate::{Kind, Text, pattern, signs};

/// Maximum number of words of letters only in a clause: an item's code may be one, and an English sentence has more.
const MAX_WORDS: usize = 1;
/// Maximum length of a field's name, in characters: as a path, `goods_list[0].spec_no`, and in Chinese.
const MAX_PATH: usize = 64;
const MAX_NAME: usize = 10;
/// Characters that occur in sentences and in no field's name.
const OF_A_SENTENCE: [char; 10] = ['没', '未', '无', '不', '被', '了', '已', '将', '后', '前'];

/// Meaning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Refusal(Kind),
    /// Neutral: it leaves the meaning of the others unchanged.
    Nothing,
    /// Not understood.
    Unread,
}

/// Meaning of a text in which no sign of doubt was found.
pub(crate) fn refusal(words: &str, texts: &[&[Text]]) -> Meaning {
    if let Some(kind) = whole(words, texts) {
        return Meaning::Refusal(kind);
    }
    if NEUTRAL.contains(&words) {
        return Meaning::Nothing;
    }
    if signs::is_of_the_system(words) {
        return Meaning::Unread;
    }
    let mut refusal = None;
    for clause in words.split(is_end).map(str::trim).filter(|clause| !clause.is_empty()) {
        match whole(clause, texts).or_else(|| pair(clause)).or_else(|| empty_field(clause)) {
            Some(kind) => refusal = refusal.or(Some(kind)),
            None if HINTS.iter().any(|hint| clause.starts_with(hint)) || is_figure(clause) => {}
            None => return Meaning::Unread,
        }
    }
    refusal.map_or(Meaning::Nothing, Meaning::Refusal)
}

fn whole(words: &str, texts: &[&[Text]]) -> Option<Kind> {
    texts.iter().copied().flatten().find(|text| pattern::is_text(text.text, words)).map(|text| text.kind)
}

/// A full stop does not end a clause: it occurs in figures.
fn is_end(character: char) -> bool {
    matches!(character, ',' | '，' | '。' | ';' | '；' | '!' | '！' | '?' | '？' | '、' | '\n' | '|')
}

/// The parts of a clause that consists of nothing else.
#[derive(Default)]
struct Parts {
    nouns: Vec<&'static str>,
    predicates: Vec<&'static Pairs>,
    /// Number of codes of letters only.
    words: usize,
    has_figure: bool,
}

fn parts(clause: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut rest = clause;
    while !rest.is_empty() {
        let beginning = |word: &&str| rest.starts_with(word);
        let noun = Of::Any.nouns().filter(beginning).max_by_key(|noun| noun.len());
        let length = if let Some(pairs) = PAIRS.iter().find(|pairs| rest.starts_with(pairs.predicate)) {
            parts.predicates.push(pairs);
            pairs.predicate.len()
        } else if let Some(noun) = noun {
            parts.nouns.push(noun);
            noun.len()
        } else if let Some(link) = LINKS.iter().copied().find(beginning) {
            link.len()
        } else if let Some(between) = rest.chars().next().filter(|first| is_between(*first)) {
            between.len_utf8()
        } else {
            let code = rest.find(|character: char| !is_of_a_code(character)).map_or(rest, |end| rest.split_at(end).0);
            parts.words += usize::from(code.chars().all(|character| character.is_ascii_alphabetic()));
            parts.has_figure |= code.chars().any(|character| character.is_ascii_digit());
            code.len()
        };
        if length == 0 {
            return None;
        }
        rest = rest.get(length..)?;
    }
    (parts.words <= MAX_WORDS).then_some(parts)
}

/// A clause that consists of a noun, a predicate and their links.
fn pair(clause: &str) -> Option<Kind> {
    let parts = parts(clause)?;
    parts
        .predicates
        .iter()
        .find(|pairs| pairs.nouns.nouns().any(|noun| parts.nouns.contains(&noun)))
        .map(|pairs| pairs.kind)
}

/// A clause with a figure or a code, and no outcome: `当前可用:3`.
fn is_figure(clause: &str) -> bool {
    parts(clause).is_some_and(|parts| parts.predicates.is_empty() && parts.has_figure)
}

/// `备注不能为空`: any field, named by one word.
fn empty_field(clause: &str) -> Option<Kind> {
    let field = EMPTY.iter().find_map(|empty| clause.strip_suffix(empty))?;
    let is_path = field.chars().all(|character| character.is_ascii_alphanumeric() || "_.[]()".contains(character));
    let is_name = field.chars().all(|character| character.is_alphanumeric() && !OF_A_SENTENCE.contains(&character));
    let length = field.chars().count();
    let longest = if is_path { MAX_PATH } else { MAX_NAME };
    ((is_path || is_name) && (1..=longest).contains(&length)).then_some(Kind::InvalidRequest)
}

fn is_of_a_code(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '#')
}

fn is_between(character: char) -> bool {
    matches!(
        character,
        ' ' | ':' | '(' | ')' | '[' | ']' | '"' | '\'' | '=' | '<' | '>' | '*' | '【' | '】' | '“' | '”'
    )
}
