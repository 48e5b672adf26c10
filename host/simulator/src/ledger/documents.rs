//! Documents created by writes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use crate::provider::Gateway;

/// Maximum number of documents: older ones are dropped, so that a long-running simulator does not grow.
const MAX_DOCUMENTS: usize = 100_000;

/// Kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DocumentKind {
    /// Goods from one warehouse to another.
    Transfer,
    /// Stock set to the counted quantity.
    Count,
    /// Goods held for a document.
    Occupation,
    /// Goods moved from one virtual warehouse to another.
    PoolTransfer,
    /// Boxes opened, goods given another owner or another barcode.
    Adjustment,
}

/// Progress of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DocumentState {
    /// Created; nothing was moved.
    Saved,
    /// Submitted for approval; nothing was moved.
    Submitted,
    /// Carried out.
    Done,
}

/// A document of the ledger.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Document {
    /// The provider's number.
    pub number: String,
    /// The gateway that created it.
    pub gateway: Gateway,
    /// The provider's method that created it.
    pub method: String,
    /// Its kind.
    pub kind: DocumentKind,
    /// Its progress.
    pub state: DocumentState,
    /// The caller's own number, where the method has one.
    pub reference: String,
    /// When it was created, in Asia/Shanghai.
    pub created: String,
    /// The request's own fields, as sent.
    pub fields: BTreeMap<String, String>,
    /// The goods that it moves, holds or counts.
    pub lines: Vec<DocumentLine>,
}

/// A line of a document.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DocumentLine {
    /// The item.
    pub item: String,
    /// Its quantity.
    #[serde(serialize_with = "as_text")]
    pub quantity: Decimal,
    /// The line's own fields, as sent.
    pub fields: BTreeMap<String, String>,
}

pub(crate) fn as_text<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::json::four_places(*value))
}

impl Document {
    /// A document that was carried out, without a number yet.
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
        if self.kept.len() > MAX_DOCUMENTS
            && let Some(oldest) = self.kept.pop_front()
        {
            self.references.remove(&(oldest.method, oldest.reference));
        }
    }

    /// Whether that method created a document under that reference.
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
