//! Asks whether an entry was posted: a GET whose answer is OData JSON, version 2 or 4.
//!
//! Absent is said only of an empty list that is whole; everything else that is no document is unclear.

use super::client::Client;
use super::destination::LookUp;
use super::exchange::{self, Asked, Back, Came, ask};
use crate::answer::{ANSWER_BYTES_MAX, DocumentKey, Service, encode};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Instant;
use ureq::http::{HeaderMap, HeaderValue, header};

/// The most values of a look-up's answer, commas in texts counted with them.
const VALUES_MAX: usize = 300_000;

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// It was posted as this document.
    Found(DocumentKey),
    /// The receiver answered that it has none.
    Absent,
    /// That is not known; why, one line.
    Unclear(String),
}

impl Client {
    /// Looks an entry up by the id in its header. It takes at most
    /// [`Destination::request_timeout`](super::Destination::request_timeout), twice that where a token is
    /// renewed.
    pub fn look_up(&self, reference: &str) -> LookedUp {
        let Some(how) = &self.to.look_up else {
            return LookedUp::Unclear("the destination has no address to look entries up at".into());
        };
        let mut asked = self.look_up_once(how, reference);
        if let Ok((Back { status: 401, .. }, true)) = asked {
            asked = self.look_up_once(how, reference);
        }
        match asked {
            Ok((back, _)) => read(how, &back),
            Err(why) => LookedUp::Unclear(format!("the look-up failed: {why}")),
        }
    }

    /// What came, and whether a refused token was thrown away.
    fn look_up_once(&self, how: &LookUp, reference: &str) -> Result<(Back, bool), String> {
        let deadline = Instant::now() + self.to.request_timeout();
        // It stands in a text of OData, where an apostrophe is doubled.
        let mut url = how.url.replace("{reference}", &encode(&reference.replace('\'', "''")));
        let parameter = Service::journal_entry().client_parameter;
        if let Some(client) = self.to.sap_client.as_deref().filter(|_| !url.contains(parameter)) {
            let before = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{before}{parameter}={}", encode(client)));
        }
        let pass = self.passes.pass(&self.agent, deadline)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(pass) = &pass {
            headers.insert(header::AUTHORIZATION, pass.header.clone());
        }
        let uri = exchange::uri("the address to look entries up at", &url)?;
        let asked = Asked { uri, headers, body: None, deadline, answer_bytes_max: ANSWER_BYTES_MAX };
        match ask(&self.agent, asked) {
            Came::NotSent(why) | Came::Broken(why) => Err(why),
            Came::Back(back) => {
                let renewed = back.status == 401 && self.passes.renew(pass.as_ref());
                Ok((back, renewed))
            }
        }
    }
}

fn read(how: &LookUp, back: &Back) -> LookedUp {
    match documents(how, back) {
        Err(why) => LookedUp::Unclear(why),
        Ok(found) => {
            let mut keys = found.iter();
            match (keys.next(), keys.next()) {
                (None, _) => LookedUp::Absent,
                (Some(key), None) => LookedUp::Found(key.clone()),
                (Some(one), Some(other)) => LookedUp::Unclear(format!(
                    "{} documents have this reference, among them {one} and {other}",
                    found.len()
                )),
            }
        }
    }
}

/// The documents of an answer, each once; it has a line for each of their items.
fn documents(how: &LookUp, back: &Back) -> Result<BTreeSet<DocumentKey>, String> {
    if back.status != 200 {
        return Err(format!("the look-up was answered {}", back.status));
    }
    if back.body.len() > ANSWER_BYTES_MAX {
        return Err(format!("the look-up's answer has more than {ANSWER_BYTES_MAX} bytes"));
    }
    // A value takes more memory than its two bytes: as many as a document of 999 lines has are enough.
    let marks = back.body.iter().filter(|b| matches!(b, b',' | b'[' | b'{')).count();
    if marks > VALUES_MAX {
        return Err(format!("the look-up's answer has more than {VALUES_MAX} values"));
    }
    let answer: Value =
        serde_json::from_slice(&back.body).map_err(|_| "the look-up's answer is no JSON".to_owned())?;
    let version_2 = answer.get("d").unwrap_or(&Value::Null);
    let list = answer.get("value").or_else(|| version_2.get("results")).and_then(Value::as_array);
    let list = list.ok_or("the look-up's answer is no list of OData")?;
    let more = answer.get("@odata.nextLink").or_else(|| version_2.get("__next"));
    if more.is_some_and(|link| !link.is_null()) {
        return Err("the look-up's answer is not whole: it has a further page".into());
    }
    list.iter().map(|one| key(how, one)).collect()
}

fn key(how: &LookUp, result: &Value) -> Result<DocumentKey, String> {
    let [document, company, year] = &how.members;
    let text = |name: &str| match result.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let key = DocumentKey { document: text(document), company: text(company), year: text(year) };
    let plain = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let zeros = |text: &str| text.bytes().all(|b| b == b'0');
    let year = key.year.len() == 4 && key.year.bytes().all(|b| b.is_ascii_digit()) && !zeros(&key.year);
    if plain(&key.document, 10) && !zeros(&key.document) && plain(&key.company, 4) && year {
        return Ok(key);
    }
    Err(format!(
        "the look-up's answer has a result without `{document}`, `{company}` and `{}`",
        how.members[2]
    ))
}

#[cfg(test)]
mod tests {
    use super::{Back, LookUp, LookedUp, read};
    use ureq::http::HeaderMap;

    fn said(status: u16, body: &str) -> String {
        let members = ["Doc", "Company", "Year"].map(str::to_owned);
        let how = LookUp { url: String::new(), members };
        let back = Back { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() };
        match read(&how, &back) {
            LookedUp::Found(key) => key.to_string(),
            LookedUp::Absent => "absent".into(),
            LookedUp::Unclear(why) => why,
        }
    }

    #[test]
    fn absent_is_said_of_a_whole_empty_list_only() {
        let one = r#"{"Doc":"0100000008","Company":"1410","Year":"2026","Item":1}"#;
        let table = [
            (200, format!("{{\"value\":[{one}]}}"), "0100000008/1410/2026"),
            (200, format!("{{\"d\":{{\"results\":[{one},{one}]}}}}"), "0100000008/1410/2026"),
            (
                200,
                one.replace("\"2026\"", "2026").replace('{', "{\"value\":[{") + "]}",
                "0100000008/1410/2026",
            ),
            (200, "{\"value\":[]}".into(), "absent"),
            (200, "{\"d\":{\"results\":[]}}".into(), "absent"),
            (200, "{\"d\":{\"results\":[],\"__next\":\"x\"}}".into(), "further page"),
            (200, "{\"@odata.nextLink\":\"x\",\"value\":[]}".into(), "further page"),
            (200, format!("{{\"value\":[{one},{}]}}", one.replace("08", "09")), "2 documents have"),
            (200, format!("{{\"value\":[{}]}}", one.replace("0100000008", "0000000000")), "without `Doc`"),
            (200, "{\"value\":[{}]}".into(), "without `Doc`"),
            (200, "{\"value\":[null]}".into(), "without `Doc`"),
            (200, one.into(), "no list"),
            (200, "{\"value\":[".into(), "no JSON"),
            (200, "[]".into(), "no list"),
            (200, String::new(), "no JSON"),
            (204, "{\"value\":[]}".into(), "answered 204"),
            (404, "{\"value\":[]}".into(), "answered 404"),
            (302, String::new(), "answered 302"),
            (200, format!("{{\"value\":[{}0]}}", "0,".repeat(super::VALUES_MAX - 2)), "without `Doc`"),
            (200, format!("{{\"value\":[{}0]}}", "0,".repeat(super::VALUES_MAX - 1)), "300000 values"),
            (200, "[".repeat(100_000), "no JSON"),
        ];
        for (status, body, part) in table {
            let said = said(status, &body);
            assert!(said.contains(part), "{}: {said}", body.get(..200).unwrap_or(&body));
        }
    }
}
