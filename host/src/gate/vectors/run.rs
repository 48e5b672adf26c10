//! Runs vectors: each is asked of its connector on a session of its own, in memory.

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

/// The longest text of what differs, in bytes.
const LONGEST: usize = 600;

/// Runs all of them, one after the other, within the time for all.
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
            // What was cut off at the end of the time differs because of that.
            Ok(Err(difference)) if Instant::now() < end => difference,
            _ => return Err(VectorProblem::Slow { vector: vector.name.clone(), limit: TIME }),
        };
        let difference = one_line(&difference, LONGEST);
        return Err(VectorProblem::Differs { vector: vector.name.clone(), difference });
    }
    Ok(())
}

/// The origins of all requests: what goes elsewhere is refused by the host, as it would be for any account. Nothing is
/// dialled, so that an origin may have any address.
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

/// One vector that is being run.
struct Trial<'a> {
    sandbox: &'a Arc<Sandbox>,
    connector: &'a Arc<Connector>,
    /// All that were written with it.
    vectors: &'a [Vector],
    vector: &'a Vector,
    allowed: &'a [Arc<Grant>],
    end: Instant,
}

/// What came of a vector.
struct Came {
    sent: Vec<Sent>,
    failure: Option<Error>,
    redactor: Arc<Redactor>,
}

impl Trial<'_> {
    /// Runs it; what differs, if something does.
    async fn run(&self) -> Result<(), String> {
        match &self.vector.expected {
            Expected::Requests(expected) => same(expected, &self.sent(expected).await?),
            Expected::Refused(refused) => was_refused(refused, &self.sent(&[]).await?),
            Expected::DiffersFrom(place) => {
                let Some(Vector { name, expected: Expected::Requests(expected), .. }) = self.vectors.get(*place) else {
                    return Err("what it is to differ from has no requests".to_owned());
                };
                another(name, expected, &self.sent(expected).await?)
            }
        }
    }

    async fn sent(&self, expected: &[Request]) -> Result<Came, String> {
        let recording = Recording::answering(expected);
        let grants = self.grants(&recording, expected.len())?;
        let redactor = grants.secrets.redactor();
        let deployment = Deployment::open(self.sandbox, self.connector.clone(), grants);
        let deployment = deployment.await.map_err(|error| format!("its account does not open: {error}"))?;
        let failure = self.ask(&deployment, expected.len()).await.err();
        match failure {
            // What the connector says is its own matter here; that it ends without a word is not.
            Some(failure) if failure.code().starts_with("connector.") => Err(failure.to_string()),
            failure => Ok(Came { sent: recording.sent(), failure, redactor }),
        }
    }

    /// An account with the vector's settings and secrets, and with the time that is left.
    fn grants(&self, recording: &Recording, requests: usize) -> Result<Grants, String> {
        let vector = self.vector;
        let mut account = AccountConfig::new(format!("vector `{}`", vector.name), Vec::new());
        account.settings = vector.settings.clone().into();
        account.secrets =
            vector.secrets.iter().map(|(name, text)| (name.clone(), Secret::new(text.as_bytes()))).collect();
        let fitted = fit(&account, &self.connector.descriptor, self.connector.digest, None)
            .map_err(|error| format!("its account does not fit: {error}"))?;
        // Nobody is asked anything, so there is nothing to pace; and what fails once would fail again.
        let fitted = ResolvedAccount { requests_per_minute: None, ..fitted };
        let requests = u32::try_from(requests).unwrap_or(u32::MAX).saturating_add(1);
        let left = self.end.saturating_duration_since(Instant::now());
        account.limits = Limits::default().deadline(left).min_time_left(Duration::ZERO).requests(requests).attempts(1);
        let transport = Arc::new(recording.clone());
        let services = HostServices::new(transport, Clock::Fixed(vector.clock));
        Ok(Grants { allowed: self.allowed.to_vec(), is_trial: true, ..fitted.grants(&account, &services) })
    }

    /// All pages of a query, though not more than there are requests.
    async fn ask(&self, deployment: &Arc<Deployment>, requests: usize) -> Result<(), Error> {
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

/// That exactly the expected requests came out.
fn same(expected: &[Request], came: &Came) -> Result<(), String> {
    for (place, (expected, sent)) in expected.iter().zip(&came.sent).enumerate() {
        if let Some(difference) = between(expected, sent, &came.redactor) {
            return Err(format!("request {}: {difference}", place + 1));
        }
    }
    as_many(expected, came)
}

fn as_many(expected: &[Request], came: &Came) -> Result<(), String> {
    if expected.len() == came.sent.len() {
        return Ok(());
    }
    let said = came.failure.as_ref().map(|failure| format!(", and the call said: {failure}")).unwrap_or_default();
    Err(format!("{} came out, expected {}{said}", requests(came.sent.len()), expected.len()))
}

/// That as many requests came out, each of them another one.
fn another(name: &str, expected: &[Request], came: &Came) -> Result<(), String> {
    as_many(expected, came)?;
    match expected.iter().zip(&came.sent).position(|(expected, sent)| between(expected, sent, &came.redactor).is_none())
    {
        Some(place) => Err(format!("request {} is that of `{name}`, which it must not be", place + 1)),
        None => Ok(()),
    }
}

/// That the order was refused for the expected reason, with nothing sent.
fn was_refused(expected: &Refused, came: &Came) -> Result<(), String> {
    if !came.sent.is_empty() {
        return Err(format!("{} came out; the order had to be refused with nothing sent", requests(came.sent.len())));
    }
    let Some(failure) = &came.failure else {
        return Err("the order was taken; it had to be refused".to_owned());
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

fn requests(number: usize) -> String {
    match number {
        0 => "no request".to_owned(),
        1 => "1 request".to_owned(),
        more => format!("{more} requests"),
    }
}
