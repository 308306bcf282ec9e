//! `jemap sandbox` from outside: it says where it listens, answers, keeps its ledger, and ends when told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output, Stdio};

fn jemap() -> Command {
    Command::new(env!("CARGO_BIN_EXE_jemap"))
}

fn ended(arguments: &[&str]) -> Output {
    jemap().arg("sandbox").args(arguments).output().expect("it runs")
}

#[test]
fn it_answers_where_it_says() {
    let ledger = std::env::temp_dir().join(format!("jemap-sandbox-cli-{}.ndjson", std::process::id()));
    let _ = std::fs::remove_file(&ledger);
    let mut child = jemap()
        .args(["sandbox", "--json", "--ledger"])
        .arg(&ledger)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says where");
    let said: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let url = said["sync"].as_str().and_then(|s| s.strip_prefix("http://")).expect("an address");
    let (host, path) = url.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    let request = format!("POST /{path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbad!");
    stream.write_all(request.as_bytes()).expect("it is read");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(
        answer.starts_with("HTTP/1.1 500 ") && answer.contains("Web service processing error"),
        "{answer}"
    );
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let text = std::fs::read_to_string(&ledger).expect("it was written");
    assert!(text.contains("\"event\":\"unreadable\",\"service\":\"sync\",\"why\":"), "{text}");
    std::fs::remove_file(&ledger).expect("it is there");
}

#[test]
fn what_cannot_be_done_is_said() {
    let said = |arguments: &[&str]| {
        let output = ended(arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = said(&["--listen", "192.0.2.1:0"]);
    assert!(code == Some(2) && text.contains("J761") && text.contains("not a loopback"), "{text}");
    let (code, text) = said(&["--fault", "nonsense"]);
    assert!(code == Some(2) && text.contains("J762") && text.contains("no fault `nonsense`"), "{text}");
    let (code, text) = said(&["--basic", "me:secret"]);
    assert!(code == Some(2) && text.contains("J652") && !text.contains("secret"), "{text}");
    let rules = ended(&["--print-rules"]);
    assert!(String::from_utf8_lossy(&rules.stdout).contains("refuse when unbalanced"));
}

/// A configuration is written that works as it is, with TLS, certificate and login; another's file is left alone.
#[test]
fn its_configuration_is_ready_to_use() {
    let folder = std::env::temp_dir().join(format!("jemap-sandbox-config-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("it is written");
    // What can be looked up has its id in a field.
    let own = "  MessageHeader.ID = id\n  DocumentReferenceID = id\n";
    write("receipts.map", &crate::support::RECORDS.replace("  DocumentReferenceID = id\n", own));
    let start = |arguments: &[&str]| {
        let mut child = jemap()
            .args(["sandbox", "--config-out", "jemap.toml", "--idempotent"])
            .args(arguments)
            .current_dir(&folder)
            .env("SANDBOX_PASSWORD", "sesame")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("it says where");
        child
    };
    let secure = ["--tls", "--client-certificate", "client \"1\".pem", "--basic", "me:env:SANDBOX_PASSWORD"];
    for arguments in [&[][..], &secure] {
        let mut child = start(arguments);
        for mode in ["async", "sync-none", "sync-lookup", "sync-idem"] {
            let id = format!("{mode}-{}", arguments.len());
            write(
                "in.json",
                &format!(
                    "{{\"id\":\"{id}\",\"day\":\"2026-03-31\",\"ccy\":\"EUR\",\"entries\":[\
                    {{\"account\":\"0000100000\",\"amount\":1}},{{\"account\":\"0000410000\",\"amount\":-1}}]}}"
                ),
            );
            let output = jemap()
                .args(["send", "receipts.map", "in.json", "--to", mode])
                .current_dir(&folder)
                .env("SANDBOX_PASSWORD", "sesame")
                .output()
                .expect("it runs");
            assert!(output.status.success(), "{mode}: {}", String::from_utf8_lossy(&output.stderr));
        }
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }
    write("jemap.toml", "# mine\n");
    let output = jemap()
        .args(["sandbox", "--config-out", "jemap.toml"])
        .current_dir(&folder)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && text.contains("was not made by"), "{text}");
    std::fs::remove_dir_all(&folder).expect("it is there");
}
