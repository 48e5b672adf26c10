//! What accounts of one host can do to one another: nothing, but for what the operator has them share.
//!
//! - `identity`: which accounts are one application, and what that means for references, rates and recovery.
//! - `history`: that an order is known again whatever its account has become since.
//! - `cast`: accounts whose connectors come from here or there, signed by this one or that.

mod cast;
mod history;
mod identity;
