//! A component's exported functions, looked up once when it is loaded and bound on each call to that call's instance.
//!
//! The generated bindings bind and type-check all functions of an interface at once. A call uses one of them, and checking the
//! records of five functions is a tenth of a call's cost.

use wasmtime::Store;
use wasmtime::component::{Component, ComponentExportIndex, Instance, InstancePre, TypedFunc};

use super::{inventory, metadata, types};

/// The query function: parameters borrowed for the call, and one result.
pub(crate) type Query<'a> = TypedFunc<(&'a inventory::StockQuery,), (Result<inventory::StockPage, types::Error>,)>;
/// A write function for orders of type `O`.
pub(crate) type Writing<'a, O> = TypedFunc<(&'a O,), (Result<inventory::Receipt, inventory::WriteFailure>,)>;
pub(crate) type Resolve<'a> =
    TypedFunc<(&'a inventory::Write, &'a inventory::Attempt), (Result<inventory::Resolution, types::Error>,)>;

/// Indices of a component's exported functions.
pub(crate) struct Exports {
    metadata: metadata::GuestIndices,
    inventory: inventory::GuestIndices,
    query: ComponentExportIndex,
    transfer: ComponentExportIndex,
    adjust: ComponentExportIndex,
    occupy: ComponentExportIndex,
    resolve: ComponentExportIndex,
}

impl Exports {
    pub(crate) fn find<T: 'static>(component: &Component, pre: &InstancePre<T>) -> wasmtime::Result<Exports> {
        let name = format!("{}@{}", super::EXPORTS[1], super::VERSION);
        let interface = component.get_export_index(None, &name);
        let function = |name: &str| {
            let missing = || wasmtime::Error::msg(format!("inventory has no function `{name}`"));
            interface.and_then(|interface| component.get_export_index(Some(&interface), name)).ok_or_else(missing)
        };
        Ok(Exports {
            metadata: metadata::GuestIndices::new(pre)?,
            inventory: inventory::GuestIndices::new(pre)?,
            query: function("query")?,
            transfer: function("transfer")?,
            adjust: function("adjust")?,
            occupy: function("occupy")?,
            resolve: function("resolve")?,
        })
    }

    /// Type-checks all functions of both interfaces.
    pub(crate) fn check<T: 'static>(&self, store: &mut Store<T>, instance: &Instance) -> wasmtime::Result<()> {
        self.inventory.load(&mut *store, instance)?;
        self.metadata.load(&mut *store, instance).map(drop)
    }

    pub(crate) fn metadata<T: 'static>(
        &self,
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<metadata::Guest> {
        self.metadata.load(store, instance)
    }

    pub(crate) fn query<'a, T: 'static>(
        &self,
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<Query<'a>> {
        instance.get_typed_func(store, self.query)
    }

    pub(crate) fn transfer<'a, T: 'static>(
        &self,
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<Writing<'a, inventory::TransferOrder>> {
        instance.get_typed_func(store, self.transfer)
    }

    pub(crate) fn adjust<'a, T: 'static>(
        &self,
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<Writing<'a, inventory::AdjustmentOrder>> {
        instance.get_typed_func(store, self.adjust)
    }

    pub(crate) fn occupy<'a, T: 'static>(
        &self,
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<Writing<'a, inventory::OccupationOrder>> {
        instance.get_typed_func(store, self.occupy)
    }

    pub(crate) fn resolve<'a, T: 'static>(
        &self,
        store: &mut Store<T>,
        instance: &Instance,
    ) -> wasmtime::Result<Resolve<'a>> {
        instance.get_typed_func(store, self.resolve)
    }
}
