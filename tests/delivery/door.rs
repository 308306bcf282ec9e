//! The listener's door: TLS with and without clients' certificates, logins, what is said of those who are turned
//! away, and how much one of them may bring.

use super::Place;
use super::beside::wait;
use super::receive::{Ear, confirmation, post};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// S4:canary-7, S4:canary-8
const RIGHT: &str = "Authorization: Basic UzQ6Y2FuYXJ5LTc=\r\n";
const WRONG: &str = "Authorization: Basic UzQ6Y2FuYXJ5LTg=\r\n";

/// An authority of our own.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(vec![]).expect("no name is a name");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority { params, key: KeyPair::generate().expect("there is randomness") }
    }
    fn own(&self) -> rcgen::Certificate {
        self.params.self_signed(&self.key).expect("it signs itself")
    }
    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let params = CertificateParams::new(vec![name.to_owned()]).expect("it is a name");
        let key = KeyPair::generate().expect("there is randomness");
        let issuer = Issuer::from_params(&self.params, &self.key);
        (params.signed_by(&key, &issuer).expect("it signs"), key)
    }
    /// A client that trusts this authority, and shows a certificate of another where one is given.
    fn client(
        &self,
        version: &'static SupportedProtocolVersion,
        of: Option<&Authority>,
    ) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.own().der().clone()).expect("it is a certificate");
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[version])
            .expect("it is there")
            .with_root_certificates(roots);
        Arc::new(match of {
            None => builder.with_no_client_auth(),
            Some(of) => {
                let (certificate, key) = of.sign("sender.example");
                let key = PrivateKeyDer::try_from(key.serialize_der()).expect("it is a key");
                builder.with_client_auth_cert(vec![certificate.der().clone()], key).expect("they go together")
            }
        })
    }
}

/// Writes a secret that only we may read.
fn secret(place: &Place, name: &str, text: &str) {
    place.write(name, text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(place.folder.join(name), private).expect("it is ours");
    }
}

/// Posts over TLS: status and answer, or why there is none.
fn post_tls(
    address: &str,
    config: Arc<ClientConfig>,
    headers: &str,
    body: &str,
) -> Result<(u16, String), String> {
    let name = ServerName::try_from("localhost").expect("it is a name");
    let mut connection = ClientConnection::new(config, name).expect("it is sound");
    let mut socket = TcpStream::connect(address).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("it can be set");
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    let length = body.len();
    let request = format!(
        "POST /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    let written = stream.write_all(request.as_bytes()).and_then(|()| stream.flush());
    let mut answer = vec![];
    let read = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    match answer.get(9..12).and_then(|status| status.parse().ok()) {
        Some(status) => Ok((status, answer)),
        None => Err(format!("{:?} {:?}", written.err(), read.err())),
    }
}

/// A place whose listener speaks TLS and asks for a login, and for certificates where there is an authority.
fn secured(name: &str, servers: &Authority, clients: Option<&Authority>) -> Place {
    let place = Place::confirmed(name);
    let (certificate, key) = servers.sign("localhost");
    place.write("server.pem", &certificate.pem());
    secret(&place, "server.key", &key.serialize_pem());
    secret(&place, "secret", "canary-7\n");
    let mut receive = "[receive]\nlisten = \"127.0.0.1:0\"\npath = \"/in\"\nuser = \"S4\"\n\
                       password = \"file:secret\"\ncertificate = \"server.pem\"\n\
                       certificate_key = \"file:server.key\"\n"
        .to_owned();
    if let Some(clients) = clients {
        place.write("clients.pem", &clients.own().pem());
        receive += "client_ca = \"clients.pem\"\n";
    }
    let toml = fs::read_to_string(place.folder.join("jemap.toml")).expect("it is there");
    place.write("jemap.toml", &format!("{receive}{toml}"));
    place
}

fn stray(uuid: &str) -> String {
    confirmation(uuid, "E0", &[("J00000000000000000000000000.00", "0100000001")])
}

fn errors(place: &Place) -> String {
    fs::read_to_string(place.folder.join("ear.err")).unwrap_or_default()
}

#[test]
fn confirmations_come_by_tls_from_those_who_have_the_login() {
    let ours = Authority::new("ours");
    let place = secured("door-tls", &ours, None);
    let mut ear = Ear::new(&place, &[]);
    for (round, version) in [&rustls::version::TLS12, &rustls::version::TLS13].into_iter().enumerate() {
        let body = stray(&format!("u-{round}"));
        let post = |headers: &str| post_tls(&ear.address, ours.client(version, None), headers, &body);
        for (headers, why) in [("", "no login was given"), (WRONG, "the login is wrong")] {
            let (status, said) = post(headers).expect("TLS is agreed on");
            assert!(
                status == 401 && said.contains(why) && said.contains("WWW-Authenticate: Basic"),
                "{said}"
            );
        }
        assert_eq!(place.said(&["status"]).1["confirmations"], round, "nothing of them is kept");
        assert_eq!(post(RIGHT).expect("TLS is agreed on").0, 200);
        assert_eq!(ear.next()["entries"][0]["stray"], "no entry of this book has this id");
        assert_eq!(place.said(&["status"]).1["confirmations"], round + 1);
        // a client that does not know the authority sends nothing
        let other = Authority::new("other");
        let refused = post_tls(&ear.address, other.client(version, None), RIGHT, &body);
        assert!(refused.as_ref().is_err_and(|why| why.contains("UnknownIssuer")), "{refused:?}");
    }
    // who speaks no TLS is not heard at all
    let mut plain = TcpStream::connect(&ear.address).expect("it listens");
    plain.set_read_timeout(Some(Duration::from_secs(20))).expect("it can be set");
    let body = stray("u-9");
    let length = body.len();
    let request = format!("POST /in HTTP/1.1\r\n{RIGHT}Content-Length: {length}\r\n\r\n{body}");
    let _ = plain.write_all(request.as_bytes());
    let mut answer = vec![];
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
    wait("it is said", || errors(&place).contains("TLS was not agreed on with 127.0.0.1:"));
    assert_eq!(place.said(&["status"]).1["confirmations"], 2);
    let said = errors(&place);
    assert_eq!(said.matches("answered 401 to 127.0.0.1:").count(), 4, "{said}");
    assert!(!said.contains("canary") && !said.contains("UzQ6"), "{said}");
}

#[test]
fn who_must_show_a_certificate_is_not_heard_without_it() {
    let (ours, theirs, other) = (Authority::new("ours"), Authority::new("theirs"), Authority::new("other"));
    let place = secured("door-client", &ours, Some(&theirs));
    let mut ear = Ear::new(&place, &[]);
    for (round, version) in [&rustls::version::TLS12, &rustls::version::TLS13].into_iter().enumerate() {
        let body = stray(&format!("u-{round}"));
        let post = |of: Option<&Authority>, headers: &str| {
            post_tls(&ear.address, ours.client(version, of), headers, &body)
        };
        for of in [None, Some(&other)] {
            let refused = post(of, RIGHT);
            let alert = |why: &String| why.contains("AlertReceived");
            assert!(refused.as_ref().is_err_and(alert), "{refused:?}");
        }
        assert_eq!(place.said(&["status"]).1["confirmations"], round, "nothing came through");
        // the certificate does not stand for the login
        for headers in ["", WRONG] {
            assert_eq!(post(Some(&theirs), headers).expect("TLS is agreed on").0, 401);
        }
        assert_eq!(post(Some(&theirs), RIGHT).expect("TLS is agreed on").0, 200);
        assert_eq!(ear.next()["confirmation"], round + 1);
    }
    wait("each is said", || errors(&place).matches("TLS was not agreed on with 127.0.0.1:").count() == 4);
    assert_eq!(place.said(&["status"]).1["confirmations"], 2);
}

/// The confirmation of a message of the largest batch: ten thousand entries, four notes each.
#[test]
fn the_confirmation_of_the_largest_batch_is_taken() {
    let place = Place::confirmed("door-large");
    let note = format!("<Item><TypeID>507(F5)</TypeID><Note>{}</Note></Item>", "a long note ".repeat(30));
    let notes: String = (0..3).map(|n| note.replace("507", &format!("{}", 510 + n))).collect();
    let ids: Vec<String> = (0..10_000).map(|n| format!("FOREIGN-{n}")).collect();
    let entries: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "0100000001")).collect();
    let body = confirmation("u-1", "E0", &entries).replace("</Item></Log>", &format!("</Item>{notes}</Log>"));
    assert!(body.len() > 12 << 20 && body.len() <= 64 << 20, "{}", body.len());
    let ear = Ear::of(&place, &["receive", "--listen", "127.0.0.1:0"]);
    let (status, said) = post(&ear.address, "/", "", body.as_bytes());
    assert_eq!(status, 200, "{said}");
    assert_eq!(place.said(&["status"]).1["strays"], 10_000);
    let peak = fs::read_to_string(format!("/proc/{}/status", ear.child.id())).unwrap_or_default();
    let peak =
        peak.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    match peak {
        Some(kib) => {
            let kib: usize = kib;
            println!("a confirmation of {} bytes: {} MiB at most", body.len(), kib >> 10);
            assert!(kib < 256 << 10, "{kib} KiB");
        }
        None => println!("skipped: this system does not tell how much memory a process has used"),
    }
    // one byte more than is read is refused before it is sent
    let large = TcpStream::connect(&ear.address).and_then(|mut stream| {
        stream
            .write_all(format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", (64 << 20) + 1).as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    assert!(large.as_ref().is_ok_and(|answer| answer.starts_with("HTTP/1.1 413 ")), "{large:?}");
    assert!(errors(&place).contains("answered 413 to 127.0.0.1:"), "{}", errors(&place));
}
