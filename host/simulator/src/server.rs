//! The running simulator: its address, its routes, and its shutdown.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::{HeaderValue, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::connection::{Connections, Line};
use crate::faults::{Arrival, Fault, Faults, dropped};
use crate::gateways::{IsAll, LengthUnit, Request, State};
use crate::ledger::{Ledger, LedgerView};
use crate::provider::Gateway;
use crate::recorder::{RecordedRequest, Recorder};
use crate::stock::{Stock, StockError};

/// Maximum body; a larger one is answered with 413, as the providers' front ends do.
const MAX_BODY: usize = 4 << 20;

/// Options of a simulator.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The initial stock; the built-in stock if `None`.
    pub stock: Option<Stock>,
    /// The clock; the machine's by default.
    pub clock: Clock,
    /// Unit of lengths in the enterprise edition's signature; characters by default.
    pub enterprise_length: LengthUnit,
    /// What the enterprise edition's `is_all` overrides; everything that narrows a query by default.
    pub enterprise_is_all: IsAll,
}

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its credentials are public: it is for this machine only.
    #[error("the simulator listens on loopback only, and {0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened at.
    #[error("cannot listen at {address} ({reason})")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        reason: std::io::Error,
    },
    /// The built-in stock cannot be used.
    #[error(transparent)]
    Stock(#[from] StockError),
}

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    inner: Arc<Inner>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

struct Inner {
    state: State,
    faults: Mutex<Faults>,
    recorder: Mutex<Recorder>,
}

impl Inner {
    /// The fault that applies to a request, before or after its body was read.
    fn fault(&self, gateway: Gateway, whole: bool, path: &str, query: &str, body: &[u8]) -> Option<Fault> {
        let mut faults = self.faults.lock();
        if faults.is_empty() {
            return None;
        }
        let method = gateway.method(path, query, body);
        faults.next(Arrival { gateway, whole, method: method.as_deref() })
    }
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}

impl Simulator {
    /// Starts a simulator on the current Tokio runtime. It accepts connections when this returns; with port 0 the system
    /// chooses the port.
    pub async fn start(listen: SocketAddr, options: Options) -> Result<Simulator, StartError> {
        if !listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(listen));
        }
        let stock = options.stock.map_or_else(Stock::built_in, Ok)?;
        let cannot_listen = |reason| StartError::Listen { address: listen, reason };
        let listener = TcpListener::bind(listen).await.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let ledger = Ledger::new(stock, options.clock.now());
        let inner = Arc::new(Inner {
            state: State::new(ledger, options.clock, options.enterprise_length, options.enterprise_is_all),
            faults: Mutex::default(),
            recorder: Mutex::default(),
        });
        let (stop, mut stopped) = watch::channel(false);
        let connections = Connections::new(listener, stopped.clone());
        let routes = routes(Arc::clone(&inner)).into_make_service_with_connect_info::<Line>();
        let task = tokio::spawn(async move {
            let ended = async move {
                // An error means that the simulator was dropped, which is an end as well.
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            // Serving ends only on request; connections that fail concern only their clients.
            let _ = axum::serve(connections, routes).with_graceful_shutdown(ended).await;
        });
        Ok(Simulator { address, inner, stop, task })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as the beginning of a URL, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A copy of the ledger: the same as `GET /_simulator/ledger`.
    pub fn ledger(&self) -> LedgerView {
        self.inner.state.ledger().view()
    }

    /// Makes requests at a gateway fail: the same as `POST /_simulator/faults`. Beyond a thousand pending faults, further
    /// ones are dropped.
    pub fn inject(&self, fault: Fault) {
        self.inner.faults.lock().add([fault]);
    }

    /// Removes all pending faults, including scheduled ones: the same as `DELETE /_simulator/faults`. A fault that is
    /// already applied to a request continues.
    pub fn clear_faults(&self) {
        self.inner.faults.lock().clear();
    }

    /// The most recent requests at the gateways, the newest last. At most 1024 are kept, and at most 16 MiB of their
    /// bodies. One that was dropped before its body was read is kept without it.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.inner.recorder.lock().all()
    }

    /// Runs until the process is interrupted or the server fails.
    pub async fn run_until_stopped(mut self) {
        // The task does not panic, and a cancelled one has ended too.
        let _ = (&mut self.task).await;
    }

    /// Stops: accepts no new connections, and first finishes the requests in progress.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn routes(inner: Arc<Inner>) -> Router {
    let gateway = |gateway| any(move |inner, line, request| serve(gateway, inner, line, request));
    Router::new()
        .route("/openapi", gateway(Gateway::WdtFlagship))
        .route("/openapi2/{method}", gateway(Gateway::WdtEnterprise))
        .route("/router/rest", gateway(Gateway::TaobaoTop))
        .route("/openapi/service", gateway(Gateway::Winit))
        .route("/_simulator/ledger", get(show_ledger))
        .route("/_simulator/faults", post(add_faults).delete(clear_faults))
        .with_state(inner)
}

async fn serve(
    gateway: Gateway,
    Shared(inner): Shared<Arc<Inner>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: request::Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or_default().to_owned());
    if inner.fault(gateway, false, &path, &query, &[]).is_some() {
        inner.recorder.lock().record(recorded(gateway, &head, &Bytes::new()));
        return dropped(&line);
    }
    let body = match read(body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    inner.recorder.lock().record(recorded(gateway, &head, &body));
    let fault = inner.fault(gateway, true, &path, &query, &body);
    let request = Request {
        path,
        query,
        content_type: head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned),
        method: head.method,
        body,
    };
    match fault {
        None => gateway.answer(&request, &inner.state).into_response(),
        Some(fault) => fault.happen(&request, &inner.state, &line).await,
    }
}

async fn read(body: Body) -> Result<Bytes, Response> {
    to_bytes(body, MAX_BODY).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE.into_response())
}

fn recorded(gateway: Gateway, head: &request::Parts, body: &Bytes) -> RecordedRequest {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    RecordedRequest {
        gateway,
        received: Instant::now(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: body.to_vec(),
    }
}

async fn show_ledger(Shared(inner): Shared<Arc<Inner>>) -> Response {
    let view = inner.state.ledger().view();
    axum::Json(view).into_response()
}

async fn add_faults(Shared(inner): Shared<Arc<Inner>>, body: Bytes) -> Response {
    let faults = match Fault::all_from_json(&body) {
        Ok(faults) => faults,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    if inner.faults.lock().add(faults) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        (StatusCode::TOO_MANY_REQUESTS, "too many faults are pending\n").into_response()
    }
}

async fn clear_faults(Shared(inner): Shared<Arc<Inner>>) -> StatusCode {
    inner.faults.lock().clear();
    StatusCode::NO_CONTENT
}
