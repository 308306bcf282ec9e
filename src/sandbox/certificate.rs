//! Certificates of the sandbox's own: an authority whose certificate clients are told to trust, and the server's.

use crate::listen::Tls;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// What can be wrong with the server's certificate, to try clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// It has expired.
    Expired,
    /// It is for another host.
    OtherHost,
}

/// What is made at each start.
pub struct Certificates {
    /// The listener's side.
    pub tls: Tls,
    /// The authority's certificate as PEM.
    pub authority: String,
    /// A client's certificate and its key as PEM, where clients must show one.
    pub client: Option<String>,
}

/// Makes an authority, a server's certificate for `localhost` and the loopback addresses, and one for a client.
///
/// # Errors
/// What could not be made.
pub fn certificates(flaw: Flaw, clients: bool) -> Result<Certificates, String> {
    make(flaw, clients).map_err(|error| error.to_string())?
}

fn make(flaw: Flaw, clients: bool) -> Result<Result<Certificates, String>, rcgen::Error> {
    let mut params = CertificateParams::new(vec![])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "jemap sandbox authority");
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let authority = params.self_signed(&key)?.pem();
    let issuer = Issuer::new(params, key);
    let names = match flaw {
        Flaw::OtherHost => vec!["elsewhere.example".to_owned()],
        _ => ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
    };
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "jemap sandbox");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    if flaw == Flaw::Expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 12, 31);
    }
    let key = KeyPair::generate()?;
    let chain = params.signed_by(&key, &issuer)?.pem();
    let client = if clients {
        let mut params = CertificateParams::new(vec![])?;
        params.distinguished_name.push(DnType::CommonName, "jemap sandbox client");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        Some(params.signed_by(&key, &issuer)?.pem() + &key.serialize_pem())
    } else {
        None
    };
    let trusted = clients.then_some(authority.as_str());
    let tls = Tls::from_pem(&chain, &key.serialize_pem(), trusted);
    Ok(tls.map(|tls| Certificates { tls, authority, client }))
}
