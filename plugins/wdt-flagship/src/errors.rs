//! What the provider's refusals mean: the table of status codes, and the texts of the business error 100.

use stockbridge_connector::{Error, ErrorClass, WriteFailure, in_trouble};

/// How long to stay away after the rate limit. The text says "later" (请稍后重试), and the vendor advises minutes.
const RATE_LIMIT_MILLISECONDS: u64 = 60_000;

/// Parts of the texts of status 1 that say that the caller is not known; all others find fault with the request.
const UNKNOWN_CALLER: [&str; 4] = ["验证失败", "sid is not exists", "sid is not found", "app auth fail"];

/// Parts of the texts of status 100, in the order in which they are looked for.
const BUSINESS_TEXTS: [(&str, ErrorClass); 10] = [
    // What follows is a comma, full-width on some pages and half-width on others.
    ("超过每分钟最大调用频率限制", ErrorClass::RateLimited),
    ("超过每分钟最大并发次数限制", ErrorClass::RateLimited),
    ("此方法仅支持分页查询", ErrorClass::InvalidRequest),
    ("查询时间过宽", ErrorClass::InvalidRequest),
    ("Unparseable date", ErrorClass::InvalidRequest),
    // 仓库编号不可为空 and the like.
    ("不可为空", ErrorClass::InvalidRequest),
    ("不能为空", ErrorClass::InvalidRequest),
    // 权限不足, 无仓库访问权限, 无该仓库权限.
    ("权限", ErrorClass::Forbidden),
    // 源仓库不存在, 单品不存在, 商家编码全不存在或都已删除.
    ("不存在", ErrorClass::NotFound),
    ("都已删除", ErrorClass::NotFound),
];

/// Parts of the texts of status 100 that say that a document with this outside number was made before. They refuse this
/// order, and say by that that the write it stands for may have been carried out. The vendor's pages of other methods
/// publish them, and no source says whether wms.stocktransfer.Edit.createOrder answers with one.
const USED_BEFORE: [&str; 2] = ["外部单号重复", "此外部单已使用"];

/// The provider said no: the answer's first `status` is not 0.
pub(crate) fn refusal(status: &str, message: &str, extras: Vec<(String, String)>) -> WriteFailure {
    let class = match status {
        "1" if UNKNOWN_CALLER.iter().any(|text| message.contains(text)) => ErrorClass::Unauthorized,
        // 2 says a bare field name, which is missing or unknown; 8 is the version.
        "1" | "2" | "8" => ErrorClass::InvalidRequest,
        // 3 wants a one-time password, 7 is the clock.
        "3" | "7" => ErrorClass::Unauthorized,
        "6" => ErrorClass::Forbidden,
        "100" if USED_BEFORE.iter().any(|text| message.contains(text)) => {
            return WriteFailure::Unknown(said(ErrorClass::Rejected, status, message, extras));
        }
        "100" if let Some(class) = business(message) => class,
        // 4 and 5 are database errors, 99 is "other": what was done before them, the provider does not say.
        "4" | "5" | "99" => return WriteFailure::Unknown(said(ErrorClass::Unavailable, status, message, extras)),
        // No more does it where the words alone tell of trouble.
        _ if in_trouble(message) => {
            return WriteFailure::Unknown(said(ErrorClass::Unavailable, status, message, extras));
        }
        "100" => ErrorClass::Rejected,
        // A status outside the table: no, but whether before or after anything was done is anybody's guess.
        _ => return WriteFailure::Unknown(said(ErrorClass::Rejected, status, message, extras)),
    };
    let mut error = said(class, status, message, extras);
    if class == ErrorClass::RateLimited {
        error = error.retry_after(RATE_LIMIT_MILLISECONDS);
    }
    WriteFailure::NotApplied(error)
}

/// The second level said no: `data.status` is neither 0 nor the audit that failed. The first level said yes, so a
/// document may exist.
pub(crate) fn second_level(status: &str, message: &str, extras: Vec<(String, String)>) -> WriteFailure {
    WriteFailure::Unknown(said(ErrorClass::Rejected, status, message, extras))
}

/// What a text of the business error says, where it is one of those that are published.
fn business(message: &str) -> Option<ErrorClass> {
    BUSINESS_TEXTS.iter().find(|(text, _)| message.contains(text)).map(|(_, class)| *class)
}

fn said(class: ErrorClass, status: &str, message: &str, extras: Vec<(String, String)>) -> Error {
    let mut error = Error::by_provider(class, status, message);
    error.extras = extras;
    error
}
