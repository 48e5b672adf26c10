//! The WASI context of a call: every function exists, and nothing is granted.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView};

use super::clocks::{Monotonic, Wall};
use crate::sandbox::context::CallContext;
use crate::sandbox::grants::Grants;
use crate::sandbox::log::{LogState, LogView};

/// Maximum random bytes returned by one host call. Generating them cannot be interrupted.
const MOST_RANDOM: u64 = 64 * 1024;

/// The status of a guest's `exit`, if that ended its call.
pub(crate) fn exit_status(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

/// The WASI context of one call: none until the guest uses it, which most cannot.
#[derive(Default)]
pub(crate) struct WasiState(Option<Box<WasiCtx>>);

impl WasiState {
    /// Called on each use of WASI. The first use of a call sets up the context.
    pub(in crate::sandbox) fn view<'a>(
        &'a mut self,
        context: &'a mut CallContext,
        log: &'a mut LogState,
    ) -> WasiCtxView<'a> {
        LogView { context, state: log }.log_printed();
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

/// Random numbers derived from the account and the time: a call can be repeated with the same numbers.
fn numbers(grants: Option<&Grants>, purpose: &str) -> ChaCha20Rng {
    let (account, now) = grants.map_or(("", 0), |grants| (&*grants.account, grants.clock.now().as_millis()));
    // The encoding is unambiguous: the time has a fixed length and comes first, and no purpose is a prefix of another.
    let seed = Sha256::new().chain_update(now.to_le_bytes()).chain_update(purpose).chain_update([0]);
    ChaCha20Rng::from_seed(seed.chain_update(account).finalize().into())
}

fn seed(grants: Option<&Grants>) -> u128 {
    let mut numbers = numbers(grants, "seed");
    (u128::from(numbers.next_u64()) << 64) | u128::from(numbers.next_u64())
}
