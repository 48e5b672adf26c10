//! Required properties, checked against the simulator's ledger, the outcomes that callers got, and the final journal.

use std::collections::BTreeMap;

use stockbridge::journal::{Next, WriteRecord, WriteState};
use stockbridge_simulator::{Document, RecordedRequest};
use stockbridge_tests::Provider;

use super::generation::{Ended, Generation};
use super::rate;
use super::round::Mode;
use super::words::{CallerOutcome, Line, Order, Plan, When, reference_in};

/// After this many sendings the host leaves a deduplicated write to an operator.
const MOST_SENDINGS: u32 = 12;

/// Observations of a round, and violations found in it.
pub(super) struct Judge {
    /// Whether the disk is full at times: then a reported outcome may be missing in the journal.
    full: bool,
    /// Whether the journal is damaged at times: then a host refuses to start on it.
    damaged: bool,
    /// Whether clocks jump: then a provider's window may have passed, and a deduplicated write is left to an operator.
    jumps: bool,
    writes: BTreeMap<String, Observed>,
    violations: Vec<String>,
    ends: Ends,
}

/// Observations of an order.
struct Observed {
    provider: Provider,
    applied: bool,
    unknown: bool,
    /// Whether all callers of its last run got "not applied".
    denied: bool,
}

/// Final outcomes of the orders.
#[derive(Clone, Copy, Default)]
pub(super) struct Ends {
    pub(super) applied: u64,
    pub(super) not_applied: u64,
    pub(super) manual_review: u64,
    /// Transfers and counts of the flagship edition among them.
    pub(super) flagship_manual_review: u64,
    /// Orders without a durable intent.
    pub(super) never_begun: u64,
    /// Orders sent more than once.
    pub(super) repeated: u64,
}

type Listed<'l> = BTreeMap<&'l str, &'l WriteRecord>;

impl Judge {
    pub(super) fn new(mode: Mode) -> Judge {
        let (full, damaged, jumps) = (mode == Mode::Full, mode == Mode::Damaged, mode == Mode::Jumps);
        Judge { full, damaged, jumps, writes: BTreeMap::new(), violations: Vec::new(), ends: Ends::default() }
    }

    /// Adds a violation that was found elsewhere.
    pub(super) fn add_violation(&mut self, what: String) {
        self.violations.push(what);
    }

    pub(super) fn violations(&self) -> &[String] {
        &self.violations
    }

    pub(super) fn orders(&self) -> usize {
        self.writes.len()
    }

    pub(super) fn ends(&self) -> Ends {
        self.ends
    }

    /// Checks a child's output against the ledger after its end.
    pub(super) fn check(&mut self, plan: &Plan, generation: &Generation, documents: &[Document]) {
        self.check_exit(plan, generation);
        let mut reported: BTreeMap<&str, Vec<&CallerOutcome>> = BTreeMap::new();
        for line in &generation.lines {
            if let Line::Outcome { reference, outcome } = line {
                reported.entry(reference).or_default().push(outcome);
            }
        }
        let orders: BTreeMap<&str, &Order> =
            plan.orders.iter().map(|order| (order.reference.as_str(), order)).collect();
        for order in orders.into_values() {
            let fresh = Observed { provider: order.provider(), applied: false, unknown: false, denied: false };
            let observed = self.writes.entry(order.reference.clone()).or_insert(fresh);
            let made = plan.orders.iter().filter(|other| other.reference == order.reference).count();
            let outcome = reported.get(order.reference.as_str()).map_or(&[][..], Vec::as_slice);
            let denied = outcome.iter().filter(|outcome| matches!(outcome, CallerOutcome::NotApplied(_))).count();
            if observed.applied && denied > 0 {
                self.violations.push(format!("{}: reported as applied, and later as {outcome:?}", order.reference));
            }
            observed.denied = denied == made;
            observed.applied |= outcome.iter().any(|outcome| matches!(outcome, CallerOutcome::Applied(_)));
            observed.unknown |= outcome.iter().any(|outcome| matches!(outcome, CallerOutcome::Unknown(_)));
        }
        self.check_ledger(&reported, documents);
    }

    /// Checks that no provider got more requests than its rate allows. Returns the most requests in a window.
    pub(super) fn check_rate(&mut self, reached: &[RecordedRequest]) -> usize {
        let most = rate::most_in_a_window(reached);
        if most > rate::MOST {
            self.violations
                .push(format!("a provider had {most} requests in ten seconds: at most {} may be", rate::MOST));
        }
        most
    }

    /// Checks that each order has one record at most.
    fn check_unique(&mut self, last: &Generation, at: When) {
        let mut count: BTreeMap<&str, Vec<&WriteRecord>> = BTreeMap::new();
        for record in records(last, at) {
            count.entry(record.reference.as_str()).or_default().push(record);
        }
        for (reference, records) in count.into_iter().filter(|(_, records)| records.len() > 1) {
            self.violations.push(format!("{reference}: recorded {} times: {records:?}", records.len()));
        }
    }

    fn check_exit(&mut self, plan: &Plan, generation: &Generation) {
        let refused = generation.lines.iter().find_map(|line| match line {
            Line::Refused(why) => Some(why),
            _ => None,
        });
        match refused {
            Some(why) if self.damaged && why.starts_with("journal.damaged: ") => {}
            Some(why) if !plan.full.is_some_and(|full| full.from_the_start) => {
                self.violations.push(format!("a host does not start: {why}"));
            }
            None if generation.end == Ended::Wrong => {
                self.violations.push(format!("a host hung or ended by itself: {:?}", plan.end));
            }
            _ => {}
        }
    }

    fn check_ledger(&mut self, reported: &BTreeMap<&str, Vec<&CallerOutcome>>, documents: &[Document]) {
        let documents = by_reference(documents);
        for (reference, numbers) in documents.iter().filter(|(_, numbers)| numbers.len() > 1) {
            self.violations.push(format!("{reference}: applied {} times, as {numbers:?}", numbers.len()));
        }
        for (reference, observed) in &self.writes {
            let number = documents.get(reference.as_str()).and_then(|numbers| numbers.first());
            if observed.applied && number.is_none() {
                self.violations.push(format!("{reference}: reported as applied, and missing in the ledger"));
            }
            if observed.denied && number.is_some() {
                self.violations.push(format!(
                    "{reference}: reported as {:?}, and in the ledger",
                    reported.get(reference.as_str())
                ));
            }
            for outcome in reported.get(reference.as_str()).into_iter().flatten() {
                if let (CallerOutcome::Applied(Some(document)), Some(number)) = (outcome, number)
                    && document != number
                {
                    self.violations.push(format!("{reference}: reported as document {document}, and it is {number}"));
                }
            }
        }
    }

    /// Checks what the last host found in the journal, before orders are repeated. `reached` and `documents` are the provider's
    /// before that host.
    pub(super) fn check_found(&mut self, last: &Generation, reached: &[RecordedRequest], documents: &[Document]) {
        self.check_unique(last, When::Before);
        let (listed, documents) = (listed(last, When::Before), by_reference(documents));
        let sent = reached.iter().filter_map(|request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            reference_in(&request.query).or_else(|| reference_in(&body)).map(str::to_owned)
        });
        let missing = sent.filter(|reference| !listed.contains_key(reference.as_str()));
        let mut wrong: Vec<String> = missing.map(|reference| format!("{reference}: sent, and not recorded")).collect();
        for (reference, observed) in &self.writes {
            let state = listed.get(reference.as_str()).map(|record| &record.state);
            let problem = match state {
                None if observed.applied => "reported as applied, and not recorded",
                None if observed.unknown && !self.full => "reported as unknown, and not recorded",
                Some(WriteState::NotApplied { .. }) if observed.applied => {
                    "reported as applied, and recorded as not applied"
                }
                Some(WriteState::Unknown { .. }) if observed.applied && !self.full => {
                    "reported as applied, and left open"
                }
                Some(WriteState::Applied { .. } | WriteState::Unknown { .. }) if observed.denied => {
                    "reported as not applied, and recorded otherwise"
                }
                Some(WriteState::NotApplied { .. }) if documents.contains_key(reference.as_str()) => {
                    "recorded as not applied, and in the ledger"
                }
                _ => continue,
            };
            wrong.push(format!("{reference}: {problem}: {state:?}"));
        }
        self.violations.extend(wrong);
    }

    /// Checks the final state, after half of the orders were repeated without further faults.
    pub(super) fn check_end(&mut self, last: &Generation, documents: &[Document]) {
        let (before, after, documents) =
            (listed(last, When::Before), listed(last, When::After), by_reference(documents));
        let mut wrong = Vec::new();
        for line in &last.lines {
            let Line::Outcome { reference, outcome } = line else { continue };
            let state = before.get(reference.as_str()).map(|record| &record.state);
            let holds = match state {
                Some(WriteState::Unknown { .. }) => matches!(outcome, CallerOutcome::Unknown(_)),
                _ => matches!(outcome, CallerOutcome::Applied(_)),
            };
            if !holds {
                wrong.push(format!("{reference}: repeated, and reported as {outcome:?}: {state:?}"));
            }
        }
        for (reference, observed) in &self.writes {
            let there = documents.contains_key(reference.as_str());
            let Some(record) = after.get(reference.as_str()) else {
                if there || observed.applied || (observed.unknown && !self.full) {
                    wrong.push(format!("{reference}: in the ledger: {there}, and forgotten"));
                }
                self.ends.never_begun += 1;
                continue;
            };
            let holds = match &record.state {
                WriteState::Applied { .. } => there,
                WriteState::NotApplied { .. } => !there,
                WriteState::Unknown { next: Next::ManualReview { .. }, .. } => {
                    self.jumps || observed.provider != Provider::TaobaoTop || record.sendings >= MOST_SENDINGS
                }
                _ => false,
            };
            if !holds {
                wrong.push(format!("{reference}: in the ledger: {there}, and finally {record:?}"));
            }
            self.ends.count(record, observed.provider);
        }
        self.violations.extend(wrong);
    }
}

impl Ends {
    fn count(&mut self, record: &WriteRecord, provider: Provider) {
        match &record.state {
            WriteState::Applied { .. } => self.applied += 1,
            WriteState::NotApplied { .. } => self.not_applied += 1,
            _ => {
                self.manual_review += 1;
                let is_traced = provider == Provider::WdtFlagship && record.operation != "occupy";
                self.flagship_manual_review += u64::from(is_traced);
            }
        }
        self.repeated += u64::from(record.sendings > 1);
    }

    pub(super) fn add(&mut self, other: Ends) {
        self.applied += other.applied;
        self.not_applied += other.not_applied;
        self.manual_review += other.manual_review;
        self.flagship_manual_review += other.flagship_manual_review;
        self.never_begun += other.never_begun;
        self.repeated += other.repeated;
    }
}

/// Numbers of the documents made for each order.
fn by_reference(documents: &[Document]) -> BTreeMap<String, Vec<&str>> {
    let mut numbers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for document in documents {
        let values = document.fields.values();
        let reference = std::iter::once(&document.reference).chain(values).find_map(|text| reference_in(text));
        let reference = reference.unwrap_or_else(|| panic!("nobody ordered this: {document:?}"));
        numbers.entry(reference.to_owned()).or_default().push(&document.number);
    }
    numbers
}

fn listed(last: &Generation, at: When) -> Listed<'_> {
    records(last, at).map(|record| (record.reference.as_str(), record)).collect()
}

fn records(last: &Generation, at: When) -> impl Iterator<Item = &WriteRecord> {
    last.lines.iter().filter_map(move |line| match line {
        Line::Listed(record, when) if *when == at => Some(&**record),
        _ => None,
    })
}
