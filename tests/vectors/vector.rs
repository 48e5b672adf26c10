//! A vector that `compute.py` wrote, and its run with the real connector.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;
use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::{Account, AccountConfig, Attempt, Clock, Config, Host, Secret, Timestamp, Write, WriteFailure};
use stockbridge_tests::{Provider, Recorded, Recording, connector};
use url::Url;
use url::form_urlencoded;

/// A call of an account, and the requests that it must send.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) provider: Provider,
    pub(crate) name: String,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) clock: Timestamp,
    operation: String,
    /// As JSON.
    order: String,
    /// Expected requests.
    pub(crate) requests: Vec<Request>,
    /// The provider's answers.
    answers: Vec<String>,
    /// The secrets for signing only, in every encoding.
    pub(crate) never_sent: Vec<String>,
}

impl Vector {
    /// All vectors of a provider.
    pub(crate) fn all(provider: Provider) -> Vec<Vector> {
        let json = match provider {
            Provider::WdtFlagship => include_str!("wdt-flagship.json"),
            Provider::WdtEnterprise => include_str!("wdt-enterprise.json"),
            Provider::TaobaoTop => include_str!("taobao-top.json"),
            Provider::Winit => include_str!("winit.json"),
        };
        let vectors: Vec<Value> = serde_json::from_str(json).unwrap();
        vectors.iter().map(|vector| Vector::read(provider, vector)).collect()
    }

    fn read(provider: Provider, json: &Value) -> Vector {
        Vector {
            provider,
            name: text(&json["name"]),
            settings: texts_by_name(&json["account"]["settings"]),
            secrets: texts_by_name(&json["account"]["secrets"]),
            clock: Timestamp::parse(&text(&json["clock"])).unwrap(),
            operation: text(&json["operation"]),
            order: json["order"].to_string(),
            requests: list(&json["requests"]).map(Request::expected).collect(),
            answers: list(&json["answers"]).map(text).collect(),
            never_sent: list(&json["never_sent"]).map(text).collect(),
        }
    }

    /// Makes the call. Every page of a query is requested.
    async fn ask(&self, account: &Account) {
        let order = self.order.as_str();
        let failed = match self.operation.as_str() {
            "query" => {
                let mut pages = account.pages(serde_json::from_str(order).unwrap());
                let mut failed = None;
                while let Some(page) = pages.next().await {
                    failed = failed.or(page.err().map(WriteFailure::NotApplied));
                }
                failed
            }
            "transfer" => account.transfer(serde_json::from_str(order).unwrap()).await.err(),
            "adjust" => account.adjust(serde_json::from_str(order).unwrap()).await.err(),
            "occupy" => account.occupy(serde_json::from_str(order).unwrap()).await.err(),
            "resolve" => account.resolve(&self.lost(), &self.attempt()).await.err().map(WriteFailure::NotApplied),
            other => panic!("{other} is no operation of a vector"),
        };
        assert!(failed.is_none(), "{}: {failed:?}", self.name);
    }

    /// The write to look up.
    fn lost(&self) -> Write {
        let lost: Value = serde_json::from_str(&self.order).unwrap();
        let order = lost["order"].to_string();
        match lost["operation"].as_str().unwrap() {
            "transfer" => Write::Transfer(serde_json::from_str(&order).unwrap()),
            "adjust" => Write::Adjust(serde_json::from_str(&order).unwrap()),
            "occupy" => Write::Occupy(serde_json::from_str(&order).unwrap()),
            other => panic!("{other} is no write"),
        }
    }

    /// An attempt that was sent just now.
    fn attempt(&self) -> Attempt {
        let lost: Value = serde_json::from_str(&self.order).unwrap();
        Attempt { first_sent: self.clock, last_sent: self.clock, key: lost["key"].as_str().map(str::to_owned) }
    }

    fn account(&self, name: String) -> AccountConfig {
        let origin = Url::parse(&self.settings["url"]).unwrap().origin().ascii_serialization();
        let account = AccountConfig::new(name, connector(self.provider.name()))
            .allow(GrantSpec::new(origin).addresses(AddressKind::ALL));
        let account = self.settings.iter().fold(account, |account, (name, value)| account.setting(name, value));
        self.secrets.iter().fold(account, |account, (name, value)| account.secret(name, Secret::new(value.as_str())))
    }
}

/// Requests of the real connectors for each vector. Each vector has a host of its own, with a separate journal: they share
/// references.
pub(crate) async fn sent(vectors: &[Vector]) -> Vec<Vec<Recorded>> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vectors-cache");
    let mut all = Vec::new();
    for vector in vectors {
        let transport = Recording::answering(vector.answers.clone());
        let config = Config::new().account(vector.account("vector".to_owned())).cache(cache.clone());
        let host = Host::builder().transport(transport.clone()).clock(Clock::Fixed(vector.clock));
        let host = host.build(config).await.unwrap();
        vector.ask(&host.account("vector").unwrap()).await;
        let sent = transport.sent();
        assert_eq!(sent.len(), vector.answers.len(), "{}: as many requests as answers", vector.name);
        all.push(sent);
    }
    all
}

/// A request in parts: parts with a free order are sorted, bytes that are signed are unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request(Vec<(String, String)>);

impl Request {
    /// The request as `compute.py` wrote it.
    fn expected(json: &Value) -> Request {
        let mut parts = vec![
            ("method".to_owned(), "POST".to_owned()),
            ("url".to_owned(), text(&json["url"])),
            ("content-type".to_owned(), media_type(&text(&json["content_type"]))),
        ];
        parts.extend(parameters("query", &json["query"]));
        if json["form"].is_object() {
            parts.extend(parameters("form", &json["form"]));
        } else if let Some(envelope) = json["envelope"].as_object() {
            parts.extend(envelope.iter().map(|(name, value)| (format!("envelope {name}"), value.to_string())));
            parts.push(("envelope data".to_owned(), text(&json["data"])));
        } else {
            parts.push(("body".to_owned(), text(&json["body"])));
        }
        parts.sort();
        Request(parts)
    }

    /// The request as a provider's connector sent it.
    pub(crate) fn read(provider: Provider, sent: &Recorded) -> Request {
        let mut url = Url::parse(&sent.url).unwrap();
        let query = decoded("query", url.query().unwrap_or_default());
        url.set_query(None);
        let mut parts = vec![("method".to_owned(), sent.method.clone()), ("url".to_owned(), url.to_string())];
        let content_types = sent.headers.iter().filter(|(name, _)| name == "content-type");
        parts.extend(content_types.map(|(name, value)| (name.clone(), media_type(value))));
        parts.extend(query);
        match provider {
            Provider::WdtFlagship => parts.push(("body".to_owned(), sent.body.clone())),
            Provider::WdtEnterprise | Provider::TaobaoTop => parts.extend(decoded("form", &sent.body)),
            Provider::Winit => {
                let envelope: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&sent.body).unwrap();
                let members = envelope.iter().map(|(name, value)| (format!("envelope {name}"), value.to_string()));
                parts.extend(members);
            }
        }
        parts.sort();
        Request(parts)
    }

    /// Names of the parts in which two requests with the same parts differ.
    pub(crate) fn differs_in(&self, other: &Request) -> Vec<&str> {
        let names = |request: &Request| request.0.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(self), names(other));
        let both = self.0.iter().zip(&other.0);
        both.filter(|(here, there)| here.1 != there.1).map(|(here, _)| here.0.as_str()).collect()
    }

    /// Content of the parts.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, value)| value.as_str())
    }
}

/// A media type normalised in case and spaces: `application/json; charset=utf-8`.
fn media_type(text: &str) -> String {
    text.to_ascii_lowercase().replace(' ', "")
}

fn decoded(kind: &str, form: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(form.as_bytes())
        .map(|(name, value)| (format!("{kind} {name}"), value.into_owned()))
        .collect()
}

fn parameters(kind: &str, json: &Value) -> impl Iterator<Item = (String, String)> {
    texts_by_name(json).into_iter().map(move |(name, value)| (format!("{kind} {name}"), value))
}

fn texts_by_name(json: &Value) -> BTreeMap<String, String> {
    json.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn list(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().unwrap().iter()
}

fn text(json: &Value) -> String {
    json.as_str().unwrap().to_owned()
}
