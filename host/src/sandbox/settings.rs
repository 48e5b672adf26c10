//! The operator's settings.

use crate::sandbox::call::CallState;
use crate::sandbox::contract::settings;

impl settings::Host for CallState {
    fn get(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Ok(self.grants.as_ref().and_then(|grants| grants.settings.get(&name)).cloned())
    }
}
