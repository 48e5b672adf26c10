//! Stock answer, read with serde_json: a row is a raw value, which keeps its text, and is parsed again for its fields. Scalars
//! are raw values as well, since parsing a number loses digits.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use stockbridge_connector::{
    Error, StockDetail, StockLevel, StockPage,
    json::{self, Scalar},
};

/// Text or number; null is the empty text.
#[derive(Default)]
struct Text<'a>(Scalar<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        Ok(Text(match inner {
            Some(plain) if !plain.contains('\\') => Scalar(Cow::Borrowed(plain)),
            Some(_) => Scalar(Cow::Owned(serde_json::from_str(text).map_err(D::Error::custom)?)),
            None if text == "null" => Scalar::default(),
            None if text.starts_with(['{', '[']) => return Err(D::Error::custom("a text or a number was expected")),
            None => Scalar(Cow::Borrowed(text)),
        }))
    }
}

/// Stock row with its text.
struct Row<'a> {
    fields: Stock<'a>,
    text: &'a str,
}

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Row<'a>, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Row { fields: serde_json::from_str(text).map_err(D::Error::custom)?, text })
    }
}

#[derive(Deserialize)]
struct Stock<'a> {
    #[serde(borrow, default)]
    goods_name: Text<'a>,
    #[serde(borrow)]
    spec_no: Text<'a>,
    #[serde(borrow, default)]
    barcode: Text<'a>,
    #[serde(borrow)]
    warehouse_no: Text<'a>,
    #[serde(borrow)]
    stock_num: Text<'a>,
    #[serde(borrow, default)]
    modified: Text<'a>,
    #[serde(borrow, default)]
    avaliable_num: Text<'a>,
    #[serde(borrow, default)]
    details: Option<Vec<Object<'a, Detail<'a>>>>,
}

/// Known members of an object, and the names and texts of all others in order.
struct Object<'a, F> {
    fields: F,
    others: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// Reads a member with a known name; `false` for any other.
trait Members<'de>: Default {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error>;
}

impl<'de: 'a, 'a, F: Members<'de>> Deserialize<'de> for Object<'a, F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'a, F>, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(F::default()))
    }
}

struct ObjectVisitor<F>(F);

impl<'de, F: Members<'de>> Visitor<'de> for ObjectVisitor<F> {
    type Value = Object<'de, F>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de, F>, A::Error> {
        let (mut fields, mut others) = (self.0, Vec::new());
        while let Some(name) = map.next_key_seed(Name)? {
            if !fields.take(&name, &mut map)? {
                others.push((name, map.next_value()?));
            }
        }
        Ok(Object { fields, others })
    }
}

/// Member name, borrowed if it has no escape.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[derive(Default)]
struct Answer<'a> {
    code: Text<'a>,
    total_count: Text<'a>,
    stocks: Option<Vec<Row<'a>>>,
}

impl<'de: 'a, 'a> Members<'de> for Answer<'a> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "code" => self.code = map.next_value()?,
            "total_count" => self.total_count = map.next_value()?,
            "stocks" => self.stocks = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default)]
struct Detail<'a> {
    position_no: Text<'a>,
    batch_no: Text<'a>,
    expire_date: Option<&'a RawValue>,
    stock_num: Text<'a>,
}

impl<'de: 'a, 'a> Members<'de> for Detail<'a> {
    fn take<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "position_no" => self.position_no = map.next_value()?,
            "batch_no" => self.batch_no = map.next_value()?,
            "expire_date" => self.expire_date = Some(map.next_value()?),
            "stock_num" => self.stock_num = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn page(text: &str) -> Result<StockPage, Error> {
    let Object { fields: answer, others } =
        serde_json::from_str::<Object<'_, Answer<'_>>>(text).map_err(Error::malformed)?;
    if answer.code.0.as_str() != "0" {
        return Err(Error::malformed("`code` is missing or no success"));
    }
    let total = answer.total_count.0.count("total_count")?;
    let rows = json::list(answer.stocks, "stocks", total)?;
    let levels = rows.into_iter().map(level).collect::<Result<_, _>>()?;
    Ok(StockPage { levels, next: None, total, extras: extras(others) })
}

fn extras(others: Vec<(Cow<'_, str>, &RawValue)>) -> Vec<(String, String)> {
    others.into_iter().map(|(name, value)| (name.into_owned(), value.get().to_owned())).collect()
}

fn level(row: Row<'_>) -> Result<StockLevel, Error> {
    let raw = row.text.to_owned();
    let stock = row.fields;
    Ok(StockLevel {
        sku: stock.spec_no.0.0.into_owned(),
        warehouse: stock.warehouse_no.0.0.into_owned(),
        condition: None,
        owner: None,
        on_hand: stock.stock_num.0.figure("stock_num")?,
        available: stock.avaliable_num.0.figure("avaliable_num")?,
        reserved: None,
        incoming: None,
        barcode: stock.barcode.0.filled(),
        name: stock.goods_name.0.filled(),
        changed: stock.modified.0.time("modified")?,
        details: stock.details.unwrap_or_default().into_iter().map(place).collect::<Result<_, _>>()?,
        raw,
    })
}

fn place(Object { fields, others }: Object<'_, Detail<'_>>) -> Result<StockDetail, Error> {
    let mut extras = extras(others);
    extras.extend(fields.expire_date.map(|date| ("expire_date".to_owned(), date.get().to_owned())));
    Ok(StockDetail {
        position: fields.position_no.0.filled(),
        batch: fields.batch_no.0.filled(),
        expiry: None,
        quantity: fields.stock_num.0.figure("details.stock_num")?,
        extras,
    })
}
