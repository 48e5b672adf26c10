//! Findings about applications: accounts that may be one application at their provider, but do not share it.

use std::collections::BTreeSet;

use stockbridge_journal::application::Conflict;

use super::{Finding, Severity};
use crate::config::AccountConfig;

/// Findings about an account in relation to the others.
pub(in crate::gate) fn of_application(account: &AccountConfig, conflicts: &BTreeSet<Conflict>) -> Vec<Finding> {
    let its = conflicts.iter().filter(|conflict| conflict.accounts.contains(&account.name));
    let found = its.map(|conflict| Finding {
        severity: Severity::Warning,
        code: "application.claimed-twice",
        place: account.place_of("application"),
        field: format!("accounts.{}.application", account.name),
        problem: conflict.to_string(),
        fix: conflict.fix(),
    });
    found.collect()
}
