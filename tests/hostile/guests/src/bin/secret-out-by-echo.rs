//! Sends a secret to a provider that sends back what it gets, in all the ways that there are.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let bearer = secret("bearer")?;
        let mut heard = String::new();
        for encoding in
            [Encoding::Plain, Encoding::Percent, Encoding::Form, Encoding::Json, Encoding::HexLower, Encoding::Base64]
        {
            let body = [secrets::Part::Secret((&bearer, encoding))];
            match http::send(http::Request { method: "POST", body: &body, ..request(&url()) }) {
                Ok(answer) => heard += &told(&answer),
                Err(failure) => heard += &failure.message,
            }
        }
        log::write(log::Level::Error, &heard, &[("heard".to_owned(), heard.clone())]);
        Ok(saw(heard))
    }
);
