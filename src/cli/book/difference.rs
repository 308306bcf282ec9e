//! What differs between two revisions of an entry, as lines of their XML.

use crate::answer::Service;
use crate::sink::{EnvelopeHead, Pretty, Sink, WriteSink};
use similar::TextDiff;

/// Lines that are shown round a difference.
const AROUND: usize = 2;

/// The lines that differ, with some round them: `-` was, `+` is. Ids and moments, which every revision has anew,
/// are left out; empty: nothing else differs.
pub(super) fn difference(before: &[u8], after: &[u8]) -> String {
    let (before, after) = (lines(before), lines(after));
    let diff = TextDiff::from_lines(&before, &after);
    let unified = diff.unified_diff().context_radius(AROUND).to_string();
    let places = |line: &&str| !line.starts_with("@@");
    unified.lines().filter(places).map(|line| format!("{line}\n")).collect()
}

/// An element a line, without what every revision has anew.
fn lines(xml: &[u8]) -> String {
    let mut pretty = Pretty::new(WriteSink::new(vec![], "memory"));
    let head = EnvelopeHead { number: 1, id: "", uuid: "" };
    let indented = pretty.open(&head).and_then(|()| pretty.write(xml)).and_then(|()| pretty.close());
    let text = match indented {
        Ok(_) => pretty.into_inner().into_inner(),
        // what cannot be read is compared as it is
        Err(_) => xml.to_vec(),
    };
    let text = String::from_utf8_lossy(&text);
    let Service { header, header_id, header_uuid, header_created, .. } = *Service::journal_entry();
    let anew = [header_id, header_uuid, header_created].map(|name| format!("<{name}>"));
    let (open, close) = (format!("<{header}>"), format!("</{header}>"));
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        let bare = line.trim_start();
        inside = inside && bare != close || bare == open;
        if !(inside && anew.iter().any(|tag| bare.starts_with(tag))) {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn only_what_the_data_says_is_told() {
        let xml = |id: &str, account: &str| {
            format!(
                "<E><MessageHeader><ID>{id}</ID><CreationDateTime>{id}</CreationDateTime></MessageHeader>\
                 <J><ID>x</ID><A>1</A><A>{account}</A></J></E>"
            )
        };
        assert_eq!(difference(xml("1", "2").as_bytes(), xml("2", "2").as_bytes()), "");
        let said = difference(xml("1", "2").as_bytes(), xml("2", "3").as_bytes());
        assert_eq!(said, "     <ID>x</ID>\n     <A>1</A>\n-    <A>2</A>\n+    <A>3</A>\n   </J>\n </E>\n");
        assert!(difference(b"<a", b"<b").contains("-<a\n"));
    }
}
