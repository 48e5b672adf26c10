//! Servers that send unrequested answers, because they parsed a body as a request or are out of step: no answer to one account
//! reaches another.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use stockbridge::Host;

use crate::stage::{good, host, hostile, observations, ordering, requesting};

/// Number of rounds with each server: `cargo xtask desync` runs a thousand.
fn rounds() -> usize {
    std::env::var("STOCKBRIDGE_ROUNDS").map_or(100, |rounds| rounds.parse().unwrap())
}

/// A request inside a body: a server that leaves the body unread takes it for the next request.
const HIDDEN: &str = "GET /hostile/hidden HTTP/1.1\r\nhost: x\r\n\r\n";

/// The accounts send requests in turn, the hostile one in every way that leaves something behind. None of its answers reaches the
/// good one: an answer is the request's path, which shows its owner.
async fn hold(origin: &str) {
    let host = host([good(origin), hostile(origin)]).await;
    let mut refused = 0;
    for round in 0..rounds() {
        refused += usize::from(hostile_turn(&host, origin, round).await.is_err());
        let path = format!("/good/{round}");
        let seen =
            observations(&host.account("good").unwrap(), requesting(&json!({"url": format!("{origin}{path}")}))).await;
        let seen = seen.unwrap_or_else(|error| panic!("round {round}: {error}"));
        assert_eq!(seen, [format!("200 {path}")], "round {round}");
    }
    // A refused request would test nothing of the server.
    assert!(refused < rounds(), "all {refused} turns were refused");
    host.shutdown(Duration::from_secs(5)).await.unwrap();
}

async fn hostile_turn(host: &Host, origin: &str, round: usize) -> Result<(), String> {
    let account = host.account("hostile").unwrap();
    let url = format!("{origin}/hostile/{round}");
    let text = |error: &dyn std::fmt::Display| error.to_string();
    match round % 4 {
        // By a body that the server leaves unread.
        0 => {
            let request = json!({"method": "POST", "url": url, "body": [HIDDEN]});
            account.transfer(ordering(&request)).await.map(drop).map_err(|error| text(error.error()))
        }
        1 => {
            let request = json!({"method": "POST", "url": url, "body": [HIDDEN.repeat(50)]});
            account.query(requesting(&request)).await.map(drop).map_err(|error| text(&error))
        }
        // By a method that has no body for most servers.
        2 => {
            let request = json!({"method": "GET", "url": url, "body": [HIDDEN]});
            observations(&account, requesting(&request)).await.map(drop).map_err(|error| text(&error))
        }
        _ => observations(&account, requesting(&json!({"url": url}))).await.map(drop).map_err(|error| text(&error)),
    }
}

/// Our own server, which never reads a body, and answers with the requested path.
fn lazy(stray: impl Fn(&mut TcpStream, &str, usize) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, stray) = (listener.local_addr().unwrap(), Arc::new(stray));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let stray = stray.clone();
            std::thread::spawn(move || serve_lazily(stream, &*stray));
        }
    });
    address
}

fn serve_lazily(mut stream: TcpStream, stray: &dyn Fn(&mut TcpStream, &str, usize)) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    for served in 0.. {
        let (mut line, mut head) = (String::new(), String::new());
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        while reader.read_line(&mut head).unwrap_or(0) > 2 {
            head.clear();
        }
        let path = line.split(' ').nth(1).unwrap_or("?").to_owned();
        if path.ends_with("/hidden") {
            // The next request, of either account, is in flight by then.
            std::thread::sleep(Duration::from_millis(2));
        }
        if answer(&mut stream, &path).is_err() {
            return;
        }
        stray(&mut stream, &path, served);
    }
}

fn answer(stream: &mut TcpStream, path: &str) -> std::io::Result<()> {
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{path}", path.len());
    stream.write_all(answer.as_bytes())
}

#[tokio::test]
async fn a_server_that_leaves_bodies_lying_answers_them_to_nobody_else() {
    let server = lazy(|_, _, _| {});
    hold(&format!("http://{server}")).await;
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_reaches_nobody_else_whether_it_comes_early_or_late() {
    for late in [Duration::ZERO, Duration::from_micros(200), Duration::from_millis(2)] {
        let server = lazy(move |stream, path, served| {
            if served % 3 == 2 {
                std::thread::sleep(late);
                drop(answer(stream, &format!("{path}/stray")));
            }
        });
        let origin = format!("http://{server}");
        let host = host([good(&origin), hostile(&origin)]).await;
        for round in 0..rounds().div_ceil(3) {
            // The server is out of step on the good account's connections too: the account gets its own answers or none.
            for name in ["hostile", "good"] {
                let url = format!("{origin}/{name}/{round}");
                let seen = observations(&host.account(name).unwrap(), requesting(&json!({"url": url}))).await;
                let seen = seen.unwrap_or_else(|error| panic!("{error}"));
                assert!(
                    seen.iter().all(|seen| !seen.starts_with("200 ") || seen.starts_with(&format!("200 /{name}/"))),
                    "{seen:?}"
                );
            }
        }
        host.shutdown(Duration::from_secs(5)).await.unwrap();
    }
}

/// A third-party server, which ends with the test.
struct Stock(Child);

impl Drop for Stock {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts a program that prints its port in a line. If the program is not on this machine, prints a note and returns none.
fn started(program: &str, arguments: &[&str]) -> Option<(Stock, String)> {
    let child = Command::new(program).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else {
        println!("skipped: {program} is not on this machine");
        return None;
    };
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let stock = Stock(child);
    let port: u16 = port.trim().parse().unwrap_or_else(|error| panic!("{program} said `{port}`: {error}"));
    Some((stock, format!("http://127.0.0.1:{port}")))
}

/// Python's own server, with a handler that does not read bodies, like many in practice.
const PYTHON: &str = "
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST = answer
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
";

const NODE: &str = "
const server = require('http').createServer((request, response) => response.end(request.url));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
";

#[tokio::test]
async fn pythons_server_answers_each_account_its_own() {
    if let Some((_server, origin)) = started("python3", &["-c", PYTHON]) {
        hold(&origin).await;
    }
}

#[tokio::test]
async fn a_server_of_node_answers_each_account_its_own() {
    if let Some((_server, origin)) = started("node", &["-e", NODE]) {
        hold(&origin).await;
    }
}

#[tokio::test]
async fn nginx_answers_each_account_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = directory.path().display();
    let config = format!(
        "daemon off; pid {place}/pid; error_log {place}/errors; worker_processes 1;
         events {{ worker_connections 256; }}
         http {{
             access_log off;
             client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
             uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
             server {{ listen 127.0.0.1:{port}; location / {{ default_type text/plain; return 200 $uri; }} }}
         }}"
    );
    let file = directory.path().join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    let nginx = Command::new("nginx").arg("-c").arg(&file).stderr(Stdio::null()).spawn();
    let Ok(nginx) = nginx else {
        println!("skipped: nginx is not on this machine");
        return;
    };
    let _stock = Stock(nginx);
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok_and(|mut stream| {
            stream.write_all(b"GET /up HTTP/1.0\r\n\r\n").is_ok() && stream.read(&mut [0; 1]).is_ok_and(|read| read > 0)
        }) {
            return hold(&format!("http://127.0.0.1:{port}")).await;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nginx did not start: {:?}", std::fs::read_to_string(directory.path().join("errors")));
}
