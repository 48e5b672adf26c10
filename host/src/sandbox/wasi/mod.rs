//! WASI 0.2 for components whose toolchain wants it, with nothing granted: its functions are all there, and none of them
//! reaches anything.
//!
//! | interface | what a guest finds |
//! |---|---|
//! | `wasi:filesystem` | no directory, so no file either |
//! | `wasi:sockets` | TCP and UDP are refused with `access-denied`, each name with `permanent-resolver-failure` |
//! | `wasi:cli` | no environment, no arguments, no working directory, an empty stdin; `exit` ends the call as a trap |
//! | `wasi:cli` stdout, stderr | lines of the connector's log, within its limits: see `log` |
//! | `wasi:clocks` | the contract's clock: see `clocks` |
//! | `wasi:random` | numbers that follow from the account and the time: no source of secrets |
//! | `wasi:io` | streams and polls over the above; a wait ends with the call's deadline at the latest |
//!
//! What a guest holds of it lies in the table that the secrets lie in, within the same capacity. A connector that imports
//! nothing of WASI is linked without it, and a call that uses nothing of it does not set it up.

mod clocks;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView};

use super::context::CallContext;
use super::grants::Grants;
use super::log::{LogState, LogView};
use clocks::{Monotonic, Wall};

/// The interfaces, without their version. `wasi:http` is not among them: requests go by way of the contract's `http`.
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

/// The most random bytes that one call of the host gives. They are drawn while the guest cannot be interrupted.
const MOST_RANDOM: u64 = 64 * 1024;

/// Whether an import is of an interface and a version that are linked: `wasi:io/poll@0.2.3`.
pub(crate) fn offers(import: &str) -> bool {
    let known = |version: &str| {
        version.strip_prefix("0.2.").is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()))
    };
    import.split_once('@').is_some_and(|(interface, version)| INTERFACES.contains(&interface) && known(version))
}

/// The status with which a guest called `exit`, where that is what ended its call.
pub(crate) fn exit_status(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

/// What one call has of WASI: nothing until the guest uses it, which most cannot.
#[derive(Default)]
pub(super) struct WasiState(Option<Box<WasiCtx>>);

impl WasiState {
    /// Each use of WASI comes by here. The call's first one sets it up.
    pub(super) fn view<'a>(&'a mut self, context: &'a mut CallContext, log: &'a mut LogState) -> WasiCtxView<'a> {
        LogView { context, state: log }.printed();
        let ctx = self.0.get_or_insert_with(|| Box::new(with_nothing_granted(context.grants.as_deref(), log)));
        WasiCtxView { ctx, table: &mut context.table }
    }
}

fn with_nothing_granted(grants: Option<&Grants>, log: &mut LogState) -> WasiCtx {
    let (clock, printed) = (grants.map(|grants| grants.clock), log.streams());
    WasiCtx::builder()
        .stdout(printed.out.written.clone())
        .stderr(printed.err.written.clone())
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .wall_clock(Wall(clock))
        .monotonic_clock(Monotonic::new(clock))
        .secure_random(numbers(grants, "random"))
        .insecure_random(numbers(grants, "insecure"))
        .insecure_random_seed(seed(grants))
        .max_random_size(MOST_RANDOM)
        .build()
}

/// Random numbers that are the same for each call of an account at the same time, so that a call can be repeated.
fn numbers(grants: Option<&Grants>, purpose: &str) -> ChaCha20Rng {
    let (account, now) = grants.map_or(("", 0), |grants| (&*grants.account, grants.clock.now().as_millis()));
    // The time has a fixed length and stands first, and no purpose is the beginning of another: nothing reads two ways.
    let seed = Sha256::new().chain_update(now.to_le_bytes()).chain_update(purpose).chain_update([0]);
    ChaCha20Rng::from_seed(seed.chain_update(account).finalize().into())
}

fn seed(grants: Option<&Grants>) -> u128 {
    let mut numbers = numbers(grants, "seed");
    (u128::from(numbers.next_u64()) << 64) | u128::from(numbers.next_u64())
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
