//! Resolves a path to the module that defines the named item.

use crate::tree::{Id, Named, Tree};

/// Target of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A module itself.
    Module(Id),
    /// An item that this module defines, or a part of it.
    Item(Id),
    /// Outside the crate, or a name of the language, a type parameter or a function's own item: items in no module of the crate
    /// cannot be arrows.
    Outside,
}

/// Longest chain of re-exports that is followed.
const MAX_STEPS: usize = 32;

/// Target of `path` as written in `module`; none if it leads into the crate and ends there.
pub(crate) fn resolve(tree: &Tree, module: Id, path: &[String]) -> Option<Target> {
    from(tree, module, path, MAX_STEPS)
}

fn from(tree: &Tree, module: Id, path: &[String], steps: usize) -> Option<Target> {
    let steps = steps.checked_sub(1)?;
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "" => Some(Target::Outside),
        "crate" => walk(tree, tree.ids().next()?, rest, steps),
        "self" | "super" => walk(tree, module, path, steps),
        _ if known(tree, module, first, steps) => walk(tree, module, path, steps),
        _ => Some(Target::Outside),
    }
}

fn walk(tree: &Tree, module: Id, path: &[String], steps: usize) -> Option<Target> {
    let steps = steps.checked_sub(1)?;
    let Some((first, rest)) = path.split_first() else { return Some(Target::Module(module)) };
    match first.as_str() {
        "self" => return walk(tree, module, rest, steps),
        "super" => return walk(tree, tree.module(module).parent?, rest, steps),
        _ => {}
    }
    let found = candidates(tree, module, first, steps).into_iter();
    let found: Vec<Target> = found.filter_map(|(at, named)| follow(tree, at, first, &named, rest, steps)).collect();
    // One name may be a module and something else besides: a path that goes on means the module, one that ends the other.
    let module_meant = |target: &&Target| rest.is_empty() != matches!(target, Target::Module(_));
    found.iter().find(module_meant).or(found.first()).copied()
}

fn follow(tree: &Tree, at: Id, name: &str, named: &Named, rest: &[String], steps: usize) -> Option<Target> {
    match named {
        Named::Here => Some(Target::Item(at)),
        Named::Module(id) => walk(tree, *id, rest, steps),
        // `use name;`: a crate.
        Named::Path(path) if path.as_slice() == [name] => Some(Target::Outside),
        Named::Path(path) => match from(tree, at, path, steps)? {
            Target::Module(id) => walk(tree, id, rest, steps),
            other => Some(other),
        },
    }
}

fn known(tree: &Tree, module: Id, name: &str, steps: usize) -> bool {
    !candidates(tree, module, name, steps).is_empty()
}

/// Meanings of `name` in a module, and where it is named: in the module, or among its glob imports.
fn candidates(tree: &Tree, module: Id, name: &str, steps: usize) -> Vec<(Id, Named)> {
    let Some(steps) = steps.checked_sub(1) else { return Vec::new() };
    let place = tree.module(module);
    let named: Vec<(Id, Named)> = place.named(name).iter().map(|named| (module, named.clone())).collect();
    if !named.is_empty() {
        return named;
    }
    if place.has_generated_names {
        return vec![(module, Named::Here)];
    }
    let all_of = place.globs.iter().filter_map(|path| match from(tree, module, path, steps)? {
        Target::Module(id) if id != module => Some(id),
        _ => None,
    });
    all_of.flat_map(|id| candidates(tree, id, name, steps)).collect()
}
