//! Answers from memory what was answered once: the clock stands still, so that the same call sends the same bytes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use stockbridge::transport::{Exchange, InboundResponse, Network, OutboundRequest, Transport};
use stockbridge::{Clock, Timestamp};

/// Where an answer that is no JSON comes from.
pub const NOT_JSON: &str = "http://127.0.0.1:1";

/// A clock that stands at this moment.
///
/// # Panics
/// This moment is none that a clock can show.
#[must_use]
pub fn standing_clock() -> Clock {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    Clock::Fixed(Timestamp::from_millis(i64::try_from(now).unwrap()))
}

/// Asks the network once, and answers from memory when it is asked the same again. Clones share what was answered.
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

    /// From now on nothing new is asked.
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
        let known = self.answers.lock().unwrap().get(&key).cloned();
        assert!(known.is_some() || !self.from_memory.load(Ordering::Relaxed), "never asked before: {key}");
        Box::pin(async move {
            if let Some(known) = known {
                return Ok(known);
            }
            let answer = self.network.send(request).await?;
            self.answers.lock().unwrap().insert(key, answer.clone());
            Ok(answer)
        })
    }
}
