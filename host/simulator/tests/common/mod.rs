//! A simulator with a fixed clock, a small HTTP client, and signers that share no code with the verifiers.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on has failed"
)]

pub(crate) mod enterprise;
pub(crate) mod flagship;
pub(crate) mod top;
pub(crate) mod winit;

use std::time::{Duration, SystemTime};

use md5::{Digest, Md5};
use serde_json::Value;
use stockbridge_simulator::{Clock, Options, Simulator};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// 2026-11-22 08:00:00 in Beijing.
pub(crate) const NOW: u64 = 1_795_305_600;
pub(crate) const NOW_TEXT: &str = "2026-11-22 08:00:00";

pub(crate) fn clock() -> Clock {
    Clock::fixed(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
}

pub(crate) async fn simulator() -> Simulator {
    with(Options { clock: clock(), ..Options::default() }).await
}

pub(crate) async fn with(options: Options) -> Simulator {
    Simulator::start("127.0.0.1:0".parse().unwrap(), options).await.unwrap()
}

pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request on a connection of its own.
pub(crate) async fn send(sim: &Simulator, method: &str, target: &str, content_type: &str, body: &str) -> Answered {
    let mut connection = TcpStream::connect(sim.address()).await.unwrap();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        sim.address(),
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // A refusal can arrive before all of a large body is sent.
    let _ = connection.write_all(body.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default();
    Answered { status: head[9..12].parse().unwrap(), content_type: content_type.to_owned(), body: body.to_owned() }
}

pub(crate) fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

pub(crate) fn form(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// The pairs with these changes; an empty value removes a pair.
pub(crate) fn changed(mut pairs: Vec<(String, String)>, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in changes {
        pairs.retain(|(own, _)| own != name);
        if !value.is_empty() {
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    pairs
}

pub(crate) fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Quantities as the ledger's JSON shows them.
pub(crate) fn figures(sim: &Simulator, warehouse: &str, item: &str) -> (String, String, String) {
    let view = sim.ledger();
    let text = |value: rust_decimal::Decimal| value.normalize().to_string();
    (text(view.on_hand(warehouse, item)), text(view.reserved(warehouse, item)), text(view.available(warehouse, item)))
}

pub(crate) fn expect(on_hand: &str, reserved: &str, available: &str) -> (String, String, String) {
    (on_hand.to_owned(), reserved.to_owned(), available.to_owned())
}
