//! Takes every digest of a secret, in every encoding, and tells them all.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let signing = secret("signing")?;
        let mut told = String::new();
        for encoding in ENCODINGS {
            for algorithm in [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
                let parts = [secrets::Part::Secret((&signing, encoding))];
                told += &String::from_utf8_lossy(&secrets::digest(algorithm, &parts).map_err(refused)?);
                told += &hex::lower(&secrets::hmac(algorithm, &signing, &parts).map_err(refused)?);
            }
        }
        Ok(saw(told))
    }
);

const ENCODINGS: [Encoding; 8] = [
    Encoding::Plain,
    Encoding::Form,
    Encoding::Percent,
    Encoding::Json,
    Encoding::HexLower,
    Encoding::HexUpper,
    Encoding::Base64,
    Encoding::Base64url,
];
