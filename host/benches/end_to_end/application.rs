//! Hand-written baseline of an application: one async function with reqwest and serde_json, without sandbox, grants, rate
//! limits, redaction of secrets or retry rules.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use md5::{Digest as _, Md5};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use time::macros::{format_description, offset};
use time::{OffsetDateTime, PrimitiveDateTime};
use url::form_urlencoded::Serializer;

/// Queries the stock of an item; the request carries a signature over all parameters.
pub(crate) async fn query<Row: DeserializeOwned>(
    client: &Client,
    gateway: &str,
    sku: &str,
) -> Result<Vec<Row>, Box<dyn Error + Send + Sync>> {
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().to_string();
    let parameters = [
        ("appkey", "demo-key"),
        ("is_deleted", "1"),
        ("page_no", "0"),
        ("page_size", "100"),
        ("sid", "demo-sid"),
        ("spec_no", sku),
        ("timestamp", &timestamp),
    ];
    let mut signed = String::new();
    for (name, value) in parameters {
        let separator = if signed.is_empty() { "" } else { ";" };
        let (name_length, value_length) = (name.chars().count(), value.chars().count());
        write!(signed, "{separator}{name_length:02}-{name}:{value_length:04}-{value}")?;
    }
    signed.push_str("demo-secret");
    let mut sign = String::new();
    for byte in Md5::digest(&signed) {
        write!(sign, "{byte:02x}")?;
    }
    let body = Serializer::new(String::new()).extend_pairs(parameters).append_pair("sign", &sign).finish();

    let request = client.post(format!("{gateway}/stock_query_detail.php"));
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await?.error_for_status()?.bytes().await?;
    let answer: Answer<Row> = serde_json::from_slice(&answer)?;
    if answer.code != 0 {
        return Err(format!("provider error {}: {}", answer.code, answer.message.unwrap_or_default()).into());
    }
    Ok(answer.stocks)
}

/// Exchange with a body as long as a query's, without signing or mapping. Returns the length of the response.
pub(crate) async fn exchange(client: &Client, gateway: &str) -> Result<usize, reqwest::Error> {
    let request = client.post(format!("{gateway}/stock_query_detail.php")).body(vec![b'a'; 180]);
    Ok(request.send().await?.bytes().await?.len())
}

#[derive(Deserialize)]
struct Answer<Row> {
    code: i64,
    message: Option<String>,
    #[serde(default = "Vec::new")]
    stocks: Vec<Row>,
}

/// Stock row with the application's fields, typed.
#[derive(Debug, Deserialize)]
pub(crate) struct StockRow {
    #[serde(rename = "spec_no")]
    pub(crate) sku: String,
    #[serde(rename = "warehouse_no")]
    pub(crate) warehouse: String,
    #[serde(rename = "stock_num", deserialize_with = "quoted_decimal")]
    pub(crate) on_hand: Option<Decimal>,
    #[serde(rename = "avaliable_num", default, deserialize_with = "quoted_decimal")]
    pub(crate) available: Option<Decimal>,
    pub(crate) barcode: String,
    #[serde(rename = "goods_name")]
    pub(crate) name: String,
    #[serde(rename = "modified", deserialize_with = "china_time")]
    pub(crate) changed: Option<OffsetDateTime>,
    #[serde(default)]
    pub(crate) details: Vec<Detail>,
}

/// Storage position of a part of the row's stock.
#[derive(Debug, Deserialize)]
pub(crate) struct Detail {
    #[serde(rename = "position_no")]
    pub(crate) _position: String,
    #[serde(rename = "batch_no")]
    pub(crate) _batch: String,
    #[serde(rename = "stock_num", deserialize_with = "quoted_decimal")]
    pub(crate) _quantity: Option<Decimal>,
}

/// Stock row with its JSON text, as in a `StockLevel`.
#[derive(Debug)]
pub(crate) struct StockRowWithText {
    pub(crate) row: StockRow,
    pub(crate) raw: Box<RawValue>,
}

impl<'de> Deserialize<'de> for StockRowWithText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<StockRowWithText, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let row = serde_json::from_str(raw.get()).map_err(D::Error::custom)?;
        Ok(StockRowWithText { row, raw })
    }
}

/// Quoted decimal; `None` for the empty string.
fn quoted_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { Decimal::from_str_exact(&text).map(Some).map_err(D::Error::custom) }
}

fn china_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OffsetDateTime>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    if text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let time = PrimitiveDateTime::parse(&text, format).map_err(D::Error::custom)?;
    Ok(Some(time.assume_offset(offset!(+8))))
}
