//! TLS: trusted servers, and requests withheld from untrusted ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use stockbridge::egress::AddressKind;
use stockbridge::transport::{Network, SetupProblem, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::guest::{Names, account, grant, ip, observation, opened, outbound};
use crate::server::{OK, Server};

const LOOPBACK: &[AddressKind] = &[AddressKind::Loopback];

/// A private certificate authority.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    fn der(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// A certificate for these names and addresses, valid until the end of that year.
    fn certificate(&self, names: &[&str], until: i32) -> (CertificateDer<'static>, KeyPair) {
        let mut parameters =
            CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        parameters.not_after = date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().unwrap();
        (parameters.signed_by(&key, &self.0).unwrap().der().clone(), key)
    }
}

/// A server with a certificate, which counts bytes inside TLS.
struct Secure {
    port: u16,
    connections: Arc<AtomicUsize>,
    bytes: Arc<AtomicUsize>,
}

impl Secure {
    async fn start((certificate, key): (CertificateDer<'static>, KeyPair)) -> Secure {
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let secure = Secure { port, connections: Arc::default(), bytes: Arc::default() };
        let (connections, bytes) = (secure.connections.clone(), secure.bytes.clone());
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, bytes) = (acceptor.clone(), bytes.clone());
                tokio::spawn(async move {
                    // A client that does not trust the certificate ends the handshake.
                    let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                    let mut buffer = [0; 4096];
                    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                        bytes.fetch_add(read, Ordering::SeqCst);
                        if stream.write_all(OK.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        secure
    }

    fn origin(&self, host: &str) -> String {
        format!("https://{host}:{}", self.port)
    }

    fn seen(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.bytes.load(Ordering::SeqCst))
    }
}

/// Names of this machine.
fn names() -> Names {
    Names::of(["secure.test", "other.test"].map(|name| (name, vec![ip("127.0.0.1")])))
}

/// A network that trusts this authority.
fn trusting(authority: &Authority) -> Network {
    Network::builder().resolver(names()).trust(authority.der()).build().unwrap()
}

#[tokio::test]
async fn a_connector_reads_over_tls_from_whom_the_operator_trusts_and_the_connection_is_kept() {
    let authority = Authority::new();
    let server = Secure::start(authority.certificate(&["secure.test", "127.0.0.1"], 4000)).await;
    let origin = server.origin("secure.test");
    let account = opened(account(grant(&origin, LOOPBACK), &origin), trusting(&authority)).await;
    for _ in 0..5 {
        assert_eq!(observation(&account, json!({})).await, "200 {}");
    }
    assert_eq!(server.seen().0, 1);
}

#[tokio::test]
async fn a_certificate_may_name_an_address() {
    let authority = Authority::new();
    let server = Secure::start(authority.certificate(&["127.0.0.1"], 4000)).await;
    let network = trusting(&authority);
    assert_eq!(network.send(outbound(&server.origin("127.0.0.1"), LOOPBACK)).await.unwrap().status, 200);
    let error = network.send(outbound(&server.origin("secure.test"), LOOPBACK)).await.unwrap_err();
    assert!(!error.sent(), "{error}");
}

/// For another name, expired, of an authority that is not trusted, and self-signed.
#[tokio::test]
async fn a_certificate_that_does_not_fit_ends_it_before_anything_is_sent() {
    let (authority, another) = (Authority::new(), Authority::new());
    let own = rcgen::generate_simple_self_signed(["secure.test".to_owned()]).unwrap();
    let nobody = || Network::builder().resolver(names()).build().unwrap();
    for (certificate, network, problem) in [
        (authority.certificate(&["other.test"], 4000), trusting(&authority), SetupProblem::CertificateOtherName),
        (authority.certificate(&["*.secure.test"], 4000), trusting(&authority), SetupProblem::CertificateOtherName),
        (authority.certificate(&["secure.test"], 2020), trusting(&authority), SetupProblem::CertificateExpired),
        (authority.certificate(&["secure.test"], 4000), trusting(&another), SetupProblem::CertificateUntrusted),
        (authority.certificate(&["secure.test"], 4000), nobody(), SetupProblem::CertificateUntrusted),
        ((own.cert.der().clone(), own.signing_key), trusting(&authority), SetupProblem::CertificateUntrusted),
    ] {
        let server = Secure::start(certificate).await;
        let error = network.send(outbound(&server.origin("secure.test"), LOOPBACK)).await.unwrap_err();
        assert!(!error.sent(), "{error}");
        let TransportError::Setup(failure) = &error else { panic!("{error}") };
        assert_eq!(failure.problem, problem, "{error}");
        // Origin and address, the host's own text, then rustls' text.
        let begin = format!("https://secure.test:{port} at 127.0.0.1:{port}: its certificate ", port = server.port);
        let text = error.to_string();
        assert!(
            text.starts_with(&begin) && text.ends_with(')') && text.contains(" (invalid peer certificate"),
            "{text}"
        );
        assert_eq!(server.seen(), (1, 0));
        assert_eq!(network.idle_connections(), 0);
    }
}

/// Nothing of the request is in the bytes that it got, which are the client's greeting.
#[tokio::test]
async fn a_server_without_tls_gets_no_request() {
    let server = Server::start(|peer| {
        let mut greeting = [0; 4096];
        let read = peer.read(&mut greeting)?;
        assert!(!greeting[..read].windows(4).any(|window| window == b"HTTP"));
        peer.answer(OK)
    });
    let origin = format!("https://127.0.0.1:{}", server.address.port());
    let error = Network::new().unwrap().send(outbound(&origin, LOOPBACK)).await.unwrap_err();
    let TransportError::Setup(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.problem, failure.sent), (SetupProblem::NoTls, false), "{error}");
}

#[tokio::test]
async fn what_is_to_be_trusted_has_to_be_a_certificate() {
    let error = Network::builder().trust(*b"no certificate").build().unwrap_err();
    assert!(error.to_string().contains("no TLS"), "{error}");
}
