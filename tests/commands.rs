//! The other commands, what they say of themselves, and what is left when the world does not cooperate.

use crate::cli::{GOOD, MAP, Place, RUN};
use crate::support::signalled;
use insta::assert_snapshot;
use std::io::Write;
use std::process::Stdio;

/// Help is written for 100 columns where there is no terminal.
fn help(command: &str) {
    let place = Place::new(&format!("help-{command}"));
    let done = place.run(&format!("{command} --help"));
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("commands");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let name = if command.is_empty() { "help" } else { command };
    settings.bind(|| assert_snapshot!(format!("help_{name}"), done.out));
}

#[test]
fn help_texts() {
    for command in
        ["", "transform", "check", "plan", "init", "contract", "functions", "errors", "completions"]
    {
        help(command);
    }
}

#[test]
fn completions_of_every_shell() {
    let place = Place::new("completions");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = place.run(&format!("completions {shell}"));
        assert_eq!(done.code, 0, "{shell}");
        assert!(done.out.contains("transform") && done.out.contains("max-rejects"), "{shell}");
    }
    assert_eq!(place.run("completions sh").code, 2);
}

#[test]
fn contracts_are_shown_and_compared() {
    let place = Place::new("contracts");
    assert_snapshot!(place.run("contract show s4.journal_entry Item/Tax").out, @r#"
    Tax                                           0..1
      TaxCode                                     1..1  token 1–4 @listID @listVersionID @listAgencyID
      TaxJurisdiction                             0..1  token 1–15 @listID @listVersionID @listAgencyID
      TaxItemGroup                                0..1  token 1–6 like \d+
      TaxCountry                                  0..1  token 2–3
      TaxExpenseAmountInTransacCrcy               0..1  decimal 28,6 @currencyCode*
      TaxExpenseAmountInCoCodeCrcy                0..1  decimal 28,6 @currencyCode*
      TaxExpenseAmountInGroupCrcy                 0..1  decimal 28,6 @currencyCode*
      TaxExpenseAmountInFreeDefinedCrcy1          0..1  decimal 28,6 @currencyCode*
    "#);
    assert_snapshot!(place.run("contract diff s4.journal_entry@2024 s4.journal_entry@2026").out, @"
    + JournalEntryCreateRequest/JournalEntry/InvoiceReferenceDocument
    + JournalEntryCreateRequest/JournalEntry/DebtorItem/BusinessSectionCode
    + JournalEntryCreateRequest/JournalEntry/DebtorItem/DownPaymentTerms/TargetSpecialGLCode
    + JournalEntryCreateRequest/JournalEntry/CreditorItem/BusinessSectionCode
    + JournalEntryCreateRequest/JournalEntry/CreditorItem/DownPaymentTerms/TargetSpecialGLCode
    ");
    let done = place.run("contract show s4.journal_entry Itm");
    assert_eq!(done.code, 2);
    assert_snapshot!(done.err, @"
    J651 name-not-known

      × the contract has no element `Itm`; did you mean `JournalEntryCreateRequest/JournalEntry/Item`?
    ");
    let done = place.run("contract show none.wsdl");
    assert_eq!(done.code, 2);
    assert_snapshot!(done.err.replace(&*place.0.to_string_lossy(), "…"), @"
    J301 file-not-read

      × cannot read none.wsdl: no such file or directory
    ");
}

#[test]
fn functions_and_errors_are_explained() {
    let place = Place::new("explained");
    assert_snapshot!(place.run("functions cut").out, @r#"
    cut(text: text, length: count) -> text

    The first characters. Texts that lose characters are counted in the run report.

        cut("Übernachtung", 4) => "Über"
        cut("ab", 4) => "ab"
        cut("ab", -1) => error
    "#);
    assert_snapshot!(place.run("errors J224").out, @r#"
    J224 none-not-handled

    A value that may be missing is used without saying what happens then.

    Add `or omit`, `or VALUE`, `or reject "why"`, or `| require`.
    "#);
    let listed = place.run("errors").out;
    assert_eq!(listed.lines().filter(|l| l.starts_with('J')).count(), jemap::diag::codes::all().count());
    let listed = place.run("functions").out;
    for name in ["cut", "alpha", "divide", "debit_credit", "date_of", "require"] {
        assert!(listed.contains(name), "{name}");
    }
}

#[test]
fn reports_for_programs() {
    let place = Place::new("programs");
    place.write("typo.map", &MAP.replace("CompanyCode ", "CompanyCod "));
    let done = place.run("check typo.map --format json");
    let reports: serde_json::Value = serde_json::from_str(&done.out).expect("it is JSON");
    assert_snapshot!(format!("{reports:#}"), @r#"
    [
      {
        "mapping": "typo.map",
        "ok": false,
        "reports": [
          {
            "code": "J202",
            "name": "unknown-element",
            "severity": "error",
            "message": "`JournalEntry` has no element `CompanyCod`",
            "help": "did you mean `CompanyCode`?",
            "labels": [
              {
                "file": "typo.map",
                "line": 23,
                "column": 3,
                "start": 478,
                "end": 488,
                "text": ""
              }
            ]
          }
        ]
      }
    ]
    "#);
}

#[test]
fn mappings_that_cannot_be_read() {
    let place = Place::new("unread");
    std::fs::write(place.0.join("latin.map"), b"# caf\xe9\nmap m\n").expect("the folder can be written");
    std::fs::create_dir(place.0.join("folder.map")).expect("the folder can be written");
    place.write("empty.map", "");
    for map in ["latin.map", "folder.map", "empty.map", "missing.map"] {
        for command in ["check", "plan"] {
            let done = place.run(&format!("{command} {map}"));
            assert_eq!((done.code, done.out.as_str()), (2, ""), "{command} {map}: {}", done.err);
            assert!(done.err.contains(map), "{command} {map}: {}", done.err);
        }
    }
}

#[test]
fn samples_that_no_mapping_can_be_made_of() {
    let place = Place::new("samples");
    place.write("broken.json", "{\"a\":");
    place.write("empty.json", "");
    place.write("numbers.json", "[1, 2]");
    for sample in ["broken.json", "empty.json", "numbers.json", "missing.json", "."] {
        let done = place.run(&format!("init {sample}"));
        assert!(matches!(done.code, 2 | 3), "{sample}: {}", done.code);
        assert!(!done.err.is_empty() && done.out.is_empty(), "{sample}: {}", done.err);
    }
}

#[test]
fn zstd_is_unpacked_and_what_is_damaged_is_said() {
    let place = Place::new("packed");
    let plain = place.run(&format!("transform small.map good.json {RUN} -q --soap none")).out;
    let packed = zstd::encode_all(GOOD.as_bytes(), 3).expect("it is memory");
    std::fs::write(place.0.join("good.json.zst"), &packed).expect("the folder can be written");
    std::fs::write(place.0.join("cut.json.zst"), &packed[..packed.len() - 9])
        .expect("the folder can be written");
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::none());
    gzip.write_all(GOOD.as_bytes()).expect("it is memory");
    let mut gzip = gzip.finish().expect("it is memory");
    // a byte of the check sum
    let at = gzip.len() - 6;
    gzip[at] ^= 1;
    std::fs::write(place.0.join("bad.json.gz"), gzip).expect("the folder can be written");
    std::fs::write(place.0.join("what.json.xz"), b"\xfd7zXZ\x00\x00\x04").expect("the folder can be written");
    let unpacked = place.run(&format!("transform small.map good.json.zst {RUN} -q --soap none"));
    assert_eq!((unpacked.code, unpacked.out), (0, plain));
    for (input, said) in [("cut.json.zst", "J606"), ("bad.json.gz", "J606"), ("what.json.xz", "J605")] {
        let done = place.run(&format!("transform small.map {input} -o out.xml"));
        assert_eq!(done.code, 3, "{}", done.err);
        assert!(done.err.contains(said), "{}", done.err);
        assert_eq!(done.err.contains("damaged or cut off"), said == "J606", "{}", done.err);
    }
}

#[test]
fn an_output_that_cannot_be_written_leaves_what_was_there() {
    let place = Place::new("kept");
    place.write("out.xml", "before");
    place.write("file", "");
    for (output, kept) in [("file/out.xml", "file"), ("no/such/out.xml", "out.xml")] {
        let done = place.run(&format!("transform small.map good.json -o {output}"));
        assert_eq!(done.code, 4, "{}", done.err);
        assert!(done.err.contains("J611") && place.0.join(kept).exists(), "{}", done.err);
    }
    // the run is refused or breaks off before the output is whole: what was there stays
    let refused = place.run("transform small.map bad.json -o out.xml --fail-fast");
    assert_eq!((refused.code, place.read("out.xml").as_str()), (1, "before"));
    let wrong = place.run("transform small.map good.json -o out.xml --param usr=X");
    assert_eq!((wrong.code, place.read("out.xml").as_str()), (2, "before"));
    for output in ["--rejects no/such", "--report no/such"] {
        let done = place.run(&format!("transform small.map good.json -o new.xml {output}"));
        assert_eq!(done.code, 4, "{output}: {}", done.err);
    }
    assert!(place.names(".").iter().all(|n| !n.contains("part")), "{:?}", place.names("."));
}

#[test]
fn a_broken_array_leaves_whole_envelopes_in_a_folder() {
    let place = Place::new("broken-folder");
    let lines: Vec<&str> = GOOD.lines().collect();
    place.write("cut.json", &format!("[{},{},{},{}, {{", lines[0], lines[1], lines[2], lines[3]));
    let done = place.run("transform small.map cut.json -o out/ --split 1docs");
    assert_eq!(done.code, 3, "{}", done.err);
    let names = place.names("out");
    assert!(!names.is_empty());
    for name in names {
        assert!(name.ends_with(".xml"), "{name}");
        assert!(place.read(&format!("out/{name}")).ends_with("Envelope>\n"), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_no_half_file() {
    let place = Place::new("interrupted");
    place.write("out.xml", "before");
    let mut child = place
        .command("transform small.map - -o out/ --split 1docs --rejects no.ndjson")
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(GOOD.as_bytes()).expect("it reads");
    while !place.names(".").iter().any(|n| n.ends_with(".part")) {
        assert!(child.try_wait().expect("it is our child").is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    assert_eq!(signalled(&mut child, "-INT"), Some(130));
    drop(input);
    assert!(
        !place.names(".").iter().any(|n| n.ends_with(".part") || n == "no.ndjson"),
        "{:?}",
        place.names(".")
    );
    if place.0.join("out").exists() {
        for name in place.names("out") {
            assert!(place.read(&format!("out/{name}")).ends_with("Envelope>\n"), "{name}");
        }
    }
}

#[test]
fn empty_and_odd_inputs() {
    let place = Place::new("odd");
    place.write("empty.json", "");
    place.write("blank.json", " \n\n");
    place.write("list.json", "[]");
    for input in ["empty.json", "blank.json", "list.json"] {
        let done = place.run(&format!("transform small.map {input} -q"));
        assert_eq!((done.code, done.out.as_str()), (0, ""), "{input}: {}", done.err);
    }
    let binary: Vec<u8> = (0..=255).cycle().take(5000).collect();
    std::fs::write(place.0.join("binary.json"), binary).expect("the folder can be written");
    let done = place.run("transform small.map binary.json -q");
    assert!(matches!(done.code, 1 | 3), "{}", done.err);
    assert!(done.out.is_empty());
}

#[test]
fn what_a_run_says() {
    let place = Place::new("said");
    let done = place.run(&format!("transform small.map good.json bad.json {RUN} -o out.xml"));
    let without_time = |text: &str| -> String {
        let lines = text.lines().filter(|l| !l.contains("MB/s") && !l.contains(" ms") && !l.contains(" s "));
        lines.map(|l| format!("{l}\n")).collect()
    };
    assert_snapshot!(without_time(&done.err), @"
      read                3 documents           6 lines   579 B from 2 inputs
      written             2 documents           4 lines   2.3 kB in 1 envelope
      rejected            1 document            2 lines

      currency  company            debit  credit
      EUR       1000     read      10.50   10.50
                         written   10.50   10.50
      USD       1000     read      14.10      14
                         written       7       7
                         rejected   7.10       7

    rejected
          1 doc  J518 unbalanced: the document is off by 0.10 USD: debits and credits differ
                 at bad.json:1:1, by small.map:16:1

    the refused documents are kept with `--rejects FILE`
    ");
}
