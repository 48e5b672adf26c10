//! `stock_transfer_query` (查询调拨单): looks up a transfer whose answer was lost.
//!
//! A public client of this edition reads `outer_no` in the rows, and the vendor's page of the Web edition, where the method
//! has the same name, says that it is the push's. That is enough to trust a row with the number, and too little to conclude
//! anything from its absence: a transfer that is not found is left to a person.

use stockbridge_connector::{
    Attempt, Effect, Error, Host, Progress, Receipt, Refused, Resolution, TransferOrder, china_time,
    json::{self, Scalar},
    object::{Fields, Object},
    reader::{ReadError, Reader},
    windows::{CLOCKS_APART, THIRTY_DAYS},
};

use crate::{openapi, stock_transfer_push};

const METHOD: &str = "stock_transfer_query";

/// 分页大小: 1 to 100.
const LARGEST_PAGE: usize = 100;
/// Maximum number of pages read: ten requests, and a thousand transfers between the two warehouses.
const MAX_PAGES: u32 = 10;
/// 已取消.
const CANCELLED: u64 = 10;
/// The push to the warehouse failed.
const PUSH_FAILED: [u64; 2] = [44, 64];
/// 调拨完成: carried out, by the pages of both sister editions.
const DONE: u64 = 90;

/// The method's answer.
#[derive(Default)]
struct Answer<'a> {
    /// 总条数.
    total_count: Scalar<'a>,
    /// 调拨单数据节点.
    transfer_list: Option<Vec<Object<Transfer<'a>>>>,
}

impl<'a> Fields<'a> for Answer<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "total_count" => self.total_count = value.read()?,
            "transfer_list" => self.transfer_list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A row of `transfer_list`. Its other fields become the receipt's extras.
#[derive(Default)]
struct Transfer<'a> {
    /// 调拨单号.
    transfer_no: Scalar<'a>,
    /// 外部单号: the push's.
    outer_no: Scalar<'a>,
}

impl<'a> Fields<'a> for Transfer<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "transfer_no" => self.transfer_no = value.read()?,
            "outer_no" => self.outer_no = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn resolve(host: &impl Host, order: &TransferOrder, attempt: &Attempt) -> Result<Resolution, Error> {
    let outer_no = attempt.key.as_ref().unwrap_or(&order.reference);
    let words = || stock_transfer_push::where_to_look(order, outer_no, attempt);
    match find(host, order, outer_no, attempt) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Ok(Resolution::CannotTell(format!(
            "Wangdiantong's look-up of transfers shows none with this number, which proves nothing: whether it shows all of \
             them, and how soon, is not established. {}",
            words()
        ))),
        Err(mut error) => {
            error.message =
                format!("the look-up failed, which says nothing about the write: {}. {}", error.message, words());
            Err(error)
        }
    }
}

fn find(
    host: &impl Host,
    order: &TransferOrder,
    outer_no: &str,
    attempt: &Attempt,
) -> Result<Option<Resolution>, Error> {
    let (start_time, end_time) = window(host, attempt)?;
    for page_no in 0..MAX_PAGES {
        let form = [
            ("start_time", start_time.as_str()),
            ("end_time", &end_time),
            ("from_warehouse_no", &order.from_warehouse),
            ("to_warehouse_no", &order.to_warehouse),
            ("page_size", &LARGEST_PAGE.to_string()),
            ("page_no", &page_no.to_string()),
        ];
        let text = openapi::send(host, METHOD, Effect::Read, &form)?;
        let (answer, _) = openapi::read::<Answer<'_>>(&text)?;
        let rows = json::list(answer.transfer_list, "transfer_list", answer.total_count.count("total_count")?)?;
        let last = rows.len() < LARGEST_PAGE;
        if let Some(transfer) = rows.into_iter().find(|row| row.fields.outer_no.as_str() == outer_no) {
            return Ok(Some(found(transfer)));
        }
        if last {
            break;
        }
    }
    Ok(None)
}

/// 最后修改时间: from before the first sending until now, within the 30 days that the provider allows.
fn window(host: &impl Host, attempt: &Attempt) -> Result<(String, String), Refused> {
    let start = attempt.first_sent.saturating_sub(CLOCKS_APART);
    let end = host.now().clamp(start, start.saturating_add(THIRTY_DAYS));
    match (china_time::format(start), china_time::format(end)) {
        (Some(start), Some(end)) => Ok((start, end)),
        _ => Err(Refused::internal("the write was sent at a time outside the provider's range")),
    }
}

/// Resolution by a transfer that was found, by its status.
fn found(transfer: Object<Transfer<'_>>) -> Resolution {
    let status = transfer.others.iter().find(|(name, _)| name == "status");
    let status: Scalar<'_> = status.and_then(|(_, json)| json::read(json).ok()).unwrap_or_default();
    let status = status.count("status").ok().flatten();
    let number = transfer.fields.transfer_no.filled();
    if status == Some(CANCELLED) {
        let number = number.as_deref().unwrap_or("without a number");
        return Resolution::CannotTell(format!(
            "the transfer exists as {number}, and was cancelled (状态 10): it was created, and moves no stock unless somebody had \
             moved it before. Check it in the ERP client's list of transfers (调拨单)"
        ));
    }
    Resolution::Applied(Receipt {
        document: number,
        progress: match status {
            Some(DONE) => Progress::Done,
            Some(status) if PUSH_FAILED.contains(&status) => Progress::Stuck,
            _ => Progress::Accepted,
        },
        failed: Vec::new(),
        repeated: None,
        extras: transfer.others,
    })
}
