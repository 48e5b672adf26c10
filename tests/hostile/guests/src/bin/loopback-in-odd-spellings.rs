//! Asks for loopback and for where clouds keep their keys, in every spelling, and tells who answered.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let heard: Vec<_> =
            SPELLINGS.iter().filter(|host| http::send(request(&format!("http://{host}/"))).is_ok()).collect();
        Ok(saw(format!("{heard:?}")))
    }
);

const SPELLINGS: [&str; 16] = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "127.0.0.1.",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "localhost",
    "LOCALHOST.",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "metadata.google.internal",
];
