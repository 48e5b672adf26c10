//! 万邑通: one address, a JSON envelope with the method, the signatures and the business data.

mod adjustment;
mod canonical;
mod failure;
mod inventory;
mod movements;
mod signature;
mod storage;
mod warehouses;

use time::{Duration, OffsetDateTime};

use super::fields::Fields;
use super::{Answer, JSON, Request, State, is_fresh};
use crate::china_time;
use crate::json::Json;

pub(crate) use failure::Failure;

use signature::Signed;

const APP_KEY: &str = "demo@example.com";
const TOKEN: &str = "demo-token";
const CLIENT_ID: &str = "demo-client";
const CLIENT_SECRET: &str = "demo-client-secret";

/// The vendor's tolerance is not established; this is the widest of the four providers'.
const TOLERANCE: Duration = Duration::minutes(10);

/// A page by the rules of the newer queries: `pageVo` requests it, `pageParams` describes it.
struct PageVo {
    number: usize,
    size: usize,
}

impl PageVo {
    fn read(data: &mut Fields<'_>) -> Result<PageVo, Failure> {
        let mut fields = data.required("pageVo", |value| value.fields())?;
        let number = fields.required("pageNo", |value| value.integer_in(1..=i64::from(u32::MAX)))?;
        // The vendor's maximum page is not established; a client that requests more than this is noticed.
        let size = fields.required("pageSize", |value| value.integer_in(1..=200))?;
        fields.finish()?;
        let whole = |number| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(PageVo { number: whole(number.saturating_sub(1)), size: whole(size) })
    }

    fn of<T>(&self, state: &State, rows: &[T], show: impl Fn(&T) -> Json) -> Json {
        let number = |number: usize| Json::from(u64::try_from(number).unwrap_or(u64::MAX));
        let page = state.page(self.number, self.size, rows.len());
        let list = rows.iter().skip(page.saturating_mul(self.size)).take(self.size).map(show).collect();
        let params = Json::object([
            ("pageNo", number(page.saturating_add(1))),
            ("pageSize", number(self.size)),
            ("totalCount", number(rows.len())),
        ]);
        Json::object([("pageParams", params), ("list", Json::Array(list))])
    }
}

/// Longer than any text in an envelope.
const TEXT: usize = 255;

/// The members of the envelope.
struct Envelope {
    action: String,
    app_key: String,
    client_id: Option<String>,
    client_sign: Option<String>,
    format: String,
    platform: String,
    sign: String,
    sign_method: String,
    timestamp: String,
    version: String,
}

pub(crate) fn answer(request: &Request, state: &State) -> Answer {
    match answer_or_fail(request, state) {
        Ok(data) => {
            Answer::json(&Json::object([("code", Json::from("0")), ("msg", Json::from("操作成功")), ("data", data)]))
        }
        Err(failure) => failure.answer(),
    }
}

fn answer_or_fail(request: &Request, state: &State) -> Result<Json, Failure> {
    if !request.posts(JSON) {
        return Err(Failure::generic("POST application/json expected"));
    }
    let text = std::str::from_utf8(&request.body).map_err(|_| Failure::generic("not UTF-8"))?;
    let json = Json::parse(text).map_err(|error| Failure::generic(format!("not JSON: {error}")))?;
    let data = json.get("data").filter(|data| **data != Json::Null);
    let envelope = envelope(Fields::of(&json, "")?)?;
    authenticate(&envelope, data, state.clock.now())?;
    let empty = Json::Object(Vec::new());
    let data = Fields::of(data.unwrap_or(&empty), "data")?;
    match envelope.action.as_str() {
        adjustment::ACTION => adjustment::create(data, state),
        storage::ACTION => storage::query(data, state),
        inventory::ACTION => inventory::query(data, state),
        movements::ACTION => movements::query(data, state),
        warehouses::ACTION => warehouses::query(data, state),
        other => Err(Failure::generic(format!("action不存在: {other}"))),
    }
}

fn envelope(mut fields: Fields<'_>) -> Result<Envelope, Failure> {
    let envelope = Envelope {
        action: fields.required("action", |value| value.filled(TEXT))?,
        app_key: fields.required("app_key", |value| value.filled(TEXT))?,
        client_id: fields.optional("client_id", |value| value.filled(TEXT))?,
        client_sign: fields.optional("client_sign", |value| value.filled(TEXT))?,
        format: fields.required("format", |value| value.filled(TEXT))?,
        platform: fields.required("platform", |value| value.filled(TEXT))?,
        sign: fields.required("sign", |value| value.filled(TEXT))?,
        sign_method: fields.required("sign_method", |value| value.filled(TEXT))?,
        timestamp: fields.required("timestamp", |value| value.filled(TEXT))?,
        version: fields.required("version", |value| value.filled(TEXT))?,
    };
    fields.optional("language", |value| value.filled(TEXT))?;
    fields.optional("data", |_| Ok(()))?;
    fields.finish()?;
    for (name, value, expected) in [
        ("format", &envelope.format, "json"),
        ("sign_method", &envelope.sign_method, "md5"),
        ("version", &envelope.version, "1.0"),
    ] {
        if value != expected {
            return Err(Failure::generic(format!("{name} is not {expected}")));
        }
    }
    Ok(envelope)
}

fn authenticate(envelope: &Envelope, data: Option<&Json>, now: OffsetDateTime) -> Result<(), Failure> {
    if envelope.app_key != APP_KEY {
        return Err(Failure::unknown_user());
    }
    if !china_time::parse(&envelope.timestamp).is_some_and(|moment| is_fresh(moment, now, TOLERANCE)) {
        return Err(Failure::generic("timestamp is not a yyyy-MM-dd HH:mm:ss near the present"));
    }
    let data = data.map(canonical::canonical).unwrap_or_default();
    let signed = Signed {
        action: &envelope.action,
        app_key: &envelope.app_key,
        data: &data,
        format: &envelope.format,
        platform: &envelope.platform,
        sign_method: &envelope.sign_method,
        timestamp: &envelope.timestamp,
        version: &envelope.version,
    };
    let is_client_right = match (&envelope.client_id, &envelope.client_sign) {
        // An account with a token only.
        (None, None) => true,
        (Some(id), Some(sign)) => id == CLIENT_ID && *sign == signed.with(CLIENT_SECRET),
        _ => false,
    };
    if is_client_right && envelope.sign == signed.with(TOKEN) { Ok(()) } else { Err(Failure::identity()) }
}
