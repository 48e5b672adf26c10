//! Recorded outcome of an order whose account's application is unknown, since its connector was never asked for its description.

use std::sync::Arc;
use std::time::Instant;

use stockbridge_model::{Receipt, WriteId};
use tokio::time::timeout_at;

use super::known::Sought;
use super::{Journal, StoreError, Unsent, WriteFilter};
use crate::error::JournalError;
use crate::refusal::WriteRefusal;

impl Journal {
    /// Recorded outcome of an order of this account that cannot be sent now, whatever the account's application was then; none
    /// where there is nothing to say but that it was not applied.
    pub async fn recorded_outcome_of_any(
        self: &Arc<Self>,
        unsent: Unsent<'_>,
        deadline: Instant,
    ) -> Option<Result<Receipt, WriteRefusal>> {
        let Unsent { account, write, ordered_at } = unsent;
        let unknown = WriteRefusal::unknown;
        let reference = Some(write.reference().clone());
        let filter = WriteFilter { account: Some(account.to_owned()), reference, ..WriteFilter::default() };
        let records = match timeout_at(deadline.into(), self.list(&filter)).await {
            Ok(Ok(records)) => records,
            Ok(Err(error)) => return unknown(error.into()),
            Err(_) => return unknown(JournalError::Busy.into()),
        };
        for record in records {
            match timeout_at(deadline.into(), self.intended(record.id)).await {
                Ok(Ok(Some(name))) => {
                    if let Some(outcome) = self.recorded_outcome(&Sought::exact(name), unsent, deadline).await {
                        return Some(outcome);
                    }
                }
                // Forgotten meanwhile.
                Ok(Ok(None)) => {}
                Ok(Err(error)) => return unknown(error.into()),
                Err(_) => return unknown(JournalError::Busy.into()),
            }
        }
        // It may have been sent between a backup and its restore, without a record.
        let gap = self.gap_for(account).filter(|gap| !gap.is_before(write.reference(), ordered_at));
        gap.and_then(|gap| unknown(JournalError::InGap { from: gap.from, until: gap.until }.into()))
    }

    async fn intended(&self, id: WriteId) -> Result<Option<super::IdempotencyKey>, StoreError> {
        Ok(self.read(id).await?.map(|(intent, _)| intent.name()))
    }
}
