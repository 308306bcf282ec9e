//! What one reply means for each member of the envelope that was sent: from the meaning of the whole message
//! ([`Class`]) and of each entry ([`Verdict`]) to what the state machine is told.

use crate::answer::{EntryAnswer, Note, Verdict};
use crate::book::{MemberResult, Posted};
use crate::fate::Answer;
use crate::wire::{Class, Reply};

/// One result for each of these ids, in their order.
///
/// A message that the receiver could not read, or would not because of its size, says nothing of a single
/// member: several are divided, so that the one that is the cause comes to stand alone and is refused alone.
pub fn results(reply: &Reply, references: &[&str]) -> Vec<MemberResult> {
    let alone = references.len() == 1;
    let all = |answer| references.iter().map(|_| bare(answer)).collect();
    match reply.class {
        Class::NotTaken | Class::Shut => all(Answer::NotTaken),
        Class::TooLarge | Class::Refused if alone => vec![unread(reply)],
        Class::TooLarge | Class::Refused => all(Answer::TooLarge),
        Class::Unknown => all(Answer::Unknown),
        Class::Taken => all(Answer::Taken),
        Class::Answered => references.iter().map(|reference| of_one(reply, reference)).collect(),
    }
}

fn bare(answer: Answer) -> MemberResult {
    MemberResult { answer, posted: None, severity: None, notes: "[]".to_owned(), cause: None }
}

/// Nothing was said of the entry itself: the status and its words are the cause.
fn unread(reply: &Reply) -> MemberResult {
    let number = reply.status.map(|status| status.to_string()).unwrap_or_default();
    let note = serde_json::json!([{
        "class": "HTTP", "number": number, "severity": null,
        "text": reply.problem.as_deref().unwrap_or("the receiver could not read it"), "variables": [],
    }]);
    MemberResult {
        notes: note.to_string(),
        cause: Some(format!("HTTP {number}").trim_end().to_owned()),
        ..bare(Answer::RefusedTechnical)
    }
}

/// An entry that the answer does not tell of clearly is unknown, whatever it says of others.
fn of_one(reply: &Reply, reference: &str) -> MemberResult {
    let said = match &reply.said {
        Some(crate::answer::Answer::Confirmation(said)) => said.of(reference).ok(),
        _ => None,
    };
    let told = |answer, posted| MemberResult {
        posted,
        severity: said.and_then(|entry| entry.severity),
        notes: said.map_or_else(|| "[]".to_owned(), notes),
        ..bare(answer)
    };
    match reply.verdict(reference, false) {
        Verdict::Posted(Some(key)) => {
            let posted = Posted { document: key.document, year: key.year, company: key.company };
            told(Answer::Posted, Some(posted))
        }
        Verdict::Refused => {
            let cause = said.and_then(|entry| entry.notes.first()).map(Note::code).filter(|c| !c.is_empty());
            MemberResult { cause, ..told(Answer::Refused, None) }
        }
        Verdict::Posted(None) | Verdict::Unclear(_) => told(Answer::Unknown, None),
    }
}

/// The notes of an entry as the book keeps them.
pub(super) fn notes(entry: &EntryAnswer) -> String {
    let all = entry.notes.iter().map(|note| {
        serde_json::json!({
            "class": note.class,
            "number": note.number,
            "severity": note.severity,
            "text": note.text,
            "variables": note.variables,
        })
    });
    serde_json::Value::Array(all.collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::results;
    use crate::answer::{Answer as Said, Confirmation, DocumentKey, EntryAnswer, Note};
    use crate::fate::Answer;
    use crate::wire::{Class, Reply};

    fn reply(class: Class, said: Option<Said>) -> Reply {
        Reply { class, status: Some(200), retry_after: None, said, body: vec![], problem: None }
    }

    fn entry(reference: &str, document: Option<&str>, severity: u8) -> EntryAnswer {
        let key = |document: &str| DocumentKey {
            document: document.into(),
            company: "1010".into(),
            year: "2026".into(),
        };
        let note = Note {
            class: "F5".into(),
            number: "808".into(),
            severity: Some(severity),
            text: "account 4711 is not there".into(),
            variables: vec!["4711".into()],
        };
        EntryAnswer {
            reference: Some(reference.into()),
            key: document.map(key),
            severity: Some(severity),
            notes: vec![note],
            ..EntryAnswer::default()
        }
    }

    #[test]
    fn each_entry_has_its_own_result_and_a_missing_one_is_unknown() {
        let entries = vec![entry("C", None, 3), entry("A", Some("1900000001"), 1)];
        let confirmation = Confirmation { entries, ..Confirmation::default() };
        let said = Said::Confirmation(Box::new(confirmation));
        let all = results(&reply(Class::Answered, Some(said)), &["A", "B", "C", "A.01"]);
        let answers: Vec<Answer> = all.iter().map(|r| r.answer).collect();
        assert_eq!(answers, [Answer::Posted, Answer::Unknown, Answer::Refused, Answer::Unknown]);
        assert_eq!(all[0].posted.as_ref().map(|p| p.document.as_str()), Some("1900000001"));
        assert_eq!(all[2].cause.as_deref(), Some("F5 808"));
        assert!(all[2].notes.contains(r#""variables":["4711"]"#), "{}", all[2].notes);
        assert!(all[1].posted.is_none() && all[1].cause.is_none());
    }

    #[test]
    fn what_is_said_of_the_whole_message() {
        let rows = [
            (Class::NotTaken, Answer::NotTaken, Answer::NotTaken),
            (Class::Shut, Answer::NotTaken, Answer::NotTaken),
            (Class::TooLarge, Answer::RefusedTechnical, Answer::TooLarge),
            (Class::Refused, Answer::RefusedTechnical, Answer::TooLarge),
            (Class::Unknown, Answer::Unknown, Answer::Unknown),
            (Class::Taken, Answer::Taken, Answer::Taken),
            (Class::Answered, Answer::Unknown, Answer::Unknown),
        ];
        for (class, alone, together) in rows {
            let of = |references: &[&str]| {
                results(&reply(class, None), references).iter().map(|r| r.answer).collect::<Vec<_>>()
            };
            assert_eq!(of(&["A"]), [alone], "{class:?}");
            assert_eq!(of(&["A", "B"]), [together; 2], "{class:?}");
        }
    }

    #[test]
    fn an_entry_refused_without_a_word_about_it_has_a_cause() {
        let reply =
            Reply { problem: Some("413: the message is too large".into()), ..reply(Class::TooLarge, None) };
        let all = results(&Reply { status: Some(413), ..reply }, &["A"]);
        assert_eq!(all[0].cause.as_deref(), Some("HTTP 413"));
        assert!(all[0].notes.contains("413: the message is too large"), "{}", all[0].notes);
    }
}
