//! Joins four megabytes into a secret as often as it may, and holds them all. Tells how many it has.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let piece = vec![b'x'; 4 * 1024 * 1024];
        let mut held = Vec::new();
        while let Ok(secret) = secrets::join(&[secrets::Part::Bytes(&piece)]) {
            held.push(secret);
        }
        Ok(saw(held.len()))
    }
);
