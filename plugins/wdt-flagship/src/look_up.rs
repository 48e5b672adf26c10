//! Look-ups of documents by the marker in their remark: the lists of the provider's documents that changed since a write was
//! sent, walked for it.
//!
//! The lists tell documents by the time of their last change. A window's pages are asked for from the last to the first, as
//! stock is (`stockbridge_connector::walk`), and what changed while several pages were asked for is asked for at the end: so a
//! document is missed only where the provider does not show it.

use std::collections::BTreeSet;

use serde::Serialize;
use stockbridge_connector::{
    Attempt, Effect, Error, Host, Progress, Receipt, Refused, Resolution, TimeWindow, beijing,
    json::{self, Scalar},
    object::{Fields, Object},
    reader::{Raw, Reader, Unread},
    windows::{self, THIRTY_DAYS},
};

use crate::gateway::{self, Paging};
use crate::remark_marker::Marker;

/// The setting that says from when on a document that is not shown was not made.
pub(crate) const COMPLETE_AFTER: &str = "look-up-is-complete-after";

/// For how long a write is looked up, in milliseconds: one window of the provider's lists, which the documents outlive.
pub(crate) const TRACEABLE: u64 = THIRTY_DAYS.unsigned_abs();

/// 分页大小. The pages of these lists tell no limit; so many the gateway's other lists take.
const PAGE_SIZE: u32 = 100;
/// So many requests one look-up takes at most, with those of a document's lines, of the 32 that a call has.
const MOST_REQUESTS: u32 = 24;
/// How far the provider's clock may be from the host's, in milliseconds: it takes a request that is two minutes off.
const CLOCKS_APART: i64 = 5 * 60 * 1000;
/// How long a document that is not shown may still come into the lists where no setting says so, in milliseconds.
const PATIENCE: i64 = 5 * 60 * 1000;
/// How often it is looked for in that time.
const SOONEST: i64 = 30 * 1000;

/// One request of a list.
pub(crate) struct Page {
    params: Params,
    paging: Paging,
}

/// 请求参数. Nothing else narrows a list: a document that staff edited is to be seen, too.
#[derive(Serialize)]
struct Params {
    /// 开始时间: of the last change.
    start_time: String,
    /// 结束时间, at most 30 days later.
    end_time: String,
}

/// A document as the provider writes it.
pub(crate) trait Document<'a>: Fields<'a> {
    /// The method that lists such documents.
    const METHOD: &'static str;
    /// Under which name its answer has them.
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
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, Unread> {
        match name {
            "total_count" => self.total_count = value.read()?,
            name if name == D::LIST => self.list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Sends one request of a list, for the answer's text.
pub(crate) fn send(host: &impl Host, method: &str, page: &Page) -> Result<String, Error> {
    Ok(gateway::send(host, method, Some(page.paging), Effect::Read, &(&page.params,))?)
}

/// The documents of an answer, as `listed` takes them out of it.
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

/// A document as a list tells it.
pub(crate) struct Listed<D> {
    pub(crate) number: String,
    pub(crate) remark: String,
    /// When it was made, in milliseconds since the Unix epoch, where the provider says.
    pub(crate) created: Option<i64>,
    pub(crate) document: D,
}

/// A document's status by its number, empty where it has none; and as it came, for the receipt's extras.
pub(crate) fn status(name: &str, told: Option<Raw<'_>>) -> (String, Vec<(String, String)>) {
    let Some(told) = told else { return (String::new(), Vec::new()) };
    let number = json::read::<Scalar<'_>>(told.0).ok().and_then(|status| status.count(name).ok().flatten());
    (number.map(|number| number.to_string()).unwrap_or_default(), vec![(name.to_owned(), told.0.to_owned())])
}

/// What a list had.
pub(crate) struct Looked<D> {
    /// The documents with the marker, made after the write was first sent.
    marked: Vec<Listed<D>>,
    /// How many documents were looked at.
    seen: u64,
    /// From when to when they changed.
    window: TimeWindow,
    /// Whether these are all that the provider shows.
    whole: bool,
}

/// Walks a list for the documents with the marker.
pub(crate) fn walk<D>(
    host: &impl Host,
    marker: &Marker,
    attempt: &Attempt,
    ask: impl Fn(&Page) -> Result<Documents<D>, Error>,
) -> Result<Looked<D>, Error> {
    let began = host.now();
    let start = attempt.first_sent.saturating_sub(CLOCKS_APART);
    let window = TimeWindow { start, end: began.saturating_add(CLOCKS_APART).max(start) };
    let mut walk = Walk { looked: Looked { marked: Vec::new(), seen: 0, window, whole: true }, requests: 0 };
    let mut next = Some(start);
    let mut several_pages = false;
    while let Some(start) = next {
        let (piece, rest) = windows::piece(&window, start, THIRTY_DAYS);
        several_pages |= walk.window(piece, marker, attempt, &ask)?;
        next = rest;
    }
    if several_pages {
        // Whatever changed meanwhile may have gone from a page that was still to be asked for to one that had been.
        let recent =
            TimeWindow { start: began.saturating_sub(CLOCKS_APART), end: host.now().saturating_add(CLOCKS_APART) };
        if walk.first_page(recent, marker, attempt, &ask)?.is_some() {
            walk.looked.whole = false;
        }
    }
    Ok(walk.looked)
}

struct Walk<D> {
    looked: Looked<D>,
    requests: u32,
}

impl<D> Walk<D> {
    /// All pages of a window; whether there were several.
    fn window(
        &mut self,
        window: TimeWindow,
        marker: &Marker,
        attempt: &Attempt,
        ask: &impl Fn(&Page) -> Result<Documents<D>, Error>,
    ) -> Result<bool, Error> {
        let Some(pages) = self.first_page(window, marker, attempt, ask)? else { return Ok(false) };
        let (mut numbers, mut total) = (BTreeSet::new(), None);
        for page in (0..pages).rev() {
            let Some(documents) = self.page(window, page, ask)? else { return Ok(true) };
            numbers.extend(documents.listed.iter().map(|document| document.number.clone()));
            total = documents.total.or(total);
            self.keep(documents.listed, marker, attempt);
        }
        // A list that lacks some of what it counts proves nothing.
        let rows = numbers.len() as u64;
        if let Some(total) = total.filter(|total| rows < *total) {
            return Err(Error::malformed(format!("{rows} documents came of the {total} that there are")));
        }
        Ok(true)
    }

    /// The first page of a window; how many pages there are, where it is not the only one.
    fn first_page(
        &mut self,
        window: TimeWindow,
        marker: &Marker,
        attempt: &Attempt,
        ask: &impl Fn(&Page) -> Result<Documents<D>, Error>,
    ) -> Result<Option<u32>, Error> {
        let Some(documents) = self.page(window, 0, ask)? else { return Ok(None) };
        let rows = documents.listed.len() as u64;
        let total = documents.total.unwrap_or(rows);
        // Without a total, a full page may not be the last.
        if documents.total.is_none() && rows >= u64::from(PAGE_SIZE) {
            self.looked.whole = false;
        }
        self.keep(documents.listed, marker, attempt);
        if total <= rows {
            return Ok(None);
        }
        Ok(Some(u32::try_from(total.div_ceil(rows.max(1))).unwrap_or(u32::MAX)))
    }

    /// One page; none where no further request may be made.
    fn page(
        &mut self,
        window: TimeWindow,
        page_no: u32,
        ask: &impl Fn(&Page) -> Result<Documents<D>, Error>,
    ) -> Result<Option<Documents<D>>, Error> {
        if self.requests >= MOST_REQUESTS {
            self.looked.whole = false;
            return Ok(None);
        }
        self.requests += 1;
        let (Some(start_time), Some(end_time)) = (beijing::format(window.start), beijing::format(window.end)) else {
            return Err(Refused::internal("the write was sent at a time that no provider can read").into());
        };
        let paging = Paging { page_size: PAGE_SIZE, page_no, calc_total: page_no == 0 };
        let documents = ask(&Page { params: Params { start_time, end_time }, paging })?;
        self.looked.seen += documents.listed.len() as u64;
        Ok(Some(documents))
    }

    fn keep(&mut self, listed: Vec<Listed<D>>, marker: &Marker, attempt: &Attempt) {
        let earliest = attempt.first_sent.saturating_sub(CLOCKS_APART);
        for document in listed {
            let is_new = self.looked.marked.iter().all(|known| known.number != document.number);
            let is_later = document.created.is_none_or(|created| created >= earliest);
            if is_new && is_later && marker.is_in(&document.remark) {
                self.looked.marked.push(document);
            }
        }
    }
}

/// What a document that has the marker says of the write.
pub(crate) enum Says {
    /// Its goods and warehouses are the order's: this far it got.
    Applied(Progress, Vec<(String, String)>),
    /// They are, and it was cancelled since.
    Cancelled,
    /// They are others: so it says.
    Other(String),
    /// They are not told: so it says.
    Untold(String),
}

/// What became of the write, by the documents with its marker.
///
/// `kind` is what the ERP client calls them, `elsewhere` where a person looks for what is not found.
pub(crate) fn conclude<D>(
    host: &impl Host,
    looked: &Looked<D>,
    marker: &Marker,
    attempt: &Attempt,
    kind: &str,
    elsewhere: &str,
    says: impl Fn(&Listed<D>) -> Result<Says, Error>,
) -> Result<Resolution, Error> {
    let mut own = Vec::new();
    let mut others = Vec::new();
    for listed in &looked.marked {
        match says(listed)? {
            Says::Other(what) => others.push(format!("{} ({what})", listed.number)),
            Says::Untold(why) => {
                return Ok(Resolution::CannotTell(format!(
                    "the {kind} is there as {} with the marker {}, and what it has in it is not told: {why}. Compare it with the \
                     order in the ERP client",
                    listed.number,
                    marker.as_str()
                )));
            }
            says => own.push((listed, says)),
        }
    }
    let marker = marker.as_str();
    Ok(match own.as_slice() {
        [(listed, Says::Applied(progress, extras))] => Resolution::Applied(Receipt {
            document: Some(listed.number.clone()),
            progress: *progress,
            failed: Vec::new(),
            repeated: None,
            extras: extras.clone(),
        }),
        [(listed, _)] => Resolution::CannotTell(format!(
            "the {kind} is there as {} with the marker {marker}, and was cancelled (状态 10 or 90): it was made, and nothing comes \
             of it unless somebody had acted on it before. Look at it in the ERP client",
            listed.number
        )),
        [] if others.is_empty() => return missing(host, looked, marker, attempt, kind, elsewhere),
        [] => Resolution::CannotTell(format!(
            "a {kind} has the marker {marker} in its remark and is not what was ordered: {}. Either staff edited it, and the write \
             was carried out; or it is another's, and was copied. Look at it in the ERP client",
            others.join(", ")
        )),
        several => {
            let numbers: Vec<_> = several.iter().map(|(listed, _)| listed.number.as_str()).collect();
            Resolution::CannotTell(format!(
                "several documents ({kind}) have the marker {marker} and the goods of the order: {}. One of them was copied, or \
                 the write was carried out twice. Look at them in the ERP client",
                numbers.join(", ")
            ))
        }
    })
}

/// No document has the marker.
fn missing<D>(
    host: &impl Host,
    looked: &Looked<D>,
    marker: &str,
    attempt: &Attempt,
    kind: &str,
    elsewhere: &str,
) -> Result<Resolution, Error> {
    let age = host.now().saturating_sub(attempt.last_sent);
    let complete_after = complete_after(host)?;
    let left = complete_after.unwrap_or(PATIENCE).saturating_sub(age);
    if left > 0 {
        let wait = if complete_after.is_some() { left } else { left.min(SOONEST) };
        return Ok(Resolution::TooEarly(wait.unsigned_abs()));
    }
    let times = |milliseconds| beijing::format(milliseconds).unwrap_or_default();
    let told = format!(
        "no {kind} with the marker {marker} among the {} that changed from {} to {} (Asia/Shanghai)",
        looked.seen,
        times(looked.window.start),
        times(looked.window.end),
    );
    Ok(match (complete_after, looked.whole) {
        (Some(_), true) => Resolution::NotApplied(told),
        (_, false) => Resolution::CannotTell(format!(
            "{told}, which are not all: there were more than {MOST_REQUESTS} requests show. {elsewhere}"
        )),
        (None, true) => Resolution::CannotTell(format!(
            "{told}, which proves nothing: whether the provider shows every document with its remark, and how soon, is not \
             established. One try at a real account tells; then settings.{COMPLETE_AFTER} says it. {elsewhere}"
        )),
    })
}

/// How long after the last sending a document that is not shown was not made, in milliseconds.
///
/// # Errors
/// The setting is no time.
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
            format!("`{setting}` is no time of less than 30 days such as `90 s`, `10 min` or `2 h`"),
        )),
    }
}
