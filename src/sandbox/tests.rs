//! The sandbox seen by a raw client.

use super::{Confirm, Fault, NoDocument, Refusal, Sandbox, Setup};
use crate::contract::builtin;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

struct Running(SocketAddr, [String; 3], crate::listen::Stop, Option<std::thread::JoinHandle<()>>);

impl Running {
    fn new(setup: Setup) -> Running {
        let contract = builtin("s4.journal_entry", "2024").expect("it comes with jemap");
        let sandbox = Sandbox::open(SocketAddr::from(([127, 0, 0, 1], 0)), contract, setup);
        let Ok(sandbox) = sandbox else { panic!("it opens") };
        let (address, paths, stop) = (sandbox.address(), sandbox.paths(), sandbox.stop());
        Running(address, paths, stop, Some(std::thread::spawn(|| sandbox.serve())))
    }
    fn say(&self, method: &str, target: &str, extra: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.0).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("it can be set");
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{extra}Content-Length: {length}\r\n\r\n"
        );
        stream.write_all((head + body).as_bytes()).expect("it is read");
        let mut said = vec![];
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said).into_owned();
        let status = said.get(9..12).and_then(|s| s.parse().ok()).unwrap_or(0);
        (status, said.split_once("\r\n\r\n").map_or(String::new(), |s| s.1.to_owned()))
    }
    fn sync(&self, body: &str) -> (u16, String) {
        self.say("POST", &self.1[0], "", body)
    }
    fn asynchronous(&self, id: &str, body: &str) -> (u16, String) {
        self.say("POST", &format!("{}?MessageId={id}", self.1[1]), "", body)
    }
    fn admin(&self, method: &str, what: &str, body: &str) -> String {
        let (status, said) = self.say(method, &format!("/sandbox/{what}"), "", body);
        assert_eq!(status, 200, "{said}");
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.2.stop();
        if let Some(thread) = self.3.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the sandbox ends well");
        }
    }
}

const ID: &str = "988c6e5c-2cc1-11ca-a044-08002b1bc518";

/// A message of entries: id, account, material, amount of the second line (the first has 10.00).
fn message(soap: &str, entries: &[(&str, &str, &str, &str)]) -> String {
    let all = entries.iter().map(|(id, account, material, amount)| {
        format!(
            "<JournalEntryCreateRequest><MessageHeader><ID>{id}</ID>\
             <CreationDateTime>2026-01-31T10:45:44Z</CreationDateTime></MessageHeader><JournalEntry>\
             <OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType>\
             <BusinessTransactionType>RFBU</BusinessTransactionType>\
             <AccountingDocumentType>SA</AccountingDocumentType><DocumentReferenceID>R-{id}</DocumentReferenceID>\
             <CreatedByUser>JEMAP</CreatedByUser><CompanyCode>1010</CompanyCode>\
             <DocumentDate>2026-01-31</DocumentDate><PostingDate>2026-01-31</PostingDate>\
             <Item><GLAccount>{account}</GLAccount>\
             <AmountInTransactionCurrency currencyCode=\"EUR\">10.00</AmountInTransactionCurrency>\
             <Material>{material}</Material></Item><Item><GLAccount>0000410000</GLAccount>\
             <AmountInTransactionCurrency currencyCode=\"EUR\">{amount}</AmountInTransactionCurrency></Item>\
             </JournalEntry></JournalEntryCreateRequest>"
        )
    });
    let namespace = if soap == "1.2" {
        "http://www.w3.org/2003/05/soap-envelope"
    } else {
        "http://schemas.xmlsoap.org/soap/envelope/"
    };
    format!(
        "<s:Envelope xmlns:s=\"{namespace}\"><s:Body><f:JournalEntryBulkCreateRequest \
         xmlns:f=\"http://sap.com/xi/SAPSCORE/SFIN\"><MessageHeader><ID>B1</ID><UUID>{ID}</UUID>\
         <CreationDateTime>2026-01-31T10:45:44Z</CreationDateTime>\
         <SenderBusinessSystemID>ME</SenderBusinessSystemID></MessageHeader>{}\
         </f:JournalEntryBulkCreateRequest></s:Body></s:Envelope>",
        all.collect::<String>()
    )
}

fn good(id: &str) -> String {
    message("1.1", &[(id, "0000100000", "M1", "-10.00")])
}

#[test]
fn each_entry_has_its_own_outcome() {
    let sandbox = Running::new(Setup::default());
    let entries = [
        ("A", "0000100000", "M1", "-10.00"),
        ("B", "0000100000", "BAD-1", "-10.00"),
        ("C", "9999999999", "M1", "-9.99"),
    ];
    for (soap, prefix) in [("1.1", "soap-env"), ("1.2", "env")] {
        let (status, said) = sandbox.sync(&message(soap, &entries));
        assert_eq!(status, 200);
        assert!(said.starts_with(&format!("<{prefix}:Envelope ")), "{said}");
        let parts: Vec<&str> = said.split("<JournalEntryCreateConfirmation><MessageHeader>").collect();
        assert_eq!(parts.len(), 4);
        assert!(parts[1].contains("<ReferenceID>A</ReferenceID>") && parts[1].contains("605(RW)"), "{said}");
        assert!(!parts[1].contains(">0000000000<") && parts[1].contains("<CompanyCode>1010</CompanyCode>"));
        assert!(parts[2].contains("609(RW)") && parts[2].contains("Material BAD-1 does not exist"), "{said}");
        assert!(parts[2].contains("<AccountingDocument>0000000000<"));
        assert!(parts[3].contains("507(F5)") && parts[3].contains("not zero: 0.01 EUR"), "{said}");
        assert!(parts[3].contains("MSGV1=9999999999&amp;MSGV2=YCOA"), "{said}");
    }
}

#[test]
fn what_cannot_be_read_gives_the_fault_that_says_nothing() {
    let sandbox = Running::new(Setup::default());
    let good = good("A");
    for bad in [
        "no xml".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replace("JEMAP", "THIRTEENCHARS"),
        good.replace("2026-01-31</PostingDate>", "31.01.2026</PostingDate>"),
        good.replace("-10.00", "-10,00"),
        good.replace(" currencyCode=\"EUR\">-", ">-"),
        format!("<!DOCTYPE x>{good}"),
        good.replacen("MessageHeader", "NoHeader", 2).replacen("</MessageHeader>", "</NoHeader>", 1),
    ] {
        let (status, said) = sandbox.sync(&bad);
        assert_eq!(status, 500, "{bad}");
        assert!(said.contains("<faultcode>soap-env:Server</faultcode>") && said.contains("Transaction ID"));
    }
    let twelve = message("1.2", &[("A", "x", "M", "ten")]);
    let (status, said) = sandbox.sync(&twelve);
    assert!(status == 500 && said.contains("<env:Value>env:Receiver</env:Value>"), "{said}");
}

#[test]
fn form_matters_only_when_strict() {
    let unknown =
        good("A").replace("<CompanyCode>", "<Nonsense><CompanyCode>9</CompanyCode></Nonsense><CompanyCode>");
    let order = good("A")
        .replace("<CompanyCode>1010</CompanyCode>", "")
        .replace("<BusinessTransactionType>", "<CompanyCode>1010</CompanyCode><BusinessTransactionType>");
    for (strict, status) in [(false, 200), (true, 500)] {
        let sandbox = Running::new(Setup { strict, ..Setup::default() });
        assert_eq!(sandbox.sync(&good("A")).0, 200);
        assert_eq!(sandbox.sync(&unknown).0, status);
        assert_eq!(sandbox.sync(&order).0, status);
    }
}

#[test]
fn asynchronous_bad_data_is_taken_and_repeats_are_dropped() {
    let ledger = std::env::temp_dir().join(format!("jemap-sandbox-{}.ndjson", std::process::id()));
    let _ = std::fs::remove_file(&ledger);
    let sandbox = Running::new(Setup { ledger: Some(ledger.clone()), ..Setup::default() });
    let both = message("1.1", &[("A", "1", "M", "-10.00"), ("B", "1", "BAD", "-10.00")]);
    for _ in 0..2 {
        assert_eq!(sandbox.asynchronous(ID, &both), (202, String::new()));
    }
    let header = both.replace(
        "<s:Body>",
        "<s:Header><m:messageId xmlns:m=\"http://www.sap.com/webas/640/soap/features/messageId/\">uuid:\
         988C6E5C-2CC1-11CA-A044-08002B1BC518</m:messageId></s:Header><s:Body>",
    );
    assert_eq!(sandbox.say("POST", &sandbox.1[1], "", &header).0, 202);
    let (status, said) = sandbox.say("POST", &sandbox.1[1], "", &both);
    assert!(status == 500 && said.contains("WS-Addressing"), "{said}");
    let text = std::fs::read_to_string(&ledger).expect("it was written");
    let events: Vec<&str> =
        text.lines().filter_map(|line| line.split("\"event\":\"").nth(1)?.split('"').next()).collect();
    assert_eq!(events.join(" "), "received accepted posted refused duplicate duplicate unreadable", "{text}");
    // The inbox: mended and run again, as AIF does.
    assert!(sandbox.admin("GET", "inbox", "").contains("Material BAD does not exist"));
    sandbox.admin("POST", "inbox/1/restart", "");
    assert!(sandbox.admin("GET", "", "").contains("\"inbox\":1"));
    sandbox.admin("POST", "inbox/1/fix", "Item/Material=M");
    sandbox.admin("POST", "inbox/1/restart", "");
    assert!(sandbox.admin("GET", "", "").contains("\"documents\":2,\"inbox\":0"));
    std::fs::remove_file(&ledger).expect("it is there");
}

#[test]
fn simulations_post_nothing() {
    let sandbox = Running::new(Setup::default());
    let test =
        good("A").replace("<SenderBusiness", "<TestDataIndicator>true</TestDataIndicator><SenderBusiness");
    let (_, said) = sandbox.sync(&test);
    assert!(said.contains(">0000000000<") && said.contains("<MaximumLogItemSeverityCode>1<"), "{said}");
    assert!(sandbox.admin("GET", "", "").contains("\"documents\":0"));
}

#[test]
fn uuids_are_remembered_only_when_asked() {
    for (idempotent, documents) in [(false, 2), (true, 1)] {
        let sandbox = Running::new(Setup { idempotent, ..Setup::default() });
        let one = sandbox.sync(&good("A")).1;
        let two = sandbox.sync(&good("A")).1;
        let number = |said: &str| said.split("<AccountingDocument>").nth(1).map(|s| s[..10].to_owned());
        assert_eq!(number(&one) == number(&two), idempotent);
        assert!(sandbox.admin("GET", "", "").contains(&format!("\"documents\":{documents}")));
    }
}

#[test]
fn documents_are_looked_up_by_reference() {
    let sandbox = Running::new(Setup::default());
    sandbox.sync(&good("A"));
    let ask = |filter: &str| {
        let filter = filter.replace(' ', "%20").replace('\'', "%27");
        sandbox.say("GET", &format!("{}?$filter={filter}&$format=json", sandbox.1[2]), "", "")
    };
    let (status, said) = ask("CompanyCode eq '1010' and DocumentReferenceID eq 'R-A'");
    assert_eq!(status, 200);
    assert!(said.contains("\"AccountingDocument\":\"0100000001\"") && said.contains("\"2026\""), "{said}");
    assert_eq!(ask("DocumentReferenceID eq 'R-B'").1, "{\"d\":{\"results\":[]}}");
    assert_eq!(ask("DocumentReferenceID eq 'R-A' and CompanyCode eq '2'").1, "{\"d\":{\"results\":[]}}");
    assert_eq!(ask("Nonsense").0, 400);
}

#[test]
fn a_login_is_asked_for() {
    let login = Some(("u".to_owned(), "p".to_owned()));
    let sandbox = Running::new(Setup { login, ..Setup::default() });
    assert_eq!(sandbox.sync(&good("A")).0, 401);
    let with = |value: &str| {
        let header = format!("Authorization: Basic {value}\r\n");
        sandbox.say("POST", &sandbox.1[0], &header, &good("A")).0
    };
    assert_eq!((with("dTpw"), with("dTpx")), (200, 401));
}

#[test]
fn faults_happen_when_they_should() {
    let sandbox = Running::new(Setup::default());
    let documents = || sandbox.admin("GET", "", "").contains("\"documents\":1,");
    sandbox.admin("POST", "faults", "status=503:first=1:retry-after=7");
    assert_eq!(sandbox.sync(&good("A")).0, 503);
    sandbox.admin("POST", "faults", "drop-request");
    assert_eq!(sandbox.sync(&good("A")).0, 0);
    sandbox.admin("POST", "faults", "too-large=10");
    assert_eq!(sandbox.sync(&good("A")).0, 413);
    assert!(!documents());
    sandbox.admin("POST", "faults", "drop-answer:at=1");
    assert_eq!(sandbox.sync(&good("A")).0, 0);
    assert!(documents(), "it was posted, and nobody was told");
    sandbox.admin("POST", "faults", "cut=20");
    assert_eq!(sandbox.sync(&good("A")).1.len(), 20);
    sandbox.admin("POST", "faults", "fault-after");
    assert_eq!(sandbox.sync(&good("A")).0, 500);
    sandbox.admin("POST", "faults", "");
    assert_eq!(sandbox.sync(&good("A")).0, 200);
    for wrong in ["nonsense", "cut=x", "status=99", "cut=1:often=2", "delay-after=5", "drop-answer:first"] {
        assert!(Fault::read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn rules_are_read_or_refused_with_their_line() {
    let text = "# mine\nrefuse first 1 when CompanyCode is 1010 note 8(F5) \"closed\"";
    let sandbox = Running::new(Setup { rules: Some(text.into()), ..Setup::default() });
    assert!(sandbox.sync(&good("A")).1.contains("<Note>closed</Note>"));
    assert!(sandbox.sync(&good("A")).1.contains("605(RW)"));
    let contract = || builtin("s4.journal_entry", "2024").expect("it comes with jemap");
    let wrong = |text: &str| {
        let setup = Setup { rules: Some(text.into()), ..Setup::default() };
        match Sandbox::open(SocketAddr::from(([127, 0, 0, 1], 0)), contract(), setup) {
            Err(Refusal::Rules(why)) => why,
            _ => panic!("{text} is refused"),
        }
    };
    let said = wrong("\nrefuse when Item/Materiel is X note 1(A) \"x\"");
    assert_eq!(said, "line 2: there is no `Item/Materiel` in a document, did you mean `Item/Material`?");
    assert_eq!(wrong("refuse when often note 1(A) \"x\""), "line 1: `often` is no condition");
}

#[test]
fn confirmations_come_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/c,twice", listener.local_addr().expect("it is bound"));
    let confirm = Some(Confirm::read(&url).expect("it is right"));
    let sandbox = Running::new(Setup { confirm, ..Setup::default() });
    assert_eq!(sandbox.asynchronous(ID, &good("A")).0, 202);
    for _ in 0..2 {
        let (mut stream, _) = listener.accept().expect("it comes");
        let mut said = String::new();
        let mut buffer = [0; 4096];
        while !said.contains("</soap-env:Envelope>") {
            let read = stream.read(&mut buffer).expect("it is sent");
            assert!(read > 0, "{said}");
            said += &String::from_utf8_lossy(&buffer[..read]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").expect("read");
        assert!(said.contains("<ReferenceID>A</ReferenceID>") && said.contains("605(RW)"), "{said}");
    }
}

#[test]
fn what_is_taken_over_may_be_looked_at_later() {
    let faults = vec![Fault::read("process-after=400ms").expect("there is such a fault")];
    let sandbox = Running::new(Setup { faults, ..Setup::default() });
    let counted = |name: &str| {
        let said: serde_json::Value = serde_json::from_str(&sandbox.admin("GET", "", "")).expect("JSON");
        said[name].as_u64().expect("a number")
    };
    let begun = std::time::Instant::now();
    assert_eq!(sandbox.asynchronous(ID, &good("A")).0, 202);
    let (documents, waiting) = (counted("documents"), counted("waiting"));
    assert!((documents, waiting) == (0, 1) || begun.elapsed() >= Duration::from_millis(400));
    assert_eq!(sandbox.asynchronous(ID, &good("A")).0, 202, "it is known already");
    // The synchronous service knows no later.
    assert!(sandbox.sync(&good("B")).1.contains("605(RW)"));
    while counted("waiting") > 0 || counted("documents") < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it was never looked at");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(begun.elapsed() >= Duration::from_millis(400));
    assert_eq!(counted("documents"), 2);
}

#[test]
fn ids_are_forgotten_in_time() {
    let sandbox = Running::new(Setup { remember: Some(Duration::from_millis(1)), ..Setup::default() });
    for _ in 0..2 {
        assert_eq!(sandbox.asynchronous(ID, &good("A")).0, 202);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(sandbox.admin("GET", "", "").contains("\"documents\":2"));
}

#[test]
fn no_document_is_said_in_three_ways() {
    for (no_document, said) in [
        (
            NoDocument::Zeros,
            "<AccountingDocument>0000000000</AccountingDocument> <CompanyCode>1010</CompanyCode><FiscalYear>2026<",
        ),
        (
            NoDocument::Blank,
            "<AccountingDocument></AccountingDocument> <CompanyCode></CompanyCode><FiscalYear>0000<",
        ),
        (
            NoDocument::Spaces,
            "<AccountingDocument>          </AccountingDocument> <CompanyCode>1010</CompanyCode>",
        ),
    ] {
        let sandbox = Running::new(Setup { no_document, ..Setup::default() });
        let (status, answer) = sandbox.sync(&message("1.1", &[("A", "9999999999", "M1", "-10.00")]));
        assert!(status == 200 && answer.contains(&said.replace("> <", "><")), "{answer}");
        match crate::answer::read(answer.as_bytes()) {
            Ok(crate::answer::Answer::Confirmation(read)) => {
                assert_eq!(read.verdict("A", false), crate::answer::Verdict::Refused, "{no_document:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Each profile has a sandbox; the latest has every rule that comes with jemap.
#[test]
fn every_profile_is_played() {
    let rules = super::rules();
    for (profile, fewer) in [("2020", true), ("2024", false), ("2026", false)] {
        let contract = crate::contract::builtin("s4.journal_entry", profile).expect("it is there");
        let fitting = super::fitting(&rules, &contract);
        assert_eq!(fitting.lines().count() < rules.lines().count(), fewer, "{profile}");
        assert!(fitting.lines().count() > 8, "{profile}");
        let address = "127.0.0.1:0".parse().expect("an address");
        assert!(super::Sandbox::open(address, contract, super::Setup::default()).is_ok(), "{profile}");
    }
}
