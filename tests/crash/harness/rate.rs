//! Whether a provider's rate limit was kept, across kills and clock jumps.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use stockbridge_simulator::RecordedRequest;

/// Rate of each application in the mode with clock jumps, in requests per minute. Hosts that ignored their predecessors' requests
/// would exceed it at least twofold.
pub(super) const RATE: u32 = 120;
/// Rate in modes that do not test it.
pub(super) const UNLIMITED: u32 = 60_000_000;

const WINDOW: Duration = Duration::from_secs(10);
/// Most requests in a window: its part of the minute, and half as much again for the burst of a twentieth of a minute's requests
/// and for requests with a longer transit.
pub(super) const MOST: usize = RATE as usize * 10 / 60 * 3 / 2;

/// Most requests that any provider got in a window.
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
