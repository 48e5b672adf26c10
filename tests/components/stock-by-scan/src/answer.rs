//! Stock answer, read with the SDK's reader, as in the connector.

use stockbridge_connector::{
    Error, StockDetail, StockLevel, StockPage,
    json::{self, Scalar},
    object::{Fields, Object},
    reader::{Raw, ReadError, Reader},
    row::Row,
};

#[derive(Default)]
struct Answer<'a> {
    code: Scalar<'a>,
    total_count: Scalar<'a>,
    stocks: Option<Vec<Row<'a, Stock<'a>>>>,
}

impl<'a> Fields<'a> for Answer<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "code" => self.code = value.read()?,
            "total_count" => self.total_count = value.read()?,
            "stocks" => self.stocks = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default)]
struct Stock<'a> {
    goods_name: Scalar<'a>,
    spec_no: Scalar<'a>,
    barcode: Scalar<'a>,
    warehouse_no: Scalar<'a>,
    stock_num: Scalar<'a>,
    modified: Scalar<'a>,
    avaliable_num: Scalar<'a>,
    details: Option<Vec<Object<Detail<'a>>>>,
}

impl<'a> Fields<'a> for Stock<'a> {
    const REQUIRED: &'static [&'static str] = &["spec_no", "warehouse_no", "stock_num"];
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "goods_name" => self.goods_name = value.read()?,
            "spec_no" => self.spec_no = value.read()?,
            "barcode" => self.barcode = value.read()?,
            "warehouse_no" => self.warehouse_no = value.read()?,
            "stock_num" => self.stock_num = value.read()?,
            "modified" => self.modified = value.read()?,
            "avaliable_num" => self.avaliable_num = value.read()?,
            "details" => self.details = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default)]
struct Detail<'a> {
    position_no: Scalar<'a>,
    batch_no: Scalar<'a>,
    expire_date: Option<Raw<'a>>,
    stock_num: Scalar<'a>,
}

impl<'a> Fields<'a> for Detail<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "position_no" => self.position_no = value.read()?,
            "batch_no" => self.batch_no = value.read()?,
            "expire_date" => self.expire_date = Some(value.read()?),
            "stock_num" => self.stock_num = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn page(text: &str) -> Result<StockPage, Error> {
    let Object { fields: answer, others } = json::read::<Object<Answer<'_>>>(text)?;
    if answer.code.as_str() != "0" {
        return Err(Error::malformed("`code` is missing or no success"));
    }
    let total = answer.total_count.count("total_count")?;
    let rows = json::list(answer.stocks, "stocks", total)?;
    let levels = rows.into_iter().map(level).collect::<Result<_, _>>()?;
    Ok(StockPage { levels, next: None, total, extras: others })
}

fn level(row: Row<'_, Stock<'_>>) -> Result<StockLevel, Error> {
    let raw = row.text.to_owned();
    let stock = row.fields;
    Ok(StockLevel {
        sku: stock.spec_no.0.into_owned(),
        warehouse: stock.warehouse_no.0.into_owned(),
        condition: None,
        owner: None,
        on_hand: stock.stock_num.figure("stock_num")?,
        available: stock.avaliable_num.figure("avaliable_num")?,
        reserved: None,
        incoming: None,
        barcode: stock.barcode.filled(),
        name: stock.goods_name.filled(),
        changed: stock.modified.time("modified")?,
        details: stock.details.unwrap_or_default().into_iter().map(place).collect::<Result<_, _>>()?,
        raw,
    })
}

fn place(Object { fields, others }: Object<Detail<'_>>) -> Result<StockDetail, Error> {
    let mut extras = others;
    extras.extend(fields.expire_date.map(|date| ("expire_date".to_owned(), date.0.to_owned())));
    Ok(StockDetail {
        position: fields.position_no.filled(),
        batch: fields.batch_no.filled(),
        expiry: None,
        quantity: fields.stock_num.figure("details.stock_num")?,
        extras,
    })
}
