//! The layers that a document draws.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, ensure};

use crate::{Arrow, ModulePath, Uses};

/// Rooms from the top to the ground: a room uses only what stands in rows below its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Each room's row, counted from the top.
    rows: BTreeMap<String, usize>,
}

/// What breaks the layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A room uses another that does not stand below it.
    Up(Arrow),
    /// A module that is in no row.
    Homeless(ModulePath),
    /// A room in a row that has no module.
    Empty(String),
}

impl Layers {
    /// Reads the table whose first column is headed `heading`: each of its rows is a layer, and its rooms stand in that
    /// column, each in backticks.
    ///
    /// # Errors
    ///
    /// No such table; a room that stands twice.
    pub fn read(document: &str, heading: &str) -> Result<Self> {
        let mut lines = document.lines();
        lines
            .by_ref()
            .find(|line| first_column(line) == Some(heading))
            .with_context(|| format!("no table has {heading:?} as its first heading"))?;
        let mut rows = BTreeMap::new();
        for (row, line) in lines.skip(1).map_while(first_column).enumerate() {
            for room in line.split('`').skip(1).step_by(2) {
                let room = room.trim_end_matches('/').to_owned();
                ensure!(rows.insert(room.clone(), row).is_none(), "{room} stands in two rows");
            }
        }
        ensure!(!rows.is_empty(), "the table under {heading:?} has no rooms");
        Ok(Self { rows })
    }

    /// What does not keep to the layers. The crate's root knows every room and is none.
    #[must_use]
    pub fn violations(&self, uses: &Uses) -> Vec<Violation> {
        let is_room = |path: &&ModulePath| path.len() == 1;
        let modules = || uses.modules.iter().filter(is_room);
        let homeless = modules().filter(|path| self.row(path).is_none()).map(|path| Violation::Homeless(path.clone()));
        let is_empty = |room: &&String| !modules().any(|path| path.first() == Some(*room));
        let empty = self.rows.keys().filter(is_empty).map(|room| Violation::Empty(room.clone()));
        let up = uses.arrows.iter().filter(|arrow| self.goes_up(arrow)).map(|arrow| Violation::Up(arrow.clone()));
        homeless.chain(empty).chain(up).collect()
    }

    fn goes_up(&self, arrow: &Arrow) -> bool {
        if arrow.from.is_empty() || arrow.from.first() == arrow.to.first() {
            return false;
        }
        match (self.row(&arrow.from), self.row(&arrow.to)) {
            (Some(from), Some(to)) => from >= to,
            // The root defines nothing that a room may use.
            _ => true,
        }
    }

    fn row(&self, path: &[String]) -> Option<usize> {
        self.rows.get(path.first()?).copied()
    }
}

fn first_column(line: &str) -> Option<&str> {
    line.trim().strip_prefix('|')?.split('|').next().map(str::trim)
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up(arrow) => write!(
                formatter,
                "{arrow}: that room does not stand below; move down what is needed, or turn the call round"
            ),
            Self::Homeless(path) => {
                write!(formatter, "no layer has the module {0}; give {0} a row of the table", path.join("::"))
            }
            Self::Empty(room) => {
                write!(formatter, "the layers name {room}, which is no module; take it out of the table")
            }
        }
    }
}

impl fmt::Display for Arrow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.join("::"), self.to.join("::"));
        write!(formatter, "{}:{}: {from} uses {to} ({})", self.file.display(), self.line, self.path)
    }
}
