//! What must hold whatever comes in, as functions of bytes.
//!
//! libFuzzer looks for bytes that break them (`cargo xtask fuzz`), and the tests run the same functions over mutations of
//! the same seeds with a fixed seed. A function panics where something does not hold.

mod answers;
mod cache_entry;
mod component_bytes;
mod configuration;
mod encoded_secret;
mod entry;
mod guest;
mod guest_returns;
mod header_set;
mod journal;
mod json_scan;
#[cfg(test)]
mod mutation;
mod url_and_grant;

pub use entry::{prepare, replay};

/// A function of bytes, and what to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of its binary.
    pub name: &'static str,
    /// Panics where something does not hold for the bytes.
    pub run: fn(&[u8]),
    /// Bytes to begin with: small, and each of a kind of its own.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words that stand in inputs of this kind.
    pub words: &'static [&'static str],
}

/// A component's bytes: inspecting them ends in time, with what it is or with a typed error.
pub const COMPONENT_BYTES: Target = component_bytes::TARGET;
/// A configuration's text: a mistake is named with its place and its mending, and what is accepted means what it says.
pub const CONFIGURATION: Target = configuration::TARGET;
/// A grant and an address: what may leave goes to what was granted, as another parser reads it.
pub const URL_AND_GRANT: Target = url_and_grant::TARGET;
/// A request's method and headers: what may leave has no broken line and no header of the host's, and is what was said.
pub const HEADER_SET: Target = header_set::TARGET;
/// A secret amid any bytes, written by a chain of writers: nothing of its middle is left.
pub const ENCODED_SECRET: Target = encoded_secret::TARGET;
/// What a guest returns, in its memory as it likes: bounded and exact, or a typed error.
pub const GUEST_RETURNS: Target = guest_returns::TARGET;
/// A record of the journal, or what is searched for records: it says the same written anew, and is found where it is whole.
pub const JOURNAL_RECORDS: Target = journal::records::TARGET;
/// A journal's disk: what was written is read, and of all else it is said what is wrong.
pub const JOURNAL_DISK: Target = journal::disk::TARGET;
/// An entry of the compile cache: it is used where it is the one that was written, to the last bit.
pub const CACHE_ENTRY: Target = cache_entry::TARGET;
/// A text as JSON: the scan takes what serde_json takes, with the same values.
pub const JSON_SCAN: Target = json_scan::TARGET;
/// Answers of Wangdiantong's flagship edition.
pub const ANSWERS_WDT_FLAGSHIP: Target = answers::wdt_flagship::TARGET;
/// Answers of Wangdiantong's enterprise edition.
pub const ANSWERS_WDT_ENTERPRISE: Target = answers::wdt_enterprise::TARGET;
/// Answers of the Taobao Open Platform.
pub const ANSWERS_TAOBAO_TOP: Target = answers::taobao_top::TARGET;
/// Answers of Winit.
pub const ANSWERS_WINIT: Target = answers::winit::TARGET;

#[cfg(test)]
mod tests {
    use crate::mutation::run;

    /// A test for each target, so that they run side by side and a failure has the target's name.
    macro_rules! holds {
        ($($test:ident: $target:ident, $inputs:literal;)*) => {
            $(
                #[test]
                fn $test() {
                    run(&crate::$target, $inputs);
                }
            )*
        };
    }

    holds! {
        inspecting_any_bytes_ends_with_an_inspection_or_a_typed_error: COMPONENT_BYTES, 80;
        any_configuration_is_read_as_it_means_or_refused_at_its_place: CONFIGURATION, 10_000;
        only_what_was_granted_leaves: URL_AND_GRANT, 5_000;
        only_plain_headers_of_the_guests_own_leave: HEADER_SET, 5_000;
        a_secret_is_struck_out_amid_any_bytes: ENCODED_SECRET, 10_000;
        whatever_a_guest_returns_is_bounded_and_exact: GUEST_RETURNS, 5_000;
        any_record_of_a_journal_says_the_same_written_anew: JOURNAL_RECORDS, 20_000;
        any_disk_is_read_as_it_was_written_or_refused: JOURNAL_DISK, 1_500;
        only_the_entry_that_was_written_is_loaded: CACHE_ENTRY, 1_000;
        any_text_is_json_to_the_scan_as_it_is_to_serde_json: JSON_SCAN, 50_000;
        any_answer_of_the_flagship_edition_is_read_without_loss_or_doubt: ANSWERS_WDT_FLAGSHIP, 10_000;
        any_answer_of_the_enterprise_edition_is_read_without_loss_or_doubt: ANSWERS_WDT_ENTERPRISE, 10_000;
        any_answer_of_top_is_read_without_loss_or_doubt: ANSWERS_TAOBAO_TOP, 10_000;
        any_answer_of_winit_is_read_without_loss_or_doubt: ANSWERS_WINIT, 10_000;
    }
}
