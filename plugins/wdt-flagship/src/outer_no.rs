//! 外部单号 (outer_no) of Edit.createOrder: the order's reference, or a number derived from it if it is longer than the field.

use std::borrow::Cow;

/// The field's length, in characters.
pub(crate) const MAX_LENGTH: usize = 20;

/// The digits of a derived number.
pub(crate) const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of an order. A derived one is always the same for the same reference and has a hundred bits, so that no two
/// references of a client collide.
pub(crate) fn of(reference: &str) -> Cow<'_, str> {
    if reference.chars().count() <= MAX_LENGTH { Cow::Borrowed(reference) } else { Cow::Owned(derived(reference)) }
}

/// 100 bits of the reference's FNV-1a hash, five for each character.
pub(crate) fn derived(reference: &str) -> String {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = reference.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    // The upper bits are mixed the most.
    let hash = hash ^ (hash >> 64);
    let digit = |place: usize| DIGITS.get((hash >> (5 * place)) as usize & 31).copied().map_or('0', char::from);
    (0..MAX_LENGTH).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_short_reference_is_the_number_and_a_long_one_has_one_of_its_own() {
        for short in ["a", "test1111", "ABCDEFGHIJ-123456789"] {
            assert_eq!(of(short), short);
        }
        let long: BTreeSet<String> =
            (0..100_000).map(|number| of(&format!("0190d5c2-7f3a-7000-8000-{number:012x}")).into_owned()).collect();
        assert_eq!(long.len(), 100_000);
        assert!(long.iter().all(|number| number.len() == MAX_LENGTH));
        // Permanent: a write that was sent is looked up by it.
        assert_eq!(of("0190d5c2-7f3a-7000-8000-000000000001"), "A6G8X02X652Z1MX8687G");
    }
}
