//! Which module of a crate uses which, read from its sources, and whether that keeps to the layers.
//!
//! A crate's folder is read as the compiler reads it: `mod` by `mod`, without what only tests are built with. Every path that
//! leads into the crate becomes an [`Arrow`] to the module that *defines* what it names, however many re-exports lie between.
//! A path that leads into the crate and cannot be followed is an error, so that nothing escapes the check unseen.
//!
//! [`Layers`] are read from a document, whose table people read as well.

mod circles;
mod layers;
mod resolve;
mod tree;
mod uses;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use circles::circles;
pub use layers::{Layers, Violation};
use tree::Tree;

/// A module's path inside its crate, without `crate`.
pub type ModulePath = Vec<String>;

/// That one module uses another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// The module that uses.
    pub from: ModulePath,
    /// The module that defines what is used.
    pub to: ModulePath,
    /// The file in which it is used.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: usize,
    /// The path, as the source has it.
    pub path: String,
}

/// A path into the crate that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// The file in which it stands.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: usize,
    /// The path, as the source has it.
    pub path: String,
}

/// What a crate's sources use of each other.
#[derive(Debug)]
pub struct Uses {
    /// Every module, the root first.
    pub modules: Vec<ModulePath>,
    /// Every use of another module.
    pub arrows: Vec<Arrow>,
    /// Modules in which a macro is called for items: a name that is not found there counts as one that the macro made.
    pub with_generated_names: Vec<ModulePath>,
    /// What could not be followed: empty, or the arrows are not all.
    pub unresolved: Vec<Unresolved>,
}

impl Uses {
    /// Reads a crate from its `lib.rs` or `main.rs`.
    ///
    /// # Errors
    ///
    /// A file that is missing, or that is no Rust.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        let tree = Tree::read(root)?;
        let generated = tree.ids().map(|id| tree.module(id)).filter(|module| module.has_generated_names);
        let with_generated_names = generated.map(|module| module.path.clone()).collect();
        let modules = tree.paths();
        let mut uses = Self { modules, with_generated_names, arrows: Vec::new(), unresolved: Vec::new() };
        for module in tree.ids() {
            uses::collect(&tree, module, &mut uses);
        }
        uses.arrows.sort();
        uses.arrows.dedup();
        uses.unresolved.sort();
        uses.unresolved.dedup();
        Ok(uses)
    }

    /// Which module directly under `parent` uses which other, each pair once. What stands in `parent` itself is left out: it is
    /// the door of its rooms, and knows them all.
    #[must_use]
    pub fn between_rooms(&self, parent: &[String]) -> BTreeSet<(String, String)> {
        let room = |path: &ModulePath| path.strip_prefix(parent)?.first().cloned();
        let pairs = self.arrows.iter().filter_map(|arrow| Some((room(&arrow.from)?, room(&arrow.to)?)));
        pairs.filter(|(from, to)| from != to).collect()
    }

    /// The circles among the modules directly under each module that has some, with the path of that module.
    #[must_use]
    pub fn circles(&self) -> Vec<(ModulePath, Vec<String>)> {
        let under = |parent: &ModulePath| {
            let found = circles(&self.between_rooms(parent)).into_iter();
            found.map(|circle| (parent.clone(), circle)).collect::<Vec<_>>()
        };
        self.modules.iter().flat_map(under).collect()
    }
}
