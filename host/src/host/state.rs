//! What a host and the handles to its accounts share: the registry, and the tasks that are the host's.

use std::sync::{Arc, OnceLock};

use stockbridge_journal::{JournalNews, JournalWaiter, Opened, Recovery};

use crate::diagnostics;
use crate::error::Error;
use crate::rollout::{Event, Registry};
use crate::session::write_tasks::WriteTasks;
#[cfg(all(feature = "journal-file", unix))]
use stockbridge_journal::Control;

/// It lives for as long as a host or a handle to one of its accounts does.
pub(crate) struct HostState {
    pub(crate) registry: Arc<Registry>,
    pub(crate) writes: WriteTasks,
    /// Waits for the journal, where another process still has it.
    waiting: OnceLock<JournalWaiter>,
    /// Whether writes whose outcome is unknown are finished.
    recovers: bool,
    /// Finishes them.
    recovery: OnceLock<Recovery>,
    /// Lets a person's commands reach the journal.
    #[cfg(all(feature = "journal-file", unix))]
    control: OnceLock<Option<Control>>,
}

impl HostState {
    pub(crate) fn new(registry: Arc<Registry>, recovers: bool) -> Arc<HostState> {
        Arc::new(HostState {
            registry,
            writes: WriteTasks::default(),
            waiting: OnceLock::new(),
            recovers,
            recovery: OnceLock::new(),
            #[cfg(all(feature = "journal-file", unix))]
            control: OnceLock::new(),
        })
    }

    /// Starts recovery, and the control socket of the journal.
    ///
    /// # Errors
    /// The control socket cannot be opened.
    pub(crate) fn begin_recovery(self: &Arc<Self>) -> Result<(), Error> {
        let journal = &self.registry.journal;
        #[cfg(all(feature = "journal-file", unix))]
        if self.control.get().is_none() {
            // The first caller's stays.
            drop(self.control.set(journal.control()?));
        }
        if let Some(JournalNews { place, identity, made, gap }) = journal.news() {
            if made {
                self.registry.announce(Event::JournalMade { place: place.clone(), identity });
            }
            if let Some(gap) = gap {
                self.registry.announce(Event::JournalPutBack { place, gap });
            }
        }
        if self.recovers {
            self.recovery.get_or_init(|| Recovery::begin(self, journal));
        }
        Ok(())
    }

    /// Has a task wait for the journal that another process has, and begin recovery once it is this host's.
    pub(crate) fn wait_for_journal(self: &Arc<Self>, opened: Opened) {
        let state = Arc::downgrade(self);
        let waiter = JournalWaiter::new(async move {
            let opened = opened.await;
            let Some(state) = state.upgrade() else { return };
            let registry = &state.registry;
            let place = registry.journal.place();
            match opened {
                Ok(journal) => {
                    // Not where the host was shut down meanwhile.
                    if registry.journal.take(journal) {
                        tracing::info!(target: diagnostics::JOURNAL, journal = place, "the journal is this host's now");
                        if let Err(error) = state.begin_recovery() {
                            tracing::error!(target: diagnostics::JOURNAL, journal = place, %error, "what becomes of writes is not found out");
                        }
                        registry.announce(Event::JournalTaken { place });
                    }
                }
                Err(error) => {
                    tracing::error!(target: diagnostics::JOURNAL, journal = place, %error, "the journal is not this host's: no write is served");
                    registry.journal.give_up();
                    registry.announce(Event::JournalNotTaken { place, reason: error.to_string() });
                }
            }
        });
        drop(self.waiting.set(waiter));
    }

    /// Stops recovery, and closes the control socket.
    pub(crate) fn end_recovery(&self) {
        self.registry.journal.give_up();
        if let Some(recovery) = self.recovery.get() {
            recovery.stop();
        }
        #[cfg(all(feature = "journal-file", unix))]
        if let Some(control) = self.control.get().and_then(Option::as_ref) {
            control.close();
        }
    }
}
