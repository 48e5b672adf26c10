//! Layers read from a document.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, ensure};

use crate::{Arrow, ModulePath, Uses};

/// Top-level modules in layers, from the top to the bottom: a module uses only modules in lower rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Row of each top-level module, counted from the top.
    rows: BTreeMap<String, usize>,
}

/// Violation of the layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A module uses another that is not in a lower row.
    Up(Arrow),
    /// A module that is in no row.
    Homeless(ModulePath),
    /// A name in a row that is no module.
    Empty(String),
}

impl Layers {
    /// Reads the table whose first column is headed `heading`: each of its rows is a layer, with its modules in that column, each
    /// in backticks.
    ///
    /// # Errors
    ///
    /// No such table; a module in two rows.
    pub fn read(document: &str, heading: &str) -> Result<Self> {
        let mut lines = document.lines();
        lines
            .by_ref()
            .find(|line| first_column(line) == Some(heading))
            .with_context(|| format!("no table has {heading:?} as its first heading"))?;
        let mut rows = BTreeMap::new();
        for (row, line) in lines.skip(1).map_while(first_column).enumerate() {
            for module in line.split('`').skip(1).step_by(2) {
                let module = module.trim_end_matches('/').to_owned();
                ensure!(rows.insert(module.clone(), row).is_none(), "{module} is in two rows");
            }
        }
        ensure!(!rows.is_empty(), "the table under {heading:?} has no modules");
        Ok(Self { rows })
    }

    /// Uses that break the layers. The crate's root is exempt: it may use every module.
    #[must_use]
    pub fn violations(&self, uses: &Uses) -> Vec<Violation> {
        let is_top_level = |path: &&ModulePath| path.len() == 1;
        let modules = || uses.modules.iter().filter(is_top_level);
        let homeless = modules().filter(|path| self.row(path).is_none()).map(|path| Violation::Homeless(path.clone()));
        let is_empty = |module: &&String| !modules().any(|path| path.first() == Some(*module));
        let empty = self.rows.keys().filter(is_empty).map(|module| Violation::Empty(module.clone()));
        let up = uses.arrows.iter().filter(|arrow| self.goes_up(arrow)).map(|arrow| Violation::Up(arrow.clone()));
        homeless.chain(empty).chain(up).collect()
    }

    fn goes_up(&self, arrow: &Arrow) -> bool {
        if arrow.from.is_empty() || arrow.from.first() == arrow.to.first() {
            return false;
        }
        match (self.row(&arrow.from), self.row(&arrow.to)) {
            (Some(from), Some(to)) => from >= to,
            // The root defines nothing that a top-level module may use.
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
                "{arrow}: the used module is not below; move the needed item down, or invert the call"
            ),
            Self::Homeless(path) => {
                write!(formatter, "no layer has the module {0}; add {0} to a row of the table", path.join("::"))
            }
            Self::Empty(module) => {
                write!(formatter, "the layers name {module}, which is no module; remove it from the table")
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
