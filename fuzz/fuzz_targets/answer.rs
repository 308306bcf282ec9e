//! Any bytes as an answer: it is read without a panic, within the limits, and says the same every time.

#![no_main]

use jemap::answer::{Answer, ENTRIES_MAX, NOTES_MAX, Verdict, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let answer = read(bytes);
    assert_eq!(answer, read(bytes));
    let Ok(Answer::Confirmation(confirmation)) = answer else { return };
    let notes: usize = confirmation.entries.iter().map(|e| e.notes.len()).sum();
    assert!(confirmation.entries.len() <= ENTRIES_MAX && notes + confirmation.notes.len() <= NOTES_MAX);
    for entry in &confirmation.entries {
        if let Verdict::Posted(key) = entry.verdict(false) {
            let key = key.expect("a posted entry has its document");
            assert!(key.document.bytes().any(|b| b != b'0') && !key.company.is_empty());
            assert!(entry.severity.is_none_or(|s| s < 3), "an error is not a success");
        }
        assert!(!matches!(entry.verdict(true), Verdict::Posted(Some(_))));
    }
    // An answer that lost its end says nothing of anything.
    let text = bytes.trim_ascii_end();
    assert!(!matches!(read(&text[..text.len() - 1]), Ok(Answer::Confirmation(_))));
});
