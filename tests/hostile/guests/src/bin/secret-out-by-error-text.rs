//! Writes a secret where it makes a request unfit to be sent, to read it in the refusal.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let (url, bearer) = (url(), secret("bearer")?);
        let part = [secrets::Part::Secret((&bearer, Encoding::Plain))];
        let query = http::Request { query: &part, ..request(&url) };
        let header = http::Request { headers: &[("bad name", &part[..])], ..request(&url) };
        let capture = [Capture { name: "bearer", pointer: "/", lifetime: None }];
        let captured = http::Request { method: "POST", body: &part, capture: &capture, ..request(&url) };
        let told = [query, header, captured].map(|request| match http::send(request) {
            Ok(answer) => told(&answer),
            Err(failure) => failure.message,
        });
        Ok(saw(told.join("\n")))
    }
);
