//! The steps, each a word, some with an argument after a colon:
//!
//! | step | effect |
//! |---|---|
//! | `read-file:PATH`, `write-file:PATH`, `list:PATH`, `directories` | accesses files, counts preopened directories |
//! | `environment`, `arguments`, `directory`, `stdin` | reads the process's properties |
//! | `connect:ADDRESS`, `listen:ADDRESS`, `datagram:ADDRESS`, `look-up:NAME` | uses sockets |
//! | `time` | returns the time of day, in milliseconds since 1970 |
//! | `sleep:MILLISECONDS` | waits, and returns the time that passed by its own clock |
//! | `chance`, `bytes:NUMBER`, `insecure` | returns random numbers: the standard library's for its maps, WASI's own |
//! | `print:TEXT`, `warn:TEXT`, `begin:TEXT` | writes a line to stdout, one to stderr, one to stdout without an end |
//! | `flood:NUMBER`, `pour:NUMBER` | writes this many lines to stdout, this many bytes at once |
//! | `log:TEXT`, `clock` | uses the contract's own log and clock |
//! | `hold:NUMBER` | gets a secret this many times |
//! | `exit:STATUS`, `panic` | ends |

use std::collections::hash_map::RandomState;
use std::fmt::Display;
use std::hash::BuildHasher as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime};

use stockbridge_connector::{Error, Host, Level, hex};

use crate::wrong;

pub(crate) fn step(host: &impl Host, step: &str) -> Result<String, Error> {
    let (name, argument) = step.split_once(':').unwrap_or((step, ""));
    Ok(match name {
        "read-file" => told(std::fs::read_to_string(argument)),
        "write-file" => told(std::fs::write(argument, "text").map(|()| "written")),
        "list" => told(std::fs::read_dir(argument).map(|entries| entries.count())),
        "directories" => wasip2::filesystem::preopens::get_directories().len().to_string(),
        "environment" => std::env::vars().count().to_string(),
        "arguments" => std::env::args().count().to_string(),
        "directory" => told(std::env::current_dir().map(|path| path.display().to_string())),
        "stdin" => told(std::io::stdin().lock().read_to_end(&mut Vec::new())),
        "connect" => told(TcpStream::connect(argument).map(|_| "connected")),
        "listen" => told(TcpListener::bind(argument).map(|_| "listening")),
        "datagram" => told(UdpSocket::bind(argument).map(|_| "bound")),
        "look-up" => told((argument, 80).to_socket_addrs().map(Iterator::count)),
        "time" => time(),
        "sleep" => {
            let begun = Instant::now();
            std::thread::sleep(Duration::from_millis(number(argument)?));
            format!("{} ms", begun.elapsed().as_millis())
        }
        "chance" => chance(),
        "bytes" => {
            let bytes = wasip2::random::random::get_random_bytes(number(argument)?);
            hex::lower(bytes.get(..16).unwrap_or(&bytes))
        }
        "insecure" => wasip2::random::insecure::get_insecure_random_u64().to_string(),
        "print" => {
            println!("{argument}");
            "printed".into()
        }
        "warn" => {
            eprintln!("{argument}");
            "warned".into()
        }
        "begin" => {
            print!("{argument}");
            told(std::io::stdout().flush().map(|()| "begun"))
        }
        "flood" => {
            (0..number::<u32>(argument)?).for_each(|line| println!("line {line}"));
            "flooded".into()
        }
        "pour" => {
            let poured = wasip2::cli::stdout::get_stdout().write(&vec![b'x'; number(argument)?]);
            told(poured.map(|()| "poured"))
        }
        "log" => {
            host.log(Level::Info, argument, &[]);
            "logged".into()
        }
        "clock" => host.now().to_string(),
        "hold" => {
            let held = (0..number::<u32>(argument)?).take_while(|_| host.secret("signing").is_ok()).count();
            held.to_string()
        }
        "exit" => std::process::exit(number(argument)?),
        "panic" => panicked(),
        other => return Err(wrong(format!("there is no step `{other}`"))),
    })
}

/// The time of day, in milliseconds since 1970.
pub(crate) fn time() -> String {
    told(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|time| time.as_millis()))
}

/// Hash of a fixed value under the standard library's random map keys, which shows whether they change.
pub(crate) fn chance() -> String {
    RandomState::new().hash_one(0).to_string()
}

#[expect(clippy::panic, reason = "the tests look at what becomes of it")]
fn panicked() -> String {
    panic!("as it was told")
}

fn told<T: Display, E: Display>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| wrong(format!("`{text}` is no number")))
}
