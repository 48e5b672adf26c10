//! Guests that break the canonical ABI: where the host accesses guest memory by numbers that the guest supplies.

use crate::scene::{Call, CallResult, answered, failed, result_of};

async fn trap(guest: &str, reason: &str) {
    let result: CallResult = result_of(guest, Call::Query).await;
    assert_eq!(result, failed("connector.trapped", &format!("the connector trapped: {reason}")), "{guest}");
}

macro_rules! traps {
    ($($guest:ident $file:literal: $reason:expr;)+) => {
        $(
            #[tokio::test]
            pub(crate) async fn $guest() {
                trap($file, $reason).await;
            }
        )+
    };
}

/// Error for one call of the host, or one answer, with too much data.
const TOO_MUCH: &str =
    "too much data is being copied between the host and the guest: fuel allocated for hostcalls has been exhausted";

traps! {
    trap_in_realloc "trap-in-realloc": "it panicked or aborted";
    trap_in_post_return "trap-in-post-return": "it panicked or aborted";
    realloc_beyond_memory "realloc-beyond-memory": "realloc return: beyond end of memory";
    realloc_misaligned "realloc-misaligned": "realloc return: result not aligned";
    realloc_calls_the_host "realloc-calls-the-host": "it did what WebAssembly does not allow (wasm trap: cannot leave component instance)";
    post_return_calls_the_host "post-return-calls-the-host": "it did what WebAssembly does not allow (wasm trap: cannot leave component instance)";
    return_misaligned "return-misaligned": "return pointer not aligned";
    return_beyond_memory "return-beyond-memory": "pointer out of bounds of memory";
    return_an_unknown_case "return-an-unknown-case": "invalid expected discriminant";
    return_an_unknown_class "return-an-unknown-class": "unexpected discriminant: 200";
    return_a_list_beyond_memory "return-a-list-beyond-memory": "list pointer/length out of bounds of memory";
    return_a_list_that_wraps "return-a-list-that-wraps": "list pointer/length out of bounds of memory";
    return_a_misaligned_list "return-a-misaligned-list": "list pointer is not aligned";
    return_a_text_beyond_memory "return-a-text-beyond-memory": "string pointer/length out of bounds of memory";
    return_text_that_is_no_utf8 "return-text-that-is-no-utf8": "invalid utf-8 sequence of 1 bytes from index 1";
    return_text_cut_in_a_character "return-text-cut-in-a-character": "incomplete utf-8 byte sequence from index 0";
    return_the_same_megabyte_ten_thousand_times "return-the-same-megabyte-ten-thousand-times": TOO_MUCH;
    return_four_million_empty_extras "return-four-million-empty-extras": TOO_MUCH;
    throw_and_never_catch "throw-and-never-catch": "thrown Wasm exception";
    divide_by_zero "divide-by-zero": "it did what WebAssembly does not allow (wasm trap: integer divide by zero)";
    read_beyond_memory "read-beyond-memory": "it reached beyond its memory (wasm trap: out of bounds memory access)";
    call_through_an_empty_table "call-through-an-empty-table": "it did what WebAssembly does not allow (wasm trap: uninitialized element)";
}

/// The guest harms only itself: the host writes to the addresses that it is given.
#[tokio::test]
pub(crate) async fn realloc_always_the_same() {
    assert_eq!(result_of("realloc-always-the-same", Call::Query).await, answered(""));
}

#[tokio::test]
pub(crate) async fn extra_core_exports() {
    assert_eq!(result_of("extra-core-exports", Call::Query).await, answered(""));
}
