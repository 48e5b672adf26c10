//! A configuration is taken over: first all that can fail, without a trace, then all at once what cannot.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use stockbridge_model::Digest;

use super::account_slot::AccountSlot;
use super::accounts::Source;
use super::events::Event;
use super::on_probation::{Open, Rollout};
use super::status::Applied;
use super::{Registry, Seats};
use crate::box_future::BoxFuture;
use crate::config::{AccountConfig, Config};
use crate::connector::{Connector, ReportBuilder};
use crate::diagnostics;
use crate::error::{ConfigError, Error};
use crate::gate::Gate;
use crate::session::Deployment;
use crate::session::swap::{Verdict, Version};

/// What is to be done with one account.
enum Step {
    Leave,
    Add(Arc<Deployment>),
    /// Another configuration of the version that it has.
    Reconfigure(Version<Deployment>),
    /// Another version.
    Swap {
        from: Digest,
        rollout: Arc<Rollout>,
        version: Version<Deployment>,
    },
    /// Something is wrong with it, and the others go on.
    Fail(Error),
}

impl Step {
    /// What serves from now on, where that is another than before.
    fn serving(&self) -> Option<&Arc<Deployment>> {
        match self {
            Step::Add(serving) => Some(serving),
            Step::Reconfigure(version) | Step::Swap { version, .. } => Some(version.value()),
            Step::Leave | Step::Fail(_) => None,
        }
    }
}

/// A configuration that can be taken over, and what is to be done for it, account by account.
struct Plan {
    /// Without its accounts.
    head: Config,
    steps: Vec<(AccountConfig, Planned)>,
}

/// A step, and whether the account would have come to a version that is not tried again.
struct Planned {
    step: Step,
    held_back: bool,
}

impl Planned {
    fn new(step: Step) -> Planned {
        Planned { step, held_back: false }
    }
}

impl Registry {
    /// Takes over a configuration: all of it, or nothing; where accounts are tolerated, all but those with which something is
    /// wrong.
    ///
    /// # Errors
    /// Something in it is wrong, all of which is told; then all is as it was.
    pub(crate) async fn apply(self: &Arc<Self>, config: Config, source: Source) -> Result<Applied, Error> {
        let _turn = self.applying.lock().await;
        let plan: BoxFuture<'_, _> = Box::pin(self.plan(config));
        let plan = plan.await?;
        self.keep_links(plan.steps.iter().filter_map(|(_, planned)| planned.step.serving())).await;
        let applied = self.carry_out(plan, source);
        self.warn_of_conflicts();
        if self.is_refused.swap(false, Ordering::Relaxed) {
            self.announcer.tell(Event::Mended);
        }
        Ok(applied)
    }

    /// Tells that a configuration was not taken over.
    pub(crate) fn refused(&self, error: &Error) {
        self.is_refused.store(true, Ordering::Relaxed);
        self.announcer.tell(Event::Refused { code: error.code(), reason: error.to_string() });
    }

    async fn plan(&self, mut config: Config) -> Result<Plan, Error> {
        let whole = config.mistakes_as_a_whole().into_iter().chain(self.emptied(&config));
        let mut mistakes: Vec<Error> = whole.map(Error::from).collect();
        let mut gate = Gate::beside(self.sandbox.clone(), self.connectors.all());
        let refused = self.changes().refused.clone();
        gate.load_ahead(&config, &refused).await;
        let (mut rollouts, mut steps) = (HashMap::new(), Vec::with_capacity(config.accounts.len()));
        for account in &config.accounts {
            match self.step(&mut gate, &config, account, &mut rollouts).await {
                Ok(planned) => steps.push(planned),
                Err(error) if config.tolerate_accounts => {
                    steps.push(Planned::new(Step::Fail(account.blamed_for(error))));
                }
                Err(error) => mistakes.push(account.blamed_for(error)),
            }
        }
        // All that is wrong is told at once, in the order in which it stands in the file.
        mistakes.sort_by_key(|error| error.place().map(|place| (place.line, place.column)));
        match Error::several(mistakes) {
            Some(error) => Err(error),
            None => {
                let accounts = std::mem::take(&mut config.accounts);
                Ok(Plan { head: config, steps: accounts.into_iter().zip(steps).collect() })
            }
        }
    }

    /// A file without any key is one that was cut, or is not yet written: it does not say that the accounts are to go.
    pub(crate) fn emptied(&self, config: &Config) -> Option<ConfigError> {
        let place = config.written.as_ref()?.blank.clone()?;
        let serve = self.slots().len().saturating_sub(self.in_code().len());
        (serve > 0).then(|| {
            let accounts = if serve == 1 { "an account is" } else { "accounts are" };
            ConfigError::of_file(
                place,
                format!("there is no key in this file, and {accounts} being served"),
                "write the accounts, or an empty [accounts] to remove all of them",
            )
        })
    }

    async fn step(
        &self,
        gate: &mut Gate,
        config: &Config,
        account: &AccountConfig,
        rollouts: &mut HashMap<Digest, Arc<Rollout>>,
    ) -> Result<Planned, Error> {
        if !account.own_mistakes().is_empty() {
            // It fails, and says what else is wrong.
            gate.account(config, account, &mut ReportBuilder::default()).await?;
        }
        let seat = self.slot(&account.name);
        let Some((seat, version)) = seat.and_then(|seat| seat.slot.current().map(|version| (seat, version))) else {
            return Ok(Planned::new(Step::Add(self.passed_gate(gate, config, account).await?)));
        };
        let serving = version.value();
        let (to, signer) = gate.version(config, account).await?;
        let from = serving.connector.digest;
        let held_back = to != from && self.changes().refused.contains(&to);

        if to == from || held_back {
            let member = serving.grants.membership.member();
            // What is held back says nothing of who signed what it stays on.
            let signer = if held_back { member.signer().map(str::to_owned) } else { signer };
            if seat.is_configured_as(account)
                && member.comes_from(account.connector.absolute_path().as_deref(), signer.as_deref())
            {
                return Ok(Planned { step: Step::Leave, held_back });
            }
            let reconfigured = self.open(serving.connector.clone(), account, signer).await?;
            let version = match version.probation() {
                Some((trial, fallback)) => {
                    let fallback = self.fallback(fallback, account).await;
                    Version::on_probation(reconfigured, trial.clone(), fallback)
                }
                None => Version::proven(reconfigured),
            };
            return Ok(Planned { step: Step::Reconfigure(version), held_back });
        }

        let swapped = self.passed_gate(gate, config, account).await?;
        // What is itself on probation is nothing to fall back on.
        let proven = version.probation().map_or(serving, |(_, fallback)| fallback);
        if proven.connector.digest == to {
            // Back to what it would have fallen back on: there is nothing to watch.
            return Ok(Planned::new(Step::Swap {
                from,
                rollout: Rollout::over(to),
                version: Version::proven(swapped),
            }));
        }
        let fallback = self.fallback(proven, account).await;
        let rollout = rollouts.entry(to).or_insert_with(|| Rollout::new(to, self.probation.limits)).clone();
        let version = Version::on_probation(swapped, rollout.trial.clone(), fallback);
        Ok(Planned::new(Step::Swap { from, rollout, version }))
    }

    /// The account on the connector that it names, once that has passed the gate.
    pub(super) async fn passed_gate(
        &self,
        gate: &mut Gate,
        config: &Config,
        account: &AccountConfig,
    ) -> Result<Arc<Deployment>, Error> {
        let (connector, fitted) = gate.account(config, account, &mut ReportBuilder::default()).await?;
        self.connectors.insert(&connector);
        Deployment::open(&self.sandbox, connector, fitted.grants(account, &self.services)).await
    }

    /// The account on a connector that has passed the gate before.
    async fn open(
        &self,
        connector: Arc<Connector>,
        account: &AccountConfig,
        signer: Option<String>,
    ) -> Result<Arc<Deployment>, Error> {
        let fitted = Gate::fitted(&connector, account, signer)?;
        Deployment::open(&self.sandbox, connector, fitted.grants(account, &self.services)).await
    }

    /// What an account falls back on: that connector with what the account is granted now, its secrets above all. With
    /// what it was granted then where the new configuration does not fit it.
    async fn fallback(&self, serving: &Arc<Deployment>, account: &AccountConfig) -> Arc<Deployment> {
        let signer = serving.grants.membership.member().signer().map(str::to_owned);
        self.open(serving.connector.clone(), account, signer).await.unwrap_or_else(|_| serving.clone())
    }

    /// Has the journal keep what links accounts to applications under which there are writes already: the next may come from
    /// another account that shares with them by then.
    pub(super) async fn keep_links<'s>(&self, served: impl Iterator<Item = &'s Arc<Deployment>>) {
        let memberships: Vec<_> = served.map(|its| &its.grants.membership).filter(|its| its.has_written()).collect();
        let rows: Vec<_> = memberships.iter().flat_map(|its| its.unrecorded()).collect();
        if rows.is_empty() {
            return;
        }
        match self.journal.keep_links(rows).await {
            Ok(()) => memberships.iter().for_each(|its| its.is_recorded()),
            // The next write of each records it with itself.
            Err(error) => {
                tracing::warn!(target: diagnostics::ROLLOUT, %error, "the journal does not know yet what its accounts share")
            }
        }
    }

    /// Tells an operator once of accounts that may be one application, and do not share it.
    pub(super) fn warn_of_conflicts(&self) {
        let conflicts = self.services.applications.conflicts();
        let told = std::mem::replace(&mut self.changes().conflicts, conflicts.clone());
        for conflict in conflicts.difference(&told) {
            let [account, other] = &conflict.accounts;
            tracing::warn!(target: diagnostics::ROLLOUT, account, other, provider = conflict.provider, fix = conflict.fix(), "{conflict}");
        }
    }

    /// Nothing in here fails or waits.
    fn carry_out(self: &Arc<Self>, Plan { head, steps }: Plan, source: Source) -> Applied {
        let mut applied = Applied::default();
        let before = self.seats.load_full();
        // A file says nothing of what was added in code, unless it names it.
        let in_code = if source == Source::File { self.in_code() } else { Vec::new() };
        let named: HashSet<String> = steps.iter().map(|(config, _)| config.name.clone()).collect();
        let mut seats: Seats = in_code.into_iter().map(|seat| (seat.name.clone(), seat)).collect();
        seats.retain(|name, _| !named.contains(name));
        let in_code = seats.keys().cloned().collect();
        let mut failures = Vec::new();
        for (config, Planned { step, held_back }) in steps {
            let name = config.name.clone();
            if held_back {
                applied.held_back.push(name.clone());
            }
            let there = before.get(&name);
            let mut failure = None;
            let seat = match (step, there) {
                (Step::Add(serving), there) => {
                    applied.added.push(name.clone());
                    match there.cloned().or_else(|| self.former(&name)) {
                        Some(seat) => {
                            seat.reopen(config, serving);
                            seat
                        }
                        None => Arc::new(AccountSlot::new(config, serving)),
                    }
                }
                (Step::Fail(error), there) => {
                    applied.failed.push(name.clone());
                    failure = Some(error);
                    let seat = there.cloned().or_else(|| self.former(&name));
                    seat.unwrap_or_else(|| Arc::new(AccountSlot::closed(config)))
                }
                (Step::Leave, Some(seat)) => {
                    seat.keep(config);
                    seat.clone()
                }
                (Step::Reconfigure(version), Some(seat)) => {
                    applied.reconfigured.push(name.clone());
                    seat.put(config, version, None);
                    seat.clone()
                }
                (Step::Swap { from, rollout, version }, Some(seat)) => {
                    applied.swapped.push(name.clone());
                    self.watch_over(&rollout);
                    tracing::info!(target: diagnostics::ROLLOUT, account = name, %from, to = %rollout.to, "another version of the connector serves");
                    seat.put(config, version, Some((from, rollout)));
                    seat.clone()
                }
                // Only what was there is left, reconfigured or swapped.
                (_, None) => continue,
            };
            if seat.note_failure(failure.clone()) {
                failures.push((seat.clone(), failure));
            }
            seats.insert(name, seat);
        }
        applied.removed = before.keys().filter(|name| !seats.contains_key(*name)).cloned().collect();
        let removed: Vec<_> = applied.removed.iter().filter_map(|name| before.get(name)).cloned().collect();
        self.seats.store(Arc::new(seats));
        removed.iter().for_each(|seat| seat.close());
        {
            let mut changes = self.changes();
            changes.head = head;
            changes.in_code = in_code;
            // A handle follows its name: it serves again when the account is back.
            changes.former.retain(|_, seat| seat.strong_count() > 0);
            changes.former.extend(removed.iter().map(|seat| (seat.name.clone(), Arc::downgrade(seat))));
        }
        drop(removed);
        self.leave_deserted();
        for (seat, failure) in failures {
            self.told_of(&seat, failure.as_ref());
        }
        self.told(applied)
    }

    /// The place of an account that was removed, where somebody still holds it.
    pub(super) fn former(&self, name: &str) -> Option<Arc<AccountSlot>> {
        self.changes().former.remove(name)?.upgrade()
    }

    /// That something is wrong with an account, or no longer is.
    fn told_of(&self, seat: &AccountSlot, failure: Option<&Error>) {
        let account = seat.name.clone();
        let Some(error) = failure else {
            tracing::info!(target: diagnostics::ROLLOUT, account, "what was wrong with the account is mended");
            self.announcer.tell(Event::AccountMended { account });
            return;
        };
        let serves = seat.config().is_some();
        for mistake in error.mistakes() {
            let code = mistake.code();
            if serves {
                tracing::error!(target: diagnostics::ROLLOUT, account, code, error = %mistake, "the account goes on with the configuration that it has");
            } else {
                tracing::error!(target: diagnostics::ROLLOUT, account, code, error = %mistake, "the account does not serve");
            }
        }
        self.announcer.tell(Event::AccountFailed { account, code: error.code(), reason: error.to_string(), serves });
    }

    /// Begins the probation that these accounts share.
    fn watch_over(self: &Arc<Self>, rollout: &Arc<Rollout>) {
        let mut changes = self.changes();
        let is_open = rollout.trial.verdict() == Verdict::Open;
        if is_open && !changes.open.iter().any(|open| Arc::ptr_eq(&open.rollout, rollout)) {
            changes.open.push(Open::begin(rollout.clone(), self.probation.period, Arc::downgrade(self)));
        }
    }

    /// Ends the probations in which no account takes part any more: each has gone on to another version, or was removed.
    pub(super) fn leave_deserted(&self) {
        let seats = self.slots();
        let taken_part_in: HashSet<_> =
            seats.iter().filter_map(|seat| seat.rollout()).map(|its| Arc::as_ptr(&its)).collect();
        self.changes().open.retain(|open| taken_part_in.contains(&Arc::as_ptr(&open.rollout)));
    }

    /// What came of it, for the log and for whoever listens. That nothing did is no news.
    pub(super) fn told(&self, mut applied: Applied) -> Applied {
        let Applied { added, removed, reconfigured, swapped, held_back, failed } = &mut applied;
        for names in [&mut *added, removed, reconfigured, swapped, held_back, failed] {
            names.sort();
        }
        for account in &*held_back {
            tracing::warn!(
                target: diagnostics::ROLLOUT,
                account,
                "its component was rolled back before and is not tried again: it stays on what it has"
            );
        }
        let [added, removed, reconfigured, swapped] =
            [&applied.added, &applied.removed, &applied.reconfigured, &applied.swapped].map(Vec::len);
        if !applied.is_nothing() {
            tracing::info!(target: diagnostics::ROLLOUT, added, removed, reconfigured, swapped, "a configuration was taken over");
            self.announcer.tell(Event::Applied(applied.clone()));
        }
        applied
    }
}
