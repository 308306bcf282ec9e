//! Where confirmations are listened for, and who may post them: the table `[receive]` of `jemap.toml`.

use super::secret::Secret;
use super::settings::{Reader, Setting, setting};
use crate::diag::{Report, SourceId, Span};
use crate::listen::Tls;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// All settings of the listener.
pub const RECEIVE_SETTINGS: &[Setting] = &[
    setting("listen", "-", "the address and port to listen at: `127.0.0.1:8056`, `0.0.0.0:8443`"),
    setting("path", "any", "the one path that confirmations are posted to"),
    setting("user", "-", "the user that the receiver logs in as (HTTP Basic)"),
    setting("password", "-", "its password, by reference"),
    setting(
        "certificate",
        "-",
        "the listener's certificate with its chain, a PEM file; with it, TLS is spoken",
    ),
    setting("certificate_key", "-", "its private key in PEM, by reference"),
    setting("client_ca", "-", "who posts must show a certificate of these authorities, a PEM file"),
];

/// The listener, as it is configured.
#[derive(Clone, Default)]
pub struct Receive {
    /// The address.
    pub listen: Option<SocketAddr>,
    /// The one path that is listened at; `None`: any.
    pub path: Option<String>,
    /// User and password that are asked for.
    pub login: Option<(String, Secret)>,
    /// The certificate's file and its key.
    pub certificate: Option<(PathBuf, Secret)>,
    /// Authorities of clients' certificates, a file.
    pub client_ca: Option<PathBuf>,
}

/// A listener whose secrets and certificates were read.
pub struct Door {
    /// The address.
    pub address: SocketAddr,
    /// The one path; `None`: any.
    pub path: Option<String>,
    /// User and password.
    pub login: Option<(String, String)>,
    /// TLS, where it is spoken.
    pub tls: Option<Tls>,
}

impl Receive {
    /// Reads what listening needs; `listen` stands in the place of the configured address.
    ///
    /// # Errors
    ///
    /// No address is known; it is open to others without TLS or without a login; a file or a secret cannot be
    /// read: in words, and what mends it.
    pub fn door(&self, listen: Option<SocketAddr>) -> Result<Door, (String, &'static str)> {
        let address = listen.or(self.listen).ok_or((
            "it is not said where to listen".to_owned(),
            "give `--listen 127.0.0.1:8056`, or `listen` in `[receive]` of the configuration",
        ))?;
        if !address.ip().is_loopback() {
            let open = |what: &str| format!("{address} can be reached from other machines, and {what}");
            if self.certificate.is_none() {
                let help = "give `certificate` and `certificate_key` in `[receive]`, or listen at 127.0.0.1 \
                            behind a proxy that speaks TLS";
                return Err((open("it is not encrypted"), help));
            }
            if self.login.is_none() && self.client_ca.is_none() {
                let help = "give `user` and `password`, or `client_ca`, in `[receive]`";
                return Err((open("nobody has to show who they are"), help));
            }
        }
        let tls = match &self.certificate {
            None => None,
            Some((chain, key)) => {
                let clients = self.client_ca.as_deref().map(pem).transpose()?;
                let secret = key.read().map_err(|why| (why, "see to `certificate_key` in `[receive]`"))?;
                let tls = Tls::from_pem(&pem(chain)?, secret.reveal(), clients.as_deref());
                Some(
                    tls.map_err(|why| (why, "see to `certificate`, its key and `client_ca` in `[receive]`"))?,
                )
            }
        };
        let login = match &self.login {
            None => None,
            Some((user, password)) => {
                let secret = password.read().map_err(|why| (why, "see to `password` in `[receive]`"))?;
                Some((user.clone(), secret.reveal().to_owned()))
            }
        };
        Ok(Door { address, path: self.path.clone(), login, tls })
    }
}

fn pem(path: &Path) -> Result<String, (String, &'static str)> {
    let failed = |error| format!("cannot read {}: {error}", path.display());
    std::fs::read_to_string(path).map_err(|error| (failed(error), "see to the path in `[receive]`"))
}

/// What is wrong is told; the rest is read.
pub(super) fn read(table: &DeTable<'_>, source: SourceId, at: Span, list: &mut Vec<Report>) -> Receive {
    let mut reader = Reader::new(table, ("listener", RECEIVE_SETTINGS), source, at, list);
    let listen = reader.text("listen").and_then(|value| {
        let address = value.text.parse().ok();
        if address.is_none() {
            reader.wrong(&value, "`listen` is an address and a port: `127.0.0.1:8056`");
        }
        address
    });
    let path = reader.text("path").and_then(|value| {
        let right = value.text.starts_with('/') && !value.text.contains(['?', '#', ' ']);
        reader.keep(right, value, "`path` begins with `/` and has no query")
    });
    let user = reader.text("user").and_then(|value| {
        let right = value.text.is_ascii() && !value.text.contains(':');
        reader.keep(right, value, "a user's name has ASCII characters and no colon")
    });
    let password = reader.secret("password");
    let (chain, key) = (reader.text("certificate"), reader.secret("certificate_key"));
    let client_ca = reader.text("client_ca").map(|value| PathBuf::from(value.text));
    for (name, other) in [("user", "password"), ("certificate", "certificate_key")] {
        for (name, other) in [(name, other), (other, name)] {
            if reader.given(name) && !reader.given(other) {
                reader.missing(other, &format!("`{name}` needs `{other}` beside it"));
            }
        }
    }
    if client_ca.is_some() && !reader.given("certificate") {
        reader.missing("certificate", "`client_ca` is asked for where TLS is spoken");
    }
    reader.finish();
    Receive {
        listen,
        path,
        login: user.zip(password),
        certificate: chain.map(|value| PathBuf::from(value.text)).zip(key),
        client_ca,
    }
}

#[cfg(test)]
mod tests {
    use super::Receive;
    use crate::wire::Configuration;

    fn said(text: &str) -> String {
        match Configuration::parse("jemap.toml", text) {
            Ok(_) => String::new(),
            Err(reports) => reports.to_string(),
        }
    }

    #[test]
    fn what_is_wrong_with_the_listener_is_told_at_once() {
        let text = "[receive]\nlisten = \"8056\"\npath = \"in\"\nuser = \"SAP\"\nclient_ca = \"ca.pem\"\n\
                    pasword = \"env:X\"\n";
        let said = said(text);
        for wanted in [
            "`listen` is an address and a port",
            "`path` begins with `/`",
            "the listener has no `password`",
            "the listener has no `certificate`",
            "a listener has no setting `pasword`",
            "did you mean `password`?",
        ] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert!(self::said("receive = 3\n").contains("`receive` is a table"));
        assert!(self::said("[receive]\nuser = \"SAP\"\npassword = \"hunter2\"\n").contains("by reference"));
    }

    #[test]
    fn others_are_let_in_only_with_tls_and_a_login() {
        let text = "[receive]\nlisten = \"127.0.0.1:0\"\n";
        let receive = Configuration::parse("jemap.toml", text).map(|c| c.receive).unwrap_or_default();
        let why = |receive: &Receive, listen: &str| match receive.door(listen.parse().ok()) {
            Ok(door) => door.address.to_string(),
            Err((why, _)) => why,
        };
        assert_eq!(why(&receive, ""), "127.0.0.1:0");
        assert!(why(&receive, "0.0.0.0:0").contains("not encrypted"));
        assert!(why(&receive, "[::]:0").contains("not encrypted"));
        assert!(why(&Receive::default(), "").contains("where to listen"));
        let secure = format!("{text}certificate = \"no.pem\"\ncertificate_key = \"env:JEMAP_NO_SUCH\"\n");
        let secure = Configuration::parse("jemap.toml", &secure).map(|c| c.receive).unwrap_or_default();
        assert!(why(&secure, "0.0.0.0:0").contains("nobody has to show"));
        assert!(why(&secure, "").contains("JEMAP_NO_SUCH is not set"));
    }
}
