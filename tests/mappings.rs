//! The mappings in `mappings/`: each gives what lies beside it, and each does its system's real files justice.
//!
//! The real files lie in `../shared/samples` (or where `JEMAP_SHARED` says); what is not there is skipped and said so.
//! Their accounts, partners and companies are nobody's but their owner's, so a test writes tables of its own for them:
//! it reads the codes from the file itself and maps each to a code of the right form, as a user's chart of accounts would.
//! The sums are counted from the written XML with another XML reader and another decimal than jemap's.
//!
//! `JEMAP_BLESS=1` writes `expected.xml` and `rejects.expected.ndjson` anew: read every line before keeping them.

use bigdecimal::{BigDecimal, Zero};
use quick_xml::events::Event;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

/// One run of the binary.
struct Outcome {
    status: i32,
    xml: String,
    rejects: String,
    report: Value,
}

/// What was counted in written XML.
#[derive(Debug, Default)]
struct Counted {
    documents: u64,
    items: u64,
    /// By currency: debit, credit (both positive).
    sums: BTreeMap<String, (BigDecimal, BigDecimal)>,
}

/// A table written for a real file: its name and its text.
type Table = (&'static str, String);

/// A mapping on the real files of its system.
struct Real {
    map: &'static str,
    folder: &'static str,
    files: fn(&str) -> bool,
    params: &'static [&'static str],
    /// Replacements in the mapping, where the real files have another wrapper than its own sample.
    edits: &'static [(&'static str, &'static str)],
    tables: fn(&Value) -> Vec<Table>,
    /// Documents of a file that are refused because their data is wrong, by the file's name.
    refused: fn(&str) -> u64,
    /// The input holds one side only; the mapping makes the other.
    one_sided: bool,
}

/// The beginning of what was refused: originals can be long.
fn beginning(rejects: &str) -> String {
    rejects.chars().take(600).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shared(path: &str) -> Option<PathBuf> {
    let base = std::env::var_os("JEMAP_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let found = base.join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {} is not there", found.display());
    None
}

/// A folder of this test process, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("jemap-mappings-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be made");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn transform(map: &Path, input: &Path, more: &[&str]) -> Outcome {
    let name = map.with_extension("").to_string_lossy().replace(['/', '\\', '.'], "-");
    let folder =
        Folder::new(&format!("run{name}-{}", input.file_name().unwrap_or_default().to_string_lossy()));
    let (xml, rejects, report) =
        (folder.0.join("out.xml"), folder.0.join("rejects.ndjson"), folder.0.join("report.json"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_jemap"));
    command.current_dir(root()).arg("transform").arg(map).arg(input);
    command.arg("-o").arg(&xml).arg("--rejects").arg(&rejects).arg("--report").arg(&report);
    command.args(["--run-time", "2026-01-02T03:04:05Z", "--run-id", "TEST", "--quiet"]).args(more);
    let done = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&done.stderr);
    let status = done.status.code().expect("the binary was not killed");
    assert!(matches!(status, 0 | 1), "{} on {}: status {status}\n{said}", map.display(), input.display());
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let report = serde_json::from_str(&read(&report)).expect("the report is JSON");
    Outcome { status, xml: read(&xml), rejects: read(&rejects), report }
}

fn count(xml: &str) -> Counted {
    let mut counted = Counted::default();
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut currency: Option<String> = None;
    loop {
        match reader.read_event().expect("the output is XML") {
            Event::Start(start) => match start.local_name().as_ref() {
                "JournalEntry" => counted.documents += 1,
                "Item" | "DebtorItem" | "CreditorItem" => counted.items += 1,
                "AmountInTransactionCurrency" => {
                    let code = start.try_get_attribute("currencyCode").expect("attributes are read");
                    let code = code.expect("an amount has its currency");
                    currency = Some(code.value.into_owned());
                }
                _ => {}
            },
            Event::Text(text) => {
                if let Some(currency) = currency.take() {
                    let amount = BigDecimal::from_str(&text).expect("an amount is a number");
                    let sums = counted.sums.entry(currency).or_default();
                    if amount < BigDecimal::zero() { sums.1 -= amount } else { sums.0 += amount }
                }
            }
            Event::Eof => return counted,
            _ => {}
        }
    }
}

/// Holds the bare message against the service's own schema, where both are there.
fn validate(outcome: &Outcome, name: &str) {
    let Some(schema) = shared("sap/xsd/JournalEntryCreate.2024.xsd") else { return };
    if outcome.xml.is_empty() {
        return;
    }
    let folder = Folder::new(&format!("validate-{}", name.replace('/', "-")));
    let body = folder.0.join("body.xml");
    std::fs::write(&body, &outcome.xml).expect("the temporary file can be written");
    let judged = Command::new("xmllint").arg("--noout").arg("--schema").arg(&schema).arg(&body).output();
    match judged {
        Ok(judged) => {
            assert!(judged.status.success(), "{name}: {}", String::from_utf8_lossy(&judged.stderr));
        }
        Err(_) => println!("skipped: no xmllint to validate {name}"),
    }
}

// ---- what lies beside each mapping ----

#[test]
fn every_mapping_gives_what_lies_beside_it() {
    let mut found = 0;
    for folder in std::fs::read_dir(root().join("mappings")).expect("the mappings are there") {
        let folder = folder.expect("the folder is read").path();
        for map in files(&folder, "map") {
            if let Some((input, expected, rejects)) = sample_of(&map) {
                found += 1;
                compare(&map, &input, &expected, &rejects);
            }
        }
    }
    assert!(found >= 14, "found {found} mappings with a sample");
}

/// Input, expected XML and expected rejects: `input.json` beside the mapping named like its folder,
/// `NAME.input.json` and `NAME.expected.xml` beside another one.
fn sample_of(map: &Path) -> Option<(PathBuf, PathBuf, PathBuf)> {
    let folder = map.parent()?;
    let name = map.file_stem()?.to_str()?;
    let before = if folder.file_name()? == name { String::new() } else { format!("{name}.") };
    let input =
        ["json", "ndjson"].iter().map(|e| folder.join(format!("{before}input.{e}"))).find(|p| p.exists())?;
    let expected = folder.join(format!("{before}expected.xml"));
    Some((input, expected, folder.join(format!("{before}rejects.expected.ndjson"))))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![] };
    let mut found: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    found.retain(|p| p.extension().is_some_and(|e| e == extension));
    found.sort();
    found
}

fn compare(map: &Path, input: &Path, expected: &Path, rejects: &Path) {
    let relative = |path: &Path| path.strip_prefix(root()).expect("inside the project").to_path_buf();
    let outcome = transform(&relative(map), &relative(input), &["--pretty"]);
    if std::env::var_os("JEMAP_BLESS").is_some() {
        std::fs::write(expected, &outcome.xml).expect("expected.xml can be written");
        if !outcome.rejects.is_empty() {
            std::fs::write(rejects, &outcome.rejects).expect("the rejects can be written");
        }
    }
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(outcome.xml, read(expected), "{}", map.display());
    assert_eq!(outcome.rejects, read(rejects), "{}", map.display());
    assert_eq!(outcome.status, i32::from(!outcome.rejects.is_empty()), "{}", map.display());
    validate(
        &transform(&relative(map), &relative(input), &["--soap", "none"]),
        &relative(map).to_string_lossy(),
    );
}

/// Runs a ledger document of these debits and credits.
fn long_document(amounts: impl Iterator<Item = (u32, u32)>) -> Outcome {
    let folder = copy("ledger_export/ledger_export.map", &[]);
    let lines: Vec<String> = amounts
        .map(|(debit, credit)| {
            format!(r#"{{"gl_account":"40","debit_amount":"{debit}.00","credit_amount":"{credit}.00"}}"#)
        })
        .collect();
    let document = format!(
        r#"[{{"header":{{"document_id":"LONG","company_code":"LX10","posting_date":"2026-08-04","document_date":"2026-08-04",
        "document_type":"SA","currency":"PLN","created_by":"SYSTEM"}},"lines":[{}]}}]"#,
        lines.join(",")
    );
    let input = folder.0.join("long.json");
    std::fs::write(&input, document).expect("the sample can be written");
    transform(&folder.0.join("mapping.map"), &input, &["--soap", "none"])
}

fn every_part_fits_and_balances(outcome: &Outcome) {
    for part in outcome.xml.split("<JournalEntry>").skip(1) {
        let part = count(&format!("<x>{}</x>", part.split("</JournalEntry>").next().unwrap_or_default()));
        assert!(part.items <= 999, "{} lines in a part", part.items);
        let sums = &part.sums["PLN"];
        assert_eq!(sums.0, sums.1);
    }
    validate(outcome, "split");
}

#[test]
fn documents_over_the_limit_are_split_and_each_part_balances() {
    let outcome = long_document((0..2_500).map(|i| if i == 2_499 { (0, 2_499) } else { (1, 0) }));
    let counted = count(&outcome.xml);
    assert_eq!((counted.documents, counted.items), (3, 2_503), "{}", beginning(&outcome.rejects));
    every_part_fits_and_balances(&outcome);
}

#[test]
fn a_part_that_balances_by_itself_gets_no_closing_line() {
    let outcome = long_document((0..2_500).map(|i| if i % 2 == 0 { (1, 0) } else { (0, 1) }));
    let counted = count(&outcome.xml);
    assert_eq!((counted.documents, counted.items), (3, 2_500), "{}", beginning(&outcome.rejects));
    every_part_fits_and_balances(&outcome);
}

// ---- real files ----

/// Copies a mapping's folder; the mapping itself becomes `mapping.map`, with these replacements.
fn copy(map: &str, edits: &[(&str, &str)]) -> Folder {
    let map = root().join("mappings").join(map);
    let from = map.parent().expect("a mapping lies in a folder");
    let folder = Folder::new(&format!(
        "copy-{}-{:?}",
        map.file_stem().unwrap_or_default().to_string_lossy(),
        std::thread::current().id()
    ));
    for file in std::fs::read_dir(from).expect("the mapping's folder is read") {
        let file = file.expect("the mapping's folder is read").path();
        std::fs::copy(&file, folder.0.join(file.file_name().expect("a file has a name")))
            .expect("the file can be copied");
    }
    let mut text = std::fs::read_to_string(&map).expect("the mapping is read");
    for (old, new) in edits {
        assert!(text.contains(old), "{}: no `{old}`", map.display());
        text = text.replace(old, new);
    }
    std::fs::write(folder.0.join("mapping.map"), text).expect("the mapping can be written");
    folder
}

fn real(case: &Real) {
    let Some(samples) = shared(&format!("samples/{}", case.folder)) else { return };
    let totals = shared("samples/expected_totals.json")
        .map(|p| std::fs::read_to_string(p).expect("the totals are read"));
    let totals: Value =
        serde_json::from_str(&totals.unwrap_or_else(|| "{}".into())).expect("the totals are JSON");
    let mut found = 0;
    let mut inputs: Vec<PathBuf> = std::fs::read_dir(samples)
        .expect("the samples are read")
        .filter_map(|e| e.ok().map(|e| e.path()))
        .collect();
    inputs.sort();
    for input in inputs {
        let name = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !(case.files)(&name) {
            continue;
        }
        found += 1;
        let folder = copy(case.map, case.edits);
        let content = values(&input);
        for (table, text) in (case.tables)(&content) {
            std::fs::write(folder.0.join(table), text).expect("the table can be written");
        }
        let mut arguments = vec!["--soap", "none"];
        arguments.extend(case.params.iter().flat_map(|p| ["--param", *p]));
        let outcome = transform(&folder.0.join("mapping.map"), &input, &arguments);
        let id = format!("{}/{name}", case.folder);
        hold_against(case, &id, &outcome, totals.get(&id), &content);
        validate(&outcome, &id);
    }
    assert!(found > 0, "no real file for {}", case.map);
}

/// Every JSON value of a file (gzip is left to jemap), as one array.
fn values(input: &Path) -> Value {
    let bytes = std::fs::read(input).expect("the sample is read");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Value::Array(
        serde_json::Deserializer::from_str(&text).into_iter::<Value>().map_while(Result::ok).collect(),
    )
}

fn hold_against(case: &Real, id: &str, outcome: &Outcome, totals: Option<&Value>, content: &Value) {
    let counts = &outcome.report["counts"];
    let documents = |fate: &str| counts[fate]["documents"].as_u64().expect("a count");
    let refused = (case.refused)(id);
    assert_eq!(documents("rejected"), refused, "{id}: {}", beginning(&outcome.rejects));
    assert_eq!(
        documents("read"),
        documents("written") + documents("rejected") + documents("dropped"),
        "{id}"
    );
    let counted = count(&outcome.xml);
    for (currency, (debit, credit)) in &counted.sums {
        assert_eq!(debit, credit, "{id}: {currency} does not balance");
    }
    let Some(totals) = totals else { return };
    assert_eq!(documents("read"), totals["documents"].as_u64().expect("a count"), "{id}");
    if refused > 0 {
        return;
    }
    assert_eq!(counted.documents, documents("read") - documents("dropped"), "{id}");
    for (currency, sums) in totals["sums"].as_object().expect("sums") {
        let number =
            |side: &str| BigDecimal::from_str(sums[side].as_str().expect("a sum")).expect("a number");
        let (mut debit, mut credit) = (number("debit"), number("credit"));
        if case.one_sided {
            // The other side of each row, and of each cash advance that was used up.
            let advances: BigDecimal = found(content, &["cashAdvanceApplicationAmount"])
                .map(|a| BigDecimal::from_str(&a).expect("a number").abs())
                .sum();
            debit = &debit + &credit + advances;
            credit = debit.clone();
        }
        let written = match currency.as_str() {
            "?" => counted.sums.values().next(),
            known => counted.sums.get(known),
        };
        assert_eq!(written, Some(&(debit, credit)), "{id}: {currency}");
    }
}

/// Every text or number found by these keys one inside the other, anywhere in the value.
fn found<'v>(value: &'v Value, keys: &'v [&'v str]) -> Box<dyn Iterator<Item = String> + 'v> {
    let here = keys.iter().try_fold(value, |v, key| v.get(key)).and_then(|v| match v {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let inside: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(elements) => Box::new(elements.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    };
    Box::new(here.into_iter().chain(inside.flat_map(move |v| found(v, keys))))
}

/// A table with a row for each code found: the code in place of `{}`, and its number in place of `#`.
fn rows<I: IntoIterator<Item = String>>(head: &str, codes: I, row: &str) -> String {
    let codes: BTreeSet<String> = codes.into_iter().collect();
    let mut table = format!("{head}\n");
    for (i, code) in codes.iter().enumerate() {
        table.push_str(
            &row.replace('#', &(1000 + i).to_string())
                .replace("{}", &format!("\"{}\"", code.replace('"', "\"\""))),
        );
        table.push('\n');
    }
    table
}

#[test]
fn concur_on_real_files() {
    real(&Real {
        map: "concur/concur.map",
        folder: "sap_concur",
        files: |name| name.ends_with(".json"),
        params: &["again=true"],
        edits: &[],
        tables: |v| {
            let clearing = found(v, &["journalPayee"]).chain(found(v, &["journalPayer"]));
            let clearing = clearing.chain(found(v, &["cashAdvanceClearingAccountCode"]));
            let codes: BTreeSet<String> = found(v, &["taxReclaimCode"]).collect();
            let taxes: String = codes
                .iter()
                .map(|code| rows("", found(v, &["taxAuthorityLabel"]), &format!("{{}},{code},V1,VST,MWVS")))
                .collect();
            vec![
                ("employees.csv", rows("id,supplier", found(v, &["employeeId"]), "{},91#")),
                ("clearing.csv", rows("code,account", clearing, "{},25#")),
                (
                    "taxes.csv",
                    format!(
                        "authority,code,sap,class,condition\n{}",
                        taxes.replace("\n\n", "\n").trim_start()
                    ),
                ),
            ]
        },
        refused: |_| 0,
        one_sided: true,
    });
}

fn xero_tables(v: &Value) -> Vec<Table> {
    vec![("accounts.csv", rows("code,sap", found(v, &["AccountCode"]), "{},4#"))]
}

#[test]
fn xero_manual_journals_on_real_files() {
    real(&Real {
        map: "xero/xero.map",
        folder: "xero",
        files: |name| name.contains("_ManualJournals"),
        params: &["drafts=true"],
        edits: &[],
        tables: xero_tables,
        // The list endpoint and one request give journals without lines.
        refused: |id| match id {
            "xero/get_ManualJournals.200.json" => 3,
            "xero/post_ManualJournals_ManualJournalID.request.json" => 1,
            _ => 0,
        },
        one_sided: false,
    });
}

#[test]
fn xero_journals_on_real_files() {
    real(&Real {
        map: "xero/journals.map",
        folder: "xero",
        files: |name| name.starts_with("get_Journals_"),
        params: &[],
        edits: &[],
        tables: xero_tables,
        refused: |_| 0,
        one_sided: false,
    });
}

#[test]
fn quickbooks_on_real_files() {
    real(&Real {
        map: "quickbooks/quickbooks.map",
        folder: "quickbooks_online",
        files: |name| name.starts_with("journal_entry"),
        params: &[],
        edits: &[],
        tables: |v| {
            vec![("accounts.csv", rows("id,kind,sap", found(v, &["AccountRef", "value"]), "{},gl,4#"))]
        },
        refused: |_| 0,
        one_sided: false,
    });
}

#[test]
fn intacct_on_real_files() {
    real(&Real {
        map: "intacct/intacct.map",
        folder: "sage_intacct",
        files: |name| name.starts_with("rest_journal_entry"),
        params: &[],
        edits: &[],
        tables: |v| vec![("accounts.csv", rows("id,sap", found(v, &["glAccount", "id"]), "{},4#"))],
        refused: |_| 0,
        one_sided: false,
    });
}

fn netsuite(map: &'static str, files: fn(&str) -> bool, tables: fn(&Value) -> Vec<Table>) {
    real(&Real {
        map,
        folder: "netsuite",
        files,
        params: &[],
        edits: &[],
        tables,
        refused: |_| 0,
        one_sided: false,
    });
}

#[test]
fn netsuite_on_real_files() {
    netsuite(
        "netsuite/netsuite.map",
        |name| name.starts_with("rest_") && !name.contains("INVALID"),
        |v| {
            vec![
                ("accounts.csv", rows("id,sap", found(v, &["account", "id"]), "{},4#")),
                ("subsidiaries.csv", rows("id,company", found(v, &["subsidiary", "id"]), "{},#")),
                ("currencies.csv", rows("id,code", found(v, &["currency", "id"]), "{},USD")),
            ]
        },
    );
    netsuite(
        "netsuite/suitetalk.map",
        |name| name == "journal_entry_without_single_line.json",
        |v| {
            vec![
                ("accounts.csv", rows("id,sap", found(v, &["account", "internalId"]), "{},4#")),
                ("subsidiaries.csv", rows("id,company", found(v, &["subsidiary", "internalId"]), "{},#")),
                ("currencies.csv", rows("id,code", found(v, &["currency", "internalId"]), "{},USD")),
            ]
        },
    );
}

#[test]
fn business_central_on_real_files() {
    let accounts =
        |_: &Value| vec![("accounts.csv", "from,to,sap\n0000,9999,410000\n00000,99999,420000\n".to_owned())];
    // Each published example is one line of a document whose other lines were not published: it cannot balance.
    real(&Real {
        map: "business_central/business_central.map",
        folder: "business_central",
        files: |name| name.contains("eneralledgerentr") && name.contains("_get"),
        params: &[],
        edits: &[("at entryNumber", "at id")],
        tables: accounts,
        refused: |_| 1,
        one_sided: false,
    });
    real(&Real {
        map: "business_central/journal_lines.map",
        folder: "business_central",
        files: |name| name == "v1.0_journalline_get.1.json" || name.starts_with("v1.0_create_journalline"),
        params: &[],
        edits: &[],
        tables: accounts,
        refused: |_| 1,
        one_sided: false,
    });
}

#[test]
fn erpnext_on_real_files() {
    real(&Real {
        map: "erpnext/erpnext.map",
        folder: "erpnext",
        files: |name| name.starts_with("journal_entry"),
        params: &[],
        edits: &[],
        tables: |v| {
            vec![
                ("companies.csv", rows("name,code,currency", found(v, &["company"]), "{},#,INR")),
                ("accounts.csv", rows("name,sap", found(v, &["account"]), "{},4#")),
                ("partners.csv", {
                    let rest = rows("", found(v, &["party"]), "Customer,{},5#")
                        + &rows("", found(v, &["party"]), "Supplier,{},6#");
                    format!("type,name,number\n{}", rest.replace("\n\n", "\n").trim_start())
                }),
            ]
        },
        refused: |_| 0,
        one_sided: false,
    });
}

#[test]
fn stripe_on_real_files() {
    real(&Real {
        map: "stripe/stripe.map",
        folder: "stripe",
        files: |name| name == "balance_transaction.json",
        params: &[],
        edits: &[],
        tables: |_| vec![],
        refused: |_| 0,
        one_sided: false,
    });
}

#[test]
fn formance_on_real_files() {
    real(&Real {
        map: "formance/formance.map",
        folder: "formance",
        files: |name| name.ends_with(".jsonl"),
        params: &[],
        edits: &[],
        tables: |v| {
            let names = found(v, &["source"]).chain(found(v, &["destination"]));
            let names = names.map(|n| n.split(':').next().unwrap_or_default().to_owned());
            vec![("accounts.csv", rows("kind,sap", names, "{},4#"))]
        },
        refused: |_| 0,
        one_sided: false,
    });
}

#[test]
fn ledger_export_on_the_real_file() {
    let Some(input) = shared("samples/datasynth/journal_entries_demo.json.gz") else { return };
    let folder = copy("ledger_export/ledger_export.map", &[]);
    let mut table = "kind,old,new\ncost center,CC-DEMO-ADMIN,CCADMIN\n".to_owned();
    for process in ["P2P", "O2C", "H2R", "R2R", "A2R"] {
        table.push_str(&format!("profit center,PC-DEMO-{process},PC-{process}\n"));
    }
    std::fs::write(folder.0.join("renumbered.csv"), table).expect("the table can be written");
    let outcome = transform(&folder.0.join("mapping.map"), &input, &["--soap", "none"]);
    let counts = &outcome.report["counts"];
    assert_eq!(counts["read"]["documents"], 1_096);
    assert_eq!(counts["written"]["documents"], 1_096, "{}", beginning(&outcome.rejects));
    assert_eq!(counts["read"]["lines"], 11_293);
    // Lines that hold no amount on either side.
    assert_eq!(counts["dropped"]["lines"], 23);
    let counted = count(&outcome.xml);
    assert_eq!((counted.documents, counted.items), (1_096, 11_270));
    let (debit, credit) = &counted.sums["USD"];
    assert_eq!(debit, credit);
    validate(&outcome, "datasynth");
}
