//! `jemap probe`: what it says of a destination that is sound, and of one that is wrong in one place.

use crate::support::sandboxed::{MAPPING, RIGHT, Said, Sandboxed, WRONG, record};
use serde_json::{Value, json};
use std::net::TcpListener;

/// Each step with its result.
fn steps(said: &Value) -> Vec<String> {
    let all = said["steps"].as_array().expect("steps");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.iter().map(|step| format!("{} {}", text(&step["step"]), text(&step["result"]))).collect()
}

#[track_caller]
fn probe(place: &Sandboxed, code: i32, arguments: &[&str]) -> Value {
    place.json(code, &[&["probe"], arguments].concat())
}

/// What the last step says, with its help.
fn last(said: &Value) -> String {
    let last = said["steps"].as_array().and_then(|all| all.last()).expect("a step");
    format!("{} {} | {}", last["step"], last["what"], last["help"])
}

#[test]
fn a_sound_destination_and_nothing_is_posted() {
    let place = Sandboxed::new("probe", &[]);
    for mode in ["async", "sync-none", "sync-idem"] {
        let said = probe(&place, 0, &[mode]);
        let wanted = ["name ok", "connection ok", "tls ok", "login ok", "wsdl ok"];
        assert_eq!(steps(&said), wanted, "{said}");
        assert!(last(&said).contains("it is s4.journal_entry 2024"), "{said}");
    }
    let said = probe(&place, 0, &["sync-lookup", "--map", "receipts.map"]);
    assert_eq!(steps(&said)[4..], ["look-up ok", "wsdl ok"], "{said}");
    place.write("in.json", &record("A", RIGHT, "10.00"));
    let said = probe(&place, 0, &["sync-none", "--simulate", "receipts.map", "in.json"]);
    assert!(last(&said).contains("1 would be posted; nothing was"), "{said}");
    assert_eq!(
        said["simulated"],
        json!([{"entry": "A", "outcome": "good", "notes": said["simulated"][0]["notes"]}])
    );
    place.write("in.json", &(record("A", RIGHT, "10.00") + &record("B", WRONG, "10.00")));
    let said = probe(&place, 1, &["sync-none", "--simulate", "receipts.map", "in.json"]);
    assert!(
        last(&said).contains("1 would be posted, 1 would not; nothing was")
            && last(&said).contains("nothing was: B: F5 507"),
        "{said}"
    );
    assert!(place.posted().is_empty() && !place.folder.join("jemap.book").exists());
    let said = place.run(&["probe", "sync-none"]);
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!((said.code, lines.len(), said.err.as_str()), (0, 5, ""), "{}", said.out);
    assert!(lines[0].starts_with("ok       name         127.0.0.1 is 127.0.0.1"), "{}", said.out);
}

#[test]
fn a_profile_that_differs_is_told_with_what_differs() {
    let place = Sandboxed::new("probe-profile", &["--profile", "2020"]);
    let said = probe(&place, 0, &["sync-none"]);
    assert!(last(&said).contains("it is s4.journal_entry 2020"), "{said}");
    let said = probe(&place, 1, &["sync-none", "--map", "receipts.map"]);
    assert!(last(&said).contains("differs from s4.journal_entry 2024 in"), "{said}");
    let gone = said["differences"].as_array().expect("a list");
    assert!(gone.len() > 50 && gone.iter().any(|d| d["change"] == "removed"), "{}", gone.len());
    let said = place.run(&["probe", "sync-none", "--profile", "2024"]);
    assert_eq!(said.code, 1);
    assert!(
        said.out.contains("failed   wsdl") && said.out.contains("- JournalEntryCreateRequest/"),
        "{}",
        said.out
    );
}

#[test]
fn each_thing_that_can_be_wrong_is_told_with_what_mends_it() {
    let place = Sandboxed::new("probe-wrong", &[]);
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let url = place.sandbox.at["sync"].as_str().expect("an address").to_owned();
    let write = |text: &str| {
        place.write(
            "jemap.toml",
            &format!("[destination.x]\nmode = \"sync-none\"\nconnect_timeout = \"2s\"\n{text}\n"),
        )
    };
    write(&format!("url = \"http://{nobody}/service\""));
    let said = probe(&place, 4, &["x"]);
    assert_eq!(steps(&said), ["name ok", "connection failed"]);
    assert!(last(&said).contains("connection refused") && last(&said).contains("check the port"), "{said}");
    write("url = \"https://no-such-host.invalid/service\"");
    let said = probe(&place, 4, &["x"]);
    assert_eq!(steps(&said), ["name failed"], "{said}");
    write(&format!("url = \"{url}\"\nuser = \"U\"\npassword = \"env:JEMAP_NOT_SET\""));
    let said = probe(&place, 4, &["x"]);
    assert!(last(&said).contains("the environment variable JEMAP_NOT_SET is not set"), "{said}");
    write(&format!("url = \"{}\"", url.replace("journalentry", "journalentries")));
    let said = probe(&place, 0, &["x"]);
    assert_eq!(steps(&said)[3..], ["login unknown", "wsdl unknown"], "it may be refused");
    assert!(last(&said).contains("404") && last(&said).contains("--simulate MAP INPUT"), "{said}");
    for (fault, code, part) in [
        ("status=401", 4, "401: a sender without login was not accepted"),
        ("status=302", 4, "points to another address, which is not followed"),
        ("status=403", 0, "403: reading it is not allowed"),
        ("status=500", 0, "500: it is not given"),
        ("drop-answer", 4, "login"),
    ] {
        let other = Sandboxed::new(&format!("probe-{}", fault.replace('=', "-")), &["--fault", fault]);
        let said = probe(&other, code, &["sync-none"]);
        assert!(said["steps"].to_string().contains(part), "{fault}: {said}");
    }
    for (arguments, part) in [
        (&["probe", "y"][..], "there is no destination `y`"),
        (&["probe", "x", "--profile", "2021"], "has no profile `2021`"),
        (&["probe", "x", "--map", "receipt.map"], "did you mean `receipts.map`?"),
        (&["probe", "x", "--simulate", "receipts.map"], "2 values required"),
        (&["probe", "x", "--config", "jemap.tom"], "cannot read the configuration"),
    ] {
        let said = place.run(arguments);
        assert!(said.code == 2 && said.err.contains(part), "{arguments:?}: {}", said.err);
    }
    place.write("in.json", &record("A", RIGHT, "10.00"));
    place.write("jemap.toml", &format!("[destination.x]\nmode = \"async\"\nurl = \"{url}\"\n"));
    let said = place.run(&["probe", "x", "--simulate", "receipts.map", "in.json"]);
    assert!(said.code == 2 && said.err.contains("asynchronous"), "{}", said.err);
}

fn secure(name: &str, arguments: &[&str], settings: &str) -> (Sandboxed, Said, Value) {
    let arguments = [&["--tls", "--ca", "ca.pem"], arguments].concat();
    let place = Sandboxed::new(name, &arguments);
    let text = place
        .read("jemap.toml")
        .replace("mode = ", &format!("{settings}\nmode = "))
        .replace("127.0.0.1", "localhost");
    place.write("jemap.toml", &text);
    let said = Said::of(
        place
            .command(&["probe", "sync-none", "--json"])
            .env("SANDBOX_PASSWORD", "canary-7f3a")
            .output()
            .expect("it runs"),
    );
    let json = said.json();
    (place, said, json)
}

#[test]
fn certificates_and_logins_are_told() {
    let (_place, said, json) = secure("probe-tls", &[], "ca = \"ca.pem\"");
    assert_eq!(said.code, 0, "{json}");
    let tls = json["steps"][2]["what"].as_str().expect("words");
    assert!(
        tls.starts_with(
            "TLS 1.3, the certificate of jemap sandbox, signed by jemap sandbox authority, good until"
        ),
        "{tls}"
    );
    for (name, arguments, settings, part) in [
        ("unknown", &[][..], "", "give the certificate of its authority: `ca = "),
        (
            "expired",
            &["--expired"],
            "ca = \"ca.pem\"",
            "it shows the certificate of jemap sandbox, signed by jemap sandbox authority, good until 2020-12-31 (ended",
        ),
        ("other", &["--other-host"], "ca = \"ca.pem\"", "name the host in `url` as its certificate does"),
        ("only", &[], "ca_only = true", "the destination has no `ca`"),
    ] {
        if name == "only" {
            let place = Sandboxed::new("probe-only", &[]);
            let text = place.read("jemap.toml").replace("mode = ", "ca_only = true\nmode = ");
            place.write("jemap.toml", &text);
            let said = place.run(&["probe", "sync-none"]);
            assert!(said.code == 2 && said.err.contains(part), "{}", said.err);
            continue;
        }
        let (_place, said, json) = secure(&format!("probe-{name}"), arguments, settings);
        assert_eq!((said.code, steps(&json)[2].as_str()), (4, "tls failed"), "{name}: {json}");
        assert!(json["steps"][2].to_string().replace("\\\"", "\"").contains(part), "{name}: {json}");
    }
    let login = ["--basic", "me:env:SANDBOX_PASSWORD"];
    let user = "ca = \"ca.pem\"\nuser = \"me\"\npassword = \"env:SANDBOX_PASSWORD\"";
    let (_place, said, json) = secure("probe-login", &login, user);
    assert_eq!(said.code, 0, "{json}");
    assert!(json["steps"][3]["what"] == "accepted the user me" && !said.out.contains("canary"), "{json}");
    let (_place, said, json) = secure(
        "probe-login-wrong",
        &login,
        "ca = \"ca.pem\"\nuser = \"me\"\npassword = \"cmd:echo canary-other\"",
    );
    assert_eq!((said.code, steps(&json)[3].as_str()), (4, "login failed"), "{json}");
    assert!(
        json["steps"][3]["what"] == "401: the user me was not accepted" && !said.out.contains("canary"),
        "{json}"
    );
    let client = ["--client-certificate", "client.pem"];
    let shown = "ca = \"ca.pem\"\nca_only = true\ncertificate = \"client.pem\"\ncertificate_key = \"cmd:cat client.pem\"";
    let (_place, said, json) = secure("probe-client", &client, shown);
    assert_eq!(said.code, 0, "{json}");
    assert!(
        json["steps"][3]["what"]
            .to_string()
            .contains("the client shows the certificate of jemap sandbox client"),
        "{json}"
    );
    let (_place, said, json) = secure("probe-client-none", &client, "ca = \"ca.pem\"");
    assert_eq!(said.code, 4, "{json}");
    assert!(
        json["steps"].to_string().contains("client certificate")
            || json["steps"].to_string().contains("`certificate`"),
        "{json}"
    );
}

/// The description that the sandbox gives is what a mapping can take as its target.
#[test]
fn the_sandbox_describes_itself() {
    let place = Sandboxed::new("probe-wsdl", &[]);
    let url = place.sandbox.at["async"].as_str().expect("an address");
    let host = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a path");
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(host.0).expect("it listens");
    let asked = format!("GET /{}?wsdl HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host.1, host.0);
    stream.write_all(asked.as_bytes()).expect("it is read");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let (_, wsdl) = text.split_once("\r\n\r\n").expect("a body");
    place.write("tenant.wsdl", wsdl);
    let said = place.run(&["contract", "diff", "s4.journal_entry@2024", "tenant.wsdl"]);
    assert_eq!((said.code, said.err.as_str()), (0, "no differences\n"), "{}", said.out);
    assert!(wsdl.contains(&format!("location=\"{url}\"")), "it says where it is");
    assert!(MAPPING.contains("profile 2024"));
}
