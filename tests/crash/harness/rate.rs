//! Whether a provider was asked no more often than its rate, across kills and clocks that are set.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use stockbridge_simulator::RecordedRequest;

/// The rate of each application where clocks jump, in requests a minute. Hosts that knew nothing of those before them would
/// ask for twice as much and more.
pub(super) const RATE: u32 = 120;
/// The rate where it is not what this is about.
pub(super) const UNLIMITED: u32 = 60_000_000;

const WINDOW: Duration = Duration::from_secs(10);
/// The most in a window: its part of the minute, and half as much again for the burst of a twentieth of a minute's requests
/// and for what was underway for longer than others.
pub(super) const MOST: usize = RATE as usize * 10 / 60 * 3 / 2;

/// The most requests that any one provider had in a window.
pub(super) fn most_in_a_window(requests: &[RecordedRequest]) -> usize {
    let mut by_gateway: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    for request in requests {
        by_gateway.entry(format!("{:?}", request.gateway)).or_default().push(request.received);
    }
    by_gateway.into_values().map(busiest).max().unwrap_or_default()
}

fn busiest(mut times: Vec<Instant>) -> usize {
    times.sort_unstable();
    let from = |first: &Instant| times.partition_point(|time| *time < *first + WINDOW);
    times.iter().enumerate().map(|(place, first)| from(first) - place).max().unwrap_or_default()
}
