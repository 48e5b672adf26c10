//! A hostile account and a good one on one host: their connectors follow instructions, and share nothing.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockbridge::{
    Account, AccountConfig, Config, Error, Extras, Host, Json, Limits, Secret, StockQuery, TransferLine, TransferOrder,
};
use stockbridge_tests::{on_loopback, passive, test_component, version};

/// The provider's response time for the good account.
pub(crate) const ANSWERS_AFTER: Duration = Duration::from_millis(50);

/// Deadline of both accounts' calls.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

pub(crate) fn good(origin: &str) -> AccountConfig {
    account("good", version(&test_component("probe"), 1), origin)
}

pub(crate) fn hostile(origin: &str) -> AccountConfig {
    account("hostile", version(&test_component("probe"), 2), origin)
}

fn account(name: &str, component: Vec<u8>, origin: &str) -> AccountConfig {
    AccountConfig::new(name, component)
        .allow(on_loopback(origin))
        .setting("url", format!("{origin}/{name}"))
        .secret("signing", Secret::new("signing-secret"))
        .secret("bearer", Secret::new("aaaaaaaaaaaaaaab"))
        .limits(Limits::default().deadline(DEADLINE).attempts(1))
}

pub(crate) async fn host(accounts: impl IntoIterator<Item = AccountConfig>) -> Host {
    passive().build(accounts.into_iter().fold(Config::new(), Config::account)).await.unwrap()
}

/// The same with compiled components from a directory that scenes share.
pub(crate) fn config(cache: &Path, accounts: impl IntoIterator<Item = AccountConfig>) -> Config {
    accounts.into_iter().fold(Config::new().cache(cache), Config::account)
}

/// A query with this instruction to the probe.
pub(crate) fn query(instruction: &str) -> StockQuery {
    StockQuery::all().extra("do", Json::text(instruction))
}

/// A query that makes the probe send this request.
pub(crate) fn requesting(request: &Value) -> StockQuery {
    query("request").extra("request", Json::parse(request.to_string()).unwrap())
}

/// A transfer that makes the probe send this request, which is a write.
pub(crate) fn ordering(request: &Value) -> TransferOrder {
    let mut request = request.clone();
    request["write"] = json!(true);
    TransferOrder {
        lines: vec![TransferLine::new("s", 1)],
        extras: Extras::new()
            .with("do", Json::text("request receipt"))
            .with("request", Json::parse(request.to_string()).unwrap()),
        ..TransferOrder::between("a", "b")
    }
}

/// Observations of the probe in a query.
pub(crate) async fn observations(account: &Account, query: StockQuery) -> Result<Vec<String>, Error> {
    let page = account.query(query).await?;
    Ok(serde_json::from_str(page.extras.get("seen").unwrap().as_str()).unwrap())
}

/// Results of the good account's calls during a way.
#[derive(Debug)]
pub(crate) struct GoodCalls {
    /// Number of correct results.
    pub(crate) right: usize,
    /// Results of the others.
    pub(crate) wrong: Vec<String>,
    pub(crate) median: Duration,
    pub(crate) longest: Duration,
}

/// Makes this many calls of the good account, one after the other.
pub(crate) async fn call_good(host: &Host, times: usize) -> GoodCalls {
    let account = host.account("good").unwrap();
    let (mut took, mut wrong) = (Vec::with_capacity(times), Vec::new());
    for _ in 0..times {
        let started = Instant::now();
        match observations(&account, query("read")).await {
            Ok(seen) if seen == ["200 good"] => took.push(started.elapsed()),
            other => wrong.push(format!("{other:?} after {:?}", started.elapsed())),
        }
    }
    took.sort();
    let at = |place: usize| took.get(place).copied().unwrap_or(Duration::MAX);
    GoodCalls { right: took.len(), wrong, median: at(took.len() / 2), longest: at(took.len().saturating_sub(1)) }
}

/// Answer to the hostile account.
pub(crate) type Answering = Arc<dyn Fn(&mut TcpStream, &str) -> std::io::Result<()> + Send + Sync>;

/// The provider of both accounts: it answers the good one after a fixed time, and the hostile one as a way defines. One thread
/// per connection, none of them the host's.
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    answering: Arc<Mutex<Answering>>,
    /// Connections of each account.
    connections: Arc<Mutex<HashMap<String, usize>>>,
}

impl Provider {
    pub(crate) fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let answering: Arc<Mutex<Answering>> = Arc::new(Mutex::new(Arc::new(|stream, _| said(stream, "hostile"))));
        let provider = Provider {
            address: listener.local_addr().unwrap(),
            answering: answering.clone(),
            connections: Arc::default(),
        };
        let connections = provider.connections.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answering, connections) = (answering.clone(), connections.clone());
                // A way may leave hundreds of open connections.
                let thread = std::thread::Builder::new().stack_size(128 * 1024);
                drop(thread.spawn(move || serve(stream, &answering, &connections)));
            }
        });
        provider
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn answers(
        &self,
        answering: impl Fn(&mut TcpStream, &str) -> std::io::Result<()> + Send + Sync + 'static,
    ) {
        *self.answering.lock().unwrap() = Arc::new(answering);
    }

    /// Number of the good account's connections since the last call.
    pub(crate) fn connections_of_the_good(&self) -> usize {
        self.connections.lock().unwrap().remove("good").unwrap_or_default()
    }
}

pub(crate) fn said(stream: &mut TcpStream, words: &str) -> std::io::Result<()> {
    stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{words}", words.len()).as_bytes())
}

fn serve(mut stream: TcpStream, answering: &Mutex<Answering>, connections: &Mutex<HashMap<String, usize>>) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut counted = false;
    loop {
        let (mut line, mut header, mut length) = (String::new(), String::new(), 0);
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        while reader.read_line(&mut header).unwrap_or(0) > 2 {
            length = header.strip_prefix("content-length: ").map_or(length, |length| length.trim().parse().unwrap());
            header.clear();
        }
        if std::io::copy(&mut std::io::Read::take(&mut reader, length), &mut std::io::sink()).is_err() {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or("").to_owned();
        let is_good = path.starts_with("/good");
        if !std::mem::replace(&mut counted, true) {
            let name = if is_good { "good" } else { "hostile" };
            *connections.lock().unwrap().entry(name.to_owned()).or_default() += 1;
        }
        let answered = if is_good {
            std::thread::sleep(ANSWERS_AFTER);
            said(&mut stream, "good")
        } else {
            let answering = answering.lock().unwrap().clone();
            answering(&mut stream, &path)
        };
        if answered.is_err() {
            return;
        }
    }
}
