//! The host as what a configuration file is followed for: what a file would take away, and the events of that.

use std::sync::Arc;
use std::time::Duration;

use stockbridge_model::Timestamp;

use super::state::HostState;
use crate::config::{Config, losses};
use crate::error::Error;
use crate::rollout::{Event, Source};
use crate::watch::Follows;

/// The host that follows a file. It is kept.
pub(super) struct Followed(pub(super) Arc<HostState>);

impl Follows for Followed {
    fn losses(&self, config: &Config) -> Vec<String> {
        // What has no key at all is refused, and not waited for.
        let registry = &self.0.registry;
        if registry.emptied(config).is_some() {
            return Vec::new();
        }
        // Of what was added in code a file takes nothing away.
        losses(&registry.in_force_but_for_code(), config)
    }

    async fn apply(&self, config: Config) -> Result<bool, Error> {
        self.0.registry.apply(config, Source::File).await.map(|applied| applied.failed.is_empty())
    }

    fn refused(&self, error: &Error) {
        self.0.registry.refused(error);
    }

    fn waits(&self, losses: &[String], wait: Duration) {
        self.0.registry.announce(Event::RemovalPending { removes: losses.to_vec(), at: Timestamp::now().later(wait) });
    }

    fn withdrawn(&self) {
        self.0.registry.announce(Event::RemovalWithdrawn);
    }
}
