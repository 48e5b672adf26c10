//! A crate's modules, and the names in each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use syn::punctuated::Punctuated;
use syn::visit::{Visit, visit_item};
use syn::{Attribute, Item, ItemMod, ItemUse, Meta, Token, UseTree};

use crate::ModulePath;

/// A module's place in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id(usize);

/// Meaning of a name in a module.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// It is defined here.
    Here,
    /// A module.
    Module(Id),
    /// The target of another path, whatever its visibility.
    Path(Vec<String>),
}

/// One module.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) path: ModulePath,
    pub(crate) file: PathBuf,
    pub(crate) items: Vec<Item>,
    names: HashMap<String, Vec<Named>>,
    pub(crate) globs: Vec<Vec<String>>,
    /// A macro such as `bindgen!` generates names here that the source does not have. An unknown name counts as one of them.
    pub(crate) has_generated_names: bool,
    pub(crate) parent: Option<Id>,
}

impl Module {
    pub(crate) fn named(&self, name: &str) -> &[Named] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    fn name(&mut self, name: impl Into<String>, named: Named) {
        self.names.entry(name.into()).or_default().push(named);
    }
}

/// All modules of a crate.
pub(crate) struct Tree {
    modules: Vec<Module>,
    /// A module without content.
    none: Module,
    /// Macros by name, wherever they are defined: those of `macro_rules!` are visible beyond their module.
    macros: HashMap<String, Id>,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self { modules: Vec::new(), none: Module::default(), macros: HashMap::new() };
        let folder = root.parent().context("a crate's root lies in a folder")?;
        tree.file(root, folder, Vec::new(), None)?;
        Ok(tree)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.modules.len()).map(Id)
    }

    pub(crate) fn paths(&self) -> Vec<ModulePath> {
        self.modules.iter().map(|module| module.path.clone()).collect()
    }

    /// No module is ever removed, so that an id always leads to its own.
    pub(crate) fn module(&self, id: Id) -> &Module {
        self.modules.get(id.0).unwrap_or(&self.none)
    }

    pub(crate) fn macro_of(&self, name: &str) -> Option<Id> {
        self.macros.get(name).copied()
    }

    /// `children` is the folder of the module's own modules.
    fn file(&mut self, file: &Path, children: &Path, path: ModulePath, parent: Option<Id>) -> Result<Id> {
        let text = std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        let parsed = syn::parse_file(&text).with_context(|| format!("parse {}", file.display()))?;
        self.add(file, children, path, parent, parsed.items)
    }

    fn add(
        &mut self,
        file: &Path,
        children: &Path,
        path: ModulePath,
        parent: Option<Id>,
        items: Vec<Item>,
    ) -> Result<Id> {
        let id = Id(self.modules.len());
        let items: Vec<Item> = items.into_iter().filter(|item| !only_in_tests(attributes(item))).collect();
        self.modules.push(Module {
            path,
            file: file.to_owned(),
            items: Vec::new(),
            names: HashMap::new(),
            globs: Vec::new(),
            has_generated_names: false,
            parent,
        });
        for item in &items {
            self.declare(id, children, item)?;
        }
        self.module_mut(id).items = items;
        Ok(id)
    }

    fn module_mut(&mut self, id: Id) -> &mut Module {
        self.modules.get_mut(id.0).unwrap_or(&mut self.none)
    }

    fn declare(&mut self, id: Id, children: &Path, item: &Item) -> Result<()> {
        let mut inner = Imports::default();
        inner.visit_item(item);
        for import in inner.0.iter().flat_map(imports) {
            self.declare_import(id, import);
        }
        if let Item::Mod(module) = item {
            let name = module.ident.to_string();
            let child = self.child(id, children, module, &name)?;
            self.module_mut(id).name(name, Named::Module(child));
            return Ok(());
        }
        if let Item::Macro(item) = item {
            self.declare_macro(id, item);
            return Ok(());
        }
        if let Some(name) = defined(item) {
            self.module_mut(id).name(name, Named::Here);
        }
        Ok(())
    }

    /// A `use` inside a function is recorded for its whole module, which finds at least as many arrows.
    fn declare_import(&mut self, id: Id, import: Import) {
        match import.name.as_deref() {
            Some("*") => self.module_mut(id).globs.push(import.path),
            Some(name) => self.module_mut(id).name(name, Named::Path(import.path)),
            None => {}
        }
    }

    fn declare_macro(&mut self, id: Id, item: &syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.macros.insert(name.to_string(), id);
            self.module_mut(id).name(name.to_string(), Named::Here);
            return;
        }
        self.module_mut(id).has_generated_names = true;
    }

    fn child(&mut self, id: Id, children: &Path, module: &syn::ItemMod, name: &str) -> Result<Id> {
        let mut path = self.module(id).path.clone();
        path.push(name.to_owned());
        let folder = children.join(name);
        if let Some((_, items)) = &module.content {
            let file = self.module(id).file.clone();
            return self.add(&file, &folder, path, Some(id), items.clone());
        }
        if let Some(given) = path_attribute(&module.attrs)? {
            let beside = self.module(id).file.parent().context("a file lies in a folder")?.join(given);
            let folder = beside.with_extension("");
            return self.file(&beside, &folder, path, Some(id));
        }
        let (flat, nested) = (children.join(format!("{name}.rs")), folder.join("mod.rs"));
        let file = if flat.is_file() { flat } else { nested };
        self.file(&file, &folder, path, Some(id))
    }
}

/// A name that a `use` brings in.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// Its local name: `*` for a glob, none for `_`.
    pub(crate) name: Option<String>,
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

pub(crate) fn imports(item: &ItemUse) -> Vec<Import> {
    // `use ::name` is another crate, whatever `name` means here.
    let path = if item.leading_colon.is_some() { vec![String::new()] } else { Vec::new() };
    leaves(&path, &item.tree)
}

pub(crate) fn leaves(path: &[String], tree: &UseTree) -> Vec<Import> {
    let with = |ident: &syn::Ident| {
        let mut path = path.to_vec();
        if ident != "self" || path.is_empty() {
            path.push(ident.to_string());
        }
        path
    };
    match tree {
        UseTree::Path(deeper) => leaves(&with(&deeper.ident), &deeper.tree),
        UseTree::Name(name) => {
            let target = with(&name.ident);
            vec![Import { name: target.last().cloned(), path: target, line: line(&name.ident) }]
        }
        UseTree::Rename(renamed) => {
            let name = Some(renamed.rename.to_string()).filter(|name| name != "_");
            vec![Import { name, path: with(&renamed.ident), line: line(&renamed.ident) }]
        }
        UseTree::Glob(glob) => {
            let line = glob.star_token.spans.first().map_or(0, |span| span.start().line);
            vec![Import { name: Some("*".to_owned()), path: path.to_vec(), line }]
        }
        UseTree::Group(group) => group.items.iter().flat_map(|tree| leaves(path, tree)).collect(),
    }
}

pub(crate) fn line(ident: &syn::Ident) -> usize {
    ident.span().start().line
}

/// The `use`s of an item, including those inside functions, without those of modules in it.
#[derive(Default)]
struct Imports(Vec<ItemUse>);

impl<'ast> Visit<'ast> for Imports {
    fn visit_item(&mut self, item: &'ast Item) {
        if !only_in_tests(attributes(item)) {
            visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.0.push(item.clone());
    }
}

fn defined(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::TraitAlias(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        _ => return None,
    })
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn path_attribute(attributes: &[Attribute]) -> Result<Option<String>> {
    let Some(attribute) = attributes.iter().find(|attribute| attribute.path().is_ident("path")) else {
        return Ok(None);
    };
    let Meta::NameValue(given) = &attribute.meta else { bail!("`path` without a value") };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &given.value else {
        bail!("`path` with a value that is no text");
    };
    Ok(Some(text.value()))
}

/// Whether an item is built only for tests: its `cfg` is false without `test` and `doctest`, whatever the rest is.
pub(crate) fn only_in_tests(attributes: &[Attribute]) -> bool {
    let of = |attribute: &Attribute| {
        let condition = attribute.path().is_ident("cfg").then(|| attribute.parse_args::<Meta>().ok()).flatten()?;
        holds(&condition)
    };
    attributes.iter().any(|attribute| of(attribute) == Some(false))
}

/// Value of a condition outside tests, if it is independent of features and systems.
fn holds(condition: &Meta) -> Option<bool> {
    if condition.path().is_ident("test") || condition.path().is_ident("doctest") {
        return Some(false);
    }
    let Meta::List(list) = condition else { return None };
    let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut inner = inner.iter().map(holds);
    if list.path.is_ident("not") {
        return inner.next()?.map(|holds| !holds);
    }
    if list.path.is_ident("all") {
        return if inner.any(|holds| holds == Some(false)) { Some(false) } else { None };
    }
    if inner.all(|holds| holds == Some(false)) { Some(false) } else { None }
}
