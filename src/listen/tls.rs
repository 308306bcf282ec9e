//! TLS of a listener: a chain, a key, and whether clients must show a certificate of their own.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::sync::Arc;

/// A server's side of TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct Tls(pub(crate) Arc<ServerConfig>);

impl Tls {
    /// From PEM texts: the chain with the server's own certificate first, its key, and the authorities whose
    /// certificates clients must have; without these, clients need none.
    ///
    /// # Errors
    /// What is wrong with which of the texts.
    pub fn from_pem(chain: &str, key: &str, clients: Option<&str>) -> Result<Tls, String> {
        let certificates = |what: &str, text: &str| {
            let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
            match found {
                Ok(found) if !found.is_empty() => Ok(found),
                Ok(_) => Err(format!("{what}: there is no certificate in it")),
                Err(error) => Err(format!("{what}: {error}")),
            }
        };
        let chain = certificates("the certificate", chain)?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|e| format!("the key: {e}"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?;
        let builder = match clients {
            None => versions.with_no_client_auth(),
            Some(text) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates("the clients' authority", text)? {
                    roots.add(certificate).map_err(|e| format!("the clients' authority: {e}"))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .map_err(|e| format!("the clients' authority: {e}"))?;
                versions.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(chain, key).map_err(|e| format!("the certificate: {e}"))?;
        Ok(Tls(Arc::new(config)))
    }
}
