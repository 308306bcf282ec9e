//! Any text as a mapping: it is read, checked, planned and run without a panic; reports point into it.

#![no_main]

use jemap::diag::{Report, Severity, Sources};
use jemap::{Mapping, RunOptions, Span, check, syntax};
use jemap_fuzz::{Memory, mark, run_and_look};
use libfuzzer_sys::fuzz_target;
use std::fmt::Debug;

/// Records that suit the source of many a mapping.
const RECORDS: &str = concat!(
    r#"{"id":"R-1","day":"2026-03-31","ccy":"EUR","cash":"100000","income":"410000","amount":12.50,"n":3,"#,
    r#""b":true,"kind":"a","memo":"x & y","lines":[{"acc":"1","amt":"1.00"},{"acc":"2","amt":-1.00}]}"#,
    "\n",
    r#"{"id":"R-2","day":"2026-04-01","ccy":"USD","income":null,"amount":-0.005,"n":-1,"lines":[]}"#,
    "\n",
    r#"{"id":"R-2","doc":"1","t":"2026-04-01T10:00:00Z","list":["a","b"],"o":{"p":1},"amount":1e3}"#,
    "\n",
);

fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    let source = sources.add("fuzz.map", text);
    let (file, reports) = syntax::parse(text, source);
    inside(&reports, &sources);
    let mark = mark(text.as_bytes());
    if mark.is_multiple_of(16) {
        spans_of_tree(&file, text);
    }
    if reports.iter().any(|report| report.severity == Severity::Error) {
        // What is left of a text with mistakes is checked too, now and then (a contract takes its time): the
        // checker must not lean on the parser's mercy.
        if (mark >> 8).is_multiple_of(4) {
            let (_, reports) = check::check(&file, &mut sources, &Memory);
            inside(&reports, &sources);
        }
        return;
    }
    let compiled = Mapping::compile("fuzz.map", text, &Memory);
    inside(&compiled.reports.list, &compiled.reports.sources);
    let _ = compiled.reports.to_string();
    let _ = compiled.reports.to_json().to_string();
    assert_eq!(compiled.mapping.is_some(), !compiled.reports.has_errors(), "a mapping, or errors");
    if let Some(mapping) = compiled.mapping {
        let _ = mapping.explain();
        run_and_look(&mapping, &RunOptions::default(), &mut RECORDS.as_bytes());
    }
});

/// Every label points to characters of its text; messages are single lines.
fn inside(reports: &[Report], sources: &Sources) {
    for report in reports {
        assert!(!report.labels.is_empty(), "{report:?}");
        assert!(!report.message.is_empty() && !report.message.contains('\n'), "{report:?}");
        for label in &report.labels {
            let Span { source, start, end } = label.span;
            let text = sources.text(source);
            assert!(start <= end && text.get(start as usize..end as usize).is_some(), "{report:?}");
        }
    }
}

/// The spans in the tree, found in its `Debug` text.
fn spans_of_tree(tree: &impl Debug, text: &str) {
    let shown = format!("{tree:?}");
    for at in shown.split("Span { source: SourceId(").skip(1) {
        let number = |name: &str| -> Option<usize> {
            let (_, rest) = at.split_once(name)?;
            rest.split([',', ' ', '}']).next()?.parse().ok()
        };
        if let (Some(start), Some(end)) = (number("start: "), number("end: ")) {
            assert!(start <= end && text.get(start..end).is_some(), "{start}..{end} of {} bytes", text.len());
        }
    }
}
