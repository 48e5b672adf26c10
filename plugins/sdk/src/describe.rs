//! Constructors for the parts of a descriptor.

use crate::{OperationSupport, Repetition, SecretNeed, Setting};

impl Setting {
    /// A required setting.
    #[must_use]
    pub fn required(name: &str, description: &str) -> Setting {
        Setting { name: name.to_owned(), description: description.to_owned(), required: true, default: None }
    }

    /// A setting with a default.
    #[must_use]
    pub fn with_default(name: &str, description: &str, default: &str) -> Setting {
        Setting {
            name: name.to_owned(),
            description: description.to_owned(),
            required: false,
            default: Some(default.to_owned()),
        }
    }

    /// An optional setting.
    #[must_use]
    pub fn optional(name: &str, description: &str) -> Setting {
        Setting { required: false, ..Setting::required(name, description) }
    }
}

impl SecretNeed {
    /// A required secret that is only for signing and never sent.
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
    /// An operation implemented by one method, which only a person may repeat after a lost answer.
    #[must_use]
    pub fn blind(operation: &str, method: &str) -> OperationSupport {
        OperationSupport {
            operation: operation.to_owned(),
            repetition: Repetition::Blind,
            methods: vec![method.to_owned()],
        }
    }

    /// An operation implemented by one method, whose writes a look-up can find for this many milliseconds.
    #[must_use]
    pub fn traceable(operation: &str, method: &str, milliseconds: u64) -> OperationSupport {
        OperationSupport {
            repetition: Repetition::Traceable(milliseconds),
            ..OperationSupport::blind(operation, method)
        }
    }
}
