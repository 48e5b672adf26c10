//! One text of an answer, clause by clause: a refusal, nothing besides, or something that is not understood.
//!
//! A clause that holds anything but nouns, predicates, codes and the few words that link them is not understood: so a refusal
//! inside of longer words, of which no list knows the rest, is none.

use crate::refusals::{EMPTY, HINTS, LINKS, NEUTRAL, NOUNS, PAIRS};
use crate::{Kind, Text, pattern, signs};

/// The most words of letters alone in a clause: an item's code may be one, and a sentence in English is more.
const MOST_WORDS: usize = 2;
/// The longest name of a field, in characters: as a path, `goods_list[0].spec_no`, and in Chinese.
const LONGEST_PATH: usize = 64;
const LONGEST_NAME: usize = 10;
/// Characters that stand in sentences and in no name of a field.
const OF_A_SENTENCE: [char; 10] = ['没', '未', '无', '不', '被', '了', '已', '将', '后', '前'];

/// What a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Refusal(Kind),
    /// Nothing that changes what others say.
    Nothing,
    /// Nobody knows.
    Unread,
}

/// What words say, of which no sign makes them doubtful.
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
            None if HINTS.iter().any(|hint| clause.starts_with(hint)) || is_code(clause) => {}
            None => return Meaning::Unread,
        }
    }
    refusal.map_or(Meaning::Nothing, Meaning::Refusal)
}

fn whole(words: &str, texts: &[&[Text]]) -> Option<Kind> {
    texts.iter().copied().flatten().find(|text| pattern::is_text(text.text, words)).map(|text| text.kind)
}

/// A full stop is none: it stands in figures.
fn is_end(character: char) -> bool {
    matches!(character, ',' | '，' | '。' | ';' | '；' | '!' | '！' | '?' | '？' | '、' | '\n' | '|')
}

/// A clause that is made of a noun, a predicate and what links them.
fn pair(clause: &str) -> Option<Kind> {
    let (mut nouns, mut said, mut words) = (Vec::new(), Vec::new(), 0);
    let mut rest = clause;
    while !rest.is_empty() {
        let beginning = |known: &&str| rest.starts_with(known);
        if let Some(pairs) = PAIRS.iter().find(|pairs| rest.starts_with(pairs.predicate)) {
            said.push(pairs);
            rest = rest.get(pairs.predicate.len()..)?;
        } else if let Some(noun) = NOUNS.iter().copied().find(beginning) {
            nouns.push(noun);
            rest = rest.get(noun.len()..)?;
        } else if let Some(link) = LINKS.iter().copied().find(beginning) {
            rest = rest.get(link.len()..)?;
        } else {
            let length = rest.find(|character: char| !is_of_a_code(character)).unwrap_or(rest.len());
            let (code, after) = rest.split_at(length.max(usize::from(rest.starts_with(is_between))));
            if code.is_empty() {
                return None;
            }
            words += usize::from(code.chars().all(|character| character.is_ascii_alphabetic()));
            rest = after;
        }
    }
    let pairs = said.into_iter().find(|pairs| pairs.nouns.iter().any(|noun| nouns.contains(noun)));
    pairs.filter(|_| words <= MOST_WORDS).map(|pairs| pairs.kind)
}

/// `备注不能为空`: any field, by one name.
fn empty_field(clause: &str) -> Option<Kind> {
    let field = EMPTY.iter().find_map(|empty| clause.strip_suffix(empty))?;
    let is_path = field.chars().all(|character| character.is_ascii_alphanumeric() || "_.[]()".contains(character));
    let is_name = field.chars().all(|character| character.is_alphanumeric() && !OF_A_SENTENCE.contains(&character));
    let length = field.chars().count();
    let longest = if is_path { LONGEST_PATH } else { LONGEST_NAME };
    ((is_path || is_name) && (1..=longest).contains(&length)).then_some(Kind::InvalidRequest)
}

/// Whether it is a code or a figure and nothing else.
fn is_code(clause: &str) -> bool {
    clause.chars().all(|character| is_of_a_code(character) || is_between(character))
        && clause.chars().any(|character| character.is_ascii_digit())
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
