//! WASI 0.2 for components whose toolchain needs it, with nothing granted: all functions exist, and none has an effect outside
//! the call.
//!
//! | interface | what a guest finds |
//! |---|---|
//! | `wasi:filesystem` | no directory, so no file either |
//! | `wasi:sockets` | TCP and UDP are refused with `access-denied`, each name with `permanent-resolver-failure` |
//! | `wasi:cli` | no environment, no arguments, no working directory, an empty stdin; `exit` ends the call as a trap |
//! | `wasi:cli` stdout, stderr | lines of the connector's log, within its limits: see `log` |
//! | `wasi:clocks` | the contract's clock: see `clocks` |
//! | `wasi:random` | numbers derived from the account and the time: no source of secrets |
//! | `wasi:io` | streams and polls over the above; a wait ends with the call's deadline at the latest |
//!
//! A guest's WASI handles share the table of its secrets, and its capacity. A connector that does not import WASI is linked
//! without it, and a call that does not use WASI does not set it up. WASI is the feature `wasi`: without it, a component that
//! imports any of it is refused.

#[cfg(feature = "wasi")]
mod clocks;
#[cfg(feature = "wasi")]
mod nothing_granted;

#[cfg(feature = "wasi")]
pub(crate) use nothing_granted::{WasiState, exit_status};

/// The linked interfaces, without their version. `wasi:http` is excluded: requests go through the contract's `http`.
const INTERFACES: [&str; 27] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Whether an import names a linked interface and version: `wasi:io/poll@0.2.3`.
pub(crate) fn offers(import: &str) -> bool {
    let is_supported = |version: &str| {
        version.strip_prefix("0.2.").is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()))
    };
    import.split_once('@').is_some_and(|(interface, version)| INTERFACES.contains(&interface) && is_supported(version))
}

#[cfg(test)]
mod tests {
    use super::offers;

    #[test]
    fn of_wasi_its_stable_interfaces_of_0_2_are_offered_and_nothing_else() {
        for import in ["wasi:cli/environment@0.2.0", "wasi:io/poll@0.2.12", "wasi:sockets/tcp@0.2.6"] {
            assert!(offers(import), "{import}");
        }
        for import in [
            "wasi:http/outgoing-handler@0.2.0",
            "wasi:io/poll",
            "wasi:io/poll@0.2",
            "wasi:io/poll@0.2.",
            "wasi:io/poll@0.2.0-rc-2023-11-10",
            "wasi:io/poll@0.3.0",
            "wasi:clocks/timezone@0.2.0",
            "wasi:keyvalue/store@0.2.0",
            "my:wasi/poll@0.2.0",
        ] {
            assert!(!offers(import), "{import}");
        }
    }
}
