//! A journal from its first host to its last, which is left in peace, at one simulator.

use std::path::Path;
use std::time::Duration;

use stockbridge::journal::Failpoint;
use stockbridge_simulator::{DropAt, Fault, Framing, Gateway, Options, Simulator, Stock};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::generation::{self, Ended, Generation};
use super::judge::Judge;
use super::rate;
use super::tally::Column;
use super::words::{End, Full, Jumps, Line, Order, Plan};

/// The simulator's own stock, of which there is enough of everything.
const STOCK: &str = include_str!("../../../host/simulator/src/stock/default.toml");
/// Orders that are new to a child …
const NEW: usize = 6;
/// … and those that children before it made, as far as there are any.
const AGAIN: usize = 3;
/// What of a journal is damaged together.
const PAGE: usize = 4096;
/// How long a child lives that is not killed, until one has been seen.
const LIFE: Duration = Duration::from_millis(100);

/// How far a clock jumps, at least and at most, in milliseconds.
const SECOND: f64 = 1000.0;
const TEN_YEARS: f64 = 10.0 * 365.0 * 24.0 * 60.0 * 60.0 * SECOND;

/// What goes wrong beside the kills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// A provider that refuses something now and then.
    Plain,
    /// A provider whose answers are lost too, most of them after it carried out what was asked.
    Lost,
    /// A disk that is full at times.
    Full,
    /// Answers that are lost, and a journal that is damaged between one host and the next.
    Damaged,
    /// Answers that are lost, and a clock on the wall that is set in each child's life and between them.
    Jumps,
}

impl Mode {
    /// What there is without a word about it.
    pub(super) const USUAL: [Mode; 4] = [Mode::Plain, Mode::Lost, Mode::Full, Mode::Damaged];
    /// What there is where clocks are to jump. More of it at a time would not fill two processors better.
    pub(super) const JUMPS: [Mode; 4] = [Mode::Jumps; 4];
}

/// Where the children of a round stand.
pub(super) struct Round<'r> {
    mode: Mode,
    random: fastrand::Rng,
    runtime: &'r Runtime,
    simulator: Simulator,
    directory: TempDir,
    cache: &'r Path,
    orders: Vec<Order>,
    judge: Judge,
    life: Duration,
    marked: bool,
}

impl<'r> Round<'r> {
    pub(super) fn new(
        mode: Mode,
        marked: bool,
        random: fastrand::Rng,
        cache: &'r Path,
        runtime: &'r Runtime,
    ) -> Round<'r> {
        let options = Options { stock: Some(plenty()), ..Options::default() };
        let simulator = runtime.block_on(Simulator::start(([127, 0, 0, 1], 0).into(), options)).unwrap();
        faults(mode).into_iter().for_each(|fault| simulator.inject(fault));
        let (directory, judge) = (tempfile::tempdir().unwrap(), Judge::new(mode));
        Round { mode, random, runtime, simulator, directory, cache, orders: Vec::new(), judge, life: LIFE, marked }
    }

    /// So many kills, and the host after them.
    pub(super) fn played(mut self, kills: u32, column: &mut Column) {
        let mut killed = 0;
        // At every point in turn: with chance alone, a short run would leave some out.
        let mut next = self.random.u32(..);
        while killed < kills && self.judge.violations().is_empty() {
            let plan = self.plan(next);
            let after = self.life.mul_f64(1.2 * self.random.f64());
            let generation = generation::run(&plan, after);
            self.judge.saw(&plan, &generation, &self.simulator.ledger().documents);
            if generation.end == Ended::Idle {
                self.life = (self.life + generation.took) / 2;
            }
            killed += u32::from(generation.end != Ended::Alone);
            next = next.wrapping_add(1);
            column.saw(&generation);
            if self.mode == Mode::Damaged {
                self.heals(&generation);
                self.harms();
            }
        }
        if self.mode == Mode::Jumps {
            column.asked(self.judge.keeps_to_the_rate(&self.simulator.requests()));
        }
        // What was damaged may be forgotten, so that only the ledger judges; the journal does where nothing was.
        if self.judge.violations().is_empty() && self.mode != Mode::Damaged {
            let last = self.peace();
            column.saw(&last);
        }
        column.judged(&self.judge);
        self.runtime.block_on(self.simulator.stop());
    }

    /// Now and then a bit of the journal is another one, a page of it is zeros, or its end is missing.
    fn harms(&mut self) {
        let Ok(mut bytes) = std::fs::read(self.journal()) else { return };
        if bytes.is_empty() || self.random.u8(..3) > 0 {
            return;
        }
        let at = (0..200).map(|_| self.random.usize(..bytes.len())).find(|at| bytes[*at] != 0).unwrap_or(0);
        match self.random.u8(..4) {
            0 => bytes.truncate(bytes.len() - self.random.usize(..100 * 1024)),
            1 => {
                let page = at / PAGE * PAGE;
                let end = (page + PAGE).min(bytes.len());
                bytes[page..end].fill(0);
            }
            _ => bytes[at] ^= 1 << self.random.u8(..8),
        }
        std::fs::write(self.journal(), bytes).unwrap();
    }

    /// A journal that no host starts on is repaired, as its operator would.
    fn heals(&mut self, generation: &Generation) {
        if !generation.lines.iter().any(|line| matches!(line, Line::Refused(_))) {
            return;
        }
        let repaired = self.directory.path().join("repaired");
        let done = self.runtime.block_on(stockbridge::journal::repair(self.journal(), &repaired));
        done.map(drop).unwrap_or_else(|error| self.judge.holds_not(format!("it cannot be repaired: {error}")));
        drop(std::fs::rename(&repaired, self.journal()));
    }

    /// The last host, which makes half of the orders again.
    pub(super) fn peace(&mut self) -> Generation {
        self.simulator.clear_faults();
        let (reached, documents) = (self.simulator.requests(), self.simulator.ledger().documents);
        let orders = self.orders.iter().step_by(2).cloned().collect();
        let jumps = self.jumps();
        let plan = Plan { orders, jumps, rate: rate::UNLIMITED, ..self.plan_to(End::InPeace) };
        let last = generation::run(&plan, Duration::ZERO);
        self.judge.found(&last, &reached, &documents);
        let documents = self.simulator.ledger().documents;
        self.judge.saw(&plan, &last, &documents);
        self.judge.closes(&last, &documents);
        last
    }

    fn plan(&mut self, next: u32) -> Plan {
        let point = usize::try_from(next).unwrap() % (Failpoint::ALL.len() + 2);
        let end = match Failpoint::ALL.get(point) {
            Some(Failpoint::TakenUp) => End::at(Failpoint::TakenUp, self.random.u32(1..=3)),
            Some(point) => End::at(*point, self.random.u32(1..=NEW as u32)),
            None => End::Killed,
        };
        let mut orders: Vec<Order> = (0..AGAIN).filter_map(|_| self.random.choice(&self.orders).cloned()).collect();
        for _ in 0..NEW {
            let order = Order::random(&mut self.random, self.orders.len());
            self.orders.push(order.clone());
            orders.push(order);
        }
        // The same twice at the same time.
        orders.extend(orders.last().cloned().filter(|_| self.random.u8(..3) == 0));
        self.random.shuffle(&mut orders);
        let full = (self.mode == Mode::Full).then(|| self.full());
        let jumps = self.jumps();
        Plan { orders, full, jumps, ..self.plan_to(end) }
    }

    fn plan_to(&self, end: End) -> Plan {
        Plan {
            address: self.simulator.url(),
            journal: self.journal(),
            cache: self.cache.join("compiled"),
            orders: Vec::new(),
            end,
            full: None,
            jumps: None,
            rate: if self.mode == Mode::Jumps { rate::RATE } else { rate::UNLIMITED },
            marked: self.marked,
        }
    }

    fn journal(&self) -> std::path::PathBuf {
        self.directory.path().join("journal")
    }

    /// By a second to ten years, forward or back: each size is as likely as any other.
    fn jumps(&mut self) -> Option<Jumps> {
        let random = &mut self.random;
        let mut ahead = || {
            let size = (SECOND.ln() + random.f64() * (TEN_YEARS / SECOND).ln()).exp();
            if random.bool() { size as i64 } else { -(size as i64) }
        };
        let ahead = [ahead(), ahead()];
        (self.mode == Mode::Jumps).then(|| Jumps { ahead, after: self.random.u64(0..=self.life.as_millis() as u64) })
    }

    /// Somewhere within the journal, or a little beyond its end.
    fn full(&mut self) -> Full {
        let long = std::fs::metadata(self.journal()).map_or(0, |file| file.len());
        Full {
            beyond: self.random.u64(long / 4..=long + long / 4),
            from_the_start: self.random.u8(..4) == 0,
            until: (self.random.u8(..3) > 0).then(|| self.random.u64(1..30)),
        }
    }
}

fn plenty() -> Stock {
    let rich = |line: &str| match line.split_once(" = ") {
        Some((name @ ("on_hand" | "quantity"), _)) => format!("{name} = 1000000\n"),
        _ => format!("{line}\n"),
    };
    Stock::from_toml("the stock", &STOCK.lines().map(rich).collect::<String>()).unwrap()
}

fn faults(mode: Mode) -> Vec<Fault> {
    // None of TOP: that a repeat is refused would leave it to a person, and what it deduplicates is to end by itself.
    let refusals = [
        Fault::flagship(100, "权限不足").every(4),
        Fault::enterprise(7, "仓库不存在").every(4),
        Fault::winit("77", "仓库不存在").every(4),
    ];
    let gateways = [Gateway::WdtFlagship, Gateway::WdtEnterprise, Gateway::TaobaoTop, Gateway::Winit];
    let losing = matches!(mode, Mode::Lost | Mode::Damaged | Mode::Jumps);
    let losses = gateways.into_iter().filter(|_| losing).flat_map(|gateway| {
        [
            Fault::dropped(gateway, DropAt::Answer).after_commit().every(3),
            Fault::cut(gateway, Framing::Length, None).every(5),
            Fault::dropped(gateway, DropAt::Request).every(7),
        ]
    });
    losses.chain(refusals).collect()
}
