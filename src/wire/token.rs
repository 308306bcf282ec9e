//! How the sender shows who it is: HTTP Basic, or a token that is fetched once for all who send.
//!
//! Secrets are read when they are needed, and stand in no message.

use super::destination::Login;
use super::exchange::{Asked, Came, ask, uri, value};
use crate::answer::encode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderValue, Uri, header};

/// A token is renewed so long before it expires.
const EARLY: Duration = Duration::from_secs(60);
/// How long a token is used whose endpoint does not say how long.
const UNSAID: Duration = Duration::from_secs(300);
/// After a failure the endpoint is left alone for so long, so that those who waited do not ask one by one.
const PAUSE: Duration = Duration::from_secs(1);
/// The most bytes of the endpoint's answer.
const TOKEN_BYTES_MAX: usize = 64 << 10;
/// Shorter secrets are not looked for in answers: they would be found by chance.
const HIDDEN_BYTES_MIN: usize = 8;

/// What a request is signed with.
pub(super) struct Pass {
    pub(super) header: HeaderValue,
    token: Option<String>,
    hidden: Vec<String>,
}

impl Pass {
    /// A copy of a body without what was signed with.
    pub(super) fn redact(&self, body: &[u8]) -> Vec<u8> {
        let mut out = body.to_vec();
        for secret in self.hidden.iter().filter(|s| s.len() >= HIDDEN_BYTES_MIN) {
            let places: Vec<usize> = memchr::memmem::find_iter(&out, secret.as_bytes()).collect();
            places.into_iter().for_each(|at| out[at..at + secret.len()].fill(b'*'));
        }
        out
    }
}

/// The login of a destination, shared by all who send.
pub(super) struct Passes {
    login: Login,
    endpoint: Option<Uri>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    token: Option<(String, Instant)>,
    failed: Option<(String, Instant)>,
}

impl Passes {
    /// # Errors
    /// What is wrong with the token endpoint's address.
    pub(super) fn new(login: &Login) -> Result<Passes, String> {
        let endpoint = match login {
            Login::OAuth { token_url, .. } => Some(uri("the token endpoint", token_url)?),
            _ => None,
        };
        Ok(Passes { login: login.clone(), endpoint, held: Mutex::default() })
    }

    /// What to sign a request with; `None`: nothing.
    ///
    /// # Errors
    /// Why there is nothing to sign with; not the secret.
    pub(super) fn pass(&self, agent: &Agent, deadline: Instant) -> Result<Option<Pass>, String> {
        match &self.login {
            Login::None => Ok(None),
            Login::Basic { user, password } => {
                let password = password.read()?;
                let (header, encoded) = basic(user, password.reveal())?;
                let hidden = vec![password.reveal().to_owned(), encoded];
                Ok(Some(Pass { header, token: None, hidden }))
            }
            Login::OAuth { .. } => {
                let token = self.token(agent, deadline)?;
                let header = value(&format!("Bearer {token}"), true)
                    .map_err(|_| "the token endpoint's token has characters that no header may have")?;
                Ok(Some(Pass { header, token: Some(token.clone()), hidden: vec![token] }))
            }
        }
    }

    /// Whether it is worth to be tried again after 401: only with a token, which is thrown away.
    pub(super) fn renew(&self, refused: Option<&Pass>) -> bool {
        let Some(refused) = refused.and_then(|pass| pass.token.as_deref()) else { return false };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Another may have renewed it meanwhile.
        if held.token.as_ref().is_some_and(|(token, _)| token == refused) {
            held.token = None;
        }
        true
    }

    /// The token that is held, or a new one: whoever comes first fetches it, the others wait for it.
    fn token(&self, agent: &Agent, deadline: Instant) -> Result<String, String> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match (&held.token, &held.failed) {
            (Some((token, until)), _) if now < *until => return Ok(token.clone()),
            (_, Some((why, at))) if now < *at + PAUSE => return Err(why.clone()),
            _ => {}
        }
        match self.fetch(agent, deadline) {
            Ok((token, life)) => {
                let life = life.saturating_sub(EARLY);
                *held = Held { token: Some((token.clone(), now + life)), failed: None };
                Ok(token)
            }
            Err(why) => {
                let why = format!("no token: {why}");
                *held = Held { token: None, failed: Some((why.clone(), Instant::now())) };
                Err(why)
            }
        }
    }

    /// RFC 6749 §4.4 and §2.3.1: the client shows itself by Basic.
    fn fetch(&self, agent: &Agent, deadline: Instant) -> Result<(String, Duration), String> {
        let (Login::OAuth { client_id, client_secret, scope, .. }, Some(endpoint)) =
            (&self.login, &self.endpoint)
        else {
            return Err("there is no token endpoint".into());
        };
        let secret = client_secret.read()?;
        let mut form = "grant_type=client_credentials".to_owned();
        if let Some(scope) = scope {
            form.push_str("&scope=");
            form.push_str(&encode(scope));
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, basic(&encode(client_id), &encode(secret.reveal()))?.0);
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form_type);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let asked = Asked {
            uri: endpoint.clone(),
            headers,
            body: Some([form.as_bytes(), b"", b""]),
            deadline,
            answer_bytes_max: TOKEN_BYTES_MAX,
        };
        match ask(agent, asked) {
            Came::NotSent(why) | Came::Broken(why) => Err(format!("the token endpoint: {why}")),
            Came::Back(back) => read(back.status, &back.body),
        }
    }
}

/// The header of RFC 7617, and what stands in it.
fn basic(user: &str, password: &str) -> Result<(HeaderValue, String), String> {
    if user.contains(':') {
        return Err("a user's name has no colon".into());
    }
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    Ok((value(&format!("Basic {encoded}"), true)?, encoded))
}

/// RFC 6749 §5.1 and §5.2. What is said of a failure is its code only.
fn read(status: u16, body: &[u8]) -> Result<(String, Duration), String> {
    let answer: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let text = |name: &str| answer.as_ref()?.get(name)?.as_str();
    if status != 200 {
        let code =
            text("error").filter(|c| c.len() < 40 && c.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        let code = code.map(|code| format!(" `{code}`")).unwrap_or_default();
        return Err(format!("the token endpoint answered {status}{code}"));
    }
    if text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err("the token endpoint gave a token of another kind than `bearer`".into());
    }
    let token = text("access_token").filter(|token| !token.is_empty());
    let token = token.ok_or("the token endpoint's answer has no `access_token`")?;
    let life = answer.as_ref().and_then(|a| a.get("expires_in"));
    let life = life.and_then(|l| l.as_u64().or_else(|| l.as_str()?.parse().ok()));
    Ok((token.to_owned(), life.map_or(UNSAID, |s| Duration::from_secs(s.min(86_400)))))
}
