//! The command line as a user meets it: exit codes, what is printed, what is left behind.
//!
//! Each test has a folder of its own with a small mapping and runs the built binary in it.

use crate::support::signalled;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub const MAP: &str = r#"map small version 1
target s4.journal_entry profile 2024

param user: text(1..12) = "TESTER"

source json line {
  doc:     text(..10)
  company: text(4)
  date:    date
  ccy:     currency
  account: text(..10)
  amount:  money(ccy)
  memo:    text(..50)?
}

document per doc adjacent {
  same company, date, ccy

  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType       = "RFBU"
  AccountingDocumentType        = "SA"
  CreatedByUser                 = user
  CompanyCode                   = company
  DocumentDate                  = date
  PostingDate                   = date

  for line in lines {
    Item {
      GLAccount                   = account
      AmountInTransactionCurrency = amount
      DebitCreditCode             = debit_credit(amount)
      DocumentItemText            = memo or omit
    }
  }
}
"#;

/// Two documents that balance.
pub const GOOD: &str = r#"{"doc":"1","company":"1000","date":"2025-01-31","ccy":"EUR","account":"400000","amount":10.50,"memo":"a < b & c"}
{"doc":"1","company":"1000","date":"2025-01-31","ccy":"EUR","account":"280000","amount":-10.50}
{"doc":"2","company":"1000","date":"2025-02-01","ccy":"USD","account":"400000","amount":7}
{"doc":"2","company":"1000","date":"2025-02-01","ccy":"USD","account":"280000","amount":-7}
"#;

/// One that does not.
const BAD: &str = r#"{"doc":"3","company":"1000","date":"2025-02-01","ccy":"USD","account":"400000","amount":7.10}
{"doc":"3","company":"1000","date":"2025-02-01","ccy":"USD","account":"280000","amount":-7}
"#;

/// A folder with `small.map`, `good.json` and `bad.json`, removed when dropped.
pub struct Place(pub PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // What is left behind in a temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a run gave.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    pub fn new(name: &str) -> Place {
        let path = std::env::temp_dir().join(format!("jemap-cli-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the temporary folder can be made");
        let place = Place(path);
        place.write("small.map", MAP);
        place.write("good.json", GOOD);
        place.write("bad.json", BAD);
        place
    }
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("the temporary folder can be written");
    }
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("the file is there")
    }
    /// The names in a folder of this place, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|e| e.expect("it can be listed").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jemap"));
        command.current_dir(&self.0).args(arguments.split_whitespace());
        command.env_remove("NO_COLOR").env_remove("JEMAP_TEST_USER");
        command
    }
    #[track_caller]
    pub fn run(&self, arguments: &str) -> Done {
        self.run_with(arguments, b"")
    }
    #[track_caller]
    pub fn run_with(&self, arguments: &str, input: &[u8]) -> Done {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        // A command that does not read its input closes it.
        let _ = child.stdin.take().expect("it is piped").write_all(input);
        let done = child.wait_with_output().expect("the binary ends");
        Done {
            code: done.status.code().expect("it was not killed"),
            out: String::from_utf8(done.stdout).expect("it prints UTF-8"),
            err: String::from_utf8(done.stderr).expect("it prints UTF-8"),
        }
    }
}

pub const RUN: &str = "--run-time 2025-03-01T00:00:00Z --run-id R1";

#[test]
fn all_good_is_0_and_the_report_is_on_standard_error() {
    let place = Place::new("good");
    let done = place.run(&format!("transform small.map good.json {RUN}"));
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out.matches("<JournalEntry>").count(), 2);
    assert!(done.out.contains("a &lt; b &amp; c"), "{}", done.out);
    assert!(done.out.ends_with("</soapenv:Envelope>\n"));
    assert!(done.err.contains("2 documents"), "{}", done.err);
    let quiet = place.run(&format!("transform small.map good.json {RUN} -q"));
    assert_eq!((quiet.out, quiet.err.as_str()), (done.out, ""));
}

#[test]
fn some_rejected_is_1_and_they_are_kept() {
    let place = Place::new("rejected");
    let done = place
        .run("transform small.map good.json bad.json -o out.xml --rejects no.ndjson --report report.json");
    assert_eq!(done.code, 1, "{}", done.err);
    assert_eq!(place.read("out.xml").matches("<JournalEntry>").count(), 2);
    let reject: serde_json::Value = serde_json::from_str(&place.read("no.ndjson")).expect("one JSON line");
    assert_eq!(reject["place"]["file"], "bad.json");
    assert_eq!(reject["key"], "3");
    assert_eq!(reject["original"][0]["amount"].to_string(), "7.10");
    let report: serde_json::Value = serde_json::from_str(&place.read("report.json")).expect("it is JSON");
    assert_eq!(report["counts"]["rejected"]["documents"], 1);
    assert_eq!(report["counts"]["read"]["lines"], 6);
    assert_eq!(
        place.names("."),
        ["bad.json", "good.json", "no.ndjson", "out.xml", "report.json", "small.map"]
    );
}

#[test]
fn a_wrong_mapping_or_command_is_2() {
    let place = Place::new("wrong");
    place.write("typo.map", &MAP.replace("PostingDate  ", "PostingDat  "));
    let done = place.run("transform typo.map good.json -o out.xml");
    assert_eq!(done.code, 2);
    assert!(done.err.contains("PostingDat") && done.err.contains("typo.map:"), "{}", done.err);
    for (arguments, said) in [
        ("transform smal.map good.json", "did you mean `small.map`?"),
        ("transform small.map good.json --param usr=X", "did you mean `user`?"),
        ("transform small.map good.json --param user=TOO_LONG_A_NAME", "user"),
        ("transform small.map good.json --split 1docs", "-o out/"),
        ("transform small.map good.json --split 1", "100docs"),
        ("transform small.map good.json -o good.json", "is the input good.json too"),
        ("transform small.map good.json -o x --rejects x", "is --output too"),
        ("transform small.map good.json --pretty --as ndjson", "--pretty"),
        ("transfrom small.map good.json", "'transform'"),
        ("errors intput-not-read", "did you mean `input-not-read`?"),
        ("functions cutt", "did you mean `cut`?"),
        ("contract show s4.journal_entri", "did you mean `s4.journal_entry`?"),
        ("init good.json --profile 1999", "2020, 2024, 2026"),
    ] {
        let done = place.run(arguments);
        assert_eq!(done.code, 2, "{arguments}: {}", done.err);
        assert!(done.err.contains(said), "{arguments}: {}", done.err);
        assert_eq!(done.out, "", "{arguments}");
    }
    assert_eq!(place.names("."), ["bad.json", "good.json", "small.map", "typo.map"]);
}

#[test]
fn broken_input_is_3_and_what_came_before_is_complete() {
    let place = Place::new("broken");
    let array = format!("[{}]", GOOD.trim_end().replace('\n', ","));
    place.write("cut.json", &array[..array.len() - 20]);
    let done = place.run("transform small.map cut.json -o out.xml");
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("cut.json:1:"), "{}", done.err);
    assert!(place.read("out.xml").ends_with("</soapenv:Envelope>\n"));
    for (input, said) in [
        ("goood.json", "did you mean `good.json`?"),
        (".", "is a folder"),
        ("*.nix", "no file fits"),
        ("good.json good.json", "given twice"),
    ] {
        let done = place.run(&format!("transform small.map {input}"));
        assert_eq!(done.code, 3, "{input}: {}", done.err);
        assert!(done.err.contains(said), "{input}: {}", done.err);
    }
}

#[test]
fn a_failed_output_is_4_and_leaves_nothing() {
    let place = Place::new("output");
    assert_eq!(place.run("transform small.map good.json -o no/such/out.xml").code, 4);
    let first = place.run("transform small.map good.json -o out/ --split 1docs");
    assert_eq!(first.code, 0, "{}", first.err);
    let names = place.names("out");
    assert_eq!(names.len(), 2);
    assert!(names[0].starts_with("000001-") && names[1].starts_with("000002-"), "{names:?}");
    let again = place.run("transform small.map good.json -o out --split 1docs");
    assert_eq!(again.code, 4);
    assert!(again.err.contains("2 envelopes") && again.err.contains("--force"), "{}", again.err);
    assert_eq!(place.run("transform small.map good.json -o out --force").code, 0);
    assert_eq!(place.names("out").len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_4() {
    let place = Place::new("full");
    assert_eq!(place.run("transform small.map good.json -o /dev/full").code, 4);
    assert_eq!(place.run("transform small.map good.json -o /dev/null").code, 0);
}

#[test]
fn too_many_rejects_keep_no_output() {
    let place = Place::new("many");
    for limit in ["--fail-fast", "--max-rejects 0"] {
        let done = place
            .run(&format!("transform small.map bad.json good.json -o out.xml --rejects no.ndjson {limit}"));
        assert_eq!(done.code, 1, "{}", done.err);
        assert!(!place.0.join("out.xml").exists());
        assert_eq!(place.read("no.ndjson").lines().count(), 1);
    }
    assert_eq!(place.run("transform small.map bad.json -o out.xml --max-rejects 1").code, 1);
    assert!(place.0.join("out.xml").exists());
}

#[test]
fn standard_input_patterns_and_packing() {
    let place = Place::new("inputs");
    let plain = place.run(&format!("transform small.map good.json {RUN} -q --soap none")).out;
    let piped = place.run_with(&format!("transform small.map - {RUN} -q --soap none"), GOOD.as_bytes());
    let documents = |xml: &str| xml.matches("<JournalEntry>").count();
    assert_eq!((piped.code, documents(&piped.out)), (0, documents(&plain)));
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    gzip.write_all(GOOD.as_bytes()).expect("it is memory");
    let gzip = gzip.finish().expect("it is memory");
    let packed = place.run_with(&format!("transform small.map - {RUN} -q --soap none"), &gzip);
    assert_eq!(packed.out, piped.out);
    let cut = place.run_with("transform small.map - -q -o cut.xml", &gzip[..gzip.len() - 10]);
    assert_eq!(cut.code, 3, "{}", cut.err);
    assert!(cut.err.contains("J606 compression-broken") && !cut.err.contains(":0:0"), "{}", cut.err);
    let pattern = place.run("transform small.map *.json --rejects no.ndjson -q");
    assert_eq!((pattern.code, documents(&pattern.out)), (1, 2));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let place = Place::new("same");
    let one = place.run(&format!("transform small.map good.json {RUN} --threads 1"));
    let four = place.run(&format!("transform small.map good.json {RUN} --threads 4"));
    assert_eq!(one.out, four.out);
}

#[test]
fn forms_of_output() {
    let place = Place::new("forms");
    let lines = place.run(&format!("transform small.map good.json {RUN} --as ndjson -q"));
    let documents: Vec<serde_json::Value> =
        lines.out.lines().map(|l| serde_json::from_str(l).expect("each line is JSON")).collect();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[0]["key"], "1");
    let item = &documents[0]["document"]["JournalEntry"]["Item"][0];
    assert_eq!(item["AmountInTransactionCurrency"]["#text"], "10.50");
    assert_eq!(item["AmountInTransactionCurrency"]["@currencyCode"], "EUR");
    assert_eq!(item["DocumentItemText"], "a < b & c");

    let pretty = place.run(&format!("transform small.map good.json {RUN} --pretty -q")).out;
    assert!(pretty.contains("\n          <Item>\n"), "{pretty}");
    assert!(pretty.contains("<DocumentItemText>a &lt; b &amp; c</DocumentItemText>\n"), "{pretty}");
    let plain = place.run(&format!("transform small.map good.json {RUN} -q")).out;
    let words =
        |xml: &str| xml.split(['\n', '>']).map(str::trim).filter(|w| !w.is_empty()).collect::<String>();
    assert_eq!(words(&pretty), words(&plain));

    let soap12 = place.run(&format!("transform small.map good.json {RUN} --soap 1.2 -q")).out;
    assert!(soap12.contains("http://www.w3.org/2003/05/soap-envelope"));
    let bare = place.run(&format!("transform small.map good.json {RUN} --soap none -q")).out;
    assert!(!bare.contains("Envelope"));
}

#[test]
fn a_parameter_comes_from_the_environment() {
    let place = Place::new("environment");
    place.write("small.map", &MAP.replace("= \"TESTER\"", "= env(\"JEMAP_TEST_USER\")"));
    let unset = place.run("transform small.map good.json");
    assert_eq!(unset.code, 2);
    assert!(unset.err.contains("JEMAP_TEST_USER") && unset.err.contains("--param user=…"), "{}", unset.err);
    let set = place.command("transform small.map good.json -q").env("JEMAP_TEST_USER", "ENV").output();
    let out = String::from_utf8(set.expect("the binary runs").stdout).expect("it prints UTF-8");
    assert!(out.contains("<CreatedByUser>ENV</CreatedByUser>"), "{out}");
    let given = place.run("transform small.map good.json -q -p user=GIVEN");
    assert!(given.out.contains("<CreatedByUser>GIVEN</CreatedByUser>"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new("pipe");
    let line = GOOD.lines().next().expect("it has lines");
    let pair = |n: usize| {
        let debit = line.replace("\"1\"", &format!("\"{n}\""));
        format!("{debit}\n{}\n", debit.replace("10.50", "-10.50"))
    };
    place.write("long.json", &(0..5_000).map(pair).collect::<String>());
    let mut child = place
        .command("transform small.map long.json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("the binary ends");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[cfg(unix)]
#[test]
fn a_stopped_run_leaves_nothing() {
    let place = Place::new("stopped");
    let mut child = place
        .command("transform small.map - -o out.xml --rejects no.ndjson")
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    // Kept open: the input never ends by itself.
    let input = child.stdin.take();
    // The temporary files are there before the input is read.
    while place.names(".").iter().filter(|n| n.ends_with(".part")).count() < 2 {
        assert!(child.try_wait().expect("it is our child").is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    assert_eq!(signalled(&mut child, "-TERM"), Some(143));
    drop(input);
    assert_eq!(place.names("."), ["bad.json", "good.json", "small.map"]);
}

#[test]
fn check_says_it_to_people_and_programs() {
    let place = Place::new("check");
    place.write("typo.map", &MAP.replace("PostingDate  ", "PostingDat  "));
    let done = place.run("check small.map typo.map");
    assert_eq!(done.code, 2);
    assert_eq!(done.out, "small.map: ok, writes s4.journal_entry 2024\n");
    let done = place.run("check small.map typo.map --format json");
    assert_eq!((done.code, done.err.as_str()), (2, ""));
    let results: serde_json::Value = serde_json::from_str(&done.out).expect("it is JSON");
    assert_eq!(results[0]["ok"], true);
    assert_eq!(results[1]["ok"], false);
    assert_eq!(results[1]["reports"][0]["labels"][0]["file"], "typo.map");
    assert_eq!(place.run("check small.map --profile 2020,2024,2026 -q").code, 0);
}

#[test]
fn check_takes_libraries() {
    let place = Place::new("library");
    place.write("lib.map", "fn signed(side: \"D\" | \"C\", x: decimal) = side == \"D\" ? x : -x\n");
    let done = place.run("check lib.map small.map");
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(done.out, "lib.map: ok, a library\nsmall.map: ok, writes s4.journal_entry 2024\n");
    place.write("lib.map", "fn signed(side: \"D\" | \"C\", x: decimal) = side == \"X\" ? x : -x\n");
    let done = place.run("check lib.map");
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("J208"), "{}", done.err);
    assert_eq!(place.run("transform lib.map good.json").code, 2);
}

#[test]
fn a_first_mapping_is_right_once_it_is_filled_in() {
    let place = Place::new("init");
    let done = place.run("init good.json");
    assert_eq!(done.code, 0, "{}", done.err);
    place.write("first.map", &done.out);
    let check = place.run("check first.map");
    assert_eq!(check.code, 2);
    assert!(check.err.contains("AccountingDocumentType"), "{}", check.err);
    let filled: Vec<String> = done
        .out
        .lines()
        .map(|line| match line.trim().strip_prefix("# TODO ").and_then(|rest| rest.split_once(" = …")) {
            Some((element, _)) => format!("  {element} = \"X\""),
            None => line.to_owned(),
        })
        .collect();
    place.write("first.map", &filled.join("\n"));
    let done = place.run("transform first.map good.json -q");
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    assert_eq!(done.out.matches("<JournalEntry>").count(), 2);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let place = Place::new("colours");
    let plain = place.run("transform small.map bad.json -o out.xml").err;
    assert!(!plain.contains('\u{1b}'));
    assert!(place.run("transform small.map bad.json -o out.xml --color always").err.contains('\u{1b}'));
    let refused = place.command("transform small.map bad.json -o out.xml").env("NO_COLOR", "1").output();
    assert!(!refused.expect("the binary runs").stderr.contains(&0x1b));
}

#[test]
fn tables_are_printed() {
    let place = Place::new("tables");
    for (arguments, said) in [
        ("--help", "Exit codes"),
        ("transform --help", "Examples:"),
        ("functions", "cut"),
        ("functions cut", "cut(text"),
        ("errors", "J601  input-not-read"),
        ("errors j601", "An input cannot be read."),
        ("contract list", "s4.journal_entry  profiles 2020, 2024, 2026"),
        ("contract show s4.journal_entry Item/Tax", "TaxCode"),
        ("plan small.map", "user"),
        ("completions bash", "_jemap"),
    ] {
        let done = place.run(arguments);
        assert_eq!(done.code, 0, "{arguments}: {}", done.err);
        assert!(done.out.contains(said), "{arguments}: {}", done.out);
    }
    let diff = place.run("contract diff s4.journal_entry@2020 s4.journal_entry@2024");
    assert_eq!(diff.code, 1);
    assert!(diff.out.contains("ReversalReason"));
    assert_eq!(place.run("contract diff s4.journal_entry@2024 s4.journal_entry@2024").code, 0);
}
