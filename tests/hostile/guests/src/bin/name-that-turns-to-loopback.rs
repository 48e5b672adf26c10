//! Asks the same name twice, which resolves to another address the second time.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let told = [(); 2].map(|()| match http::send(request(&url())) {
            Ok(answer) => told(&answer),
            Err(failure) => failure.message,
        });
        Ok(saw(told.join("\n")))
    }
);
