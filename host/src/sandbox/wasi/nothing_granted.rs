//! What a call has of WASI: everything that it asks for is there, and nothing is granted.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView};

use super::clocks::{Monotonic, Wall};
use crate::sandbox::context::CallContext;
use crate::sandbox::grants::Grants;
use crate::sandbox::log::{LogState, LogView};

/// The most random bytes that one call of the host gives. They are drawn while the guest cannot be interrupted.
const MOST_RANDOM: u64 = 64 * 1024;

/// The status with which a guest called `exit`, where that is what ended its call.
pub(crate) fn exit_status(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

/// What one call has of WASI: nothing until the guest uses it, which most cannot.
#[derive(Default)]
pub(crate) struct WasiState(Option<Box<WasiCtx>>);

impl WasiState {
    /// Each use of WASI comes by here. The call's first one sets it up.
    pub(in crate::sandbox) fn view<'a>(
        &'a mut self,
        context: &'a mut CallContext,
        log: &'a mut LogState,
    ) -> WasiCtxView<'a> {
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
