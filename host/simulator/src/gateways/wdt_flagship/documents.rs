//! Common parts of document look-ups: the window of change, and the selection of the ledger's documents.

use super::search::window;
use super::{Call, Failure, Page};
use crate::china_time;
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Document, DocumentState};

/// A look-up with its parameters parsed.
pub(super) struct LookUp<'a> {
    call: &'a Call<'a>,
    page: Page<'a>,
    start: Option<String>,
    end: Option<String>,
}

impl<'a> LookUp<'a> {
    /// Reads paging and times; `fields` holds the rest.
    pub(super) fn read(call: &'a Call<'_>, fields: &mut Fields<'_>) -> Result<LookUp<'a>, Failure> {
        let page = call.page(1000)?;
        let start = fields.optional("start_time", |value| value.text(40))?;
        let end = fields.optional("end_time", |value| value.text(40))?;
        Ok(LookUp { call, page, start, end })
    }

    /// The page of these documents, oldest first, as far as the provider shows them: within the window, and once they are
    /// listed. A document of the ledger never changes, so its last change is its creation.
    pub(super) fn answer(
        &self,
        list: &str,
        wanted: impl Fn(&Document) -> bool,
        show: impl Fn(&Document) -> Json,
    ) -> Result<Json, Failure> {
        let window = window(self.start.as_deref(), self.end.as_deref(), false)?;
        let state = self.call.state;
        let latest = state.clock.now() - state.listing.lag;
        let made = |document: &Document| china_time::parse(&document.created);
        let is_listed = |document: &Document| {
            made(document).is_some_and(|made| {
                made <= latest && window.is_none_or(|(start, end)| (start..=end).contains(&made)) && wanted(document)
            })
        };
        let ledger = state.ledger();
        let documents: Vec<&Document> = ledger.documents().filter(|document| is_listed(document)).collect();
        Ok(self.page.list(list, documents, |document| show(document)))
    }

    /// The document's remark, as the look-up shows it.
    pub(super) fn remark(&self, document: &Document) -> Json {
        let remark = document.fields.get("remark").map_or("", String::as_str);
        Json::from(remark.chars().take(self.call.state.listing.remark).collect::<String>())
    }
}

/// A document's time as these lists write it: as text, and in milliseconds.
pub(super) fn times(document: &Document) -> (Json, Json) {
    let moment = china_time::parse(&document.created).map(china_time::epoch_millis).unwrap_or_default();
    (Json::from(document.created.as_str()), Json::from(moment))
}

/// A field of the document's request.
pub(super) fn field(document: &Document, name: &str) -> Json {
    Json::from(document.fields.get(name).map_or("", String::as_str))
}

/// The status that corresponds to the document's state.
pub(super) fn status(document: &Document, saved: i64, submitted: i64, done: i64) -> Json {
    Json::from(match document.state {
        DocumentState::Saved => saved,
        DocumentState::Submitted => submitted,
        DocumentState::Done => done,
    })
}
