//! Isolation between the accounts of one host: they affect each other only through what the operator has them share.
//!
//! - `identity`: which accounts are one application, and the effect on references, rates and recovery.
//! - `history`: an order is recognised whatever its account has become since.
//! - `desync`: unrequested answers reach no other account.
//! - `ways`: a hostile account and a good one on one thread, and the hostile one's attacks.
//! - `stage`: the two accounts, and their provider.
//! - `cast`: accounts with connectors from different paths and signers.

mod cast;
mod desync;
mod history;
mod identity;
mod stage;
mod ways;
