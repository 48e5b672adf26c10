//! Conversion of a connector's results for the application. Connectors are not trusted: everything is bounded and checked.

use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use stockbridge_model::sanitize::one_line;
use stockbridge_model::{
    Condition, Cursor, ErrorClass, Extras, Json, LineFailure, Progress, ProviderFailure, Receipt, Reference,
    Resolution, StockDetail, StockLevel, StockPage, Timestamp, parse_date, parse_decimal,
};
use time::Date;

use crate::error::{ConnectorFault, Error, ErrorKind};
use crate::sandbox::contract::{inventory as wit, types};
use crate::secrets::Redactor;

/// A result that violates the contract: the field, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Malformed(pub(crate) String);

/// Maximum text of one field other than a row's raw text, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;
/// Maximum name of an extra, in bytes.
const LONGEST_NAME: usize = 1024;
/// Maximum text of a connector fault, in bytes.
const LONGEST_FAULT: usize = 500;
/// Maximum malformed figure that an error quotes, in bytes.
const LONGEST_FIGURE: usize = 60;
/// Maximum raw row, in bytes.
const LONGEST_ROW: usize = 1024 * 1024;
/// Maximum cursor that a connector may return, in bytes.
const LONGEST_CURSOR: usize = 16 * 1024;
/// Maximum entries of a list within a row, an error or a receipt.
const MOST_ENTRIES: usize = 10_000;

/// Reads the results of an account's connector.
pub(crate) struct Reader<'a> {
    /// The account's name, for error messages.
    pub(crate) account: &'a str,
    /// Maximum rows of a page.
    pub(crate) rows: usize,
    /// Redacts the account's secrets. A connector never sees one; if it got hold of one anyway, its errors would not reveal it.
    pub(crate) redactor: Arc<Redactor>,
}

impl Reader<'_> {
    /// Reads a page. `wrap` makes the application's cursor from the connector's.
    pub(crate) fn page(&self, page: wit::StockPage, wrap: impl FnOnce(&str) -> Cursor) -> Result<StockPage, Malformed> {
        if page.levels.len() > self.rows {
            return Err(Malformed(format!("a page of {} rows; the limit is {}", page.levels.len(), self.rows)));
        }
        let next = page.next.map(|cursor| bounded("next", cursor, LONGEST_CURSOR)).transpose()?;
        let levels = page.levels.into_iter().enumerate().map(|(row, level)| level_of(row, level));
        let mut read = StockPage::new(levels.collect::<Result<_, _>>()?);
        read.next = next.map(|cursor| wrap(&cursor));
        read.total = page.total;
        read.extras = extras("extras", page.extras)?;
        Ok(read)
    }

    /// Reads a receipt for the write of this reference.
    pub(crate) fn receipt(&self, receipt: wit::Receipt, reference: Reference) -> Result<Receipt, Malformed> {
        entries("failed", &receipt.failed)?;
        let progress = match receipt.progress {
            wit::Progress::Done => Progress::Done,
            wit::Progress::Accepted => Progress::Accepted,
            wit::Progress::Stuck => Progress::Stuck,
        };
        let mut read = Receipt::new(reference, progress);
        read.document = optional("document", receipt.document)?;
        read.failed = receipt.failed.into_iter().map(|failure| self.line_failure(failure)).collect::<Result<_, _>>()?;
        read.repeated = receipt.repeated;
        read.extras = extras("extras", receipt.extras)?;
        Ok(read)
    }

    /// Reads the outcome of a look-up.
    pub(crate) fn resolution(
        &self,
        resolution: wit::Resolution,
        reference: Reference,
    ) -> Result<Resolution, Malformed> {
        Ok(match resolution {
            wit::Resolution::Applied(receipt) => Resolution::Applied(self.receipt(receipt, reference)?),
            wit::Resolution::NotApplied(evidence) => {
                Resolution::NotApplied(self.line(bounded("not-applied", evidence, LONGEST_TEXT)?, LONGEST_TEXT))
            }
            wit::Resolution::TooEarly(wait) => Resolution::TooEarly(Duration::from_millis(wait)),
            wit::Resolution::CannotTell(hint) => {
                Resolution::CannotTell(self.line(bounded("cannot-tell", hint, LONGEST_TEXT)?, LONGEST_TEXT))
            }
        })
    }

    /// Reads a failure that the connector reports.
    pub(crate) fn failure(&self, error: types::Error) -> Result<ProviderFailure, Malformed> {
        let message = self.line(bounded("message", error.message, LONGEST_TEXT)?, LONGEST_TEXT);
        let mut read = ProviderFailure::new(self.account, class(error.class), message);
        read.path = self.optional_line("path", error.path)?;
        read.provider_code = self.optional_line("provider-code", error.provider_code)?;
        read.provider_message = self.optional_line("provider-message", error.provider_message)?;
        read.retry_after = error.retry_after.map(Duration::from_millis);
        read.limited_method = self.optional_line("limited-method", error.limited_method)?;
        let clean = error.extras.into_iter().map(|(name, value)| (name, self.redactor.text(value)));
        read.extras = extras("extras", clean.collect())?;
        Ok(read)
    }

    /// Error for a fault of the connector itself.
    pub(crate) fn fault(&self, fault: ConnectorFault) -> Error {
        let fault = match fault {
            ConnectorFault::Trapped(text) => ConnectorFault::Trapped(self.line(text, LONGEST_FAULT)),
            ConnectorFault::Violation(text) => ConnectorFault::Violation(self.line(text, LONGEST_FAULT)),
            other => other,
        };
        ErrorKind::Connector { account: self.account.to_owned(), fault }.into()
    }

    fn line_failure(&self, failure: wit::LineFailure) -> Result<LineFailure, Malformed> {
        let mut read = LineFailure::new(usize::try_from(failure.line).unwrap_or(usize::MAX));
        read.provider_code = self.optional_line("failed.provider-code", failure.provider_code)?;
        read.provider_message = self.optional_line("failed.provider-message", failure.provider_message)?;
        Ok(read)
    }

    fn optional_line(&self, field: &str, text: Option<String>) -> Result<Option<String>, Malformed> {
        Ok(optional(field, text)?.map(|text| self.line(text, LONGEST_TEXT)))
    }

    /// The text redacted and on one line, safe to display anywhere.
    fn line(&self, text: String, longest: usize) -> String {
        one_line(&self.redactor.text(text), longest)
    }
}

fn level_of(row: usize, level: wit::StockLevel) -> Result<StockLevel, Malformed> {
    let read = || -> Result<StockLevel, Malformed> {
        entries("details", &level.details)?;
        let raw = bounded("raw", level.raw, LONGEST_ROW)?;
        let sku = bounded("sku", level.sku, LONGEST_TEXT)?;
        let warehouse = bounded("warehouse", level.warehouse, LONGEST_TEXT)?;
        let mut read = StockLevel::new(sku, warehouse, json(|| "raw".to_owned(), raw)?);
        read.condition = level.condition.map(condition).transpose()?;
        read.owner = optional("owner", level.owner)?;
        read.on_hand = figure("on-hand", level.on_hand)?;
        read.available = figure("available", level.available)?;
        read.reserved = figure("reserved", level.reserved)?;
        read.incoming = figure("incoming", level.incoming)?;
        read.barcode = optional("barcode", level.barcode)?;
        read.name = optional("name", level.name)?;
        read.changed = level.changed.map(Timestamp::from_millis);
        read.details = level.details.into_iter().map(detail).collect::<Result<_, _>>()?;
        Ok(read)
    };
    read().map_err(|Malformed(problem)| Malformed(format!("levels[{row}].{problem}")))
}

fn detail(detail: wit::StockDetail) -> Result<StockDetail, Malformed> {
    let mut read = StockDetail::default();
    read.position = optional("details.position", detail.position)?;
    read.batch = optional("details.batch", detail.batch)?;
    read.expiry = date("details.expiry", detail.expiry)?;
    read.quantity = figure("details.quantity", detail.quantity)?;
    read.extras = extras("details.extras", detail.extras)?;
    Ok(read)
}

fn condition(condition: types::Condition) -> Result<Condition, Malformed> {
    Ok(match condition {
        types::Condition::Sellable => Condition::Sellable,
        types::Condition::Defective => Condition::Defective,
        types::Condition::Other(code) => Condition::Other(bounded("condition", code, LONGEST_TEXT)?),
    })
}

fn class(class: types::ErrorClass) -> ErrorClass {
    match class {
        types::ErrorClass::InvalidRequest => ErrorClass::InvalidRequest,
        types::ErrorClass::Unsupported => ErrorClass::Unsupported,
        types::ErrorClass::Unauthorized => ErrorClass::Unauthorized,
        types::ErrorClass::Forbidden => ErrorClass::Forbidden,
        types::ErrorClass::NotFound => ErrorClass::NotFound,
        types::ErrorClass::Rejected => ErrorClass::Rejected,
        types::ErrorClass::RateLimited => ErrorClass::RateLimited,
        types::ErrorClass::Unavailable => ErrorClass::Unavailable,
        types::ErrorClass::MalformedResponse => ErrorClass::MalformedResponse,
        types::ErrorClass::Internal => ErrorClass::Internal,
    }
}

fn extras(field: &str, extras: Vec<(String, String)>) -> Result<Extras, Malformed> {
    entries(field, &extras)?;
    let mut read = Extras::new();
    for (name, value) in extras {
        let name = bounded(field, name, LONGEST_NAME)?;
        let value = json(|| format!("{field}.{name}"), bounded(field, value, LONGEST_ROW)?)?;
        // Keeping both is impossible, since extras are a map.
        if read.get(&name).is_some() {
            return Err(Malformed(format!("{field}.{name}: duplicate name")));
        }
        read = read.with(name, value);
    }
    Ok(read)
}

/// Parses the JSON value of a field. Its name is computed only for an error.
fn json(field: impl FnOnce() -> String, text: String) -> Result<Json, Malformed> {
    Json::parse(text).ok_or_else(|| Malformed(format!("{}: no JSON value", field())))
}

fn figure(field: &str, figure: Option<String>) -> Result<Option<Decimal>, Malformed> {
    let Some(text) = figure else { return Ok(None) };
    match parse_decimal(&text) {
        Some(figure) => Ok(Some(figure)),
        // Cutting it could split a secret, which would then not be redacted.
        None if text.len() > LONGEST_FIGURE => {
            Err(Malformed(format!("{field}: {} bytes are no exact decimal", text.len())))
        }
        None => Err(Malformed(format!("{field}: `{text}` is no exact decimal"))),
    }
}

fn date(field: &str, date: Option<String>) -> Result<Option<Date>, Malformed> {
    let Some(text) = date else { return Ok(None) };
    parse_date(&text).map(Some).ok_or_else(|| Malformed(format!("{field}: no date")))
}

fn optional(field: &str, text: Option<String>) -> Result<Option<String>, Malformed> {
    text.map(|text| bounded(field, text, LONGEST_TEXT)).transpose()
}

fn bounded(field: &str, text: String, longest: usize) -> Result<String, Malformed> {
    if text.len() > longest {
        return Err(Malformed(format!("{field}: {} bytes; the limit is {longest}", text.len())));
    }
    Ok(text)
}

fn entries<T>(field: &str, entries: &[T]) -> Result<(), Malformed> {
    if entries.len() > MOST_ENTRIES {
        return Err(Malformed(format!("{field}: {} entries; the limit is {MOST_ENTRIES}", entries.len())));
    }
    Ok(())
}
