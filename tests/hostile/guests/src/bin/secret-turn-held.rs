//! Takes the turn to renew a token, and computes for ever. Asked for the item `wait`, it only wants the token.

use stockbridge_hostile_guests::*;

guest!(
    query = |request| {
        let got = secrets::get("token").map(|_| ());
        if request.skus.iter().any(|sku| sku == "wait") { Ok(saw(format!("{got:?}"))) } else { spin() }
    }
);
