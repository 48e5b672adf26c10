//! Number of instances that a component makes, counted before it is compiled.
//!
//! A component may instantiate twice a component that instantiates another twice, and so on: a small file can stand for a million
//! instances, and a compiler lays out each of them.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef, Encoding,
    Parser, Payload,
};

/// Maximum instances, of modules and components together. Connectors have some ten.
pub(crate) const MOST: u64 = 1000;

/// Instances made by a component from elsewhere, by import or exported by an instance: unknown, so counted as too many.
const UNKNOWN: u64 = u64::MAX;

/// One component as parsed so far.
#[derive(Default)]
struct Body {
    is_module: bool,
    /// Number of instances that each component of its index space makes when it is instantiated.
    components: Vec<u64>,
    /// Number of instances that it makes itself.
    makes: u64,
}

/// Number of instances made by instantiating the component. None if the bytes are not a component: the compiler reports that
/// better.
pub(crate) fn instances(bytes: &[u8]) -> Option<u64> {
    let mut open: Vec<Body> = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.ok()? {
            Payload::Version { encoding, .. } => {
                open.push(Body { is_module: encoding == Encoding::Module, ..Body::default() });
            }
            Payload::End(_) => {
                let body = open.pop()?;
                match open.last_mut() {
                    None => return Some(body.makes),
                    Some(outer) if !body.is_module => outer.components.push(body.makes.saturating_add(1)),
                    Some(_) => {}
                }
            }
            other => section(&mut open, other)?,
        }
    }
    None
}

fn section(open: &mut [Body], payload: Payload<'_>) -> Option<()> {
    match payload {
        Payload::InstanceSection(modules) => {
            let body = open.last_mut()?;
            body.makes = body.makes.saturating_add(u64::from(modules.count()));
        }
        Payload::ComponentInstanceSection(made) => {
            let body = open.last_mut()?;
            for instance in made {
                if let ComponentInstance::Instantiate { component_index, .. } = instance.ok()? {
                    body.makes = body.makes.saturating_add(component(body, component_index)?);
                }
            }
        }
        Payload::ComponentAliasSection(aliases) => {
            for alias in aliases {
                let makes = match alias.ok()? {
                    ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                        let outwards = usize::try_from(count).ok()?.checked_add(1)?;
                        component(open.get(open.len().checked_sub(outwards)?)?, index)?
                    }
                    ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => UNKNOWN,
                    _ => continue,
                };
                open.last_mut()?.components.push(makes);
            }
        }
        Payload::ComponentImportSection(imports) => {
            for import in imports {
                if matches!(import.ok()?.ty, ComponentTypeRef::Component(_)) {
                    open.last_mut()?.components.push(UNKNOWN);
                }
            }
        }
        Payload::ComponentExportSection(exports) => {
            for export in exports {
                let export = export.ok()?;
                if export.kind == ComponentExternalKind::Component {
                    // An export adds an index for the same component.
                    let body = open.last_mut()?;
                    let makes = component(body, export.index)?;
                    body.components.push(makes);
                }
            }
        }
        _ => {}
    }
    Some(())
}

fn component(body: &Body, index: u32) -> Option<u64> {
    body.components.get(usize::try_from(index).ok()?).copied()
}
