//! Memory of the process.

/// Resident memory, in KiB, as Linux counts it.
///
/// # Panics
/// The system does not report it.
#[must_use]
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a system with /proc, such as Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
