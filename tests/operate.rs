//! The operator's commands on a book, as processes: what they print, what they change, and what they refuse.
//!
//! The book is made by a real intake of `mappings/daily_billing`; answers are written into it as a sender does.

use crate::cli::{Done, Place};
use insta::assert_snapshot;
use jemap::book::{Batch, Book, BookSink, Clock, Filter, MemberResult, Posted, Recorded, Sealing};
use jemap::fate::{Answer, Input, Mode, Phase};
use jemap::{Loader, Mapping, RunOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/mappings/daily_billing");

struct Files;

impl Loader for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(Path::new(FOLDER).join(path)).map_err(|e| e.to_string())
    }
}

/// 2026-03-31T12:00:00Z
fn clock() -> Clock {
    Arc::new(|| 1_774_958_400_000)
}

struct Desk {
    place: Place,
    book: PathBuf,
}

impl Desk {
    /// A book that holds the input of the mapping, and a `jemap.toml` beside it.
    fn new(name: &str, mode: Mode) -> Desk {
        let place = Place::new(&format!("operate-{name}"));
        let url = "url = \"https://acme.example/post\"\n";
        place.write("jemap.toml", &format!("[destination.acme]\nmode = \"{}\"\n{url}", mode.name()));
        let book = place.0.join("jemap.book");
        let desk = Desk { place, book };
        desk.take(mode);
        desk
    }
    fn take(&self, mode: Mode) {
        let text = String::from_utf8(Files.read("daily_billing.map").expect("it is there")).expect("UTF-8");
        let mapping = Mapping::compile("daily_billing.map", &text, &Files).mapping.expect("it is right");
        let options = RunOptions { destination: "acme".into(), ..RunOptions::default() };
        let mut book = self.open();
        let batch = Batch {
            source: "input.ndjson".into(),
            destination: "acme".into(),
            mode,
            mapping: ("daily_billing".into(), 1),
            hash: [0; 32],
            path: "daily_billing.map".into(),
            params: "{}".into(),
        };
        let mut sink = BookSink::new(book.intake(batch).expect("it opens"), "CompanyCode");
        let mut run = mapping.start(&options, Box::new(&mut sink)).expect("no parameter is missing");
        let input = Files.read("input.ndjson").expect("it is there");
        run.read("input.ndjson", &mut input.as_slice()).expect("it is JSON");
        run.finish().expect("the book has room");
    }
    fn open(&self) -> Book {
        Book::open(&self.book, clock()).expect("it opens")
    }
    /// Seals up to so many entries, sends them, and writes down what the receiver said of each.
    fn answer(&self, documents_max: usize, answers: &[Answer]) {
        let mut book = self.open();
        let (epoch, _) = book.begin_sending().expect("it begins");
        let order = Sealing { destination: "acme", documents_max, bytes_max: 1 << 20 };
        book.turn(|turn| turn.seal(&order)).expect("it seals").expect("there are ready entries");
        let claim = book.turn(|turn| turn.claim("acme", "w1", epoch, 1_774_958_460_000));
        let claim = claim.expect("it claims").expect("it is due");
        assert_eq!(claim.members.len(), answers.len());
        let members: Vec<MemberResult> = answers.iter().map(|answer| result(*answer)).collect();
        let recorded = Recorded {
            envelope: claim.envelope,
            attempt: claim.attempt,
            class: "answered",
            status: Some(200),
            problem: None,
            answer: b"<Confirmation>so and so</Confirmation>",
            members: &members,
            again: 1_774_958_500_000,
        };
        assert!(book.turn(|turn| turn.record(&recorded)).expect("it is written"));
    }
    /// The settle time of all entries passes.
    fn settle_time(&self) {
        let mut book = self.open();
        let all = book.list(&Filter { limit: 100, ..Filter::default() }).expect("they are listed");
        book.turn(|turn| {
            for listed in all {
                turn.input(turn.entry(listed.key)?, Input::Settled)?;
            }
            Ok(())
        })
        .expect("nothing is under way");
    }
    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Done {
        let mut command = self.place.command("");
        command.args(arguments).env("LOGNAME", "anna").stdin(std::process::Stdio::null());
        let done = command.output().expect("the binary runs");
        Done {
            code: done.status.code().expect("it was not killed"),
            out: masked(&String::from_utf8(done.stdout).expect("UTF-8")),
            err: masked(&String::from_utf8(done.stderr).expect("UTF-8")),
        }
    }
    /// A command that ends well.
    #[track_caller]
    fn good(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        done.out
    }
    /// A verb that is not allowed: the words.
    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, 1, "{}{}", done.out, done.err);
        let lines: Vec<&str> = done.err.lines().map(|l| l.trim().trim_start_matches("│ ")).collect();
        let text = lines.join(" ");
        let start = text.find("× ").expect("a problem is told") + "× ".len();
        text[start..].replace(" 0 done, 1 not allowed", "").trim().to_owned()
    }
    fn phases(&self) -> Vec<Phase> {
        let all = self.open().list(&Filter { limit: 100, ..Filter::default() }).expect("they are listed");
        all.iter().rev().map(|listed| listed.phase).collect()
    }
}

fn result(answer: Answer) -> MemberResult {
    let posted = (answer == Answer::Posted).then(|| Posted {
        document: "1900000001".into(),
        year: "2026".into(),
        company: "2100".into(),
    });
    let refused = answer == Answer::Refused;
    let note = r#"[{"class":"F5","number":"808","text":"field Cost Ctr is required"}]"#;
    MemberResult {
        answer,
        posted,
        severity: refused.then_some(3),
        notes: if refused { note } else { "[]" }.into(),
        cause: refused.then(|| "F5 808".into()),
    }
}

/// Times, ids and durations differ from run to run.
fn masked(text: &str) -> String {
    const MASKS: [(&str, &str); 5] = [
        (
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "0000000000000000000000000000000000000000000000000000000000000000",
        ),
        ("dddd-dd-ddTdd:dd:dd.dddZ", "2026-00-00T00:00:00.000Z"),
        ("JCCCCCCCCCCCCCCCCCCCCCCCCCC", "J00000000000000000000000000"),
        ("CCCCCCCCCCCCCCCCCCCCCCCCCC", "00000000000000000000000000"),
        ("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "00000000-0000-0000-0000-000000000000"),
    ];
    let fits = |shape: &str, at: &[char]| {
        at.len() >= shape.len()
            && shape.chars().zip(at).all(|(s, c)| match s {
                'd' => c.is_ascii_digit(),
                'x' => c.is_ascii_hexdigit(),
                'C' => c.is_ascii_digit() || c.is_ascii_uppercase(),
                s => s == *c,
            })
    };
    let characters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    while at < characters.len() {
        match MASKS.iter().find(|(shape, _)| fits(shape, &characters[at..])) {
            Some((shape, mask)) => {
                out += mask;
                at += shape.len();
            }
            None => {
                out.push(characters[at]);
                at += 1;
            }
        }
    }
    out
}

#[test]
fn status_and_list() {
    let desk = Desk::new("status", Mode::SyncNone);
    assert_snapshot!(desk.good(&["status"]), @r#"
    destination  state          entries
    acme         ready                3
    acme         rejected-data        2

    state          oldest                    means
    ready          2026-00-00T00:00:00.000Z  mapped, waits to be put into an envelope
    rejected-data  2026-00-00T00:00:00.000Z  the mapping refused its data; it was never sent

    cause  state          entries
    J501   rejected-data        1
    J502   rejected-data        1
    "#);
    desk.answer(2, &[Answer::Posted, Answer::Refused]);
    assert_snapshot!(desk.good(&["status"]), @r#"
    destination  state          entries
    acme         ready                1
    acme         refused              1
    acme         rejected-data        2
    acme         posted               1

    state          oldest                    means
    ready          2026-00-00T00:00:00.000Z  mapped, waits to be put into an envelope
    refused        2026-00-00T00:00:00.000Z  the receiver refused it; it is not posted
    rejected-data  2026-00-00T00:00:00.000Z  the mapping refused its data; it was never sent
    posted         2026-00-00T00:00:00.000Z  posted; its document is known

    cause   state          entries
    F5 808  refused              1
    J501    rejected-data        1
    J502    rejected-data        1
    "#);
    assert_snapshot!(desk.good(&["status", "--json"]), @r#"{"book":"jemap.book","entries":[{"destination":"acme","state":"ready","entries":1},{"destination":"acme","state":"refused","entries":1},{"destination":"acme","state":"rejected-data","entries":2},{"destination":"acme","state":"posted","entries":1}],"states":[{"state":"ready","entries":1,"oldest":"2026-00-00T00:00:00.000Z","means":"mapped, waits to be put into an envelope","operator":"nothing is needed; it may be edited or closed"},{"state":"refused","entries":1,"oldest":"2026-00-00T00:00:00.000Z","means":"the receiver refused it; it is not posted","operator":"edit it, or see to the cause in the receiver and retry it, or close it; one refused by the asynchronous service first needs its message to be cancelled there"},{"state":"rejected-data","entries":2,"oldest":"2026-00-00T00:00:00.000Z","means":"the mapping refused its data; it was never sent","operator":"edit it, or mend the data or the mapping and send it again, or close it"},{"state":"posted","entries":1,"oldest":"2026-00-00T00:00:00.000Z","means":"posted; its document is known","operator":"nothing; a document that is wrong is reversed in the receiver"}],"confirmations":0,"strays":0,"incomplete":[],"causes":[{"cause":"F5 808","state":"refused","entries":1},{"cause":"J501","state":"rejected-data","entries":1},{"cause":"J502","state":"rejected-data","entries":1}]}"#);
    assert_snapshot!(desk.good(&["list"]), @r#"
    natural key  id                              destination  state          company  cause   attempts  changed
    B26-0401-05  J00000000000000000000000000.00  acme         ready          2100     -              0  2026-00-00T00:00:00.000Z
    B26-0401-04  J00000000000000000000000000.00  acme         rejected-data  -        J502           0  2026-00-00T00:00:00.000Z
    B26-0401-03  J00000000000000000000000000.00  acme         rejected-data  -        J501           0  2026-00-00T00:00:00.000Z
    B26-0401-02  J00000000000000000000000000.00  acme         refused        2100     F5 808         1  2026-00-00T00:00:00.000Z
    B26-0401-01  J00000000000000000000000000.00  acme         posted         2100     -              1  2026-00-00T00:00:00.000Z
    "#);
    assert_snapshot!(desk.good(&["list", "--code", "808(F5)", "--json"]), @r#"{"key":"00000000000000000000000000","id":"J00000000000000000000000000.00","natural_key":"B26-0401-02","destination":"acme","state":"refused","revision":0,"attempts":1,"company":"2100","cause":"F5 808","changed":"2026-00-00T00:00:00.000Z"}"#);
    for (filter, entries) in [
        (vec!["--state", "refused,posted"], 2),
        (vec!["--to", "acme"], 5),
        (vec!["--to", "other"], 0),
        (vec!["--key", "B26-0401-0"], 5),
        (vec!["--key", "B26-0401-01"], 1),
        (vec!["--code", "J502"], 1),
        (vec!["--company", "2100", "--state", "posted"], 1),
        (vec!["--company", "9999"], 0),
        (vec!["--limit", "3"], 3),
    ] {
        let mut arguments = vec!["list", "--json"];
        arguments.extend(&filter);
        assert_eq!(desk.good(&arguments).lines().count(), entries, "{filter:?}");
    }
    assert_eq!(desk.run(&["list", "--state", "lost"]).code, 2);
}

#[test]
fn one_entry_is_shown_with_all_that_happened_to_it() {
    let desk = Desk::new("show", Mode::SyncNone);
    desk.answer(2, &[Answer::Posted, Answer::Refused]);
    assert_snapshot!(desk.good(&["show", "B26-0401-01", "--xml", "--answer"]), @r#"
    natural key  B26-0401-01
    id           J00000000000000000000000000.00
    state        posted
    destination  acme (sync-none)
    mapping      daily_billing version 1
    source       input.ndjson
    company      2100
    lines        3
    received     2026-00-00T00:00:00.000Z
    changed      2026-00-00T00:00:00.000Z

    posted: posted; its document is known
    it waits for nothing
    to do: nothing; a document that is wrong is reversed in the receiver
    nothing is allowed now; retry: the entry is posted: nothing is left to do

    revisions
      2026-00-00T00:00:00.000Z  J00000000000000000000000000.00 by intake

    attempts
      2026-00-00T00:00:00.000Z  envelope 1 attempt 1, revision 0, message 00000000-0000-0000-0000-000000000000 of 2 documents: 0 ms, answered, HTTP 200

    outcomes
      2026-00-00T00:00:00.000Z  posted 1900000001/2100/2026 (revision 0, attempt 1)

    events
      2026-00-00T00:00:00.000Z  sealed {"documents":2,"digest":"0000000000000000000000000000000000000000000000000000000000000000"}
      2026-00-00T00:00:00.000Z  intent {"attempt":1}
      2026-00-00T00:00:00.000Z  answered {"attempt":1,"class":"answered","status":200}

    original, revision 0
    {"doc":"B26-0401-01","company":"2100","date":"2026-04-01","ccy":"EUR","account":"customers","party":"70012","dc":"D","amount":149.90,"memo":"Power April, Mühle & Söhne"}
    {"doc":"B26-0401-01","company":"2100","date":"2026-04-01","ccy":"EUR","account":"power","party":null,"dc":"C","amount":100.00,"memo":"Energy 412 kWh"}
    {"doc":"B26-0401-01","company":"2100","date":"2026-04-01","ccy":"EUR","account":"grid","dc":"C","amount":49.90,"memo":"Grid fee"}

    XML, revision 0
    <JournalEntryCreateRequest><MessageHeader><ID>J00000000000000000000000000.00</ID><UUID>00000000-0000-0000-0000-000000000000</UUID><CreationDateTime>1970-01-01T00:00:00Z</CreationDateTime></MessageHeader><JournalEntry><OriginalReferenceDocumentType>BKPFF</OriginalReferenceDocumentType><BusinessTransactionType>RFBU</BusinessTransactionType><AccountingDocumentType>SA</AccountingDocumentType><DocumentReferenceID>B26-0401-01</DocumentReferenceID><DocumentHeaderText>Power April, Mühle &amp; Söhn</DocumentHeaderText><CreatedByUser>BILLING</CreatedByUser><CompanyCode>2100</CompanyCode><DocumentDate>2026-04-01</DocumentDate><PostingDate>2026-04-01</PostingDate><Item><ReferenceDocumentItem>2</ReferenceDocumentItem><GLAccount>0000440010</GLAccount><AmountInTransactionCurrency currencyCode="EUR">-100.00</AmountInTransactionCurrency><DebitCreditCode>H</DebitCreditCode><DocumentItemText>Energy 412 kWh</DocumentItemText></Item><Item><ReferenceDocumentItem>3</ReferenceDocumentItem><GLAccount>0000440020</GLAccount><AmountInTransactionCurrency currencyCode="EUR">-49.90</AmountInTransactionCurrency><DebitCreditCode>H</DebitCreditCode><DocumentItemText>Grid fee</DocumentItemText></Item><DebtorItem><ReferenceDocumentItem>1</ReferenceDocumentItem><Debtor>0000070012</Debtor><AmountInTransactionCurrency currencyCode="EUR">149.90</AmountInTransactionCurrency><DebitCreditCode>S</DebitCreditCode><DocumentItemText>Power April, Mühle &amp; Söhne</DocumentItemText></DebtorItem></JournalEntry></JournalEntryCreateRequest>

    answer to attempt 1 of envelope 1
    <Confirmation>so and so</Confirmation>
    "#);
    assert_snapshot!(desk.good(&["show", "B26-0401-02"]), @r#"
    natural key  B26-0401-02
    id           J00000000000000000000000000.00
    state        refused
    destination  acme (sync-none)
    mapping      daily_billing version 1
    source       input.ndjson
    company      2100
    lines        2
    received     2026-00-00T00:00:00.000Z
    changed      2026-00-00T00:00:00.000Z

    refused: the receiver refused it; it is not posted
    it waits for a person
    to do: edit it, or see to the cause in the receiver and retry it, or close it; one refused by the asynchronous service first needs its message to be cancelled there
    allowed now: edit, retry, retry --absent, settle, close

    revisions
      2026-00-00T00:00:00.000Z  J00000000000000000000000000.00 by intake

    attempts
      2026-00-00T00:00:00.000Z  envelope 1 attempt 1, revision 0, message 00000000-0000-0000-0000-000000000000 of 2 documents: 0 ms, answered, HTTP 200

    outcomes
      2026-00-00T00:00:00.000Z  refused (revision 0, attempt 1)
        F5 808: field Cost Ctr is required

    events
      2026-00-00T00:00:00.000Z  sealed {"documents":2,"digest":"0000000000000000000000000000000000000000000000000000000000000000"}
      2026-00-00T00:00:00.000Z  intent {"attempt":1}
      2026-00-00T00:00:00.000Z  answered {"attempt":1,"class":"answered","status":200}

    original, revision 0
    {"doc":"B26-0401-02","company":"2100","date":"2026-04-01","ccy":"CHF","account":"meter","party":"","dc":"D","amount":82.55,"memo":"Meter reading, district 4 to 9, second round after the thaw"}
    {"doc":"B26-0401-02","company":"2100","date":"2026-04-01","ccy":"CHF","account":"suppliers","party":"81400","dc":"C","amount":82.55}
    "#);
    assert_snapshot!(desk.good(&["show", "B26-0401-03"]), @r#"
    natural key  B26-0401-03
    id           J00000000000000000000000000.00
    state        rejected-data
    destination  acme (sync-none)
    mapping      daily_billing version 1
    source       input.ndjson
    company      -
    lines        0
    received     2026-00-00T00:00:00.000Z
    changed      2026-00-00T00:00:00.000Z

    rejected-data: the mapping refused its data; it was never sent
    it waits for a person
    to do: edit it, or mend the data or the mapping and send it again, or close it
    allowed now: edit, close

    revisions
      2026-00-00T00:00:00.000Z  J00000000000000000000000000.00 by intake, refused: debit and credit differ: B26-0401-03 is off by 1.00 EUR (input.ndjson:6:1)

    original, revision 0
    {"doc":"B26-0401-03","company":"2100","date":"2026-04-01","ccy":"EUR","account":"customers","party":"70013","dc":"D","amount":61.00,"memo":"Power April"}
    {"doc":"B26-0401-03","company":"2100","date":"2026-04-01","ccy":"EUR","account":"power","dc":"C","amount":60.00}
    "#);
    let json = desk.good(&["show", "B26-0401-02", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["outcomes"][0]["notes"][0]["text"], "field Cost Ctr is required");
    assert_eq!((&json["verbs"][0]["verb"], &json["verbs"][0]["allowed"]), (&"edit".into(), &true.into()));
    let done = desk.run(&["show", "B26"]);
    assert_eq!(done.code, 2);
    assert_snapshot!(done.err, @r#"
    J716 entry-not-found

      × no entry has the key `B26`
      help: `jemap list --key PREFIX` lists entries by the beginning of their natural keys
    "#);
}

#[test]
fn verbs_ask_say_how_many_and_write_who_and_why() {
    let desk = Desk::new("verbs", Mode::SyncNone);
    desk.answer(2, &[Answer::Refused, Answer::Refused]);
    let asked = desk.run(&["retry", "--code", "F5 808"]);
    assert_eq!(asked.code, 2);
    assert_snapshot!(asked.err, @r#"
    J652 option-not-understood

      × retry: 2 entries (2 refused): not done, nobody can be asked
      help: say `--yes`
    "#);
    assert_eq!(desk.phases()[..2], [Phase::Refused; 2], "nobody was asked, so nothing was done");
    let done = desk.run(&["retry", "--code", "F5 808", "--yes", "--reason", "the period is open"]);
    assert_eq!(done.code, 0);
    assert_snapshot!(done.out + &done.err, @r#"
    B26-0401-02  refused -> ready, revision 1
    B26-0401-01  refused -> ready, revision 1
    retry: 2 entries (2 refused)
    2 done, 0 not allowed
    "#);
    assert_snapshot!(desk.good(&["close", "B26-0401-03", "--yes", "--as", "berta", "--reason", "by hand", "--json"]), @r#"{"verb":"close","key":"00000000000000000000000000","natural_key":"B26-0401-03","done":true,"before":"rejected-data","state":"closed","revision":0,"alarm":null}"#);
    let json = desk.good(&["export", "--key", "B26-0401-03"]);
    assert!(
        json.contains(r#""kind":"close","detail":{"who":"berta","reason":"by hand","state":"closed"}"#),
        "{json}"
    );
    let json = desk.good(&["export", "--key", "B26-0401-01"]);
    assert!(json.contains(r#"{"who":"anna","reason":"the period is open","state":"ready"}"#), "{json}");
    assert_eq!(json.matches("\"by\":\"anna\"").count(), 1, "a retry is a revision");
    let some = desk.run(&["close", "B26-0401-03", "B26-0401-04", "--yes", "--reason", "by hand"]);
    assert_eq!(some.code, 1);
    assert_snapshot!(some.out + &some.err, @r#"
    B26-0401-04  rejected-data -> closed, revision 0
    close: 2 entries (1 rejected-data, 1 closed)
    J718 act-not-allowed

      × close B26-0401-03: the entry is closed: nothing is left to do
    1 done, 1 not allowed
    "#);
    for wrong in [
        vec!["retry"],
        vec!["close", "B26-0401-01", "--yes"],
        vec!["close", "B26-0401-01", "--yes", "--reason", " "],
        vec!["settle", "B26-0401-01", "--posted", "1900000001"],
        vec!["settle", "--state", "ready", "--posted", "1/2100/2026", "--yes"],
        vec!["retry", "B26-0401-01", "--state", "refused"],
        vec!["retry", "none", "--yes"],
    ] {
        assert_eq!(desk.run(&wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(desk.run(&["retry", "--key", "none", "--yes"]).code, 0, "no entry fits");
}

#[test]
fn what_is_not_allowed_is_said_in_words() {
    let parked = Desk::new("parked", Mode::SyncNone);
    parked.answer(1, &[Answer::Unknown]);
    let retry = ["retry", "B26-0401-01", "--yes"];
    assert_snapshot!(parked.refused(&retry), @"retry B26-0401-01: a request that was given up may still arrive: wait for the settle time");
    parked.settle_time();
    assert_snapshot!(parked.refused(&retry), @"retry B26-0401-01: the entry may be posted: look for it in the receiver, then say what you found");
    assert_snapshot!(parked.refused(&["cancelled", "B26-0401-01", "--yes"]), @"cancelled B26-0401-01: the entry's destination has no such outcome");
    assert_snapshot!(parked.refused(&["retry", "B26-0401-02", "--yes"]), @"retry B26-0401-02: the entry is ready: it will be sent by itself; it can be edited or closed");
    assert_snapshot!(parked.refused(&["settle", "B26-0401-02", "--posted", "1/2100/2026", "--yes"]), @"settle B26-0401-02: the entry is ready: it will be sent by itself; it can be edited or closed");
    parked.good(&["retry", "B26-0401-01", "--absent", "--yes"]);
    assert_eq!(parked.phases()[0], Phase::Ready);
    let posted = Desk::new("posted", Mode::SyncNone);
    posted.answer(1, &[Answer::Unknown]);
    assert_snapshot!(posted.refused(&["settle", "B26-0401-01", "--posted", "1900000007/9999/2026", "--yes"]), @"settle B26-0401-01: the entry is of company code 2100, document 1900000007/9999/2026 is not");
    posted.good(&["settle", "B26-0401-01", "--posted", "1900000007/2100/2026", "--yes"]);
    posted.answer(1, &[Answer::Unknown]);
    assert_snapshot!(posted.refused(&["settle", "B26-0401-02", "--posted", "1900000007/2100/2026", "--yes"]), @"settle B26-0401-02: document 1900000007/2100/2026 is that of entry B26-0401-01");
    assert_eq!(posted.phases()[0], Phase::Posted);
    assert!(posted.good(&["show", "B26-0401-01"]).contains("posted 1900000007/2100/2026"));
    assert_snapshot!(posted.refused(&["close", "B26-0401-01", "--yes", "--reason", "x"]), @"close B26-0401-01: the entry is posted: nothing is left to do");
    let held = Desk::new("held", Mode::Async);
    held.answer(1, &[Answer::Taken]);
    assert_snapshot!(held.refused(&["close", "B26-0401-01", "--yes", "--reason", "x"]), @"close B26-0401-01: the entry is accepted: wait for its confirmation");
    held.good(&["cancelled", "B26-0401-01", "--yes"]);
    held.good(&["retry", "B26-0401-01", "--yes"]);
    assert_eq!(held.phases()[0], Phase::Ready);
    let confirmed = Desk::new("confirmed", Mode::Async);
    confirmed.answer(1, &[Answer::Taken]);
    let mut book = confirmed.open();
    let key = book.meant("B26-0401-01").expect("it is read")[0].key;
    let said = Input::Confirmed { revision: 0, posted: false };
    book.turn(|turn| turn.input(turn.entry(key)?, said)).expect("it is told");
    assert_snapshot!(confirmed.refused(&retry), @"retry B26-0401-01: the receiver holds the entry's message: cancel it there and say so first");
    let under_way = Desk::new("under-way", Mode::Async);
    let mut book = under_way.open();
    let order = Sealing { destination: "acme", documents_max: 1, bytes_max: 1 << 20 };
    book.turn(|turn| turn.seal(&order)).expect("it seals");
    assert_snapshot!(under_way.refused(&retry), @"retry B26-0401-01: the entry is sealed: it will be sent by itself");
    book.turn(|turn| turn.claim("acme", "w1", 0, 1_774_958_460_000)).expect("it claims");
    assert_snapshot!(under_way.refused(&retry), @"retry B26-0401-01: the entry is sending: wait for its answer");
}

#[test]
fn slips_are_answered_with_what_was_meant() {
    let desk = Desk::new("slips", Mode::SyncNone);
    desk.answer(2, &[Answer::Posted, Answer::Refused]);
    for (arguments, code, part) in [
        (&["show", "B26-0401-1"][..], 2, "did you mean `B26-0401-01`?"),
        (&["close", "B26-401-03", "--reason", "x", "--yes"], 2, "`jemap list --key PREFIX`"),
        (
            &["list", "--to", "amce"],
            0,
            "no entry fits; the book has no destination `amce`, did you mean `acme`?",
        ),
        (&["retry", "--to", "prod", "--yes"], 0, "the book has no destination `prod`, but: acme"),
        (&["list", "--code", "F5 809"], 0, "the book has no cause `F5 809`, did you mean `F5 808`?"),
        (&["list", "--code", "M3 305"], 0, "the book has no cause `M3 305`, but: F5 808, J501, J502"),
        (&["list", "--to", "acme", "--state", "parked"], 0, "no entry fits\n"),
    ] {
        let done = desk.run(arguments);
        assert!(done.code == code && done.err.contains(part), "{arguments:?}: {} {}", done.code, done.err);
    }
}

#[test]
fn everything_is_exported() {
    let desk = Desk::new("export", Mode::SyncNone);
    desk.answer(2, &[Answer::Posted, Answer::Refused]);
    let lines = desk.good(&["export"]);
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 5);
    let first = &lines[0];
    let original = first["revisions"][0]["original"].as_str().expect("text");
    let input = String::from_utf8(Files.read("input.ndjson").expect("it is there")).expect("UTF-8");
    assert!(input.starts_with(original), "{original}");
    let xml = first["revisions"][0]["xml"].as_str().expect("text");
    assert!(xml.starts_with("<JournalEntryCreateRequest>") && xml.contains("B26-0401-01"), "{xml}");
    assert_eq!(first["outcomes"][0]["posted"]["document"], "1900000001");
    assert_eq!(first["attempts_made"][0]["answer"], "<Confirmation>so and so</Confirmation>");
    assert_eq!(lines.iter().filter(|line| line["state"] == "rejected-data").count(), 2);
}

#[test]
fn a_book_that_is_missing_or_none() {
    let place = Place::new("operate-missing");
    for command in ["status", "list", "show x", "retry x --yes", "export", "store check"] {
        let done = place.run(&format!("{command} --book none.book"));
        assert_eq!((done.code, done.out.as_str()), (5, ""), "{command}: {}", done.err);
        assert!(done.err.contains("J711") && done.err.contains("none.book"), "{command}: {}", done.err);
        assert_eq!(place.run(command).code, 2, "{command}: there is no configuration");
    }
    assert!(!place.0.join("none.book").exists(), "it is not made");
    assert_snapshot!(place.run("status").err, @r#"
    J731 configuration-not-readable

      × cannot read the configuration jemap.toml: no such file or directory
      help: give it by `--config FILE`
    "#);
    assert_eq!(place.run("status --book small.map").code, 5);
    place.write("other.toml", "bok = \"x\"\n");
    let done = place.run("status --config other.toml");
    assert!(done.code == 2 && done.err.contains("did you mean `book`"), "{}", done.err);
}

#[test]
fn a_book_that_is_damaged_is_said_to_be_and_never_a_panic() {
    let desk = Desk::new("damaged", Mode::SyncNone);
    desk.answer(2, &[Answer::Posted, Answer::Refused]);
    assert_eq!(desk.good(&["store", "check"]), "jemap.book is whole\n");
    desk.good(&["store", "backup", "copy.book"]);
    assert_eq!(desk.run(&["store", "backup", "copy.book"]).code, 5, "a copy is not overwritten");
    desk.good(&["store", "check", "--book", "copy.book"]);
    let whole = std::fs::read(desk.place.0.join("copy.book")).expect("it is there");
    let damaged = desk.place.0.join("damaged.book");
    const PAGE: usize = 4096;
    assert!(whole.len() > 20 * PAGE, "{}", whole.len());
    for (number, at) in (0..whole.len()).step_by(PAGE).enumerate() {
        let mut bytes = whole.clone();
        bytes[at..at + PAGE].fill(0xa5);
        std::fs::write(&damaged, bytes).expect("it is written");
        let check = desk.run(&["store", "check", "--book", "damaged.book"]);
        assert_eq!(check.code, 5, "page {number}: {}{}", check.out, check.err);
        for arguments in [vec!["status"], vec!["list"], vec!["show", "B26-0401-01"], vec!["export"]] {
            let mut arguments = arguments;
            arguments.extend(["--book", "damaged.book"]);
            let done = desk.run(&arguments);
            assert!([0, 2, 5].contains(&done.code), "{arguments:?}: {} {}", done.code, done.err);
            assert!(!done.err.contains("panicked"), "{}", done.err);
        }
    }
    std::fs::write(&damaged, &whole[..whole.len() / 2]).expect("it is written");
    assert_eq!(desk.run(&["store", "check", "--book", "damaged.book"]).code, 5);
}

#[test]
fn the_page_for_operators_names_commands_that_exist() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md"));
    let page = page.expect("the page is there");
    let place = Place::new("operate-page");
    let mut named = std::collections::BTreeSet::new();
    for (at, _) in page.match_indices("jemap ") {
        let quoted = at == 0 || matches!(page.as_bytes()[at - 1], b'`' | b'\n');
        let word: String = page[at + 6..].chars().take_while(char::is_ascii_lowercase).collect();
        if quoted && !word.is_empty() {
            named.insert(word);
        }
    }
    assert!(named.len() >= 8, "{named:?}");
    for word in &named {
        assert_eq!(place.run(&format!("{word} --help")).code, 0, "docs/OPERATIONS.md names `jemap {word}`");
    }
    for phase in Phase::ALL {
        assert!(page.contains(&format!("| `{}` |", phase.name())), "{} is explained", phase.name());
    }
}
