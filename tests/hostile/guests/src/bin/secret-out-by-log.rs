//! Logs all that it can find out about the secrets that it holds.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let held = [secret("signing")?, secret("bearer")?];
        let parts = held.each_ref().map(|secret| secrets::Part::Secret((secret, Encoding::Plain)));
        let joined = secrets::join(&parts).map_err(refused)?;
        let fields = [("held".to_owned(), format!("{held:?}")), ("joined".to_owned(), joined.name())];
        log::write(log::Level::Error, &format!("{} {} {joined:?}", held[0].name(), held[1].name()), &fields);
        Ok(saw("logged"))
    }
);
