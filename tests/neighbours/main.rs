//! What accounts of one host can do to one another: nothing, but for what the operator has them share.
//!
//! - `identity`: which accounts are one application, and what that means for references, rates and recovery.
//! - `history`: that an order is known again whatever its account has become since.
//! - `desync`: unrequested answers reach no other account.
//! - `ways`: a hostile account and a good one on one thread, and the ways that the hostile one may take.
//! - `stage`: the two, and their provider.
//! - `cast`: accounts whose connectors come from here or there, signed by this one or that.

mod cast;
mod desync;
mod history;
mod identity;
mod stage;
mod ways;
