//! A connector without a compiler: a few instructions that hand the bytes of an HTTP answer to the host as they are, once
//! as what an operation returns and once as a request to send. So an input reaches the host's side of the boundary byte
//! for byte, at the speed of a call.

pub(crate) mod abi;

use std::sync::{Arc, Mutex};

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{Account, AccountConfig, Config, Host, Limits};
use tokio::runtime::{Builder, Runtime};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use abi::{Abi, Descriptor, Effect, Error, Memory, OperationSupport, Repetition, Request};

/// Where the guest asks for its bytes.
pub(crate) const CONTROL: &str = "http://control.test";

/// The host's answers to `send`.
const RESPONSE: u32 = 0x800;
/// What the guest has from the start.
const DATA: u32 = 0x1000;
/// What the host hands over before the call: parameters.
const PARAMETERS: u32 = 0x2_0000;
/// The answer's body, which is all that the host hands over within a call.
pub(crate) const ANSWER: u32 = 0x4_0000;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
}

/// Runs it to its end on this thread, with what it spawns.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// The guest as a component.
pub(crate) fn component() -> Vec<u8> {
    let mut module = wat::parse_str(module()).unwrap();
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit")).unwrap();
    let world = resolve.select_world(&[package], Some("connector")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
}

fn module() -> String {
    let mut data = Memory::at(DATA);
    let [read, write] = [Effect::Read(()), Effect::Write(None)].map(|effect| data.keep(&request(effect)));
    let description = data.keep(&descriptor());
    let operations = data.keep(&operations());
    let checked = data.keep(&Ok::<(), Error>(()));
    let data: String = data.bytes().iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!(
        r#"(module
  (import "stockbridge:connector/http@0.1.0" "send" (func $send (param i32 i32)))
  (memory (export "memory") 16)
  (data (i32.const {DATA}) "{data}")
  (global $top (mut i32) (i32.const {PARAMETERS}))
  (func $room (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32) (local $missing i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.set $missing (i32.sub (global.get $top) (i32.shl (memory.size) (i32.const 16))))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then (drop (memory.grow (i32.add (i32.shr_u (local.get $missing) (i32.const 16)) (i32.const 1))))))
    (local.get $at))
  ;; The body of the answer to a request.
  (func $answer (param $request i32) (result i32)
    (global.set $top (i32.const {ANSWER}))
    (call $send (local.get $request) (i32.const {RESPONSE}))
    (i32.load (i32.const {body})))
  (func (export "stockbridge:connector/metadata@0.1.0#describe") (result i32) (i32.const {description}))
  (func (export "stockbridge:connector/metadata@0.1.0#operations") (result i32) (i32.const {operations}))
  ;; Sends the request that lies in the answer's body.
  (func (export "stockbridge:connector/metadata@0.1.0#check") (result i32)
    (call $send (call $answer (i32.const {read})) (i32.const {RESPONSE}))
    (i32.const {checked}))
  ;; These return what lies in the answer's body.
  (func (export "stockbridge:connector/inventory@0.1.0#query") (param i32) (result i32)
    (call $answer (i32.const {read})))
  (func (export "stockbridge:connector/inventory@0.1.0#transfer") {transfer} (result i32)
    (call $answer (i32.const {write})))
  (func (export "stockbridge:connector/inventory@0.1.0#adjust") (param i32) (result i32)
    (call $answer (i32.const {write})))
  (func (export "stockbridge:connector/inventory@0.1.0#occupy") (param i32) (result i32)
    (call $answer (i32.const {write})))
  (func (export "stockbridge:connector/inventory@0.1.0#resolve") (param i32) (result i32)
    (call $answer (i32.const {read}))))"#,
        // Behind the result's case: the status, the headers, and then the body.
        body = RESPONSE + 8 + 12,
        // An order's fields, flat: just as many as are still passed one by one.
        transfer = "(param i32) ".repeat(16),
    )
}

/// A request for the guest's bytes.
pub(crate) fn request(effect: Effect) -> Request {
    Request {
        method: "GET".to_owned(),
        url: CONTROL.to_owned(),
        query: vec![],
        headers: vec![],
        body: vec![],
        timeout: None,
        effect,
        capture: vec![],
    }
}

fn descriptor() -> Descriptor {
    Descriptor {
        provider: "raw".to_owned(),
        title: "Hands on what it is given".to_owned(),
        settings: vec![],
        secrets: vec![],
        application: vec![],
        origins: vec![],
        requests_per_minute: None,
    }
}

fn operations() -> Vec<OperationSupport> {
    let blind = |operation: &str| OperationSupport {
        operation: operation.to_owned(),
        repetition: Repetition::Blind(()),
        methods: vec![],
    };
    ["query", "transfer", "adjust.count", "occupy"].map(blind).to_vec()
}

/// The guest's bytes for a value: what it returns, or the request that it sends.
pub(crate) fn laid_out<T: Abi>(value: &T) -> Vec<u8> {
    let mut memory = Memory::at(ANSWER);
    memory.keep(value);
    memory.bytes()
}

/// A request that left.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

/// Answers the control's request with the guest's bytes, and keeps what else is sent.
#[derive(Clone, Default)]
struct Provider(Arc<Mutex<Exchanged>>);

#[derive(Default)]
struct Exchanged {
    ready: Option<Vec<u8>>,
    left: Vec<Left>,
}

impl Transport for Provider {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let mut state = self.0.lock().unwrap();
        let body = state.ready.take().unwrap_or_else(|| {
            let url = request.url();
            state.left.push(Left { method: request.method, url, headers: request.headers });
            b"{}".to_vec()
        });
        Box::pin(async move { Ok(InboundResponse { status: 200, headers: Vec::new(), body }) })
    }
}

/// An account that the guest serves.
pub(crate) struct Guest {
    provider: Provider,
    host: Host,
    config: Config,
}

impl Guest {
    /// One that is granted these origins.
    pub(crate) fn granted(origins: &[&str]) -> Guest {
        let provider = Provider::default();
        // What it is given is there for one attempt.
        let limits = Limits::default().attempts(1);
        let bare = AccountConfig::new("guest", component()).allow(CONTROL).limits(limits);
        let config = Config::new().account(origins.iter().fold(bare, |account, origin| account.allow(*origin)));
        // Nor does the host ask it by itself what became of a write.
        let builder = Host::builder().transport(provider.clone()).without_recovery();
        let host = block_on(builder.build(config.clone())).unwrap();
        Guest { provider, host, config }
    }

    /// Makes the host forget a limit that the guest told of: it would keep to it, and the guest would get no bytes.
    fn unlimited(&self) {
        if self.host.budgets().iter().any(|budget| budget.paused_until.is_some() || !budget.paused_methods.is_empty()) {
            block_on(self.host.apply(Config::new())).unwrap();
            block_on(self.host.apply(self.config.clone())).unwrap();
        }
    }

    /// The account, after the guest's next bytes were laid ready.
    pub(crate) fn given(&self, bytes: Vec<u8>) -> Account {
        self.unlimited();
        *self.provider.0.lock().unwrap() = Exchanged { ready: Some(bytes), left: Vec::new() };
        self.host.account("guest").unwrap()
    }

    /// What left of a request that the guest sends.
    pub(crate) fn sends(&self, bytes: Vec<u8>) -> Vec<Left> {
        let account = self.given(bytes);
        // A guest that sends nonsense traps, which is its own affair.
        drop(block_on(account.check()));
        std::mem::take(&mut self.provider.0.lock().unwrap().left)
    }
}
