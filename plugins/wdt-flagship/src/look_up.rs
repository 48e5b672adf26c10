//! Look-ups of documents by the marker in their remark.
//!
//! The provider lists documents by the time of their last change. A look-up walks the list from the first sending on. Pages
//! are requested from the last to the first, as for stock (`stockbridge_connector::pagination`), and at the end the
//! documents that changed during the walk: so a document is missed only if the provider does not list it.
//!
//! *Not applied* is concluded only if the operator configured when a look-up is complete, and never if a document with the
//! order's goods may have lost the marker in its remark.

use std::collections::BTreeSet;

use serde::Serialize;
use stockbridge_connector::{
    Attempt, Effect, Error, Host, Progress, Receipt, Refused, Resolution, TimeWindow, china_time,
    json::{self, Scalar},
    object::{Fields, Object},
    reader::{Raw, ReadError, Reader},
    windows::{self, CLOCKS_APART, THIRTY_DAYS},
};

use crate::gateway::{self, Paging};
use crate::remark_marker::{self, Marker};

/// The setting with the time after which a look-up is complete.
pub(crate) const COMPLETE_AFTER: &str = "look-up-is-complete-after";

/// Time for which a write can be looked up, in milliseconds: one window of the provider's lists; the documents are kept
/// longer.
pub(crate) const TRACEABLE: u64 = THIRTY_DAYS.unsigned_abs();

/// 分页大小. The pages of these lists document no limit; the gateway's other lists accept as many.
const PAGE_SIZE: u32 = 100;
/// Maximum number of requests for a list in one look-up. A call has 32, and some are for the lines of documents.
const MAX_REQUESTS: u32 = 24;
/// Maximum number of documents named to a person.
const MAX_NAMED: usize = 10;
/// How long a document may be missing from the lists without the setting, in milliseconds.
const LIST_LAG: i64 = 5 * 60 * 1000;
/// Interval after which the list is requested again within that time, in milliseconds.
const RETRY_DELAY: i64 = 30 * 1000;

/// Search terms of a look-up.
pub(crate) struct Search<'a> {
    pub(crate) marker: &'a Marker,
    /// The remark as sent, marker included.
    pub(crate) remark: String,
    pub(crate) attempt: &'a Attempt,
    /// The ERP client's name for such documents.
    pub(crate) kind: &'static str,
    /// Where a person should look if the list does not settle it.
    pub(crate) elsewhere: String,
}

/// One request of a list.
pub(crate) struct Page {
    params: Params,
    paging: Paging,
}

/// 请求参数. No other filter: a document that staff edited has to be included.
#[derive(Serialize)]
struct Params {
    /// 开始时间: of the last change.
    start_time: String,
    /// 结束时间, at most 30 days later.
    end_time: String,
}

/// A document in the provider's format.
pub(crate) trait Document<'a>: Fields<'a> {
    /// The method that lists such documents.
    const METHOD: &'static str;
    /// The name of the list in its answer.
    const LIST: &'static str;
}

/// 响应正文.
struct Data<'a, D> {
    /// 总条数.
    total_count: Scalar<'a>,
    list: Option<Vec<Object<D>>>,
}

impl<D> Default for Data<'_, D> {
    fn default() -> Self {
        Data { total_count: Scalar::default(), list: None }
    }
}

impl<'a, D: Document<'a>> Fields<'a> for Data<'a, D> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "total_count" => self.total_count = value.read()?,
            name if name == D::LIST => self.list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Sends one request for a list, and returns the answer's text.
pub(crate) fn send(host: &impl Host, method: &str, page: &Page) -> Result<String, Error> {
    Ok(gateway::send(host, method, Some(page.paging), Effect::Read, &(&page.params,))?)
}

/// The documents of an answer, each converted by `listed`.
pub(crate) fn read<'a, D: Document<'a>, T>(
    answer: &'a str,
    listed: impl Fn(Object<D>) -> Result<Listed<T>, Error>,
) -> Result<Documents<T>, Error> {
    let (data, _) = gateway::read::<Object<Data<'a, D>>>(answer)?.into_data()?;
    let total = data.fields.total_count.count("total_count")?;
    let list = json::list(data.fields.list, D::LIST, total)?;
    Ok(Documents { listed: list.into_iter().map(listed).collect::<Result<_, _>>()?, total })
}

/// Documents of a page.
pub(crate) struct Documents<D> {
    pub(crate) listed: Vec<Listed<D>>,
    /// 总条数, of all pages.
    pub(crate) total: Option<u64>,
}

/// A document of a list.
pub(crate) struct Listed<D> {
    pub(crate) number: String,
    pub(crate) remark: String,
    /// When it was created, in milliseconds since the Unix epoch, if given.
    pub(crate) created: Option<i64>,
    pub(crate) document: D,
}

/// A document's status by its number, empty if missing; and unchanged, for the receipt's extras.
pub(crate) fn status(name: &str, raw: Option<Raw<'_>>) -> (String, Vec<(String, String)>) {
    let Some(raw) = raw else { return (String::new(), Vec::new()) };
    let number = json::read::<Scalar<'_>>(raw.0).ok().and_then(|status| status.count(name).ok().flatten());
    (number.map(|number| number.to_string()).unwrap_or_default(), vec![(name.to_owned(), raw.0.to_owned())])
}

/// The result of a walk.
pub(crate) struct Found<D> {
    /// Documents with the marker, created after the first sending.
    marked: Vec<Listed<D>>,
    /// Documents whose remark may have lost the marker, created after the first sending.
    unmarked: Vec<Listed<D>>,
    /// Number of documents in the list.
    seen: u64,
    /// The window of change.
    window: TimeWindow,
    /// Whether the whole list was read.
    complete: bool,
}

/// Walks a list for candidate documents of the write.
pub(crate) fn walk<D>(
    host: &impl Host,
    search: &Search<'_>,
    ask: impl Fn(&Page) -> Result<Documents<D>, Error>,
) -> Result<Found<D>, Error> {
    let began = host.now();
    let start = search.attempt.first_sent.saturating_sub(CLOCKS_APART);
    let window = TimeWindow { start, end: began.saturating_add(CLOCKS_APART).max(start) };
    let found = Found { marked: Vec::new(), unmarked: Vec::new(), seen: 0, window, complete: true };
    let mut walk = Walk { search, ask, found, requests: 0 };
    let mut next = Some(start);
    let mut several_pages = false;
    while let Some(start) = next {
        let (piece, rest) = windows::piece(&window, start, THIRTY_DAYS);
        several_pages |= walk.window(piece)?;
        next = rest;
    }
    if several_pages {
        // A document that changed during the walk may have moved to a page that was read before.
        let end = host.now().saturating_add(CLOCKS_APART);
        let changed = TimeWindow { start: began.saturating_sub(CLOCKS_APART), end };
        if walk.first_page(changed)?.is_some() {
            walk.found.complete = false;
        }
    }
    Ok(walk.found)
}

struct Walk<'a, D, Ask> {
    search: &'a Search<'a>,
    ask: Ask,
    found: Found<D>,
    requests: u32,
}

impl<D, Ask: Fn(&Page) -> Result<Documents<D>, Error>> Walk<'_, D, Ask> {
    /// Reads all pages of a window. Returns whether it has several.
    fn window(&mut self, window: TimeWindow) -> Result<bool, Error> {
        let Some(pages) = self.first_page(window)? else { return Ok(false) };
        let (mut numbers, mut total) = (BTreeSet::new(), None);
        for page in (0..pages).rev() {
            let Some(documents) = self.page(window, page)? else { return Ok(true) };
            numbers.extend(documents.listed.iter().map(|document| document.number.clone()));
            total = documents.total.or(total);
            self.keep(documents.listed);
        }
        // A list with fewer rows than its count proves nothing.
        let rows = numbers.len() as u64;
        if let Some(total) = total.filter(|total| rows < *total) {
            return Err(Error::malformed(format!("only {rows} of the {total} counted documents were returned")));
        }
        Ok(true)
    }

    /// Reads the first page of a window. Returns the number of pages, if there are several.
    fn first_page(&mut self, window: TimeWindow) -> Result<Option<u32>, Error> {
        let Some(documents) = self.page(window, 0)? else { return Ok(None) };
        let rows = documents.listed.len() as u64;
        let total = documents.total.unwrap_or(rows);
        // Without a total, a full page may not be the last.
        if documents.total.is_none() && rows >= u64::from(PAGE_SIZE) {
            self.found.complete = false;
        }
        self.keep(documents.listed);
        if total <= rows {
            return Ok(None);
        }
        Ok(Some(u32::try_from(total.div_ceil(rows.max(1))).unwrap_or(u32::MAX)))
    }

    /// One page; none once the look-up has used up its requests.
    fn page(&mut self, window: TimeWindow, page_no: u32) -> Result<Option<Documents<D>>, Error> {
        if self.requests >= MAX_REQUESTS {
            self.found.complete = false;
            return Ok(None);
        }
        self.requests += 1;
        let (Some(start_time), Some(end_time)) = (china_time::format(window.start), china_time::format(window.end))
        else {
            return Err(Refused::internal("the write was sent at a time outside the provider's range").into());
        };
        let paging = Paging { page_size: PAGE_SIZE, page_no, calc_total: page_no == 0 };
        let documents = (self.ask)(&Page { params: Params { start_time, end_time }, paging })?;
        self.found.seen += documents.listed.len() as u64;
        Ok(Some(documents))
    }

    fn keep(&mut self, listed: Vec<Listed<D>>) {
        let earliest = self.search.attempt.first_sent.saturating_sub(CLOCKS_APART);
        for document in listed {
            let list = if self.search.marker.is_in(&document.remark) {
                &mut self.found.marked
            } else if remark_marker::may_be_cut_from(&document.remark, &self.search.remark) {
                &mut self.found.unmarked
            } else {
                continue;
            };
            let is_new = list.iter().all(|other| other.number != document.number);
            if is_new && document.created.is_none_or(|created| created >= earliest) {
                list.push(document);
            }
        }
    }
}

/// Result of comparing a document with the order.
pub(crate) enum Verdict {
    /// Goods and warehouses are equal. The progress, and the receipt's extras.
    Match(Progress, Vec<(String, String)>),
    /// They are equal, and the document was cancelled.
    Cancelled,
    /// They differ in this.
    Mismatch(String),
    /// They cannot be read, for this reason.
    Unreadable(String),
}

/// Resolution of the write, from the documents found.
pub(crate) fn conclude<D>(
    host: &impl Host,
    found: &Found<D>,
    search: &Search<'_>,
    compare: impl Fn(&Listed<D>) -> Result<Verdict, Error>,
) -> Result<Resolution, Error> {
    let (kind, marker) = (search.kind, search.marker.as_str());
    let mut own = Vec::new();
    let mut others = Vec::new();
    for listed in &found.marked {
        match compare(listed)? {
            Verdict::Mismatch(what) => others.push(format!("{} ({what})", listed.number)),
            verdict => own.push((listed, verdict)),
        }
    }
    Ok(match own.as_slice() {
        [(listed, Verdict::Match(progress, extras))] => Resolution::Applied(Receipt {
            document: Some(listed.number.clone()),
            progress: *progress,
            failed: Vec::new(),
            repeated: None,
            extras: extras.clone(),
        }),
        [(listed, Verdict::Unreadable(why))] => Resolution::CannotTell(format!(
            "the {kind} {} has the marker {marker}, but its lines cannot be read: {why}. Compare them with the order in the ERP \
             client: if they are equal, the write was carried out",
            listed.number
        )),
        [(listed, _)] => Resolution::CannotTell(format!(
            "the {kind} {} has the marker {marker} and was cancelled: it was created, and moves nothing unless it was carried out \
             before. Check it in the ERP client",
            listed.number
        )),
        [] if others.is_empty() => return not_found(host, found, search, compare),
        [] => Resolution::CannotTell(format!(
            "a {kind} has the marker {marker} but differs from the order: {}. Either staff edited it, and the write was carried out; \
             or its remark was copied from another. Check it in the ERP client",
            others.join(", ")
        )),
        several => {
            let numbers: Vec<_> = several.iter().map(|(listed, _)| listed.number.as_str()).collect();
            let numbers = named(&numbers);
            Resolution::CannotTell(format!(
                "several documents ({kind}) have the marker {marker} and the goods of the order: {numbers}. One of them was \
                 copied, or the write was carried out twice. Check them in the ERP client"
            ))
        }
    })
}

/// Resolution if no document has the marker.
fn not_found<D>(
    host: &impl Host,
    found: &Found<D>,
    search: &Search<'_>,
    compare: impl Fn(&Listed<D>) -> Result<Verdict, Error>,
) -> Result<Resolution, Error> {
    let complete_after = complete_after(host)?;
    let patience = complete_after.unwrap_or(LIST_LAG);
    let age = host.now().saturating_sub(search.attempt.last_sent);
    let left = patience.saturating_sub(age).min(patience);
    if left > 0 {
        let wait = if complete_after.is_some() { left } else { left.min(RETRY_DELAY) };
        return Ok(Resolution::TooEarly(wait.unsigned_abs()));
    }
    let time = |milliseconds| china_time::format(milliseconds).unwrap_or_default();
    let searched = format!(
        "no {} with the marker {} among the {} that changed from {} to {} (Asia/Shanghai)",
        search.kind,
        search.marker.as_str(),
        found.seen,
        time(found.window.start),
        time(found.window.end),
    );
    let elsewhere = &search.elsewhere;
    let candidates = candidates(found, compare)?;
    Ok(match (complete_after, found.complete) {
        _ if !candidates.is_empty() => Resolution::CannotTell(format!(
            "{searched}; but {} may have lost the end of the remark, with the order's goods or unreadable ones. If \
             it was not created by hand, the write was carried out. {elsewhere}",
            named(&candidates)
        )),
        (_, false) => Resolution::CannotTell(format!(
            "{searched}, which are not all: the list needs more than {MAX_REQUESTS} requests. {elsewhere}"
        )),
        (Some(_), true) => Resolution::NotApplied(searched),
        (None, true) => Resolution::CannotTell(format!(
            "{searched}, which proves nothing: whether the provider lists every document with its remark, and how soon, is not \
             established. Determine it with one order at the real account, then set settings.{COMPLETE_AFTER}. {elsewhere}"
        )),
    })
}

/// Numbers of the documents without the marker that are candidates for the write.
fn candidates<D>(found: &Found<D>, compare: impl Fn(&Listed<D>) -> Result<Verdict, Error>) -> Result<Vec<&str>, Error> {
    let mut candidates = Vec::new();
    for listed in &found.unmarked {
        if !matches!(compare(listed)?, Verdict::Mismatch(_)) {
            candidates.push(listed.number.as_str());
        }
    }
    Ok(candidates)
}

/// `TF1, TF2 and 3 more`.
fn named(numbers: &[&str]) -> String {
    let (first, more) = numbers.split_at(numbers.len().min(MAX_NAMED));
    match more.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// How long after the last sending a look-up is complete, in milliseconds, if the operator configured it.
///
/// # Errors
/// The setting is not a time of less than 30 days.
pub(crate) fn complete_after(host: &impl Host) -> Result<Option<i64>, Refused> {
    let Some(setting) = host.setting(COMPLETE_AFTER) else { return Ok(None) };
    let text = setting.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "" | "s" => 1000,
        "min" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        _ => 0,
    };
    match number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(milliseconds) if unit > 0 && milliseconds < THIRTY_DAYS => Ok(Some(milliseconds)),
        _ => Err(Refused::wrong_setting(
            COMPLETE_AFTER,
            format!("`{setting}` is not a time of less than 30 days such as `90 s`, `10 min` or `2 h`"),
        )),
    }
}
