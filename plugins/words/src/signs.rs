//! Parts of texts that make any refusal doubtful, and those of a rate limit. All functions take texts in the form of
//! [`normal`](crate::normal).
//!
//! No vendor publishes a list. These are the usual messages of gateways, databases and such systems, in both languages; a
//! superfluous entry costs a person's look, a missing one a second delivery.

/// Signs of a provider in trouble.
const TROUBLE: [&str; 62] = [
    // Gateways and networks.
    "http status",
    "gateway",
    "网关",
    "connect",
    "连接",
    "network",
    "网络",
    "socket",
    "timeout",
    "timed out",
    "time out",
    "超时",
    "unreachable",
    "不可达",
    "reset by peer",
    "broken pipe",
    "断开",
    "中断",
    // Databases.
    "database",
    "数据库",
    "db error",
    "sql",
    "deadlock",
    "死锁",
    "lock wait",
    "jdbc",
    "redis",
    "data truncation",
    "incorrect string value",
    // Unknown causes and internal errors.
    "未知",
    "unknown",
    "内部",
    "internal error",
    "internal server",
    "internal service",
    "server error",
    "系统错误",
    "系统繁忙",
    "系统忙",
    "系统维护",
    "系统升级",
    "system error",
    "system busy",
    "异常",
    "exception",
    "nullpointer",
    "null pointer",
    "stack trace",
    "panic",
    "out of memory",
    "崩溃",
    "宕机",
    "故障",
    // A service that is not available.
    "unavailable",
    "不可用",
    "服务器",
    "服务错误",
    "服务繁忙",
    "服务忙",
    "service busy",
    "其他错误",
    "其它错误",
];

/// Gateway statuses as bare numbers.
const GATEWAY_STATUS: [&str; 4] = ["500", "502", "503", "504"];
/// Words that identify such a number as a status.
const OF_A_STATUS: [&str; 9] = ["http", "status", "code", "error", "状态", "返回", "响应", "错误", "server"];

/// Signs of an order that the provider has already.
const REPEAT: [&str; 8] =
    ["重复", "已存在", "已经存在", "此外部单已使用", "duplicate", "already exist", "repeat", "already used"];

/// Signs that something was done, in part or whole, or is under way.
const DONE: [&str; 25] = [
    "成功",
    "已生成",
    "已创建",
    "已保存",
    "已提交",
    "已执行",
    "已完成",
    "已入库",
    "已出库",
    "已审核",
    "已推送",
    "部分",
    "推送",
    "处理中",
    "受理",
    "执行中",
    "审核中",
    "进行中",
    "created",
    "partially",
    "succeeded",
    "successful",
    "processing",
    "pending",
    "in progress",
];

/// The system's own things: beside one of these, a predicate may not be about a noun of the order.
const OF_THE_SYSTEM: [&str; 16] = [
    "内存",
    "连接",
    "会话",
    "线程",
    "队列",
    "返回数据",
    "响应",
    "接口",
    "等待",
    "服务",
    "缓存",
    "磁盘",
    "任务",
    "进程",
    "session",
    "thread",
];

/// Signs of a rate limit.
const LIMIT: [&str; 11] = [
    "频率",
    "频繁",
    "超过每分钟",
    "超过每秒",
    "限流",
    "调用次数",
    "并发次数",
    "too many requests",
    "rate limit",
    "call limited",
    "call-limited",
];

/// Whether the text is about trouble at the provider.
#[must_use]
pub fn is_trouble(words: &str) -> bool {
    // `SYSTEM_ERROR` is a code with the meaning of the text.
    let words = words.replace(['_', '-'], " ");
    has_any(&words, &TROUBLE) || is_gateway_status(&words)
}

/// Whether the text says that the provider has such an order already.
#[must_use]
pub fn is_repeat(words: &str) -> bool {
    has_any(words, &REPEAT)
}

/// Whether the text says that something was done or is under way.
#[must_use]
pub fn is_done(words: &str) -> bool {
    has_any(words, &DONE)
}

/// Whether the text is about the system's own things.
#[must_use]
pub fn is_of_the_system(words: &str) -> bool {
    has_any(words, &OF_THE_SYSTEM)
}

/// Whether the text is about a rate limit.
#[must_use]
pub fn is_limit(words: &str) -> bool {
    has_any(words, &LIMIT)
}

fn has_any(words: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| words.contains(part))
}

/// A number as the whole text, or beside a word that identifies it as a status: `商家编码:502` is an item.
fn is_gateway_status(words: &str) -> bool {
    let mut numbers = words.split(|character: char| !character.is_ascii_alphanumeric());
    numbers.any(|number| GATEWAY_STATUS.contains(&number))
        && (GATEWAY_STATUS.contains(&words.trim()) || has_any(words, &OF_A_STATUS))
}
