//! The parts of a descriptor in few words.

use crate::{OperationSupport, Repetition, SecretNeed, Setting};

impl Setting {
    /// A setting without which the account cannot be used.
    #[must_use]
    pub fn required(name: &str, description: &str) -> Setting {
        Setting { name: name.to_owned(), description: description.to_owned(), required: true, default: None }
    }

    /// A setting that holds `default` where the operator gives none.
    #[must_use]
    pub fn with_default(name: &str, description: &str, default: &str) -> Setting {
        Setting {
            name: name.to_owned(),
            description: description.to_owned(),
            required: false,
            default: Some(default.to_owned()),
        }
    }

    /// A setting that the account can be used without.
    #[must_use]
    pub fn optional(name: &str, description: &str) -> Setting {
        Setting { required: false, ..Setting::required(name, description) }
    }
}

impl SecretNeed {
    /// A secret that is needed for signing and is never sent.
    #[must_use]
    pub fn for_signing(name: &str, description: &str) -> SecretNeed {
        SecretNeed {
            name: name.to_owned(),
            description: description.to_owned(),
            required: true,
            sent: false,
            captured: false,
        }
    }
}

impl OperationSupport {
    /// An operation behind which stands one method, and which a person repeats after a lost answer, or nobody.
    #[must_use]
    pub fn blind(operation: &str, method: &str) -> OperationSupport {
        OperationSupport {
            operation: operation.to_owned(),
            repetition: Repetition::Blind,
            methods: vec![method.to_owned()],
        }
    }

    /// An operation behind which stands one method, and whose writes a look-up finds for so many milliseconds.
    #[must_use]
    pub fn traceable(operation: &str, method: &str, milliseconds: u64) -> OperationSupport {
        OperationSupport {
            repetition: Repetition::Traceable(milliseconds),
            ..OperationSupport::blind(operation, method)
        }
    }
}
