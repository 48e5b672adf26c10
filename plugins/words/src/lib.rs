//! Meaning of a provider's messages for a write that was sent: refused, or nothing reliable.
//!
//! A write is *not applied* only if the messages are an established refusal: a whole text that a page or several clients
//! document; or a noun of the order and a predicate in one clause, such as 库存 and 不足. Messages about trouble, something
//! done or a repeat take precedence, anywhere in the answer, and so do texts without a source: the outcome of the write is
//! then *unknown*.
//!
//! | where | what |
//! |---|---|
//! | [`signs`] | parts of texts that make any refusal doubtful |
//! | [`refusals`] | nouns, predicates and their pairs, each with its source |
//! | [`wangdiantong`] | texts of Wangdiantong's pages, each with its source |
//! | [`pattern`] | texts with variable codes |
//! | `clause` | one clause of a text |
//!
//! The lists are data. A connector adds its provider's texts, and an operator those of an account.

mod clause;
pub mod pattern;
pub mod refusals;
pub mod signs;
pub mod wangdiantong;

/// Class of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong.
    InvalidRequest,
    /// The caller is not recognised.
    Unauthorized,
    /// The caller may not do this.
    Forbidden,
    /// Something that the request names does not exist.
    NotFound,
    /// The provider declines, for a business reason.
    Rejected,
    /// Too many requests.
    RateLimited,
}

/// An established refusal text of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// The whole text; `*` stands for a value: see [`pattern::is_text`].
    pub text: &'static str,
    /// Class of the refusal.
    pub kind: Kind,
    /// The page or client that documents it.
    pub source: &'static str,
}

/// Meaning of a provider's messages for a write that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// The provider is in trouble, after doing an unknown part of the work.
    Trouble,
    /// The provider has such an order already, possibly this one.
    Repeat,
    /// Something was done, or is under way.
    Done,
    /// Too many requests; whether this one reached the service is not established.
    Limit,
    /// It was refused.
    Refusal(Kind),
    /// Nothing that is established.
    Nothing,
}

/// Combined meaning of all messages of one answer. `texts`: the provider's established refusal texts.
///
/// A refusal needs every message to be one, or to be neutral.
#[must_use]
pub fn said(words: &[&str], texts: &[&[Text]]) -> Says {
    let words: Vec<String> = words.iter().map(|words| normal(words)).filter(|words| !words.is_empty()).collect();
    let any = |sign: fn(&str) -> bool| words.iter().any(|words| sign(words));
    if any(signs::is_trouble) {
        return Says::Trouble;
    }
    if any(signs::is_repeat) {
        return Says::Repeat;
    }
    if any(signs::is_done) {
        return Says::Done;
    }
    let mut refusal = None;
    for words in &words {
        match clause::refusal(words, texts) {
            clause::Meaning::Refusal(kind) => refusal = refusal.or(Some(kind)),
            clause::Meaning::Nothing => {}
            clause::Meaning::Unread if any(signs::is_limit) => return Says::Limit,
            clause::Meaning::Unread if any(signs::is_of_the_system) => return Says::Trouble,
            clause::Meaning::Unread => return Says::Nothing,
        }
    }
    match refusal {
        Some(kind) => Says::Refusal(kind),
        None if any(signs::is_limit) => Says::Limit,
        None => Says::Nothing,
    }
}

/// A text in its form for comparison: in lower case, full-width characters as ASCII, runs of spaces as one.
#[must_use]
pub fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for character in text.chars() {
        let character = match character {
            '\u{ff01}'..='\u{ff5e}' => {
                char::from_u32(u32::from(character) - 0xff01 + u32::from('!')).unwrap_or(character)
            }
            '\u{3000}' => ' ',
            other => other,
        };
        match character {
            white if white.is_whitespace() => {
                if !normal.is_empty() && !normal.ends_with(' ') {
                    normal.push(' ');
                }
            }
            // Invisible characters are dropped.
            '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal.truncate(normal.trim_end().len());
    normal
}

#[cfg(test)]
mod tests;
