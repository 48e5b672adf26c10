//! Common part of the applications: serving HTTPS on loopback, connecting there directly, and calling through a host.
//!
//! As usual in applications, the choice of a provider is left to rustls.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::transport::Network;
use stockbridge::{AccountConfig, Config, Host, StockQuery};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// The failure, for readers of the output.
pub type Failed = Box<dyn Error + Send + Sync>;

const ANSWER: &str = r#"{"code":0,"message":"ok","stocks":[],"total_count":"0"}"#;

/// Arguments from the test: its authority's certificate, a certificate for `localhost` with its key, and a component.
struct Given {
    authority: Vec<u8>,
    certificate: Vec<u8>,
    key: Vec<u8>,
    component: PathBuf,
}

impl Given {
    fn from_arguments() -> Result<Given, Failed> {
        let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
        let mut next = || arguments.next().ok_or("give authority, certificate, key and component");
        let (authority, certificate, key) = (std::fs::read(next()?)?, std::fs::read(next()?)?, std::fs::read(next()?)?);
        Ok(Given { authority, certificate, key, component: next()? })
    }
}

/// Makes a TLS connection of its own and has a host make one. Returns the negotiated cipher suites.
pub async fn connect_and_call() -> Result<[String; 2], Failed> {
    let given = Given::from_arguments()?;
    let own = own_connection(&given).await?;
    let hosts = call_of_the_host(&given).await?;
    Ok([own, hosts])
}

fn acceptor(given: &Given) -> Result<TlsAcceptor, Failed> {
    let certificate = CertificateDer::from(given.certificate.clone());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(given.key.clone()));
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers one connection. Returns the negotiated cipher suite.
async fn serve(listener: TcpListener, acceptor: TlsAcceptor) -> Result<String, Failed> {
    let (tcp, _) = listener.accept().await?;
    let mut stream = acceptor.accept(tcp).await?;
    let suite = stream.get_ref().1.negotiated_cipher_suite().ok_or("no cipher suite")?;
    read_request(&mut stream).await?;
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", ANSWER.len());
    stream.write_all(format!("{head}{ANSWER}").as_bytes()).await?;
    stream.shutdown().await?;
    Ok(format!("{:?}", suite.suite()))
}

/// Reads a head, and as much of a body as it announces.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Result<(), Failed> {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= announced.map_or(Ok(0), str::parse)? {
                return Ok(());
            }
        }
        match stream.read(&mut buffer).await? {
            0 => return Err("the request ends early".into()),
            count => read.extend_from_slice(&buffer[..count]),
        }
    }
}

async fn own_connection(given: &Given) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(serve(listener, acceptor(given)?));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(given.authority.clone()))?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::try_from("localhost")?, TcpStream::connect(address).await?).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if !answer.ends_with(ANSWER) {
        return Err(format!("it answers {answer}").into());
    }
    server.await?
}

async fn call_of_the_host(given: &Given) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("https://localhost:{}", listener.local_addr()?.port());
    let server = tokio::spawn(serve(listener, acceptor(given)?));
    let account = AccountConfig::new("main", &given.component)
        .allow(GrantSpec::new(&origin).addresses([AddressKind::Loopback]))
        .setting("url", origin)
        .setting("sid", "demo-sid")
        .setting("appkey", "demo-key")
        .secret("secret", "demo-secret");
    let network = Network::builder().trust(given.authority.clone()).build()?;
    let host = Host::builder().transport(network).build(Config::new().account(account)).await?;
    let page = host.account("main")?.query(StockQuery::skus(["daj1"])).await?;
    if !page.levels.is_empty() {
        return Err("the page has rows".into());
    }
    server.await?
}
