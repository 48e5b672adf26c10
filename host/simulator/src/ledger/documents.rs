//! The documents that writes leave behind.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::provider::Gateway;

/// Older documents are forgotten, so that a simulator that runs for long does not grow.
const KEPT: usize = 100_000;

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DocumentKind {
    /// Goods from one warehouse to another.
    Transfer,
    /// Stock set to what was counted.
    Count,
    /// Goods held for a document.
    Occupation,
    /// Goods moved from one virtual warehouse to another.
    PoolTransfer,
    /// Boxes opened, goods given to another owner or another barcode.
    Adjustment,
}

/// How far a document got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DocumentState {
    /// It exists and nothing was moved.
    Saved,
    /// It was handed in for approval and nothing was moved.
    Submitted,
    /// It was carried out.
    Done,
}

/// A document of the ledger.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Document {
    /// The provider's number.
    pub number: String,
    /// Where it was made.
    pub gateway: Gateway,
    /// The provider's method that made it.
    pub method: String,
    /// What it is about.
    pub kind: DocumentKind,
    /// How far it got.
    pub state: DocumentState,
    /// The caller's own number, where the method has one.
    pub reference: String,
    /// When it was made, in Asia/Shanghai.
    pub created: String,
    /// The request's own fields, as sent.
    pub fields: BTreeMap<String, String>,
    /// What it moves, holds or counts.
    pub lines: Vec<DocumentLine>,
}

/// A line of a document.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DocumentLine {
    /// The item.
    pub item: String,
    /// How much of it.
    #[serde(serialize_with = "as_text")]
    pub quantity: Decimal,
    /// The line's own fields, as sent.
    pub fields: BTreeMap<String, String>,
}

pub(crate) fn as_text<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::json::four_places(*value))
}

impl Document {
    /// A document that was carried out, still without number.
    pub(crate) fn new(gateway: Gateway, method: &str, kind: DocumentKind) -> Document {
        Document {
            number: String::new(),
            gateway,
            method: method.to_owned(),
            kind,
            state: DocumentState::Done,
            reference: String::new(),
            created: String::new(),
            fields: BTreeMap::new(),
            lines: Vec::new(),
        }
    }

    pub(crate) fn line(&mut self, item: &str, quantity: Decimal, fields: BTreeMap<String, String>) {
        self.lines.push(DocumentLine { item: item.to_owned(), quantity, fields });
    }
}

/// All documents, the newest last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Documents {
    kept: VecDeque<Document>,
    references: BTreeSet<(String, String)>,
    filed: u64,
}

impl Documents {
    /// The number of the next document, counted from 1.
    pub(crate) fn next(&self) -> u64 {
        self.filed + 1
    }

    pub(crate) fn file(&mut self, document: Document) {
        self.filed += 1;
        self.references.insert((document.method.clone(), document.reference.clone()));
        self.kept.push_back(document);
        if self.kept.len() > KEPT
            && let Some(oldest) = self.kept.pop_front()
        {
            self.references.remove(&(oldest.method, oldest.reference));
        }
    }

    /// Whether that method made a document under that reference.
    pub(crate) fn has(&self, method: &str, reference: &str) -> bool {
        self.references.contains(&(method.to_owned(), reference.to_owned()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Document> {
        self.kept.iter()
    }

    pub(crate) fn all(&self) -> Vec<Document> {
        self.kept.iter().cloned().collect()
    }
}
