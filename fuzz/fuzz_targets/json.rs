//! Any bytes as input: is it JSON, by another reader's word too; and a run does not depend on portions.

#![no_main]

use jemap::json::validate;
use jemap::{InputFormat, Mapping, RunOptions, Split};
use jemap_fuzz::{Heard, Memory, Portions, mark, run, run_and_look};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// The fixed mappings.
static PLANS: LazyLock<Vec<Mapping>> = LazyLock::new(|| {
    let texts = [
        include_str!("../plans/records.map"),
        include_str!("../plans/at.map"),
        include_str!("../plans/adjacent.map"),
        include_str!("../plans/collected.map"),
        include_str!("../plans/each.map"),
    ];
    let compile = |text: &&str| {
        let compiled = Mapping::compile("fuzz.map", text, &Memory);
        compiled.mapping.unwrap_or_else(|| panic!("{}", compiled.reports))
    };
    texts.iter().map(compile).collect()
});

fuzz_target!(|bytes: &[u8]| {
    agreed(bytes);
    let mark = mark(bytes);
    let options = RunOptions {
        format: [InputFormat::Auto, InputFormat::Json, InputFormat::Ndjson][(mark % 3) as usize],
        split: if mark & 64 == 0 { Split::Never } else { Split::Documents(2) },
        ..RunOptions::default()
    };
    for mapping in PLANS.iter() {
        let whole = run_and_look(mapping, &options, &mut &*bytes);
        let most = [1, 3, 17, 64, 200][(mark >> 8) as usize % 5];
        let portions = run(mapping, &options, &mut Portions::new(bytes, mark, most));
        assert_eq!(whole, portions, "portions of up to {most} bytes");
        if (mark >> 16).is_multiple_of(32) {
            let threads = if mark & 128 == 0 { 1 } else { 2 };
            stretched(mapping, &RunOptions { threads, ..options.clone() }, bytes, &whole);
        }
    }
});

/// What we take for JSON and what `serde_json` does. They differ only where docs/JSON.md says so: a byte
/// order mark, and nesting (ours 512 levels, theirs 128).
fn agreed(bytes: &[u8]) {
    let ours = validate(bytes);
    // A key by which `serde_json` speaks to itself.
    if bytes.windows(15).any(|part| part == b"private::Number") {
        return;
    }
    let theirs =
        serde_json::from_slice::<serde_json::Value>(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    match (&ours, &theirs) {
        (Ok(()), Ok(_)) | (Err(_), Err(_)) => {}
        (Ok(()), Err(error)) if error.to_string().contains("recursion limit") => {}
        _ => panic!("{ours:?} but {theirs:?}"),
    }
    if let Err(error) = ours {
        assert!(error.at <= bytes.len() as u64 && error.line >= 1, "{error:?}");
        assert!(!error.message.contains('\n'), "{error:?}");
    }
}

/// Newlines between tokens, and blank lines, mean nothing: many of them, so that records lie in several
/// blocks, change nothing but places. (Inside a string a newline is a mistake before and after.)
fn stretched(mapping: &Mapping, options: &RunOptions, bytes: &[u8], whole: &Heard) {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    if lines == 0 {
        return;
    }
    let many = vec![b'\n'; 300_000 / lines];
    let mut long = Vec::with_capacity(bytes.len() + 300_000);
    for &byte in bytes {
        if byte == b'\n' { long.extend_from_slice(&many) } else { long.push(byte) }
    }
    let heard = run(mapping, options, &mut &long[..]);
    assert_eq!(whole.xml, heard.xml, "stretched");
    assert_eq!(whole.documents, heard.documents, "stretched");
    // A broken line and the document round it are told in the order of their blocks.
    let sorted = |heard: &Heard| {
        let mut codes = heard.reject_codes.clone();
        codes.sort();
        codes
    };
    assert_eq!(sorted(whole), sorted(&heard), "stretched");
    assert_eq!(whole.error_code, heard.error_code, "stretched");
}
