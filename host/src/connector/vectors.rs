//! Signature vectors as embedded in a component: JSON in a custom section. The gate checks that the component follows them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use stockbridge_egress::Target;
use stockbridge_model::sanitize::one_line;
use stockbridge_model::{AdjustmentOrder, ErrorClass, OccupationOrder, StockQuery, Timestamp, TransferOrder};

use crate::error::VectorProblem;

/// The custom section of the vectors.
pub(crate) const SECTION: &str = "stockbridge:vectors";
/// Maximum section, in bytes.
const LARGEST: usize = 1024 * 1024;
/// Maximum number of vectors.
const MOST: usize = 256;
/// Maximum number of requests of one vector.
const MOST_REQUESTS: usize = 32;
/// Maximum name of a vector, in bytes.
const LONGEST_NAME: usize = 200;

/// Checks the section's size.
pub(crate) fn bounded(section: &[u8]) -> Result<&[u8], VectorProblem> {
    let size = section.len();
    if size > LARGEST { Err(VectorProblem::TooLarge { size, limit: LARGEST }) } else { Ok(section) }
}

/// Number of vectors; 0 if they cannot be read.
pub(crate) fn count(section: Option<&[u8]>) -> usize {
    section.and_then(|section| read(section).ok()).map_or(0, |vectors| vectors.len())
}

/// One vector: an account, an order for it, and the expected result.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) clock: Timestamp,
    pub(crate) order: Order,
    pub(crate) expected: Expected,
}

pub(crate) enum Order {
    Query(StockQuery),
    Transfer(TransferOrder),
    Adjust(AdjustmentOrder),
    Occupy(OccupationOrder),
}

pub(crate) enum Expected {
    /// Exactly these requests are sent.
    Requests(Vec<Request>),
    /// The order is refused, and nothing is sent.
    Refused(Refused),
    /// As many requests are sent as by the vector with this index, and each of them differs.
    DiffersFrom(usize),
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Request {
    pub(crate) method: String,
    /// With its query.
    pub(crate) url: String,
    /// Required headers. There may be others.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
    pub(crate) effect: Effect,
    /// The provider's answer; without it, the connection is refused.
    pub(crate) answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Effect {
    Read,
    Write,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Answer {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Refused {
    pub(crate) class: ErrorClass,
    pub(crate) path: Option<String>,
}

/// A vector as written in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Written {
    pub(crate) name: String,
    /// Its publisher, for readers.
    #[serde(default, rename = "source")]
    _source: Option<String>,
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) clock: Timestamp,
    operation: Operation,
    pub(crate) order: Box<RawValue>,
    requests: Option<Vec<Request>>,
    refused: Option<Refused>,
    differs_from: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Operation {
    Query,
    Transfer,
    Adjust,
    Occupy,
}

pub(crate) fn read(section: &[u8]) -> Result<Vec<Vector>, VectorProblem> {
    let text = |problem: String| VectorProblem::Malformed(one_line(&problem, 500));
    let written: Vec<Written> = serde_json::from_slice(section).map_err(|error| text(error.to_string()))?;
    if written.is_empty() || written.len() > MOST {
        return Err(text(format!("there are {}; write 1 to {MOST}", written.len())));
    }
    let names: Vec<String> = written.iter().map(|vector| vector.name.clone()).collect();
    let mut vectors = Vec::with_capacity(written.len());
    for (place, one) in written.into_iter().enumerate() {
        let before = names.get(..place).unwrap_or_default();
        let name = one_line(&one.name, LONGEST_NAME);
        vectors.push(vector(one, before, &vectors).map_err(|problem| text(format!("`{name}`: {problem}")))?);
    }
    Ok(vectors)
}

/// Checks one vector. `names` and `before`: the vectors before it.
fn vector(written: Written, names: &[String], before: &[Vector]) -> Result<Vector, String> {
    let name = one_line(&written.name, LONGEST_NAME);
    if name.is_empty() || name != written.name {
        return Err(format!("this is no name; write one line of at most {LONGEST_NAME} bytes"));
    }
    if names.contains(&name) {
        return Err("there are two of this name".to_owned());
    }
    let expected = match (written.requests, written.refused, written.differs_from) {
        (Some(requests), None, None) => Expected::Requests(well_formed(requests)?),
        (None, Some(refused), None) => Expected::Refused(refused),
        (None, None, Some(other)) => Expected::DiffersFrom(
            before
                .iter()
                .position(|vector| vector.name == other && matches!(vector.expected, Expected::Requests(_)))
                .ok_or_else(|| format!("no vector before it that has `requests` is named `{}`", one_line(&other, 80)))?,
        ),
        _ => return Err("it has to have one of `requests`, `refused` and `differs-from`".to_owned()),
    };
    let order = order(written.operation, &written.order).map_err(|problem| format!("its order: {problem}"))?;
    Ok(Vector { name, settings: written.settings, secrets: written.secrets, clock: written.clock, order, expected })
}

fn well_formed(requests: Vec<Request>) -> Result<Vec<Request>, String> {
    if requests.is_empty() || requests.len() > MOST_REQUESTS {
        return Err(format!("it has {} requests; write 1 to {MOST_REQUESTS}", requests.len()));
    }
    for (place, request) in requests.iter().enumerate() {
        target(&request.url).map_err(|problem| format!("requests[{place}].url: {problem}"))?;
        if request.answer.is_none() && place + 1 < requests.len() {
            return Err(format!("requests[{place}]: without an answer there is no request after it"));
        }
    }
    Ok(requests)
}

/// The target of a URL, without its query.
pub(crate) fn target(url: &str) -> Result<Target, String> {
    let path = url.split_once('?').map_or(url, |(path, _)| path);
    Target::parse(path).map_err(|problem| problem.to_string())
}

fn order(operation: Operation, json: &RawValue) -> Result<Order, String> {
    Ok(match operation {
        Operation::Query => Order::Query(parsed(json)?),
        Operation::Transfer => Order::Transfer(write(json)?),
        Operation::Adjust => Order::Adjust(write(json)?),
        Operation::Occupy => Order::Occupy(write(json)?),
    })
}

fn parsed<T: DeserializeOwned>(json: &RawValue) -> Result<T, String> {
    serde_json::from_str(json.get()).map_err(|error| error.to_string())
}

/// Parses an order. It needs a reference of its own, so that its requests are the same each time.
fn write<T: DeserializeOwned>(json: &RawValue) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Named {
        reference: Option<IgnoredAny>,
    }
    let order = parsed(json)?;
    match parsed::<Named>(json)?.reference {
        Some(_) => Ok(order),
        None => Err("it has no `reference`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    /// A valid vector, changed.
    fn changed(change: impl FnOnce(&mut Value)) -> Value {
        let mut vector = json!({
            "name": "v", "clock": "2026-11-21T17:30:05Z", "operation": "query", "order": {},
            "requests": [{"method": "POST", "url": "https://a.example.com/?a=1", "effect": "read"}]
        });
        change(&mut vector);
        vector
    }

    #[test]
    fn what_is_not_written_as_a_vector_is_refused_by_what_is_wrong() {
        let text = |json: &[Value]| serde_json::to_string(json).unwrap();
        let one = |change: fn(&mut Value)| text(&[changed(change)]);
        for (section, problem) in [
            ("no".to_owned(), "expected ident at line 1 column 2"),
            ("[]".to_owned(), "there are 0; write 1 to 256"),
            (text(&vec![changed(|_| ()); 257]), "there are 257; write 1 to 256"),
            (text(&[changed(|_| ()), changed(|_| ())]), "`v`: there are two of this name"),
            (one(|v| v["name"] = json!("a\nb")), "`a\\u{a}b`: this is no name; write one line of at most 200 bytes"),
            (one(|v| v["colour"] = json!(1)), "unknown field `colour`"),
            (one(|v| v["requests"][0]["colour"] = json!(1)), "unknown field `colour`"),
            (one(|v| v["clock"] = json!("noon")), "`noon` is not a time"),
            (one(|v| v["operation"] = json!("resolve")), "unknown variant `resolve`"),
            (one(|v| v["order"] = json!({"colour": 1})), "`v`: its order: unknown field `colour`"),
            (one(|v| v["refused"] = json!({"class": "rejected"})), "one of `requests`, `refused` and `differs-from`"),
            (one(|v| v["requests"] = json!([])), "`v`: it has 0 requests; write 1 to 32"),
            (
                one(|v| v["requests"][0]["url"] = json!("ftp://a/")),
                "`v`: requests[0].url: the address begins with neither",
            ),
            (
                one(|v| v["requests"] = json!([v["requests"][0], v["requests"][0]])),
                "`v`: requests[0]: without an answer there is no request after it",
            ),
            (
                one(|v| {
                    v["operation"] = json!("transfer");
                    v["order"] = json!({"from-warehouse": "a", "to-warehouse": "b", "lines": []});
                }),
                "`v`: its order: it has no `reference`",
            ),
            (
                one(|v| {
                    v.as_object_mut().unwrap().remove("requests");
                    v["differs-from"] = json!("v");
                }),
                "`v`: no vector before it that has `requests` is named `v`",
            ),
        ] {
            let message = super::read(section.as_bytes()).err().unwrap().to_string();
            assert!(message.contains(problem), "{message}\n{problem}");
        }
        assert!(super::read(text(&[changed(|_| ())]).as_bytes()).is_ok());
    }
}
