//! The network side: HTTP/1.1 on kept connections, `POST` for writes and `GET` for look-ups, each with its application in the
//! query.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::form_urlencoded;

use super::State;
use super::ledger::{Application, LookUpState};
use super::script::{Course, How, Incoming, LookUp};

/// Retry delay for a write in progress.
const WORKING: Duration = Duration::from_millis(20);

/// A write's body.
struct Order {
    operation: String,
    reference: String,
}

impl Order {
    fn read(body: &[u8]) -> Order {
        let body: Value = serde_json::from_slice(body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Order { operation: text("operation"), reference: text("reference") }
    }
}

/// An answer. Without one the connection is dropped.
pub(super) enum Answer {
    Json(Value),
    /// The last bytes are missing, and the connection is dropped.
    Cut(Value),
    /// Only the first half, as if it were all.
    Half(Value),
    Status(u16),
    Nothing,
}

pub(super) async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, state.clone()));
    }
}

/// Serves a connection until it ends.
async fn connection(mut stream: TcpStream, state: Arc<State>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let Some((request, length)) = Request::first_of(&buffer) else {
            if stream.read_buf(&mut buffer).await.ok()? == 0 {
                return None;
            }
            continue;
        };
        let answer = request.answer(&state).await;
        buffer.drain(..length);
        stream.write_all(&answer.bytes()?).await.ok()?;
        if matches!(answer, Answer::Cut(_)) {
            return None;
        }
    }
}

/// A completely received request.
pub(super) struct Request {
    query: Vec<(String, String)>,
    /// None for a look-up.
    order: Option<Order>,
}

impl Request {
    /// The request at the beginning of the bytes, if it is complete, and its length with its head.
    fn first_of(bytes: &[u8]) -> Option<(Request, usize)> {
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(&bytes[..head]).unwrap();
        let fields = || text.lines().filter_map(|line| line.split_once(':'));
        let body = fields().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = head + body.map_or(0, |(_, length)| length.trim().parse().unwrap());
        let body = bytes.get(head..length)?;
        let target = text.split(' ').nth(1).unwrap();
        let query = target.split_once('?').map_or("", |(_, query)| query);
        Some((Request::of(query, text.starts_with("POST").then_some(body)), length))
    }

    /// A write with this body, or a look-up without one.
    pub(super) fn of(query: &str, body: Option<&[u8]>) -> Request {
        Request { query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(), order: body.map(Order::read) }
    }

    fn parameter(&self, name: &str) -> String {
        self.query.iter().find(|(look_up_state, _)| look_up_state == name).unwrap().1.clone()
    }

    pub(super) async fn answer(&self, state: &State) -> Answer {
        match &self.order {
            Some(order) => write(state, self.parameter("app"), order).await,
            None => look_up(state, self.parameter("app"), self.parameter("reference")),
        }
    }
}

async fn write(state: &State, app: String, order: &Order) -> Answer {
    let reference = &order.reference;
    let earlier = {
        let mut ledger = state.ledger();
        let kept = ledger.of(&app, reference);
        if kept.writes == 0 {
            kept.operation.clone_from(&order.operation);
        }
        kept.writes += 1;
        kept.writes - 1
    };
    let decide = state.script.read().unwrap().writes.clone();
    let Course { how, hidden } = decide(&Incoming { app: app.clone(), reference: reference.clone(), earlier });
    let refused = |why: &str| json!({"refused": why, "message": format!("the write {reference} is {why}")});
    match how {
        How::DroppedBefore => return Answer::Nothing,
        How::Rejected => return Answer::Json(refused("rejected")),
        How::RateLimited(wait) => {
            let mut answer = refused("rate-limited");
            answer["retry-after-ms"] = json!(wait.as_millis());
            return Answer::Json(answer);
        }
        _ => state.ledger().take(&app, reference),
    }
    if let How::CarriedOutAfter(wait) = how {
        tokio::time::sleep(wait).await;
    }
    let application = state.ledger().apply(&app, reference, hidden);
    match how {
        How::DroppedAfter => return Answer::Nothing,
        How::AnsweredAfter(wait) => tokio::time::sleep(wait).await,
        _ => {}
    }
    Answer::Json(match application {
        Application::As { document, repeated } => json!({"document": document, "repeated": repeated}),
        Application::Refused => refused("repeat"),
    })
}

fn look_up(state: &State, app: String, reference: String) -> Answer {
    let (earlier, look_up_state) = {
        let mut ledger = state.ledger();
        let kept = ledger.of(&app, &reference);
        kept.look_ups += 1;
        (kept.look_ups - 1, ledger.look_up_state(&app, &reference))
    };
    let working =
        |wait: Duration| json!({"state": "working", "reference": reference, "retry-after-ms": wait.as_millis()});
    let truth = match look_up_state {
        LookUpState::Applied(document) => json!({"state": "applied", "reference": reference, "document": document}),
        LookUpState::Working => working(WORKING),
        LookUpState::Nothing => json!({"state": "unknown", "reference": reference}),
    };
    let decide = state.script.read().unwrap().look_ups.clone();
    match decide(&Incoming { app, reference: reference.clone(), earlier }) {
        LookUp::Truth => Answer::Json(truth),
        LookUp::Working(wait) => Answer::Json(working(wait)),
        LookUp::Archived => Answer::Json(json!({"state": "archived", "reference": reference})),
        LookUp::CutOff => Answer::Cut(truth),
        LookUp::HalfJson => Answer::Half(truth),
        LookUp::OfAnother => {
            let mut of_another = truth;
            of_another["reference"] = json!("another");
            Answer::Json(of_another)
        }
        LookUp::Unavailable => Answer::Status(503),
    }
}

impl Answer {
    /// The status, the body, and the number of its bytes that are not sent; none if the connection is dropped.
    pub(super) fn parts(&self) -> Option<(u16, String, usize)> {
        Some(match self {
            Answer::Json(value) => (200, value.to_string(), 0),
            Answer::Cut(value) => (200, value.to_string(), 8),
            Answer::Half(value) => {
                let mut text = value.to_string();
                text.truncate(text.len() / 2);
                (200, text, 0)
            }
            Answer::Status(status) => (*status, String::new(), 0),
            Answer::Nothing => return None,
        })
    }

    /// The bytes to send, or none if the connection is dropped.
    fn bytes(&self) -> Option<Vec<u8>> {
        let (status, body, missing) = self.parts()?;
        let mut bytes = format!("HTTP/1.1 {status} So\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend(&body.as_bytes()[..body.len() - missing]);
        Some(bytes)
    }
}
