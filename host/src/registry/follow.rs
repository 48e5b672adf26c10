//! The registry as what a configuration file is followed for: what a file would take away, and what is told of it.

use std::sync::Arc;
use std::time::Duration;

use super::Registry;
use super::accounts::Source;
use super::events::Event;
use crate::config::{Config, losses};
use crate::error::Error;
use crate::model::Timestamp;
use crate::watch::Follows;

impl Registry {
    /// The configuration in force: what each account has that serves, and what is beside the accounts.
    pub(crate) fn in_force(&self) -> Config {
        let mut config = self.changes().head.clone();
        config.accounts = self.seats().iter().filter_map(|seat| seat.config()).collect();
        config
    }
}

impl Follows for Arc<Registry> {
    fn losses(&self, config: &Config) -> Vec<String> {
        // What has no key at all is refused, and not waited for.
        if self.emptied(config).is_some() {
            return Vec::new();
        }
        // Of what was added in code a file takes nothing away.
        let mut in_force = self.in_force();
        let in_code = self.changes().in_code.clone();
        in_force.accounts.retain(|account| !in_code.contains(account.name()));
        losses(&in_force, config)
    }

    async fn apply(&self, config: Config) -> Result<bool, Error> {
        Registry::apply(self, config, Source::File).await.map(|applied| applied.failed.is_empty())
    }

    fn refused(&self, error: &Error) {
        Registry::refused(self, error);
    }

    fn waits(&self, losses: &[String], wait: Duration) {
        self.announcer.tell(Event::RemovalPending { removes: losses.to_vec(), at: Timestamp::now().later(wait) });
    }

    fn withdrawn(&self) {
        self.announcer.tell(Event::RemovalWithdrawn);
    }
}
