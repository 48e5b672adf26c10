//! What the journal has of an order: under each application by which its account is known, whatever it was sent as.

use std::sync::Arc;

use stockbridge_model::{Reference, Write, WriteId};

use super::record::{IdempotencyKey, Intent, State, WriteStatus};
use super::{Journal, StoreError};
use crate::application::{Identities, Membership};

/// An account's order, by the names that it may be recorded under.
pub struct Sought {
    identities: Arc<Identities>,
    /// Those of its account's applications, and behind them those of versions of before.
    names: Vec<IdempotencyKey>,
    /// Who seeks it: of what versions of before wrote, not all is its own. None seeks one that it has seen.
    by: Option<Arc<Membership>>,
}

/// A write as it is recorded.
pub(super) type Recorded = (WriteId, Intent, WriteStatus);

impl Sought {
    /// An order of an account, by its reference.
    pub fn by(membership: &Arc<Membership>, reference: &Reference) -> Sought {
        let identities = membership.identities();
        let applications = identities.applications.iter().chain(&identities.former);
        let names =
            applications.map(|application| IdempotencyKey { application: *application, reference: reference.clone() });
        Sought { names: names.collect(), identities, by: Some(membership.clone()) }
    }

    /// A write that was found before, by its own name.
    pub(super) fn seen(name: IdempotencyKey) -> Sought {
        let identities = Identities { applications: vec![name.application], former: Vec::new() };
        Sought { identities: Arc::new(identities), names: vec![name], by: None }
    }

    /// What another task has a right to that works on it.
    pub(super) fn names(&self) -> &[IdempotencyKey] {
        &self.names
    }

    /// Whether its account is known by the same as before.
    pub(super) fn still_holds(&self) -> bool {
        self.by.as_ref().is_none_or(|by| *by.identities() == *self.identities)
    }

    fn counts(&self, place: usize, intent: &Intent, standing: &WriteStatus) -> bool {
        let is_former = place >= self.identities.applications.len();
        let counts_former = || self.by.as_ref().is_none_or(|by| by.counts_former(&intent.account, &standing.connector));
        !is_former || counts_former()
    }
}

impl Journal {
    /// What there is of an order, or of any with its reference. Of several records the first of these: applied,
    /// unknown, of another order, not applied.
    pub(super) async fn known(&self, sought: &Sought, write: Option<&Write>) -> Result<Option<Recorded>, StoreError> {
        let mut most: Option<(u8, Recorded)> = None;
        for (place, name) in sought.names.iter().enumerate() {
            let Some(id) = self.store().find(name.key()).await? else { continue };
            let Some((intent, standing)) = self.read(id).await? else { continue };
            if !sought.counts(place, &intent, &standing) {
                continue;
            }
            let is_another = write.is_some_and(|write| *write != intent.write);
            let rank = match standing.state {
                _ if is_another => 1,
                State::Applied { .. } => 3,
                State::Sending | State::Unknown { .. } => 2,
                State::NotApplied { .. } => 0,
            };
            if most.as_ref().is_none_or(|(before, _)| rank > *before) {
                most = Some((rank, (id, intent, standing)));
            }
        }
        Ok(most.map(|(_, recorded)| recorded))
    }
}
