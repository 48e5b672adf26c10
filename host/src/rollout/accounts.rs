//! Accounts that an application adds and removes by itself, one at a time, beside what a configuration says.
//!
//! A configuration that the application applies is the whole of it. A file that is followed speaks for the accounts that it
//! names, and leaves those that were added in code: see [`Source`].

use std::sync::Arc;

use super::Registry;
use super::account_slot::AccountSlot;
use super::status::Applied;
use crate::box_future::BoxFuture;
use crate::config::AccountConfig;
use crate::error::{Error, ErrorKind, of_mistakes};
use crate::gate::Gate;

/// Who says what accounts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The application, of all of them.
    Application,
    /// A file that is followed, of those that it names.
    File,
}

impl Registry {
    /// Adds an account. What has begun goes on, and two that are added at the same time are both there.
    ///
    /// # Errors
    /// There is one of its name, or something is wrong with it; then nothing has changed.
    pub(crate) async fn add_account(self: &Arc<Self>, account: AccountConfig) -> Result<Arc<AccountSlot>, Error> {
        let _turn = self.applying.lock().await;
        if self.slot(&account.name).is_some() {
            let problem = format!("there is an account named `{}`", account.name);
            return Err(account.wrong("", problem, "give it a name of its own, or remove the other one first").into());
        }
        if let Some(error) = of_mistakes(account.own_mistakes()) {
            return Err(error);
        }
        let head = self.changes().head.clone();
        let mut gate = Gate::beside(self.sandbox.clone(), self.connectors.all());
        let passing: BoxFuture<'_, _> = Box::pin(self.passed_gate(&mut gate, &head, &account));
        let serving = passing.await.map_err(|error| account.blamed_for(error))?;
        self.keep_links([&serving].into_iter()).await;
        let name = account.name.clone();
        let seat = match self.former(&name) {
            Some(seat) => {
                seat.reopen(account, serving);
                seat
            }
            None => Arc::new(AccountSlot::new(account, serving)),
        };
        let mut seats = (*self.seats.load_full()).clone();
        seats.insert(name.clone(), seat.clone());
        self.seats.store(Arc::new(seats));
        self.changes().in_code.insert(name.clone());
        self.warn_of_conflicts();
        self.told(Applied { added: vec![name], ..Applied::default() });
        Ok(seat)
    }

    /// Removes an account, wherever it came from. Its calls that have begun end as they would have.
    ///
    /// # Errors
    /// There is none of this name.
    pub(crate) async fn remove_account(&self, name: &str) -> Result<(), Error> {
        let _turn = self.applying.lock().await;
        let mut seats = (*self.seats.load_full()).clone();
        let Some(seat) = seats.remove(name) else {
            return Err(ErrorKind::UnknownAccount { name: name.to_owned() }.into());
        };
        self.seats.store(Arc::new(seats));
        seat.close();
        {
            let mut changes = self.changes();
            changes.in_code.remove(name);
            // A handle follows its name: it serves again when the account is back.
            changes.former.insert(name.to_owned(), Arc::downgrade(&seat));
        }
        self.leave_deserted();
        self.told(Applied { removed: vec![name.to_owned()], ..Applied::default() });
        Ok(())
    }

    /// The accounts that were added in code.
    pub(super) fn in_code(&self) -> Vec<Arc<AccountSlot>> {
        let names = self.changes().in_code.clone();
        names.iter().filter_map(|name| self.slot(name)).collect()
    }
}
