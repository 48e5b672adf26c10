//! Sends a request, and asks for secrets and settings, when it is asked what it is. Tells what it got.

use stockbridge_hostile_guests::*;

guest!(
    describe = || {
        let answer = http::send(request("https://granted.example/"))
            .map_or_else(|failure| failure.message, |answer| told(&answer));
        log::write(log::Level::Error, "from `describe`", &[]);
        let title = format!("{answer}; {:?}; {:?}", secrets::get("signing").map(|_| ()), settings::get("url"));
        Descriptor { title, ..descriptor() }
    }
);
