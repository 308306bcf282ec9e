//! The client's side of TLS 1.2 and 1.3: whom it trusts, and the certificate that it shows. There is no switch
//! to trust everybody.

use super::der::{self, Seen};
use super::destination::{ClientCertificate, Destination};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// The most bytes of a file with certificates.
const CERTIFICATES_BYTES_MAX: u64 = 16 << 20;

/// How TLS is spoken with a destination.
///
/// # Errors
/// Which file cannot be used, and why; nothing of a key.
pub(super) fn config(to: &Destination) -> Result<TlsConfig, String> {
    let roots = match own(to)? {
        None => RootCerts::WebPki,
        Some(own) => RootCerts::new_with_certs(&trusted(to, &own).map(copy).collect::<Vec<_>>()),
    };
    let client = match &to.certificate {
        None => None,
        Some(of) => {
            let (chain, sent, _) = certificate(of)?;
            Some(ClientCert::new_with_certs(&chain.iter().map(copy).collect::<Vec<_>>(), sent))
        }
    };
    Ok(TlsConfig::builder().root_certs(roots).client_cert(client).build())
}

/// The destination's own authorities.
fn own(to: &Destination) -> Result<Option<Vec<CertificateDer<'static>>>, String> {
    let Some(path) = &to.ca else { return Ok(None) };
    let mut store = RootCertStore::empty();
    let list = certificates(path)?;
    for one in &list {
        store.add(one.clone()).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(Some(list))
}

/// Its own authorities and the well-known ones, or its own alone.
pub(super) fn trusted<'c>(
    to: &Destination,
    own: &'c [CertificateDer<'static>],
) -> impl Iterator<Item = &'c CertificateDer<'static>> {
    let known = if to.ca_only { &[][..] } else { webpki_root_certs::TLS_SERVER_ROOT_CERTS };
    own.iter().chain(known)
}

/// A client's certificate, tried: the client would not survive a key that belongs to another.
fn certificate(
    of: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKey<'static>, PrivateKeyDer<'static>), String> {
    let chain = certificates(&of.chain)?;
    let text = of.key.read()?;
    let place = of.key.place();
    let key = PrivateKeyDer::from_pem_slice(text.reveal().as_bytes())
        .map_err(|_| format!("there is no private key in PEM in {place}"))?;
    let sent = PrivateKey::from_pem(text.reveal().as_bytes())
        .map_err(|_| format!("there is no private key in PEM in {place}"))?;
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(RootCertStore::empty())
        .with_client_auth_cert(chain.clone(), key.clone_key())
        .map_err(|e| format!("the key in {place} and {} do not go together: {e}", of.chain.display()))?;
    Ok((chain, sent, key))
}

/// The client's own certificate, as people see it.
pub(super) fn shown(of: &ClientCertificate) -> Option<Seen> {
    der::read(certificates(&of.chain).ok()?.first()?)
}

fn copy(certificate: &CertificateDer<'_>) -> Certificate<'static> {
    Certificate::from_der(certificate).to_owned()
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    use std::io::Read;
    let failed = |e: std::io::Error| format!("cannot read {}: {}", path.display(), crate::sink::reason(&e));
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = vec![];
    file.take(CERTIFICATES_BYTES_MAX).read_to_end(&mut text).map_err(failed)?;
    let list: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match list {
        Ok(list) if !list.is_empty() => Ok(list),
        _ => Err(format!("there is no certificate in PEM in {}", path.display())),
    }
}

/// The same trust, and what certificate the server showed: also one that is refused.
pub(super) fn watched(to: &Destination) -> Result<(Arc<ClientConfig>, Arc<Watch>), String> {
    let own = own(to)?.unwrap_or_default();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(trusted(to, &own).cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider)).build();
    let inner = inner.map_err(|e| format!("nobody is trusted: {e}"))?;
    let watch = Arc::new(Watch { inner, seen: Mutex::default() });
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<Watch>::clone(&watch);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        // not another trust: the verifier asks the one that every client has
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match &to.certificate {
        None => builder.with_no_client_auth(),
        Some(of) => {
            let (chain, _, key) = certificate(of)?;
            builder.with_client_auth_cert(chain, key).map_err(|e| e.to_string())?
        }
    };
    Ok((Arc::new(config), watch))
}

/// Asks the verifier that every client has, and keeps what it was asked about.
#[derive(Debug)]
pub(super) struct Watch {
    inner: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<Seen>>,
}

impl Watch {
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerCertVerifier for Watch {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = der::read(end_entity);
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
