//! One journal, from its first host to its last, which is not killed, at one simulator.

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

/// The simulator's default stock, whose quantities are raised so that nothing runs out.
const STOCK: &str = include_str!("../../../host/simulator/src/stock/default.toml");
/// New orders of each child …
const NEW: usize = 6;
/// … and repeated orders of earlier children, as far as there are any.
const AGAIN: usize = 3;
/// Size of a damaged page of the journal.
const PAGE: usize = 4096;
/// Assumed lifetime of a child that is not killed, until one has been measured.
const LIFE: Duration = Duration::from_millis(100);

/// Bounds of a clock jump, in milliseconds.
const SECOND: f64 = 1000.0;
const TEN_YEARS: f64 = 10.0 * 365.0 * 24.0 * 60.0 * 60.0 * SECOND;

/// Fault injected in addition to the kills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// The provider rejects some requests.
    Plain,
    /// Answers are also lost, most of them after the provider applied the request.
    Lost,
    /// The disk is full at times.
    Full,
    /// Answers are lost, and the journal is damaged between hosts.
    Damaged,
    /// Answers are lost, and the wall clock is set during each child's life and between children.
    Jumps,
}

impl Mode {
    /// Modes of a run by default.
    pub(super) const USUAL: [Mode; 4] = [Mode::Plain, Mode::Lost, Mode::Full, Mode::Damaged];
    /// Modes of a run with clock jumps. More at a time would not use two processors better.
    pub(super) const JUMPS: [Mode; 4] = [Mode::Jumps; 4];
}

/// Environment of a round's children.
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

    /// Runs children until this many were killed, and then the last host.
    pub(super) fn run_kills(mut self, kills: u32, column: &mut Column) {
        let mut killed = 0;
        // All failpoints in turn: by chance alone, a short run would miss some.
        let mut next = self.random.u32(..);
        while killed < kills && self.judge.violations().is_empty() {
            let plan = self.plan(next);
            let after = self.life.mul_f64(1.2 * self.random.f64());
            let generation = generation::run(&plan, after);
            self.judge.check(&plan, &generation, &self.simulator.ledger().documents);
            if generation.end == Ended::Idle {
                self.life = (self.life + generation.took) / 2;
            }
            killed += u32::from(generation.end != Ended::Alone);
            next = next.wrapping_add(1);
            column.record(&generation);
            if self.mode == Mode::Damaged {
                self.repair(&generation);
                self.damage();
            }
        }
        if self.mode == Mode::Jumps {
            column.record_rate(self.judge.check_rate(&self.simulator.requests()));
        }
        // Only the ledger can judge a damaged journal, which may have lost records; otherwise the journal is judged too.
        if self.judge.violations().is_empty() && self.mode != Mode::Damaged {
            let last = self.run_last();
            column.record(&last);
        }
        column.judged(&self.judge);
        self.runtime.block_on(self.simulator.stop());
    }

    /// Sometimes flips a bit of the journal, zeroes a page of it, or truncates it.
    fn damage(&mut self) {
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

    /// Repairs a journal on which no host starts, as its operator would.
    fn repair(&mut self, generation: &Generation) {
        if !generation.lines.iter().any(|line| matches!(line, Line::Refused(_))) {
            return;
        }
        let repaired = self.directory.path().join("repaired");
        let done = self.runtime.block_on(stockbridge::journal::repair(self.journal(), &repaired));
        done.map(drop)
            .unwrap_or_else(|error| self.judge.add_violation(format!("the journal cannot be repaired: {error}")));
        drop(std::fs::rename(&repaired, self.journal()));
    }

    /// Runs the last host, which repeats half of the orders.
    pub(super) fn run_last(&mut self) -> Generation {
        self.simulator.clear_faults();
        let (reached, documents) = (self.simulator.requests(), self.simulator.ledger().documents);
        let orders = self.orders.iter().step_by(2).cloned().collect();
        let jumps = self.jumps();
        let plan = Plan { orders, jumps, rate: rate::UNLIMITED, ..self.plan_to(End::InPeace) };
        let last = generation::run(&plan, Duration::ZERO);
        self.judge.check_found(&last, &reached, &documents);
        let documents = self.simulator.ledger().documents;
        self.judge.check(&plan, &last, &documents);
        self.judge.check_end(&last, &documents);
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
        // Sometimes the same order twice at the same time.
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

    /// A jump by a second to ten years, forward or back, with a log-uniform size.
    fn jumps(&mut self) -> Option<Jumps> {
        let random = &mut self.random;
        let mut ahead = || {
            let size = (SECOND.ln() + random.f64() * (TEN_YEARS / SECOND).ln()).exp();
            if random.bool() { size as i64 } else { -(size as i64) }
        };
        let ahead = [ahead(), ahead()];
        (self.mode == Mode::Jumps).then(|| Jumps { ahead, after: self.random.u64(0..=self.life.as_millis() as u64) })
    }

    /// A limit within the journal's size, or slightly beyond its end.
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
    // None for TOP: a rejected repeat would need an operator, and this provider's deduplicated writes are to end without one.
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
