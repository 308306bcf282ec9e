//! TLS: who is trusted, and what a client without its certificate hears.

use super::server::{Server, say, to};
use super::{client, confirmation, post};
use crate::fate::Mode;
use crate::wire::{Class, Client, ClientCertificate, Secret};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// An authority of our own, in a folder of its own.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
    folder: PathBuf,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let folder = std::env::temp_dir().join(format!("jemap-tls-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        let mut params = CertificateParams::new(vec![]).expect("no name is a name");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("there is randomness");
        let pem = params.self_signed(&key).expect("it signs itself").pem();
        std::fs::write(folder.join("ca.pem"), pem).expect("it is ours");
        Authority { params, key, folder }
    }

    fn ca(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate for this host, good until this year: the certificate and its key.
    fn sign(&self, host: &str, until: i32) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("it is a name");
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("there is randomness");
        let issuer = Issuer::from_params(&self.params, &self.key);
        (params.signed_by(&key, &issuer).expect("it signs"), key)
    }

    /// A server's side; `clients`: whose certificates its clients must have.
    fn server(&self, host: &str, until: i32, clients: Option<&Authority>) -> Arc<ServerConfig> {
        let (certificate, key) = self.sign(host, until);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("they are there");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                let own = clients.params.self_signed(&clients.key).expect("it signs itself");
                roots.add(own.der().clone()).expect("it is a certificate");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("it is sound"))
            }
        };
        let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("it is a key");
        Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).expect("they go together"))
    }

    /// A client's certificate and key in files.
    fn client(&self, name: &str) -> ClientCertificate {
        let (certificate, key) = self.sign(name, 4000);
        let chain = self.folder.join(format!("{name}.pem"));
        std::fs::write(&chain, certificate.pem()).expect("it is ours");
        let path = self.folder.join(format!("{name}.key"));
        std::fs::write(&path, key.serialize_pem()).expect("it is ours");
        private(&path);
        let key = Secret::parse(&format!("file:{}", path.display())).unwrap_or_else(|why| panic!("{why}"));
        ClientCertificate { chain, key }
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("it is ours");
}

#[cfg(not(unix))]
fn private(_: &Path) {}

#[test]
fn only_a_sound_certificate_of_a_known_authority_is_sent_to() {
    let (ours, other) = (Authority::new("ours"), Authority::new("other"));
    let table = [
        ("expired", ours.server("localhost", 2001, None), "expired"),
        ("wrong host", ours.server("other.example", 4000, None), "not valid for name"),
        ("unknown authority", other.server("localhost", 4000, None), "UnknownIssuer"),
    ];
    for (case, config, why) in table {
        for mode in super::MODES {
            let server = Server::start(Some(Arc::clone(&config)), vec![say("200 OK", &confirmation())]);
            let mut to = to(&format!("https://localhost:{}/", server.port), mode);
            to.ca = Some(ours.ca());
            let reply = post(&client(&to), b"<m/>");
            assert_eq!((reply.class, reply.status), (Class::NotTaken, None), "{case}: {reply:?}");
            let problem = reply.problem.unwrap_or_default();
            assert!(problem.starts_with("TLS: ") && problem.contains(why), "{case}: {problem}");
            assert!(server.seen().is_empty(), "{case}: nothing came through");
        }
    }
    let server =
        Server::start(Some(ours.server("localhost", 4000, None)), vec![say("200 OK", &confirmation())]);
    let mut to = to(&format!("https://localhost:{}/", server.port), Mode::SyncNone);
    to.ca = Some(ours.ca());
    assert_eq!(post(&client(&to), b"<m/>").class, Class::Answered);
    assert_eq!(server.seen()[0].body, b"<m/>");
}

#[test]
fn a_client_certificate_is_shown_and_a_missing_one_means_not_taken() {
    let (ours, other) = (Authority::new("servers"), Authority::new("clients"));
    let config = ours.server("localhost", 4000, Some(&other));
    for certificate in [None, Some(ours.client("wrong"))] {
        let (port, ended) = refuse(Arc::clone(&config));
        let mut to = to(&format!("https://localhost:{port}/"), Mode::SyncNone);
        (to.ca, to.certificate) = (Some(ours.ca()), certificate);
        let reply = post(&client(&to), b"<m/>");
        assert_eq!((reply.class, reply.status), (Class::NotTaken, None), "{reply:?}");
        let problem = reply.problem.unwrap_or_default();
        assert!(problem.starts_with("TLS: received fatal alert"), "{problem}");
        ended.join().expect("the server's thread ends");
    }
    let server = Server::start(Some(config), vec![say("200 OK", &confirmation())]);
    let mut to = to(&format!("https://localhost:{}/", server.port), Mode::SyncNone);
    (to.ca, to.certificate) = (Some(ours.ca()), Some(other.client("right")));
    assert_eq!(post(&client(&to), b"<m/>").class, Class::Answered);
    assert_eq!(server.seen().len(), 1);
}

/// A server that refuses one handshake, and reads on until its client has gone: so the alert arrives, whoever
/// is faster.
fn refuse(config: Arc<ServerConfig>) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it has an address").port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("someone connects");
        let mut connection = ServerConnection::new(config).expect("it is sound");
        connection.complete_io(&mut stream).expect_err("it is refused");
        let mut piece = [0; 4096];
        while stream.read(&mut piece).is_ok_and(|count| count > 0) {}
    });
    (port, thread)
}

#[test]
fn a_key_of_another_certificate_is_told_at_once() {
    let ours = Authority::new("pairs");
    let (one, two) = (ours.client("one"), ours.client("two"));
    let mut to = to("https://localhost/", Mode::SyncNone);
    to.certificate = Some(ClientCertificate { chain: one.chain.clone(), key: two.key.clone() });
    let why = Client::new(&to).err().unwrap_or_default();
    assert!(why.contains("do not go together"), "{why}");
    to.certificate = Some(ClientCertificate { chain: ours.folder.join("one.key"), key: two.key });
    let why = Client::new(&to).err().unwrap_or_default();
    assert!(why.contains("there is no certificate in PEM"), "{why}");
    to.certificate = Some(ClientCertificate {
        chain: one.chain,
        key: Secret::parse("cmd:echo no").unwrap_or_else(|w| panic!("{w}")),
    });
    let why = Client::new(&to).err().unwrap_or_default();
    assert!(why.contains("no private key in PEM"), "{why}");
}

/// Connected, but the handshake never comes to its end: nothing of the message was handed over.
#[test]
fn a_handshake_that_does_not_end_means_not_taken() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let port = listener.local_addr().expect("it has an address").port();
    let mut to = to(&format!("https://localhost:{port}/"), Mode::SyncNone);
    to.connect_timeout = std::time::Duration::from_millis(300);
    let reply = post(&client(&to), b"<m/>");
    assert_eq!((reply.class, reply.problem.as_deref()), (Class::NotTaken, Some("no connection in time")));
}

/// What the proxy says to `CONNECT` is not the receiver's answer.
#[test]
fn a_proxy_that_does_not_connect_means_not_taken() {
    for status in ["407 Proxy Authentication Required", "502 Bad Gateway", "200 OK"] {
        let proxy = Server::plain(vec![say(status, "")]);
        let mut to = to("https://localhost:9/", Mode::SyncNone);
        to.proxy = Some(format!("http://127.0.0.1:{}", proxy.port));
        let reply = post(&client(&to), b"<m/>");
        assert_eq!((reply.class, reply.status), (Class::NotTaken, None), "{status}: {reply:?}");
        let seen = proxy.seen();
        assert!(seen[0].head.starts_with("CONNECT localhost:9 HTTP/1.1\r\n"), "{seen:?}");
    }
}

/// An own authority stands beside the well-known ones, or alone.
#[test]
fn an_own_authority_is_trusted_beside_the_others_or_alone() {
    let ours = Authority::new("beside");
    let der = |pem: &[u8]| CertificateDer::from_pem_slice(pem).expect("it is one").into_owned();
    let own = [der(&std::fs::read(ours.ca()).expect("it is there"))];
    let mut to = to("https://localhost/", Mode::SyncNone);
    let count = |to: &crate::wire::Destination| crate::wire::tls::trusted(to, &own).count();
    assert!(count(&to) > 100, "the well-known ones are there: {}", count(&to));
    to.ca_only = true;
    assert_eq!(count(&to), 1);
    for only in [false, true] {
        let server =
            Server::start(Some(ours.server("localhost", 2100, None)), vec![say("200 OK", &confirmation())]);
        let mut to =
            crate::wire::tests::server::to(&format!("https://localhost:{}/", server.port), Mode::SyncNone);
        (to.ca, to.ca_only) = (Some(ours.ca()), only);
        assert_eq!(post(&client(&to), b"<m/>").class, Class::Answered, "{only}");
    }
}
