//! The least of a host: a component is called in a fresh instance, and a provider that answers from memory is all that it
//! reaches. The real one has no way to count a guest's instructions, and its clock cannot be read under valgrind.

use std::path::Path;

use wasmtime::component::{Component, HasSelf, Linker, Resource};
use wasmtime::{Config, Engine, Store};

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)] // Generated.
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "stockbridge:connector/connector",
        with: { "stockbridge:connector/secrets.secret": super::Held },
    });
}

use bindings::exports::stockbridge::connector::inventory::StockQuery;
use bindings::stockbridge::connector::http::{HttpError, Request, Response};
use bindings::stockbridge::connector::secrets::{Algorithm, Part, Refusal};
use bindings::stockbridge::connector::{clock, http, log, secrets, settings, types};
use bindings::{Connector, ConnectorPre};

/// A component that is called again and again.
pub(crate) struct Called {
    engine: Engine,
    component: ConnectorPre<Provider>,
    answer: Vec<u8>,
}

impl Called {
    /// With this answer of its provider. `is_counted`: whether each of the guest's instructions is counted, which costs
    /// instructions.
    pub(crate) fn new(component: &Path, answer: String, is_counted: bool) -> Called {
        let mut config = Config::new();
        config.consume_fuel(is_counted);
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::from_file(&engine, component).expect("a component");
        let mut linker = Linker::new(&engine);
        Connector::add_to_linker::<_, HasSelf<Provider>>(&mut linker, |provider| provider).expect("imports");
        let component = linker.instantiate_pre(&component).and_then(ConnectorPre::new).expect("a connector");
        Called { engine, component, answer: answer.into_bytes() }
    }

    /// How many rows a query has.
    pub(crate) fn query(&self, sku: &str) -> usize {
        self.query_in(&mut self.store(), sku)
    }

    /// How many instructions the guest takes for it.
    pub(crate) fn instructions(&self, sku: &str) -> u64 {
        let mut store = self.store();
        store.set_fuel(u64::MAX).expect("an engine that counts");
        self.query_in(&mut store, sku);
        u64::MAX - store.get_fuel().expect("an engine that counts")
    }

    fn store(&self) -> Store<Provider> {
        Store::new(&self.engine, Provider { answer: self.answer.clone() })
    }

    fn query_in(&self, store: &mut Store<Provider>, sku: &str) -> usize {
        let query = StockQuery {
            warehouse: None,
            skus: vec![sku.to_owned()],
            barcodes: Vec::new(),
            changed: None,
            include_deleted: false,
            cursor: None,
            page_size: None,
            extras: Vec::new(),
        };
        let instance = self.component.instantiate(&mut *store).expect("an instance");
        let page = instance.stockbridge_connector_inventory().call_query(store, &query);
        page.expect("no trap").expect("a page").levels.len()
    }
}

/// What the component reaches.
struct Provider {
    answer: Vec<u8>,
}

/// A secret in the component's hands.
#[allow(unreachable_pub, reason = "the bindings export it")]
pub struct Held;

impl types::Host for Provider {}

impl http::Host for Provider {
    fn send(&mut self, _: Request) -> Result<Response, HttpError> {
        Ok(Response { status: 200, headers: Vec::new(), body: self.answer.clone() })
    }
}

impl settings::Host for Provider {
    fn get(&mut self, name: String) -> Option<String> {
        Some(if name == "url" { "http://127.0.0.1:9".to_owned() } else { format!("demo-{name}") })
    }
}

impl clock::Host for Provider {
    fn now(&mut self) -> i64 {
        1_700_000_000_000
    }
}

impl log::Host for Provider {
    fn write(&mut self, _: log::Level, _: String, _: Vec<(String, String)>) {}
}

/// Nothing is verified: any digest will do.
impl secrets::Host for Provider {
    fn get(&mut self, _: String) -> Result<Resource<Held>, Refusal> {
        Ok(Resource::new_own(0))
    }

    fn join(&mut self, _: Vec<Part>) -> Result<Resource<Held>, Refusal> {
        Err(Refusal::Missing)
    }

    fn digest(&mut self, _: Algorithm, _: Vec<Part>) -> Result<Vec<u8>, Refusal> {
        Ok(vec![7; 16])
    }

    fn hmac(&mut self, _: Algorithm, _: Resource<Held>, _: Vec<Part>) -> Result<Vec<u8>, Refusal> {
        Err(Refusal::Missing)
    }

    fn derive_digest(&mut self, _: Algorithm, _: Vec<Part>) -> Result<Resource<Held>, Refusal> {
        Err(Refusal::Missing)
    }

    fn derive_hmac(&mut self, _: Algorithm, _: Resource<Held>, _: Vec<Part>) -> Result<Resource<Held>, Refusal> {
        Err(Refusal::Missing)
    }
}

impl secrets::HostSecret for Provider {
    fn name(&mut self, _: Resource<Held>) -> String {
        "secret".to_owned()
    }

    fn drop(&mut self, _: Resource<Held>) -> wasmtime::Result<()> {
        Ok(())
    }
}
