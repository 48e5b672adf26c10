//! What a provider's words say of a write that was sent: that it was refused, or nothing that can be relied on.
//!
//! A write is *not applied* only where the words are a refusal that is established: a text that a page or several clients
//! print, whole; or a noun of the order and a predicate in one clause, such as 库存 and 不足. Words of trouble, of something
//! that was done and of a repeat come first, wherever they stand, and so do words without a source: then it is *unknown* what
//! became of the write.
//!
//! | where | what |
//! |---|---|
//! | [`signs`] | parts of words that make any refusal doubtful |
//! | [`refusals`] | nouns, predicates and their pairs, each with its source |
//! | [`wangdiantong`] | texts of Wangdiantong's pages, each with its source |
//! | [`pattern`] | texts in which codes differ |
//! | `clause` | one clause of a text |
//!
//! The lists are data. A connector adds texts of its own provider, an operator those of an account.

mod clause;
pub mod pattern;
pub mod refusals;
pub mod signs;
pub mod wangdiantong;

/// What a refusal finds fault with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request is wrong.
    InvalidRequest,
    /// The caller is not known.
    Unauthorized,
    /// The caller may not do this.
    Forbidden,
    /// Something that the request names is not there.
    NotFound,
    /// The provider declines, for a reason of its business.
    Rejected,
    /// It was too often.
    RateLimited,
}

/// A text by which a provider refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// The whole text; `*` stands for a value: see [`pattern::is_text`].
    pub text: &'static str,
    /// What it finds fault with.
    pub kind: Kind,
    /// The page or client that prints it.
    pub source: &'static str,
}

/// What a provider's words say of a write that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is in trouble: what was done before that, it does not say.
    Trouble,
    /// It has such an order already, which may be this one.
    Repeat,
    /// Something was done, or is under way.
    Done,
    /// It was too often; whether the request came to the service is not established.
    Limit,
    /// It was refused.
    Refusal(Kind),
    /// Nothing that is established.
    Nothing,
}

/// What these words, all of one answer, say together. `texts`: what the provider is known to refuse by.
///
/// A refusal needs each of them to be one, or to say nothing besides.
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

/// A text as it is compared: in lower case, full-width characters as ASCII has them, one space for many.
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
            // Hidden ones are no part of what is said.
            '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            other => normal.extend(other.to_lowercase()),
        }
    }
    normal.truncate(normal.trim_end().len());
    normal
}

#[cfg(test)]
mod tests;
