//! Asks for the digest of a text that is longer than a digest may be, made of few parts.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let piece = vec![b'x'; 1024 * 1024];
        let parts = Vec::from_iter((0..5).map(|_| secrets::Part::Bytes(&piece)));
        Ok(saw(hex::lower(&secrets::digest(Algorithm::Md5, &parts).map_err(refused)?)))
    }
);
