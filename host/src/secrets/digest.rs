//! Digests and HMACs of the contract.

use hmac::{KeyInit, Mac, SimpleHmac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

/// A digest's algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

pub(crate) fn digest(algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => Md5::digest(input).to_vec(),
        Algorithm::Sha1 => Sha1::digest(input).to_vec(),
        Algorithm::Sha256 => Sha256::digest(input).to_vec(),
        Algorithm::Sha512 => Sha512::digest(input).to_vec(),
    }
}

pub(crate) fn hmac(algorithm: Algorithm, key: &[u8], input: &[u8]) -> Vec<u8> {
    fn of<M: Mac + KeyInit>(key: &[u8], input: &[u8]) -> Vec<u8> {
        // RFC 2104 takes a key of any length, so there is no failure to report.
        M::new_from_slice(key).map(|mac| mac.chain_update(input).finalize().into_bytes().to_vec()).unwrap_or_default()
    }
    match algorithm {
        Algorithm::Md5 => of::<SimpleHmac<Md5>>(key, input),
        Algorithm::Sha1 => of::<SimpleHmac<Sha1>>(key, input),
        Algorithm::Sha256 => of::<SimpleHmac<Sha256>>(key, input),
        Algorithm::Sha512 => of::<SimpleHmac<Sha512>>(key, input),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::encoding::{LOWER, hex};

    /// RFC 1321, RFC 3174 and FIPS 180-2 for the digest of `abc`; RFC 2202 and RFC 4231 (case 2) for the HMACs.
    #[test]
    fn digests_and_hmacs_are_those_of_the_standards() {
        let hexed = |bytes: Vec<u8>| {
            let mut text = Vec::new();
            hex(&bytes, LOWER, &mut text);
            String::from_utf8(text).unwrap()
        };
        assert_eq!(hexed(digest(Algorithm::Md5, b"abc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hexed(digest(Algorithm::Sha1, b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert!(hexed(digest(Algorithm::Sha256, b"abc")).starts_with("ba7816bf8f01cfea414140de5dae2223"));
        assert!(hexed(digest(Algorithm::Sha512, b"abc")).starts_with("ddaf35a193617abacc417349ae204131"));
        let data = b"what do ya want for nothing?";
        assert_eq!(hexed(hmac(Algorithm::Md5, b"Jefe", data)), "750c783e6ab0b503eaa86e310a5db738");
        assert_eq!(hexed(hmac(Algorithm::Sha1, b"Jefe", data)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert!(hexed(hmac(Algorithm::Sha256, b"Jefe", data)).starts_with("5bdcc146bf60754e6a042426089575c7"));
        assert!(hexed(hmac(Algorithm::Sha512, b"Jefe", data)).starts_with("164b7a7bfcf819e2e395fbe73b56e0a3"));
    }
}
