//! Read rules: the requests that an operator accepts as reads. A connector says itself whether a request changes anything at its
//! provider; where the operator has named the reads of an origin, both have to agree.

use std::fmt;
use std::str::FromStr;

use super::target::is_path;

/// The supported methods.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// A method with a path or with a path prefix: `POST /openapi2/stock_query.php`, `GET /v1/*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadRule {
    method: &'static str,
    path: String,
    /// Whether the path is a prefix.
    open: bool,
}

impl ReadRule {
    /// Whether the rule covers a request.
    pub(crate) fn covers(&self, method: &str, path: &str) -> bool {
        let is_covered = if self.open { path.starts_with(&self.path) && stays_below(path) } else { path == self.path };
        self.method == method && is_covered
    }
}

/// Whether no server resolves a path to one outside its prefix: `/read/../write`, in any spelling.
fn stays_below(path: &str) -> bool {
    let plain = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    plain.split('/').all(|segment| segment != "." && segment != "..")
}

/// A text that is not a read rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a method and a path; write one of each, as in \"GET /v1/stock\" or \"POST /query/*\"")]
pub struct BadReadRule;

impl FromStr for ReadRule {
    type Err = BadReadRule;

    fn from_str(text: &str) -> Result<ReadRule, BadReadRule> {
        let (method, path) = text.split_once(' ').ok_or(BadReadRule)?;
        let method = METHODS.into_iter().find(|known| *known == method).ok_or(BadReadRule)?;
        let (path, open) = path.strip_suffix('*').map_or((path, false), |path| (path, true));
        // A star elsewhere would look like a wildcard.
        let is_plain = path.starts_with('/') && !path.contains('*') && is_path(path);
        if is_plain { Ok(ReadRule { method, path: path.to_owned(), open }) } else { Err(BadReadRule) }
    }
}

impl fmt::Display for ReadRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}{}", self.method, self.path, if self.open { "*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_covers_its_method_and_its_paths_as_they_are_written() {
        for (rule, method, path, covers) in [
            ("GET /v1/stock", "GET", "/v1/stock", true),
            ("GET /v1/stock", "GET", "/v1/stock/", false),
            ("GET /v1/stock", "POST", "/v1/stock", false),
            ("GET /v1/stock", "GET", "/v1/Stock", false),
            ("POST /v1/*", "POST", "/v1/", true),
            ("POST /v1/*", "POST", "/v1/stock/query", true),
            ("POST /v1/*", "POST", "/v1", false),
            ("POST /v1/*", "POST", "/v1/../write", false),
            ("POST /v1/*", "POST", "/v1/a/%2E%2e/%2e./write", false),
            ("POST /v1/*", "POST", "/v1/a%2F..%2fwrite", false),
            ("POST /v1/*", "POST", "/v1/..a/.b", true),
            ("GET /*", "GET", "/", true),
        ] {
            let rule: ReadRule = rule.parse().unwrap();
            assert_eq!(rule.covers(method, path), covers, "{rule}: {method} {path}");
            assert_eq!(rule.to_string().parse(), Ok(rule));
        }
        for bad in
            ["", "GET", "/v1", "get /v1", "GET v1", "GET /v1?x", "GET /a/*/b", "GET  /v1", "* /v1", "GET https://x/"]
        {
            assert_eq!(bad.parse::<ReadRule>(), Err(BadReadRule), "{bad}");
        }
    }
}
