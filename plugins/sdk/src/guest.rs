//! A connector as a component: its exports, and the contract's imports as a [`Host`].

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

use crate::bindings::exports::stockbridge::connector::{inventory, metadata};
use crate::bindings::stockbridge::connector::{clock, http, log, secrets, settings};
use crate::{
    AdjustmentOrder, Algorithm, Attempt, Connector, Descriptor, Error, Host, HttpError, Level, OccupationOrder,
    OperationSupport, Part, Receipt, Refusal, Request, Resolution, Response, Secret, StockPage, StockQuery,
    TransferOrder, Write, WriteFailure,
};

/// The exports of a connector.
#[derive(Debug)]
pub struct Exported<C>(PhantomData<C>);

impl<C: Connector> metadata::Guest for Exported<C> {
    fn describe() -> Descriptor {
        C::describe()
    }
    fn operations() -> Vec<OperationSupport> {
        C::operations(&*call())
    }
    fn check() -> Result<(), Error> {
        C::check(&*call())
    }
}

impl<C: Connector> inventory::Guest for Exported<C> {
    fn query(request: StockQuery) -> Result<StockPage, Error> {
        C::query(&*call(), request)
    }
    fn transfer(order: TransferOrder) -> Result<Receipt, WriteFailure> {
        C::transfer(&*call(), order)
    }
    fn adjust(order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        C::adjust(&*call(), order)
    }
    fn occupy(order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        C::occupy(&*call(), order)
    }
    fn resolve(write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        C::resolve(&*call(), write, attempt)
    }
}

/// The host of one call. Its handles end with the instance, which ends with the call: releasing each would cost a call of
/// the host.
fn call() -> ManuallyDrop<Imports> {
    ManuallyDrop::new(Imports::default())
}

/// The contract's imports, and the secret handles of this call.
#[derive(Default)]
struct Imports {
    handles: RefCell<Vec<secrets::Secret>>,
}

impl Imports {
    fn keep(&self, handle: secrets::Secret) -> Secret {
        let mut handles = self.handles.borrow_mut();
        handles.push(handle);
        Secret(handles.len() - 1)
    }

    /// Runs `then` with the parts in the contract's form. A secret unknown to this call is missing.
    fn with_parts<T>(
        &self,
        parts: &[Part<'_>],
        then: impl FnOnce(&[secrets::Part<'_>]) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let handles = self.handles.borrow();
        then(&lowered(&handles, parts)?)
    }

    fn with_key<T>(
        &self,
        key: Secret,
        then: impl FnOnce(&secrets::Secret) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.handles.borrow().get(key.0).map_or(Err(Refusal::Missing), then)
    }
}

fn lowered<'a>(handles: &'a [secrets::Secret], parts: &[Part<'a>]) -> Result<Vec<secrets::Part<'a>>, Refusal> {
    parts
        .iter()
        .map(|part| match *part {
            Part::Bytes(bytes) => Ok(secrets::Part::Bytes(bytes)),
            Part::Secret(secret, encoding) => {
                handles.get(secret.0).map(|handle| secrets::Part::Secret((handle, encoding))).ok_or(Refusal::Missing)
            }
        })
        .collect()
}

impl Host for Imports {
    fn send(&self, request: &Request<'_>) -> Result<Response, HttpError> {
        let foreign = |_| HttpError {
            failure: http::Failure::Denied,
            sent: false,
            retry_after: None,
            message: "the request names a secret unknown to this call".to_owned(),
        };
        let handles = self.handles.borrow();
        let query = lowered(&handles, request.query).map_err(foreign)?;
        let body = lowered(&handles, request.body).map_err(foreign)?;
        let values: Vec<_> =
            request.headers.iter().map(|(_, value)| [secrets::Part::Bytes(value.as_bytes())]).collect();
        let headers: Vec<_> =
            request.headers.iter().zip(&values).map(|((name, _), value)| (*name, value.as_slice())).collect();
        http::send(http::Request {
            method: request.method,
            url: request.url,
            query: &query,
            headers: &headers,
            body: &body,
            timeout: None,
            effect: request.effect.clone(),
            capture: request.capture,
        })
    }

    fn setting(&self, name: &str) -> Option<String> {
        settings::get(name)
    }

    fn secret(&self, name: &str) -> Result<Secret, Refusal> {
        secrets::get(name).map(|handle| self.keep(handle))
    }

    fn join(&self, parts: &[Part<'_>]) -> Result<Secret, Refusal> {
        self.with_parts(parts, secrets::join).map(|handle| self.keep(handle))
    }

    fn digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal> {
        self.with_parts(parts, |parts| secrets::digest(algorithm, parts))
    }

    fn hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Vec<u8>, Refusal> {
        self.with_key(key, |key| self.with_parts(parts, |parts| secrets::hmac(algorithm, key, parts)))
    }

    fn derive_digest(&self, algorithm: Algorithm, parts: &[Part<'_>]) -> Result<Secret, Refusal> {
        self.with_parts(parts, |parts| secrets::derive_digest(algorithm, parts)).map(|handle| self.keep(handle))
    }

    fn derive_hmac(&self, algorithm: Algorithm, key: Secret, parts: &[Part<'_>]) -> Result<Secret, Refusal> {
        self.with_key(key, |key| self.with_parts(parts, |parts| secrets::derive_hmac(algorithm, key, parts)))
            .map(|handle| self.keep(handle))
    }

    fn now(&self) -> i64 {
        clock::now()
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let owned: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        log::write(level, message, &owned);
    }
}
