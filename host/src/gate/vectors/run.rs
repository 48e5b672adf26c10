//! Runs vectors: each makes its own call of the connector, in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_egress::{AddressKind, Grant, GrantSpec};
use stockbridge_model::sanitize::one_line;
use stockbridge_model::{Secret, Write};

use super::TIME;
use super::difference::between;
use super::recording::{Recording, Sent};
use crate::box_future::BoxFuture;
use crate::clock::Clock;
use crate::config::AccountConfig;
use crate::connector::vectors::{Expected, Order, Refused, Request, Vector, target};
use crate::connector::{Connector, ResolvedAccount, fit};
use crate::error::{Error, VectorProblem};
use crate::limits::Limits;
use crate::observe::Observer;
use crate::sandbox::{Grants, HostServices, Sandbox};
use crate::secrets::Redactor;
use crate::session::observed::Caller;
use crate::session::{Call, CallOptions, Deployment, read, write};

/// Maximum text of a difference, in bytes.
const LONGEST: usize = 600;

/// Runs all vectors in sequence, within the time limit for all.
pub(super) async fn all(
    sandbox: &Arc<Sandbox>,
    connector: &Arc<Connector>,
    vectors: &[Vector],
) -> Result<(), VectorProblem> {
    let end = Instant::now() + TIME;
    let allowed = origins(vectors);
    for vector in vectors {
        let trial = Trial { sandbox, connector, vectors, vector, allowed: &allowed, end };
        let run: BoxFuture<'_, _> = Box::pin(trial.run());
        let difference = match tokio::time::timeout_at(end.into(), run).await {
            Ok(Ok(())) if Instant::now() < end => continue,
            // A difference after the time limit may only be due to the cut-off.
            Ok(Err(difference)) if Instant::now() < end => difference,
            _ => return Err(VectorProblem::Slow { vector: vector.name.clone(), limit: TIME }),
        };
        let difference = one_line(&difference, LONGEST);
        return Err(VectorProblem::Differs { vector: vector.name.clone(), difference });
    }
    Ok(())
}

/// Grants for the origins of all expected requests: requests to other origins are refused by the host, as for any account.
/// Nothing is dialled, so an origin may have any address.
fn origins(vectors: &[Vector]) -> Vec<Arc<Grant>> {
    let requests = vectors.iter().filter_map(|vector| match &vector.expected {
        Expected::Requests(requests) => Some(requests),
        _ => None,
    });
    let origins: BTreeSet<String> =
        requests.flatten().filter_map(|request| target(&request.url).ok()).map(|to| to.origin.to_string()).collect();
    let granted = |origin| GrantSpec::new(origin).addresses(AddressKind::ALL).parse().ok().map(Arc::new);
    origins.into_iter().filter_map(granted).collect()
}

/// A vector that is being run.
struct Trial<'a> {
    sandbox: &'a Arc<Sandbox>,
    connector: &'a Arc<Connector>,
    /// All vectors of the component.
    vectors: &'a [Vector],
    vector: &'a Vector,
    allowed: &'a [Arc<Grant>],
    end: Instant,
}

/// Result of a vector's call.
struct TrialResult {
    sent: Vec<Sent>,
    failure: Option<Error>,
    redactor: Arc<Redactor>,
}

impl Trial<'_> {
    /// Runs the vector. Fails with the difference from the expected result.
    async fn run(&self) -> Result<(), String> {
        match &self.vector.expected {
            Expected::Requests(expected) => same(expected, &self.call(expected).await?),
            Expected::Refused(refused) => was_refused(refused, &self.call(&[]).await?),
            Expected::DiffersFrom(place) => {
                let Some(Vector { name, expected: Expected::Requests(expected), .. }) = self.vectors.get(*place) else {
                    return Err("the vector to differ from has no requests".to_owned());
                };
                different(name, expected, &self.call(expected).await?)
            }
        }
    }

    async fn call(&self, expected: &[Request]) -> Result<TrialResult, String> {
        let recording = Recording::answering(expected);
        let grants = self.grants(&recording, expected.len())?;
        let redactor = grants.secrets.redactor();
        let deployment = Deployment::open(self.sandbox, self.connector.clone(), grants);
        let deployment = deployment.await.map_err(|error| format!("its account does not open: {error}"))?;
        let failure = self.order(&deployment, expected.len()).await.err();
        match failure {
            // A failure that the connector reports is allowed here; a fault of the connector is not.
            Some(failure) if failure.code().starts_with("connector.") => Err(failure.to_string()),
            failure => Ok(TrialResult { sent: recording.sent(), failure, redactor }),
        }
    }

    /// Grants of an account with the vector's settings and secrets, and with the time that is left.
    fn grants(&self, recording: &Recording, requests: usize) -> Result<Grants, String> {
        let vector = self.vector;
        let mut account = AccountConfig::new(format!("vector `{}`", vector.name), Vec::new());
        account.settings = vector.settings.clone().into();
        account.secrets =
            vector.secrets.iter().map(|(name, text)| (name.clone(), Secret::new(text.as_bytes()))).collect();
        let fitted = fit(&account, &self.connector.descriptor, self.connector.digest, None)
            .map_err(|error| format!("its account does not fit: {error}"))?;
        // No provider is called, so there is nothing to pace; and a failure would only repeat.
        let fitted = ResolvedAccount { requests_per_minute: None, ..fitted };
        let requests = u32::try_from(requests).unwrap_or(u32::MAX).saturating_add(1);
        let left = self.end.saturating_duration_since(Instant::now());
        account.limits = Limits::default().deadline(left).min_time_left(Duration::ZERO).requests(requests).attempts(1);
        let transport = Arc::new(recording.clone());
        let services = HostServices::new(transport, Clock::Fixed(vector.clock));
        Ok(Grants { allowed: self.allowed.to_vec(), is_trial: true, ..fitted.grants(&account, &services) })
    }

    /// Makes the vector's call; for a query all pages, up to the number of requests.
    async fn order(&self, deployment: &Arc<Deployment>, requests: usize) -> Result<(), Error> {
        let (options, observer) = (CallOptions::default(), Observer::default());
        let caller = Caller { account: &deployment.grants.account, options: &options, observer: &observer };
        let write: Write = match &self.vector.order {
            Order::Query(query) => {
                let mut query = query.clone();
                for _ in 0..=requests {
                    let seen = caller.reads("query");
                    let call = Call::alone(deployment.clone());
                    let page = seen.in_span(|| read::page(call, &query, &seen)).await;
                    match seen.read(page)?.next {
                        Some(next) => query.cursor = Some(next),
                        None => break,
                    }
                }
                return Ok(());
            }
            Order::Transfer(order) => order.clone().into(),
            Order::Adjust(order) => order.clone().into(),
            Order::Occupy(order) => order.clone().into(),
        };
        let seen = caller.writes(write.operation(), caller.span(write.operation(), Some(write.reference())));
        let call = Call::alone(deployment.clone());
        let shown = seen.in_span(|| write::rehearse_write(call, &seen, &write)).await;
        Ok(seen.wrote(shown).map(drop)?)
    }
}

/// Checks that exactly the expected requests were sent.
fn same(expected: &[Request], result: &TrialResult) -> Result<(), String> {
    for (place, (expected, sent)) in expected.iter().zip(&result.sent).enumerate() {
        if let Some(difference) = between(expected, sent, &result.redactor) {
            return Err(format!("request {}: {difference}", place + 1));
        }
    }
    as_many(expected, result)
}

fn as_many(expected: &[Request], result: &TrialResult) -> Result<(), String> {
    if expected.len() == result.sent.len() {
        return Ok(());
    }
    let failure =
        result.failure.as_ref().map(|failure| format!(", and the call failed: {failure}")).unwrap_or_default();
    Err(format!("{}, expected {}{failure}", requests_sent(result.sent.len()), expected.len()))
}

/// Checks that as many requests were sent as expected, and that each of them differs.
fn different(name: &str, expected: &[Request], result: &TrialResult) -> Result<(), String> {
    as_many(expected, result)?;
    match expected
        .iter()
        .zip(&result.sent)
        .position(|(expected, sent)| between(expected, sent, &result.redactor).is_none())
    {
        Some(index) => Err(format!("request {} is the same as that of `{name}`; it must differ", index + 1)),
        None => Ok(()),
    }
}

/// Checks that the order was refused for the expected reason, with nothing sent.
fn was_refused(expected: &Refused, result: &TrialResult) -> Result<(), String> {
    if !result.sent.is_empty() {
        return Err(format!("{}; the order had to be refused with nothing sent", requests_sent(result.sent.len())));
    }
    let Some(failure) = &result.failure else {
        return Err("the order was accepted; it had to be refused".to_owned());
    };
    if failure.class() != expected.class {
        return Err(format!("the order was refused as {}, expected {}: {failure}", failure.class(), expected.class));
    }
    if failure.path() != expected.path.as_deref() {
        let path = |path: Option<&str>| path.map_or_else(|| "no field".to_owned(), |path| format!("`{path}`"));
        let (at, wanted) = (path(failure.path()), path(expected.path.as_deref()));
        return Err(format!("the order was refused at {at}, expected {wanted}: {failure}"));
    }
    Ok(())
}

fn requests_sent(number: usize) -> String {
    match number {
        0 => "no request was sent".to_owned(),
        1 => "1 request was sent".to_owned(),
        more => format!("{more} requests were sent"),
    }
}
