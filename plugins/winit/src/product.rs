//! Winit's products: each kind of adjustment is one, with a code that Winit assigns to the account.

use stockbridge_connector::Refused;

/// A kind of adjustment that the page documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// OSF61 箱产品/套装产品转单一产品.
    Unpack,
    /// OSF64 组织间库存转移.
    ChangeOwner,
    /// OSF65 条码值调整.
    Relabel,
}

impl Product {
    pub(crate) const ALL: [Product; 3] = [Product::Unpack, Product::ChangeOwner, Product::Relabel];

    pub(crate) fn operation(self) -> &'static str {
        match self {
            Product::Unpack => "adjust.unpack",
            Product::ChangeOwner => "adjust.change-owner",
            Product::Relabel => "adjust.relabel",
        }
    }

    /// Path of its lines in an order.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Product::Unpack => "adjustment.unpack",
            Product::ChangeOwner => "adjustment.change-owner",
            Product::Relabel => "adjustment.relabel",
        }
    }

    /// The setting with its code.
    pub(crate) fn setting(self) -> &'static str {
        match self {
            Product::Unpack => "product-code-unpack",
            Product::ChangeOwner => "product-code-change-owner",
            Product::Relabel => "product-code-relabel",
        }
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            Product::Unpack => {
                "The winitProductCode that Winit gave the account for turning boxes and suites into single items: it \
                 begins with OSF61"
            }
            Product::ChangeOwner => {
                "The winitProductCode that Winit gave the account for moving stock between organisations: it begins \
                 with OSF64"
            }
            Product::Relabel => {
                "The winitProductCode that Winit gave the account for changing barcodes: it begins with OSF65"
            }
        }
    }

    /// The prefix of its code.
    fn prefix(self) -> &'static str {
        match self {
            Product::Unpack => "OSF61",
            Product::ChangeOwner => "OSF64",
            Product::Relabel => "OSF65",
        }
    }

    /// Checks the account's code for it.
    ///
    /// # Errors
    /// The code is another product's, because Winit goes by the prefix, or not a code at all.
    pub(crate) fn checked(self, code: String) -> Result<String, Refused> {
        if !code.starts_with(self.prefix()) {
            return Err(Refused::wrong_setting(
                self.setting(),
                format!("`{code}` does not begin with {}", self.prefix()),
            ));
        }
        if code.chars().count() > 50 {
            return Err(Refused::wrong_setting(self.setting(), "a winitProductCode has at most 50 characters"));
        }
        Ok(code)
    }
}
