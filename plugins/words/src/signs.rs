//! Parts of words that make any refusal doubtful, and those of a limit. All are given words as [`normal`](crate::normal) has
//! them.
//!
//! No vendor publishes a list. These are what gateways, databases and such systems say, in both languages; one too many
//! costs a person's look, one too few a second delivery.

/// Of a provider in trouble.
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
    // What is not known, and what lies inside.
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
    // A service that is not there.
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

/// The status of a gateway, by its number alone.
const GATEWAY_STATUS: [&str; 4] = ["500", "502", "503", "504"];
/// What such a number stands beside.
const OF_A_STATUS: [&str; 9] = ["http", "status", "code", "error", "状态", "返回", "响应", "错误", "server"];

/// Of an order that the provider has already.
const REPEAT: [&str; 8] =
    ["重复", "已存在", "已经存在", "此外部单已使用", "duplicate", "already exist", "repeat", "already used"];

/// Of something that was done, in part or whole, or is under way.
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

/// The system's own things: a noun of the order beside one of these is not what a predicate speaks of.
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

/// Of a limit on how often.
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

/// Whether the provider is in trouble.
#[must_use]
pub fn is_trouble(words: &str) -> bool {
    // `SYSTEM_ERROR` is the code of what others say in words.
    let words = words.replace(['_', '-'], " ");
    has_any(&words, &TROUBLE) || is_gateway_status(&words)
}

/// Whether the provider has such an order already.
#[must_use]
pub fn is_repeat(words: &str) -> bool {
    has_any(words, &REPEAT)
}

/// Whether something was done or is under way.
#[must_use]
pub fn is_done(words: &str) -> bool {
    has_any(words, &DONE)
}

/// Whether the system's own things are meant.
#[must_use]
pub fn is_of_the_system(words: &str) -> bool {
    has_any(words, &OF_THE_SYSTEM)
}

/// Whether it was too often.
#[must_use]
pub fn is_limit(words: &str) -> bool {
    has_any(words, &LIMIT)
}

fn has_any(words: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| words.contains(part))
}

/// A number by itself, with nothing else or beside what makes it a status: `商家编码:502` is an item.
fn is_gateway_status(words: &str) -> bool {
    let mut numbers = words.split(|character: char| !character.is_ascii_alphanumeric());
    numbers.any(|number| GATEWAY_STATUS.contains(&number))
        && (GATEWAY_STATUS.contains(&words.trim()) || has_any(words, &OF_A_STATUS))
}
