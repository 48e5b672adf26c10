//! What must hold, by the simulator's ledger, what callers were told, and what the journal has at the end.

use std::collections::BTreeMap;

use stockbridge::journal::{Next, WriteRecord, WriteState};
use stockbridge_simulator::{Document, RecordedRequest};
use stockbridge_tests::Provider;

use super::generation::{Ended, Generation};
use super::rate;
use super::round::Mode;
use super::words::{Line, Order, Plan, Told, When, reference_in};

/// After so many sendings the host leaves to a person what the provider deduplicates.
const MOST_SENDINGS: u32 = 12;

/// What is known of a round, and what did not hold in it.
pub(super) struct Judge {
    /// Whether the disk is full at times: then what came of a write may be told and not be in the journal.
    full: bool,
    /// Whether the journal is damaged at times: then no host starts on it.
    damaged: bool,
    /// Whether clocks jump: then a provider's window may be over by one, and what it deduplicates is left to a person.
    jumps: bool,
    writes: BTreeMap<String, Known>,
    violations: Vec<String>,
    ends: Ends,
}

/// What is known of an order.
struct Known {
    provider: Provider,
    applied: bool,
    unknown: bool,
    /// All who made it last were told that it was not applied.
    denied: bool,
}

/// What came of the orders in the end.
#[derive(Clone, Copy, Default)]
pub(super) struct Ends {
    pub(super) applied: u64,
    pub(super) not_applied: u64,
    pub(super) for_a_person: u64,
    /// Of which the flagship edition's transfers and counts.
    pub(super) flagship_for_a_person: u64,
    /// Of which no intent ever became durable.
    pub(super) never_begun: u64,
    /// Sent more than once.
    pub(super) repeated: u64,
}

type Listed<'l> = BTreeMap<&'l str, &'l WriteRecord>;

impl Judge {
    pub(super) fn new(mode: Mode) -> Judge {
        let (full, damaged, jumps) = (mode == Mode::Full, mode == Mode::Damaged, mode == Mode::Jumps);
        Judge { full, damaged, jumps, writes: BTreeMap::new(), violations: Vec::new(), ends: Ends::default() }
    }

    /// Something does not hold that was seen elsewhere.
    pub(super) fn holds_not(&mut self, what: String) {
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

    /// A child has ended, and this is the ledger since.
    pub(super) fn saw(&mut self, plan: &Plan, generation: &Generation, documents: &[Document]) {
        self.ended(plan, generation);
        let mut told: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
        for line in &generation.lines {
            if let Line::Told { reference, came } = line {
                told.entry(reference).or_default().push(came);
            }
        }
        let orders: BTreeMap<&str, &Order> =
            plan.orders.iter().map(|order| (order.reference.as_str(), order)).collect();
        for order in orders.into_values() {
            let fresh = Known { provider: order.provider(), applied: false, unknown: false, denied: false };
            let known = self.writes.entry(order.reference.clone()).or_insert(fresh);
            let made = plan.orders.iter().filter(|other| other.reference == order.reference).count();
            let came = told.get(order.reference.as_str()).map_or(&[][..], Vec::as_slice);
            let denied = came.iter().filter(|came| matches!(came, Told::NotApplied(_))).count();
            if known.applied && denied > 0 {
                self.violations.push(format!("{}: told as applied, and then as {came:?}", order.reference));
            }
            known.denied = denied == made;
            known.applied |= came.iter().any(|came| matches!(came, Told::Applied(_)));
            known.unknown |= came.iter().any(|came| matches!(came, Told::Unknown(_)));
        }
        self.against_the_ledger(&told, documents);
    }

    /// That no provider was asked more often than its rate says: the most requests of a window.
    pub(super) fn keeps_to_the_rate(&mut self, reached: &[RecordedRequest]) -> usize {
        let most = rate::most_in_a_window(reached);
        if most > rate::MOST {
            self.violations
                .push(format!("a provider had {most} requests in ten seconds: at most {} may be", rate::MOST));
        }
        most
    }

    /// That no order has two records.
    fn once(&mut self, last: &Generation, at: When) {
        let mut count: BTreeMap<&str, Vec<&WriteRecord>> = BTreeMap::new();
        for record in records(last, at) {
            count.entry(record.reference.as_str()).or_default().push(record);
        }
        for (reference, records) in count.into_iter().filter(|(_, records)| records.len() > 1) {
            self.violations.push(format!("{reference}: recorded {} times: {records:?}", records.len()));
        }
    }

    fn ended(&mut self, plan: &Plan, generation: &Generation) {
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

    fn against_the_ledger(&mut self, told: &BTreeMap<&str, Vec<&Told>>, documents: &[Document]) {
        let documents = by_reference(documents);
        for (reference, numbers) in documents.iter().filter(|(_, numbers)| numbers.len() > 1) {
            self.violations.push(format!("{reference}: applied {} times, as {numbers:?}", numbers.len()));
        }
        for (reference, known) in &self.writes {
            let number = documents.get(reference.as_str()).and_then(|numbers| numbers.first());
            if known.applied && number.is_none() {
                self.violations.push(format!("{reference}: told as applied, and not in the ledger"));
            }
            if known.denied && number.is_some() {
                self.violations
                    .push(format!("{reference}: told as {:?}, and in the ledger", told.get(reference.as_str())));
            }
            for came in told.get(reference.as_str()).into_iter().flatten() {
                if let (Told::Applied(Some(document)), Some(number)) = (came, number)
                    && document != number
                {
                    self.violations.push(format!("{reference}: told as document {document}, and it is {number}"));
                }
            }
        }
    }

    /// What the last host found in the journal, before anything is ordered again. `reached`, `documents`: what came to the
    /// provider before that host.
    pub(super) fn found(&mut self, last: &Generation, reached: &[RecordedRequest], documents: &[Document]) {
        self.once(last, When::Before);
        let (listed, documents) = (listed(last, When::Before), by_reference(documents));
        let sent = reached.iter().filter_map(|request| {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            reference_in(&request.query).or_else(|| reference_in(&body)).map(str::to_owned)
        });
        let missing = sent.filter(|reference| !listed.contains_key(reference.as_str()));
        let mut wrong: Vec<String> = missing.map(|reference| format!("{reference}: sent, and not recorded")).collect();
        for (reference, known) in &self.writes {
            let state = listed.get(reference.as_str()).map(|record| &record.state);
            let problem = match state {
                None if known.applied => "told as applied, and not recorded",
                None if known.unknown && !self.full => "told as unknown, and not recorded",
                Some(WriteState::NotApplied { .. }) if known.applied => "told as applied, and recorded as not applied",
                Some(WriteState::Unknown { .. }) if known.applied && !self.full => "told as applied, and left open",
                Some(WriteState::Applied { .. } | WriteState::Unknown { .. }) if known.denied => {
                    "told as not applied, and recorded otherwise"
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

    /// The end, after half of it was ordered again and nothing more went wrong.
    pub(super) fn closes(&mut self, last: &Generation, documents: &[Document]) {
        let (before, after, documents) =
            (listed(last, When::Before), listed(last, When::After), by_reference(documents));
        let mut wrong = Vec::new();
        for line in &last.lines {
            let Line::Told { reference, came } = line else { continue };
            let state = before.get(reference.as_str()).map(|record| &record.state);
            let holds = match state {
                Some(WriteState::Unknown { .. }) => matches!(came, Told::Unknown(_)),
                _ => matches!(came, Told::Applied(_)),
            };
            if !holds {
                wrong.push(format!("{reference}: ordered again, and told as {came:?}: {state:?}"));
            }
        }
        for (reference, known) in &self.writes {
            let there = documents.contains_key(reference.as_str());
            let Some(record) = after.get(reference.as_str()) else {
                if there || known.applied || (known.unknown && !self.full) {
                    wrong.push(format!("{reference}: in the ledger: {there}, and forgotten"));
                }
                self.ends.never_begun += 1;
                continue;
            };
            let holds = match &record.state {
                WriteState::Applied { .. } => there,
                WriteState::NotApplied { .. } => !there,
                WriteState::Unknown { next: Next::ManualReview { .. }, .. } => {
                    self.jumps || known.provider != Provider::TaobaoTop || record.sendings >= MOST_SENDINGS
                }
                _ => false,
            };
            if !holds {
                wrong.push(format!("{reference}: in the ledger: {there}, and in the end {record:?}"));
            }
            self.ends.count(record, known.provider);
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
                self.for_a_person += 1;
                let is_traced = provider == Provider::WdtFlagship && record.operation != "occupy";
                self.flagship_for_a_person += u64::from(is_traced);
            }
        }
        self.repeated += u64::from(record.sendings > 1);
    }

    pub(super) fn add(&mut self, other: Ends) {
        self.applied += other.applied;
        self.not_applied += other.not_applied;
        self.for_a_person += other.for_a_person;
        self.flagship_for_a_person += other.flagship_for_a_person;
        self.never_begun += other.never_begun;
        self.repeated += other.repeated;
    }
}

/// The numbers of the documents that were made of each order.
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
