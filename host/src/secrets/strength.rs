//! Strength of secrets: whether a secret could be found by brute force. Every signature sent allows such an attack.

/// Minimum estimated bits of a strong secret: today's hardware tries 2^40 digests in seconds.
const ENOUGH: u32 = 64;

/// Whether a secret is short or simple. The estimate is an upper bound: each byte counts the bits that the kinds of character in
/// the secret allow, and a byte that repeats its neighbour counts nothing.
pub(crate) fn is_weak(secret: &[u8]) -> bool {
    let any = |kind: fn(&u8) -> bool| secret.iter().any(kind);
    let digits = any(u8::is_ascii_digit);
    let letters = any(u8::is_ascii_alphabetic);
    let both_cases = any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
    let others = any(|byte| !byte.is_ascii_alphanumeric());
    let hexadecimal = secret.iter().all(u8::is_ascii_hexdigit) && !both_cases;
    let bits = match (letters, digits, both_cases, others) {
        _ if hexadecimal && letters => 4,
        (false, true, _, false) => 3,
        (true, false, false, false) => 4,
        (true, _, true, _) | (_, _, _, true) => 6,
        _ => 5,
    };
    let changes = secret.windows(2).filter(|pair| matches!(pair, [one, other] if one != other)).count();
    u32::try_from(changes).unwrap_or(u32::MAX).saturating_add(1).saturating_mul(bits) < ENOUGH
}

#[cfg(test)]
mod tests {
    use super::is_weak;

    #[test]
    fn what_a_provider_gives_is_strong_and_what_a_person_thinks_up_is_weak() {
        for strong in
            ["0123456789abcdef", "9f86d081884c7d659a2feaa0c55ad015", "Zq3Xk9PwLm2Rt7Vb", "correct horse battery"]
        {
            assert!(!is_weak(strong.as_bytes()), "{strong}");
        }
        for weak in
            ["", "secret", "12345678901234567890", "hunter2", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "P@ssw0rd"]
        {
            assert!(is_weak(weak.as_bytes()), "{weak}");
        }
    }
}
