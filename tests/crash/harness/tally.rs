//! What is reported: how often hosts were killed, where, and what came of the orders.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use stockbridge::journal::Failpoint;

use super::generation::{Ended, Generation};
use super::judge::{Ends, Judge};
use super::rate;
use super::round::Mode;
use super::words::{Line, Told};

/// All that was seen.
pub(super) struct Tally {
    begun: Instant,
    modes: Vec<(Mode, Column)>,
}

/// What was seen in one mode.
#[derive(Default)]
pub(super) struct Column {
    kills: BTreeMap<Ended, u32>,
    unstarted: u32,
    rounds: u32,
    orders: usize,
    told: [u32; 3],
    /// The most requests of a provider in ten seconds, where a rate is kept to.
    asked: Option<usize>,
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

    pub(super) fn saw(&mut self, generation: &Generation) {
        self.took += generation.took;
        if generation.end != Ended::Alone {
            *self.kills.entry(generation.end).or_default() += 1;
        }
        for line in &generation.lines {
            match line {
                Line::Refused(_) => self.unstarted += 1,
                Line::Told { came: Told::Applied(_), .. } => self.told[0] += 1,
                Line::Told { came: Told::NotApplied(_), .. } => self.told[1] += 1,
                Line::Told { came: Told::Unknown(_), .. } => self.told[2] += 1,
                _ => {}
            }
        }
    }

    pub(super) fn asked(&mut self, most: usize) {
        self.asked = self.asked.max(Some(most));
    }

    pub(super) fn judged(&mut self, judge: &Judge) {
        self.rounds += 1;
        self.orders += judge.orders();
        self.ends.add(judge.ends());
        self.violations.extend(judge.violations().iter().cloned());
    }
}

impl Tally {
    pub(super) fn new(begun: Instant, modes: impl IntoIterator<Item = (Mode, Column)>) -> Tally {
        Tally { begun, modes: modes.into_iter().collect() }
    }

    /// Prints it.
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
                Ended::AtRandom => "killed at some moment".to_owned(),
                Ended::Idle => "killed after all were told".to_owned(),
                Ended::Alone | Ended::Wrong => "hung, or ended by themselves".to_owned(),
            };
            self.row(&name, |column| column.kills.get(&ended).copied().unwrap_or_default());
        }
        self.row("killed", Column::kills);
        self.row("not started: no room, or damaged", |column| column.unstarted);
        self.row("journals", |column| column.rounds);
        self.row("orders", |column| column.orders);
        self.row("callers told: applied", |column| column.told[0]);
        self.row("callers told: not applied", |column| column.told[1]);
        self.row("callers told: unknown", |column| column.told[2]);
        self.row("sent more than once", |column| column.ends.repeated);
        self.row("never begun, so never sent", |column| column.ends.never_begun);
        self.row("in the end: applied", |column| column.ends.applied);
        self.row("in the end: not applied", |column| column.ends.not_applied);
        self.row("in the end: listed for a person", |column| column.ends.for_a_person);
        self.row("  of which flagship transfers and counts", |column| column.ends.flagship_for_a_person);
        self.row("most requests of a provider in ten seconds", |column| {
            column.asked.map_or_else(|| "any".to_owned(), |most| format!("{most} of {}", rate::MOST))
        });
        self.row("ms from a host's start to its end", |column| {
            column.took.as_millis() / u128::from((column.kills() + column.unstarted + column.rounds).max(1))
        });
        for (mode, column) in &self.modes {
            column.violations.iter().for_each(|what| println!("VIOLATION, {}: {what}", title(*mode)));
        }
        let kills: u32 = self.modes.iter().map(|(_, column)| column.kills()).sum();
        let found: usize = self.modes.iter().map(|(_, column)| column.violations.len()).sum();
        println!("{kills} kills in {} s by the seed {seed}: {found} violations", self.begun.elapsed().as_secs());
        if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn row<T: Display>(&self, name: &str, figure: impl Fn(&Column) -> T) {
        println!("{name:<44}{}", self.cells(|_, column| figure(column).to_string()));
    }

    fn cells(&self, text: impl Fn(Mode, &Column) -> String) -> String {
        self.modes.iter().map(|(mode, column)| format!("{:>14}", text(*mode, column))).collect()
    }
}
