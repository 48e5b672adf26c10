//! Follows a path to the module that defines what it names.

use crate::tree::{Id, Named, Tree};

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To a module itself.
    Module(Id),
    /// To something that this module defines, or to a part of it.
    Item(Id),
    /// Out of the crate, or to a name of the language, a type parameter or a function's own item: what is in no module of
    /// the crate cannot be an arrow.
    Outside,
}

/// Re-exports that lead through more than this many others lead nowhere.
const MAX_STEPS: usize = 32;

/// Where `path` leads that stands in `module`; nothing where it leads into the crate and ends there.
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

/// What `name` may stand for in a module, and where it is named: in it, or in what it takes all names of.
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
