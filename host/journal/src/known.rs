//! Lookup of an order in the journal, under each application of its account, whichever it was sent as.

use std::sync::Arc;

use stockbridge_model::{Reference, Write, WriteId};

use super::record::{IdempotencyKey, Intent, State, WriteStatus};
use super::{Journal, StoreError};
use crate::application::{Identities, Membership};

/// Lookup key of an account's order: the names that it may be recorded under.
pub struct Sought {
    identities: Arc<Identities>,
    /// Names by the applications of its account, followed by those of earlier versions.
    names: Vec<IdempotencyKey>,
    /// The account that looks for it: not every write of earlier versions under its names is its own. None for a write that
    /// was found before.
    by: Option<Arc<Membership>>,
}

/// A recorded write.
pub(super) type Recorded = (WriteId, Intent, WriteStatus);

impl Sought {
    /// Looks for an account's order by its reference.
    pub fn by(membership: &Arc<Membership>, reference: &Reference) -> Sought {
        let identities = membership.identities();
        let applications = identities.applications.iter().chain(&identities.former);
        let names =
            applications.map(|application| IdempotencyKey { application: *application, reference: reference.clone() });
        Sought { names: names.collect(), identities, by: Some(membership.clone()) }
    }

    /// Looks for a write that was found before, by its own name.
    pub(super) fn exact(name: IdempotencyKey) -> Sought {
        let identities = Identities { applications: vec![name.application], former: Vec::new() };
        Sought { identities: Arc::new(identities), names: vec![name], by: None }
    }

    /// The names that another task locks while it works on the order.
    pub(super) fn names(&self) -> &[IdempotencyKey] {
        &self.names
    }

    /// Whether the account's applications are unchanged since.
    pub(super) fn is_current(&self) -> bool {
        self.by.as_ref().is_none_or(|by| *by.identities() == *self.identities)
    }

    fn counts(&self, place: usize, intent: &Intent, status: &WriteStatus) -> bool {
        let is_former = place >= self.identities.applications.len();
        let counts_former = || self.by.as_ref().is_none_or(|by| by.counts_former(&intent.account, &status.connector));
        !is_former || counts_former()
    }
}

impl Journal {
    /// Finds an order, or any with its reference. Of several records, the first of these wins: applied, unknown, of another
    /// order, not applied.
    pub(super) async fn find_recorded(
        &self,
        sought: &Sought,
        write: Option<&Write>,
    ) -> Result<Option<Recorded>, StoreError> {
        let mut best: Option<(u8, Recorded)> = None;
        for (place, name) in sought.names.iter().enumerate() {
            let Some(id) = self.store().find(name.key()).await? else { continue };
            let Some((intent, status)) = self.read(id).await? else { continue };
            if !sought.counts(place, &intent, &status) {
                continue;
            }
            let is_another = write.is_some_and(|write| *write != intent.write);
            let rank = match status.state {
                _ if is_another => 1,
                State::Applied { .. } => 3,
                State::Sending | State::Unknown { .. } => 2,
                State::NotApplied { .. } => 0,
            };
            if best.as_ref().is_none_or(|(best_rank, _)| rank > *best_rank) {
                best = Some((rank, (id, intent, status)));
            }
        }
        Ok(best.map(|(_, recorded)| recorded))
    }
}
