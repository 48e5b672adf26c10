//! Minimal host: it calls a component in a fresh instance, and connects it to a provider that answers from memory. The real
//! host lacks a count of the guest's instructions, and its clock cannot be read under valgrind.

use std::path::Path;

use wasmtime::component::{Component, HasSelf, Linker, Resource};
use wasmtime::{Config, Engine, Store};

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)] // Generated.
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "stockbridge:connector/connector",
        with: { "stockbridge:connector/secrets.secret": super::SecretHandle },
    });
}

use bindings::exports::stockbridge::connector::inventory::StockQuery;
use bindings::stockbridge::connector::http::{HttpError, Request, Response};
use bindings::stockbridge::connector::secrets::{Algorithm, Part, Refusal};
use bindings::stockbridge::connector::{clock, http, log, secrets, settings, types};
use bindings::{Connector, ConnectorPre};

/// Component for repeated calls.
pub(crate) struct RepeatedCalls {
    engine: Engine,
    component: ConnectorPre<Provider>,
    answer: Vec<u8>,
}

impl RepeatedCalls {
    /// Component whose provider returns `answer`. `counts_instructions`: whether each instruction of the guest is counted,
    /// which itself costs instructions.
    pub(crate) fn new(component: &Path, answer: String, counts_instructions: bool) -> RepeatedCalls {
        let mut config = Config::new();
        config.consume_fuel(counts_instructions);
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::from_file(&engine, component).expect("a component");
        let mut linker = Linker::new(&engine);
        Connector::add_to_linker::<_, HasSelf<Provider>>(&mut linker, |provider| provider).expect("imports");
        let component = linker.instantiate_pre(&component).and_then(ConnectorPre::new).expect("a connector");
        RepeatedCalls { engine, component, answer: answer.into_bytes() }
    }

    /// Number of rows in a query's page.
    pub(crate) fn query(&self, sku: &str) -> usize {
        self.query_in(&mut self.store(), sku)
    }

    /// Guest instructions of one query.
    pub(crate) fn instructions(&self, sku: &str) -> u64 {
        let mut store = self.store();
        store.set_fuel(u64::MAX).expect("an engine with fuel");
        self.query_in(&mut store, sku);
        u64::MAX - store.get_fuel().expect("an engine with fuel")
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

/// Provider, and the other imports of the component.
struct Provider {
    answer: Vec<u8>,
}

/// Handle of a secret in the component.
#[allow(unreachable_pub, reason = "the bindings export it")]
pub struct SecretHandle;

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

/// Fixed digests: the provider leaves signatures unverified.
impl secrets::Host for Provider {
    fn get(&mut self, _: String) -> Result<Resource<SecretHandle>, Refusal> {
        Ok(Resource::new_own(0))
    }

    fn join(&mut self, _: Vec<Part>) -> Result<Resource<SecretHandle>, Refusal> {
        Err(Refusal::Missing)
    }

    fn digest(&mut self, _: Algorithm, _: Vec<Part>) -> Result<Vec<u8>, Refusal> {
        Ok(vec![7; 16])
    }

    fn hmac(&mut self, _: Algorithm, _: Resource<SecretHandle>, _: Vec<Part>) -> Result<Vec<u8>, Refusal> {
        Err(Refusal::Missing)
    }

    fn derive_digest(&mut self, _: Algorithm, _: Vec<Part>) -> Result<Resource<SecretHandle>, Refusal> {
        Err(Refusal::Missing)
    }

    fn derive_hmac(
        &mut self,
        _: Algorithm,
        _: Resource<SecretHandle>,
        _: Vec<Part>,
    ) -> Result<Resource<SecretHandle>, Refusal> {
        Err(Refusal::Missing)
    }
}

impl secrets::HostSecret for Provider {
    fn name(&mut self, _: Resource<SecretHandle>) -> String {
        "secret".to_owned()
    }

    fn drop(&mut self, _: Resource<SecretHandle>) -> wasmtime::Result<()> {
        Ok(())
    }
}
