//! Which module of a crate uses which, read from its sources, and whether that keeps to the layers.
//!
//! Sources are read as the compiler reads them: `mod` by `mod`, without test-only code. Every path into the crate becomes an
//! [`Arrow`] to the module that *defines* the named item, however many re-exports lie between. A path into the crate that cannot
//! be followed is an error, so that no use escapes the check.
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

/// Use of one module by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// The using module.
    pub from: ModulePath,
    /// The module that defines the used item.
    pub to: ModulePath,
    /// File of the use.
    pub file: PathBuf,
    /// Line in it, from 1.
    pub line: usize,
    /// The path, as the source has it.
    pub path: String,
}

/// A path into the crate that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// File of the path.
    pub file: PathBuf,
    /// Line in it, from 1.
    pub line: usize,
    /// The path, as the source has it.
    pub path: String,
}

/// Uses between a crate's modules.
#[derive(Debug)]
pub struct Uses {
    /// Every module, the root first.
    pub modules: Vec<ModulePath>,
    /// Every use of another module.
    pub arrows: Vec<Arrow>,
    /// Modules with a macro call in item position: an unknown name there counts as one that the macro generated.
    pub with_generated_names: Vec<ModulePath>,
    /// Paths that could not be followed: if there are any, the arrows are incomplete.
    pub unresolved: Vec<Unresolved>,
}

impl Uses {
    /// Reads a crate from its `lib.rs` or `main.rs`.
    ///
    /// # Errors
    ///
    /// A file is missing, or is not Rust.
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

    /// Pairs of modules directly under `parent` of which one uses the other, each pair once. Uses by `parent` itself are left
    /// out: it re-exports its children and may know them all.
    #[must_use]
    pub fn between_children(&self, parent: &[String]) -> BTreeSet<(String, String)> {
        let child = |path: &ModulePath| path.strip_prefix(parent)?.first().cloned();
        let pairs = self.arrows.iter().filter_map(|arrow| Some((child(&arrow.from)?, child(&arrow.to)?)));
        pairs.filter(|(from, to)| from != to).collect()
    }

    /// Cycles among the modules directly under each module, with the path of that parent.
    #[must_use]
    pub fn circles(&self) -> Vec<(ModulePath, Vec<String>)> {
        let under = |parent: &ModulePath| {
            let found = circles(&self.between_children(parent)).into_iter();
            found.map(|circle| (parent.clone(), circle)).collect::<Vec<_>>()
        };
        self.modules.iter().flat_map(under).collect()
    }
}
