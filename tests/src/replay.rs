//! A replay of recorded answers: the clock is fixed, so that the same call sends the same bytes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use stockbridge::transport::{Exchange, InboundResponse, Network, OutboundRequest, Transport};
use stockbridge::{Clock, Timestamp};

/// Origin of an answer that is not JSON.
pub const NOT_JSON: &str = "http://127.0.0.1:1";

/// A clock fixed at this moment.
///
/// # Panics
/// The moment is outside the clock's range.
#[must_use]
pub fn standing_clock() -> Clock {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Clock::Fixed(Timestamp::from_millis(i64::try_from(now).unwrap()))
}

/// Sends a request over the network once, and answers repetitions from memory. Clones share the answers.
#[derive(Clone)]
pub struct Replay {
    network: Network,
    /// The origin whose requests always go over the network.
    connected: String,
    answers: Arc<Mutex<HashMap<String, InboundResponse>>>,
    from_memory: Arc<AtomicBool>,
}

impl Replay {
    /// Requests to this origin always go over the network.
    ///
    /// # Panics
    /// The network cannot be used.
    #[must_use]
    pub fn new(connected: String) -> Replay {
        Replay { network: Network::new().unwrap(), connected, answers: Arc::default(), from_memory: Arc::default() }
    }

    /// From now on new requests fail.
    pub fn answer_from_memory(&self) {
        self.from_memory.store(true, Ordering::Relaxed);
    }
}

impl Transport for Replay {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let origin = request.target.origin.to_string();
        if origin == NOT_JSON {
            let body = b"<html>".to_vec();
            return Box::pin(async { Ok(InboundResponse { status: 200, headers: Vec::new(), body }) });
        }
        if origin == self.connected {
            return self.network.send(request);
        }
        let key = format!("{}\n{}", request.url(), String::from_utf8_lossy(&request.body));
        let recorded = self.answers.lock().unwrap().get(&key).cloned();
        assert!(
            recorded.is_some() || !self.from_memory.load(Ordering::Relaxed),
            "this request was not recorded: {key}"
        );
        Box::pin(async move {
            if let Some(recorded) = recorded {
                return Ok(recorded);
            }
            let answer = self.network.send(request).await?;
            self.answers.lock().unwrap().insert(key, answer.clone());
            Ok(answer)
        })
    }
}
