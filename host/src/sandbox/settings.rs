//! The operator's settings.

use wasmtime::component::HasData;

use super::context::CallContext;
use super::contract::settings;

/// The capability.
pub(super) struct Settings;

impl HasData for Settings {
    type Data<'a> = SettingsView<'a>;
}

/// It has no state of its own.
pub(super) struct SettingsView<'a>(pub(super) &'a CallContext);

impl settings::Host for SettingsView<'_> {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.0.grants.as_ref().and_then(|grants| grants.settings.get(&name)).cloned())
    }
}
