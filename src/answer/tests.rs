//! What answers mean: real ones where they are, own ones always, cut ones, hostile ones.

use super::{Answer, Confirmation, Unread, Verdict, read};
use proptest::prelude::*;
use std::path::Path;

const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// An envelope with this body.
fn envelope(soap: &str, body: &str) -> String {
    format!("<e:Envelope xmlns:e=\"{soap}\"><e:Header/><e:Body>{body}</e:Body></e:Envelope>")
}

/// A confirmation of these entries.
fn confirmation(entries: &str) -> String {
    let header = "<MessageHeader><UUID>0b2f0000-0000-1eee-8000-000000000001</UUID>\
        <ReferenceID>E1</ReferenceID><SenderBusinessSystemID>QX1</SenderBusinessSystemID></MessageHeader>";
    let body = format!(
        "<n0:JournalEntryBulkCreateConfirmation xmlns:n0=\"http://sap.com/xi/SAPSCORE/SFIN\" \
        xmlns:prx=\"urn:sap.com:proxy:QX1:/1SAI/TAS1:795\">{header}<ConfirmationInterfaceOrignName/>\
        {entries}<Log/></n0:JournalEntryBulkCreateConfirmation>"
    );
    envelope(SOAP_11, &body)
}

/// An entry: its reference, what its key holds, its greatest severity, its notes.
fn entry(reference: &str, key: &str, severity: &str, notes: &str) -> String {
    let key = match key {
        "" => String::new(),
        _ => format!("<JournalEntryCreateConfirmation>{key}</JournalEntryCreateConfirmation>"),
    };
    let severity = match severity {
        "" => String::new(),
        _ => format!("<MaximumLogItemSeverityCode>{severity}</MaximumLogItemSeverityCode>"),
    };
    format!(
        "<JournalEntryCreateConfirmation><MessageHeader><ReferenceID>{reference}</ReferenceID>\
        </MessageHeader>{key}<Log>{severity}{notes}</Log></JournalEntryCreateConfirmation>"
    )
}

fn key(document: &str, company: &str, year: &str) -> String {
    format!(
        "<AccountingDocument>{document}</AccountingDocument><CompanyCode>{company}</CompanyCode>\
        <FiscalYear>{year}</FiscalYear>"
    )
}

fn note(kind: &str, severity: &str, text: &str, uri: &str) -> String {
    let uri = if uri.is_empty() { String::new() } else { format!("<WebURI>{uri}</WebURI>") };
    format!(
        "<Item><TypeID>{kind}</TypeID><SeverityCode>{severity}</SeverityCode><Note>{text}</Note>{uri}</Item>"
    )
}

fn confirmed(text: &str) -> Confirmation {
    match read(text.as_bytes()) {
        Ok(Answer::Confirmation(confirmation)) => *confirmation,
        other => panic!("{other:?}"),
    }
}

/// One word for what became of the entry `J1`, and the notes.
fn said(entries: &str, simulated: bool) -> String {
    let confirmation = confirmed(&confirmation(entries));
    match confirmation.verdict("J1", simulated) {
        Verdict::Posted(Some(key)) => format!("posted {key}"),
        Verdict::Posted(None) => "would post".into(),
        Verdict::Refused => {
            let notes = &confirmation.of("J1").expect("it was refused").notes;
            let notes: Vec<String> = notes.iter().map(|n| format!("{n} {:?}", n.variables)).collect();
            format!("refused: {}", notes.join("; "))
        }
        Verdict::Unclear(why) => format!("unclear: {why}"),
    }
}

#[test]
fn what_answers_mean() {
    let good = key("1900000007", "1010", "2026");
    let zeros = key("0000000000", "1010", "2026");
    let table = [
        (entry("J1", &good, "1", &note("605(RW)", "1", "ok", "")), "posted 1900000007/1010/2026"),
        (entry("J1", &good, "2", ""), "posted 1900000007/1010/2026"),
        (entry("J1", &good, "", ""), "posted 1900000007/1010/2026"),
        (entry("J1", &key(" 1900000007\n", "1010", "2026"), "1", ""), "posted 1900000007/1010/2026"),
        (entry("J1", &zeros, "3", ""), "refused: "),
        (entry("J1", &zeros, "4", ""), "refused: "),
        (entry("J1", &key(" ", " ", "0000"), "3", ""), "refused: "),
        (entry("J1", &key("", "", ""), "3", ""), "refused: "),
        (entry("J1", "", "3", ""), "refused: "),
        (entry("J1", "", "", &note("808(F5)", "3", "no", "")), "refused: F5 808: no []"),
        (entry("J1", &good, "3", ""), "unclear: the answer has a document number and an error"),
        (
            entry("J1", &good, "1", &note("808(F5)", "3", "no", "")),
            "unclear: the answer has a document number and an error",
        ),
        (entry("J1", &zeros, "1", ""), "unclear: the answer has neither a document number nor an error"),
        (entry("J1", &zeros, "", ""), "unclear: the answer has neither a document number nor a severity"),
        (entry("J1", &good, "X", ""), "unclear: the answer has a severity that is not known"),
        (
            entry("J1", &key("1900000007", "1010", "0000"), "1", ""),
            "unclear: the answer has a document number without its company code or fiscal year",
        ),
        (
            entry("J1", &key("19000000071", "1010", "2026"), "1", ""),
            "unclear: the answer has a document number that cannot be one",
        ),
        (
            entry("J1", &format!("{good}{}", key("1900000008", "1010", "2026")), "1", ""),
            "unclear: the answer says two things of this entry",
        ),
        (
            entry("J1", &good, "1", "") + &entry("J1", &zeros, "3", ""),
            "unclear: the answer says two things of this entry",
        ),
        (entry("J1", &good, "1", "").repeat(2), "posted 1900000007/1010/2026"),
        (entry("J2", &good, "1", ""), "unclear: the answer does not say what became of this entry"),
        (String::new(), "unclear: the answer does not say what became of this entry"),
        (entry("J2", &zeros, "3", "") + &entry("J1", &good, "1", ""), "posted 1900000007/1010/2026"),
    ];
    for (entries, expected) in &table {
        assert_eq!(said(entries, false), *expected, "{entries}");
    }
    assert_eq!(said(&entry("J1", &zeros, "1", ""), true), "would post");
    assert_eq!(said(&entry("J1", &zeros, "3", ""), true), "refused: ");
    assert!(said(&entry("J1", &good, "1", ""), true).starts_with("unclear: a simulation"));
}

#[test]
fn causes_are_told_once_and_keep_their_variables() {
    let uri =
        "https://erp.invalid/docu?ID=NA&amp;OBJECT=F5808&amp;MSGV1=Cost%20Ctr&amp;MSGV2=%C3%BC&amp;MSGV4=9";
    let cause = note("808(F5)", "3", "Field &quot;Cost&#x20;Ctr&quot; is\u{1b}[31m needed", uri);
    let notes = note("609(RW)", "3", "Error in document: BKPFF $ QX1", "") + &cause + &cause;
    assert_eq!(
        said(&entry("J1", "", "3", &notes), false),
        "refused: F5 808: Field \"Cost Ctr\" is [31m needed [\"Cost Ctr\", \"ü\", \"\", \"9\"]"
    );
    let alone = note("609(RW)", "3", "Error in document", "");
    assert_eq!(said(&entry("J1", "", "3", &alone), false), "refused: RW 609: Error in document []");
}

#[test]
fn order_and_strange_elements_mean_nothing() {
    let strange = "<Later xmlns='urn:later'><ReferenceID>J9</ReferenceID><AccountingDocument>1</AccountingDocument></Later>";
    let turned = format!(
        "<JournalEntryCreateConfirmation>{strange}<Log>{strange}<MaximumLogItemSeverityCode>1\
        </MaximumLogItemSeverityCode></Log><JournalEntryCreateConfirmation>{}{strange}\
        </JournalEntryCreateConfirmation><MessageHeader><ReferenceID>J1</ReferenceID></MessageHeader>\
        </JournalEntryCreateConfirmation>",
        key("1900000007", "1010", "2026")
    );
    assert_eq!(said(&turned, false), "posted 1900000007/1010/2026");
}

#[test]
fn faults_of_both_versions() {
    let text = "Web service processing error (UTC timestamp 20260331120000; Transaction ID 00)";
    let old = format!("<e:Fault><faultcode>e:Server</faultcode><faultstring>{text}</faultstring></e:Fault>");
    let new = format!(
        "<e:Fault><e:Code><e:Value>e:Receiver</e:Value></e:Code><e:Reason><e:Text xml:lang=\"en\">{text}</e:Text>\
        <e:Text xml:lang=\"de\">Fehler</e:Text></e:Reason><e:Detail/></e:Fault>"
    );
    for (soap, body, code) in [(SOAP_11, &old, "Server"), (SOAP_12, &new, "Receiver")] {
        let Ok(Answer::Fault(fault)) = read(envelope(soap, body).as_bytes()) else { panic!("{body}") };
        assert_eq!((fault.code.as_str(), fault.text.as_str(), fault.unread), (code, text, false));
        let other = body.replace(text, "SRT: Serialization / Deserialization failed");
        let Ok(Answer::Fault(fault)) = read(envelope(soap, &other).as_bytes()) else { panic!("{other}") };
        assert!(fault.unread);
    }
    // A fault of one version in an envelope of the other is none.
    let mixed = "<f:Fault xmlns:f='http://www.w3.org/2003/05/soap-envelope'/>";
    assert_eq!(kind(envelope(SOAP_11, mixed).as_bytes()), Some(Unread::Kind));
}

fn kind(bytes: &[u8]) -> Option<Unread> {
    read(bytes).err().map(|e| e.kind)
}

#[test]
fn nothing_is_said_by_nothing() {
    for text in ["", " \n", "\u{feff}"] {
        assert_eq!(read(text.as_bytes()), Ok(Answer::Empty));
    }
    for soap in [SOAP_11, SOAP_12] {
        assert_eq!(read(envelope(soap, "").as_bytes()), Ok(Answer::Empty));
    }
}

#[test]
fn what_is_no_answer_says_nothing() {
    let good = confirmation(&entry("J1", &key("1900000007", "1010", "2026"), "1", ""));
    let other = envelope(SOAP_11, "<a xmlns='urn:a'/>");
    let two = good.replace("</e:Body>", "<e:Fault/></e:Body>");
    let table: &[(&str, Unread)] = &[
        ("no XML", Unread::Xml),
        ("<html><body>Logon</body></html>", Unread::Kind),
        (&other, Unread::Kind),
        (&two, Unread::Kind),
        (&good.replace("SFIN", "OTHER"), Unread::Kind),
        (&good.replace("J1", "&J1;"), Unread::Xml),
        (&good.replace("J1", "J1&"), Unread::Xml),
        (&good.replace("<Log/>", "<Log>"), Unread::Xml),
        (&good.replace("n0:", "n1:"), Unread::Xml),
        (&format!("{good}{good}"), Unread::Xml),
        (&format!("{good}x"), Unread::Xml),
        // Found by fuzzing: white space that is none in XML, and a character by its number.
        (&format!("{good}\u{b}"), Unread::Xml),
        (&format!("{good}\u{a0}"), Unread::Xml),
        (&format!("{good}&#32;"), Unread::Xml),
        ("\u{a0}", Unread::Xml),
        (&format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{good}"), Unread::DocumentType),
        (
            &format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", good.replace("J1", "Jü")),
            Unread::Encoding,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(kind(text.as_bytes()), Some(*expected), "{text}");
    }
    let mut latin: Vec<u8> = good.replace("J1", "J?").into_bytes();
    latin.iter_mut().filter(|b| **b == b'?').for_each(|b| *b = 0xfc);
    assert_eq!(kind(&latin), Some(Unread::Encoding));
    let wide: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(kind(&wide).is_some());
}

/// Each prefix of a confirmation says nothing: neither posted nor refused.
#[test]
fn a_cut_answer_says_nothing() {
    let good = entry("J1", &key("1900000007", "1010", "2026"), "1", &note("605(RW)", "1", "ok", ""));
    let bad = entry("J2", &key("0000000000", "1010", "2026"), "3", &note("808(F5)", "3", "no", ""));
    let own = confirmation(&(good + &bad));
    let mut texts = vec![own];
    for number in ["02b", "03", "04"] {
        texts.extend(sample(number));
    }
    let mut cuts = 0;
    for text in texts {
        let whole = text.trim_end().as_bytes();
        assert!(matches!(read(whole), Ok(Answer::Confirmation(_))));
        for end in 0..whole.len() {
            match read(&whole[..end]) {
                Err(_) => cuts += 1,
                Ok(Answer::Empty) => assert!(whole[..end].iter().all(u8::is_ascii_whitespace)),
                Ok(other) => panic!("{end}: {other:?}"),
            }
        }
    }
    assert!(cuts > 1000, "only {cuts} cuts");
}

/// A real answer by the number of its file, where the reference material is.
fn sample(number: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sap/samples");
    let Ok(files) = std::fs::read_dir(folder) else {
        println!("no reference material: the real answer {number} is skipped");
        return None;
    };
    let mut paths = files.filter_map(|f| Some(f.ok()?.path()));
    let path = paths.find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(number)))?;
    Some(std::fs::read_to_string(path).expect("it is text"))
}

#[test]
fn real_answers_are_read_right() {
    if let Some(text) = sample("02b") {
        let confirmation = confirmed(&text);
        assert_eq!(confirmation.reference.as_deref(), Some("FA163EF80C7E1FD1AFC1673EC22ACDF3"));
        assert_eq!(confirmation.verdict("A4", false), Verdict::Refused);
        let notes = &confirmation.entries[0].notes;
        assert_eq!((notes.len(), notes[0].code().as_str()), (1, "F5 808"));
        assert_eq!(notes[0].variables, ["Profit Ctr", "6710", "3311001000", "39"]);
    }
    if let Some(text) = sample("03") {
        let confirmation = confirmed(&text);
        let Verdict::Posted(Some(key)) = confirmation.verdict("SUB_MSG_2024-03-28", false) else { panic!() };
        assert_eq!(key.to_string(), "0100000008/1410/2024");
        assert_eq!(confirmation.sender.as_deref(), Some("XGJ"));
    }
    if let Some(text) = sample("04") {
        let confirmation = confirmed(&text);
        let [entry] = &confirmation.entries[..] else { panic!("one entry") };
        assert_eq!((&entry.reference, &entry.key), (&None, &None));
        assert_eq!(entry.verdict(false), Verdict::Refused);
        let codes: Vec<String> = entry.notes.iter().map(super::Note::code).collect();
        assert_eq!(codes, ["F5 102", "F5 104", "F5 104", "F5 507", "FH 004"]);
    }
    if let Some(text) = sample("13") {
        let fault = |from: &str, to: &str, soap: &str| {
            let start = text.find(from).expect("the file has both");
            let end = text[start..].find(to).expect("it ends") + to.len();
            match read(envelope(soap, &text[start..start + end]).as_bytes()) {
                Ok(Answer::Fault(fault)) => fault,
                other => panic!("{other:?}"),
            }
        };
        let new = fault("<env:Fault", "</env:Fault>", SOAP_12);
        let old = fault("<soap-env:Fault", "</soap-env:Fault>", SOAP_11);
        assert_eq!((new.code.as_str(), old.code.as_str()), ("Receiver", "Server"));
        assert!(new.text.starts_with("Web service processing error") && old.text == new.text);
        assert!(!new.unread && !old.unread);
    }
}

/// Each limit at its last allowed value, and one past it.
#[test]
fn limits_hold() {
    use super::{ANSWER_BYTES_MAX, ATTRIBUTES_MAX, DEPTH_MAX, ENTRIES_MAX, NOTES_MAX};
    use super::{CONFIRMATION_BYTES_MAX, CONFIRMATION_NOTES_MAX, read_late};
    let deep = |n: usize| confirmation(&format!("{}{}", "<a>".repeat(n), "</a>".repeat(n)));
    // The envelope, its body and the root are three.
    assert_eq!(kind(deep(DEPTH_MAX - 3).as_bytes()), None);
    assert_eq!(kind(deep(DEPTH_MAX - 2).as_bytes()), Some(Unread::Limit));
    let wide = |n: usize| {
        let attributes: String = (0..n).map(|i| format!(" a{i}='1'")).collect();
        confirmation(&format!("<a{attributes}/>"))
    };
    assert_eq!(kind(wide(ATTRIBUTES_MAX).as_bytes()), None);
    assert_eq!(kind(wide(ATTRIBUTES_MAX + 1).as_bytes()), Some(Unread::Limit));
    let notes = |n: usize| confirmation(&entry("J1", "", "3", &"<Item/>".repeat(n)));
    assert_eq!(kind(notes(NOTES_MAX).as_bytes()), None);
    assert_eq!(kind(notes(NOTES_MAX + 1).as_bytes()), Some(Unread::Limit));
    let entries = |n: usize| confirmation(&"<JournalEntryCreateConfirmation/>".repeat(n));
    assert_eq!(kind(entries(ENTRIES_MAX).as_bytes()), None);
    assert_eq!(kind(entries(ENTRIES_MAX + 1).as_bytes()), Some(Unread::Limit));
    let long = |n: usize| {
        let text = confirmation("");
        format!("{}{text}", " ".repeat(n - text.len()))
    };
    assert_eq!(kind(long(ANSWER_BYTES_MAX).as_bytes()), None);
    assert_eq!(kind(long(ANSWER_BYTES_MAX + 1).as_bytes()), Some(Unread::Limit));
    let late = |text: String| read_late(text.as_bytes()).err().map(|e| e.kind);
    assert_eq!(late(notes(CONFIRMATION_NOTES_MAX)), None);
    assert_eq!(late(notes(CONFIRMATION_NOTES_MAX + 1)), Some(Unread::Limit));
    assert_eq!(late(long(CONFIRMATION_BYTES_MAX)), None);
    assert_eq!(late(long(CONFIRMATION_BYTES_MAX + 1)), Some(Unread::Limit));
}

/// Hostile answers are refused, each for its reason and at once.
#[test]
fn hostile_answers_are_refused() {
    let million = 1_000_000;
    let attributes: String = (0..million / 2).map(|i| format!(" a{i}=''")).collect();
    assert!(kind(confirmation(&format!("<a{attributes}/>")).as_bytes()).is_some());
    let same = " a=''".repeat(million);
    assert!(kind(confirmation(&format!("<a{same}/>")).as_bytes()).is_some());
    let declared: String = (0..million / 10).map(|i| format!(" xmlns:a{i}='b'")).collect();
    assert!(kind(confirmation(&format!("<a{declared}/>")).as_bytes()).is_some());
    assert_eq!(kind("<a>".repeat(million).as_bytes()), Some(Unread::Kind));
    assert_eq!(kind(confirmation(&"<a>".repeat(million)).as_bytes()), Some(Unread::Limit));
    let bomb = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><l>&b;</l>";
    assert_eq!(kind(bomb.as_bytes()), Some(Unread::DocumentType));
    let outside = "<!DOCTYPE l SYSTEM 'file:///etc/passwd'><l/>";
    assert_eq!(kind(outside.as_bytes()), Some(Unread::DocumentType));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    /// A confirmation with a byte changed may be unreadable, but no byte makes a refusal a success.
    #[test]
    fn no_slip_makes_a_refusal_a_success(at in 0usize..2000, byte in any::<u8>()) {
        let text = confirmation(&entry("J1", &key("0000000000", "1010", "2026"), "3", ""));
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(Answer::Confirmation(confirmation)) = read(&bytes) {
            let verdict = confirmation.verdict("J1", false);
            prop_assert!(!matches!(verdict, Verdict::Posted(_)), "{verdict:?}");
        }
    }
}
