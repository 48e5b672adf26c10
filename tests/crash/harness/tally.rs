//! The report: number of kills, where they hit, and the outcomes of the orders.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use stockbridge::journal::Failpoint;

use super::generation::{Ended, Generation};
use super::judge::{Ends, Judge};
use super::rate;
use super::round::Mode;
use super::words::{CallerOutcome, Line};

/// Totals of all modes.
pub(super) struct Tally {
    started: Instant,
    modes: Vec<(Mode, Column)>,
}

/// Totals of one mode.
#[derive(Default)]
pub(super) struct Column {
    kills: BTreeMap<Ended, u32>,
    unstarted: u32,
    rounds: u32,
    orders: usize,
    outcomes: [u32; 3],
    /// Most requests to one provider in ten seconds, if a rate limit applies.
    most_requests: Option<usize>,
    ends: Ends,
    took: Duration,
    violations: Vec<String>,
}

impl Column {
    pub(super) fn kills(&self) -> u32 {
        self.kills.values().sum()
    }

    pub(super) fn violations(&self) -> &[String] {
        &self.violations
    }

    pub(super) fn record(&mut self, generation: &Generation) {
        self.took += generation.took;
        if generation.end != Ended::Alone {
            *self.kills.entry(generation.end).or_default() += 1;
        }
        for line in &generation.lines {
            match line {
                Line::Refused(_) => self.unstarted += 1,
                Line::Outcome { outcome: CallerOutcome::Applied(_), .. } => self.outcomes[0] += 1,
                Line::Outcome { outcome: CallerOutcome::NotApplied(_), .. } => self.outcomes[1] += 1,
                Line::Outcome { outcome: CallerOutcome::Unknown(_), .. } => self.outcomes[2] += 1,
                _ => {}
            }
        }
    }

    pub(super) fn record_rate(&mut self, most: usize) {
        self.most_requests = self.most_requests.max(Some(most));
    }

    pub(super) fn judged(&mut self, judge: &Judge) {
        self.rounds += 1;
        self.orders += judge.orders();
        self.ends.add(judge.ends());
        self.violations.extend(judge.violations().iter().cloned());
    }
}

impl Tally {
    pub(super) fn new(started: Instant, modes: impl IntoIterator<Item = (Mode, Column)>) -> Tally {
        Tally { started, modes: modes.into_iter().collect() }
    }

    /// Prints the report.
    pub(super) fn report(&self, seed: u64) -> ExitCode {
        let title = |mode: Mode| match mode {
            Mode::Plain => "plain",
            Mode::Lost => "answers lost",
            Mode::Full => "disk full",
            Mode::Damaged => "damaged",
            Mode::Jumps => "clock jumps",
        };
        println!("{:<44}{}", "", self.cells(|mode, _| title(mode).to_owned()));
        for ended in Failpoint::ALL.map(Ended::At).into_iter().chain([Ended::AtRandom, Ended::Idle, Ended::Wrong]) {
            let name = match ended {
                Ended::At(point) => format!("killed at {point:?}"),
                Ended::AtRandom => "killed at a random time".to_owned(),
                Ended::Idle => "killed after all callers had results".to_owned(),
                Ended::Alone | Ended::Wrong => "hung, or exited by themselves".to_owned(),
            };
            self.row(&name, |column| column.kills.get(&ended).copied().unwrap_or_default());
        }
        self.row("killed", Column::kills);
        self.row("not started: disk full, or damaged", |column| column.unstarted);
        self.row("journals", |column| column.rounds);
        self.row("orders", |column| column.orders);
        self.row("reported to callers: applied", |column| column.outcomes[0]);
        self.row("reported to callers: not applied", |column| column.outcomes[1]);
        self.row("reported to callers: unknown", |column| column.outcomes[2]);
        self.row("sent more than once", |column| column.ends.repeated);
        self.row("never started, so never sent", |column| column.ends.never_begun);
        self.row("at the end: applied", |column| column.ends.applied);
        self.row("at the end: not applied", |column| column.ends.not_applied);
        self.row("at the end: manual review", |column| column.ends.manual_review);
        self.row("  of which flagship transfers and counts", |column| column.ends.flagship_manual_review);
        self.row("most requests to a provider in ten seconds", |column| {
            column.most_requests.map_or_else(|| "any".to_owned(), |most| format!("{most} of {}", rate::MOST))
        });
        self.row("ms from a host's start to its end", |column| {
            column.took.as_millis() / u128::from((column.kills() + column.unstarted + column.rounds).max(1))
        });
        for (mode, column) in &self.modes {
            column.violations.iter().for_each(|what| println!("VIOLATION, {}: {what}", title(*mode)));
        }
        let kills: u32 = self.modes.iter().map(|(_, column)| column.kills()).sum();
        let found: usize = self.modes.iter().map(|(_, column)| column.violations.len()).sum();
        println!("{kills} kills in {} s by the seed {seed}: {found} violations", self.started.elapsed().as_secs());
        if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn row<T: Display>(&self, name: &str, figure: impl Fn(&Column) -> T) {
        println!("{name:<44}{}", self.cells(|_, column| figure(column).to_string()));
    }

    fn cells(&self, text: impl Fn(Mode, &Column) -> String) -> String {
        self.modes.iter().map(|(mode, column)| format!("{:>14}", text(*mode, column))).collect()
    }
}
