//! Goes where the provider sends it.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let answer = http::send(request(&url())).map_err(WriteFailure::from)?;
        let place = answer.headers.iter().find(|(name, _)| name == "location");
        let place = place.map(|(_, place)| String::from_utf8_lossy(place).into_owned()).unwrap_or_default();
        sent(request(&place))
    }
);
