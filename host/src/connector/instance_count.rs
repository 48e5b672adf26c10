//! How many instances a component makes of itself, counted before it is compiled.
//!
//! A component may instantiate a component twice that instantiates one twice, and so on: a small file stands for a million
//! instances, and a compiler lays out each.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, ComponentTypeRef, Encoding,
    Parser, Payload,
};

/// The most instances, of modules and components together. Connectors have some ten.
pub(crate) const MOST: u64 = 1000;

/// A component that came from elsewhere, by import or out of an instance: what it makes cannot be told.
const UNTOLD: u64 = u64::MAX;

/// What one component has in it so far.
#[derive(Default)]
struct Body {
    is_module: bool,
    /// What each component of its index space makes when it is instantiated.
    components: Vec<u64>,
    /// What it makes itself.
    makes: u64,
}

/// How many instances instantiating the component makes; none where the bytes are no component, which the compiler says
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
                    ComponentAlias::InstanceExport { kind: ComponentExternalKind::Component, .. } => UNTOLD,
                    _ => continue,
                };
                open.last_mut()?.components.push(makes);
            }
        }
        Payload::ComponentImportSection(imports) => {
            for import in imports {
                if matches!(import.ok()?.ty, ComponentTypeRef::Component(_)) {
                    open.last_mut()?.components.push(UNTOLD);
                }
            }
        }
        Payload::ComponentExportSection(exports) => {
            for export in exports {
                let export = export.ok()?;
                if export.kind == ComponentExternalKind::Component {
                    // An export is one more name for it.
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
