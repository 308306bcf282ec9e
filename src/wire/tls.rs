//! The client's side of TLS 1.2 and 1.3: whom it trusts, and the certificate that it shows. There is no switch
//! to trust everybody.

use super::destination::{ClientCertificate, Destination};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// The most bytes of a file with certificates.
const CERTIFICATES_BYTES_MAX: u64 = 16 << 20;

/// How TLS is spoken with a destination.
///
/// # Errors
/// Which file cannot be used, and why; nothing of a key.
pub(super) fn config(to: &Destination) -> Result<TlsConfig, String> {
    let roots = match &to.ca {
        None => RootCerts::WebPki,
        Some(path) => {
            let mut store = RootCertStore::empty();
            let list = certificates(path)?;
            for one in &list {
                store.add(one.clone()).map_err(|e| format!("{}: {e}", path.display()))?;
            }
            RootCerts::new_with_certs(&list.iter().map(own).collect::<Vec<_>>())
        }
    };
    let client = to.certificate.as_ref().map(certificate).transpose()?;
    Ok(TlsConfig::builder().root_certs(roots).client_cert(client).build())
}

/// A client's certificate, tried: the client would not survive a key that belongs to another.
fn certificate(of: &ClientCertificate) -> Result<ClientCert, String> {
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
        .with_client_auth_cert(chain.clone(), key)
        .map_err(|e| format!("the key in {place} and {} do not go together: {e}", of.chain.display()))?;
    Ok(ClientCert::new_with_certs(&chain.iter().map(own).collect::<Vec<_>>(), sent))
}

fn own(certificate: &CertificateDer<'_>) -> Certificate<'static> {
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
