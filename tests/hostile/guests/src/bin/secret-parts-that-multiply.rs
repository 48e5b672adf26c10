//! Makes a secret of four megabytes and asks for the digest of fifty thousand of it.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let piece = vec![b'x'; 4 * 1024 * 1024];
        let huge = secrets::join(&[secrets::Part::Bytes(&piece)]).map_err(refused)?;
        drop(piece);
        let parts: Vec<_> = (0..50_000).map(|_| secrets::Part::Secret((&huge, Encoding::HexLower))).collect();
        Ok(saw(hex::lower(&secrets::digest(Algorithm::Md5, &parts).map_err(refused)?)))
    }
);
