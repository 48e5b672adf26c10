//! 旺店通旗舰版: one address, common parameters in the query, a JSON array of arguments in the body.

mod count;
mod count_query;
mod documents;
mod failure;
mod occupation;
mod pool_order;
mod pool_search;
mod quick_transfer;
mod search;
mod signature;
mod transfer;
mod transfer_query;

use time::{Duration, OffsetDateTime};

use super::fields::Fields;
use super::form::Form;
use super::{Answer, JSON, Request, State, is_fresh};
use crate::json::Json;

pub(crate) use failure::Failure;

const SID: &str = "demo-sid";
const KEY: &str = "demo-key";
const SECRET: &str = "demo-secret";
const SALT: &str = "demo-salt";

const COMMON: [&str; 7] = ["sid", "key", "salt", "method", "v", "timestamp", "sign"];
const PAGING: [&str; 3] = ["page_size", "page_no", "calc_total"];

/// Timestamps count from 2012-01-01 00:00:00 in Beijing.
const TIMESTAMP_ZERO: i64 = 1_325_347_200;
const TOLERANCE: Duration = Duration::seconds(120);

/// A call of an authenticated caller.
struct Call<'a> {
    state: &'a State,
    method: &'a str,
    query: &'a Form,
    arguments: Vec<Json>,
}

pub(crate) fn answer(request: &Request, state: &State) -> Answer {
    match answer_or_fail(request, state) {
        Ok(data) => Answer::json(&Json::object([("status", Json::from(0_i64)), ("data", data)])),
        Err(failure) => failure.answer(),
    }
}

fn answer_or_fail(request: &Request, state: &State) -> Result<Json, Failure> {
    if !request.posts(JSON) {
        return Err(Failure::parameters());
    }
    let query = Form::read(request.query.as_bytes()).map_err(|_| Failure::parameters())?;
    authenticate(&query, &request.body, state.clock.now())?;
    let call = Call {
        state,
        method: query.filled("method").unwrap_or_default(),
        query: &query,
        arguments: arguments(&request.body)?,
    };
    match call.method {
        quick_transfer::METHOD => quick_transfer::create(&call),
        occupation::METHOD => occupation::create(&call),
        search::METHOD => search::search(&call),
        count::METHOD => count::create(&call),
        transfer::METHOD => transfer::create(&call),
        pool_search::METHOD => pool_search::search(&call),
        transfer_query::METHOD => transfer_query::query(&call),
        count_query::METHOD => count_query::query(&call),
        count_query::DETAIL_METHOD => count_query::detail(&call),
        pool_order::METHOD => pool_order::create(&call),
        pool_order::SEARCH_METHOD => pool_order::search(&call),
        // An application is granted methods one by one; the answer to an unknown method name is not established.
        _ => Err(Failure::business("权限不足")),
    }
}

fn authenticate(query: &Form, body: &[u8], now: OffsetDateTime) -> Result<(), Failure> {
    if let Some(missing) = COMMON.iter().find(|name| query.filled(name).is_none()) {
        return Err(Failure::field(missing));
    }
    if let Some(unknown) = query.unknown(&[&COMMON, &PAGING]) {
        return Err(Failure::field(unknown));
    }
    let given = |name| query.get(name).unwrap_or_default();
    if given("sid") != SID {
        return Err(Failure::new(1, "sid is not exists"));
    }
    if given("v") != "1.0" {
        return Err(Failure::new(8, "版本错误"));
    }
    // The vendor reads a 32-bit number: milliseconds overflow it, and are answered as text that is not a number.
    let timestamp: i32 = given("timestamp").parse().map_err(|_| Failure::not_a_number(given("timestamp")))?;
    let moment = OffsetDateTime::from_unix_timestamp(i64::from(timestamp).saturating_add(TIMESTAMP_ZERO));
    if !moment.is_ok_and(|moment| is_fresh(moment, now, TOLERANCE)) {
        return Err(Failure::new(7, "时间戳错误"));
    }
    // How the answer to a bad signature differs from that to a bad key is not established: the vendor's table has one text
    // for both.
    let is_known = given("key") == KEY && given("salt") == SALT;
    if !is_known || !signature::verify(query, body, SECRET, given("sign")) {
        return Err(Failure::new(1, "验证失败"));
    }
    Ok(())
}

fn arguments(body: &[u8]) -> Result<Vec<Json>, Failure> {
    let text = std::str::from_utf8(body).map_err(|_| Failure::parameters())?;
    match Json::parse(text) {
        Ok(Json::Array(arguments)) => Ok(arguments),
        _ => Err(Failure::parameters()),
    }
}

impl Call<'_> {
    /// The arguments, if their number is the method's.
    fn arguments<const N: usize>(&self) -> Result<[&Json; N], Failure> {
        let arguments: Vec<&Json> = self.arguments.iter().collect();
        <[&Json; N]>::try_from(arguments).map_err(|_| Failure::new(1, "invalid argument count"))
    }

    /// The requested page.
    fn page(&self, largest: usize) -> Result<Page<'_>, Failure> {
        let number = |name| match self.query.filled(name) {
            Some(digits) => digits.parse::<usize>().map_err(|_| Failure::not_a_number(digits)),
            None => Err(Failure::business(format!("此方法仅支持分页查询：接口{}", self.method))),
        };
        let (size, number, counts) = (number("page_size")?, number("page_no")?, number("calc_total")?);
        let page = Page { state: self.state, size, number, counts };
        if !(1..=largest).contains(&page.size) || page.counts > 1 {
            return Err(Failure::parameters());
        }
        Ok(page)
    }
}

/// A page of a query.
struct Page<'a> {
    state: &'a State,
    size: usize,
    number: usize,
    /// 1 if the total is requested.
    counts: usize,
}

impl Page<'_> {
    /// The answer's data: this page of the stock rows.
    fn of<T>(&self, rows: Vec<T>, show: impl Fn(&T) -> Json) -> Json {
        self.list("detail_list", rows, show)
    }

    /// The rows of this page only.
    fn bare<T>(&self, rows: Vec<T>, show: impl Fn(&T) -> Json) -> Json {
        let number = self.state.page(self.number, self.size, rows.len());
        let page = rows.iter().skip(number.saturating_mul(self.size)).take(self.size.min(self.state.listing.rows));
        Json::Array(page.map(show).collect())
    }

    /// The answer's data, with this page of the rows under that name.
    fn list<T>(&self, name: &str, rows: Vec<T>, show: impl Fn(&T) -> Json) -> Json {
        let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let mut data = Vec::new();
        // The value of total_count when it was not requested is not established; clients must not rely on it, so it is
        // omitted.
        if self.counts == 1 {
            data.push(("total_count".to_owned(), Json::from(total)));
        }
        data.push((name.to_owned(), self.bare(rows, show)));
        Json::Object(data)
    }
}

/// The objects of an argument that is a list.
fn lines<'a>(argument: &'a Json, name: &str) -> Result<Vec<Fields<'a>>, Failure> {
    let Json::Array(elements) = argument else {
        return Err(Failure::mismatch());
    };
    let element = |(index, json)| Fields::of(json, &format!("{name}[{index}]")).map_err(Failure::from);
    elements.iter().enumerate().map(element).collect()
}
