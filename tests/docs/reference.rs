//! Every example of the reference is compiled, and run where there is something to read.
//!
//! | block | is |
//! |---|---|
//! | `jemap` | a whole mapping; no error and no warning; `<!-- name: NAME -->` gives it a name |
//! | `jemap fragment` | a part of the mapping named by `<!-- in: NAME -->` |
//! | `jemap error` | either of them; the `text` after it shows all that is said |
//! | any, after `<!-- file: NAME -->` | a file that mappings of this page can name |
//! | `json` | what the mapping before it reads; a fragment without one reads what its mapping reads |
//! | `xml` | elements of the result: all those that are called like the first ones shown |
//! | `text` | documents that were refused, why the input broke off, documents and lines that were left out |
//!
//! A document may be refused only where a `text` block shows it.

use crate::compose::compose;
use crate::page::{Block, Page, root};
use jemap::sink::{Outcomes, Pretty};
use jemap::{
    DocumentInfo, EnvelopeHead, Loader, Mapping, ParamDefault, Reject, RunError, RunOptions, Severity, Sink,
    SinkError, Soap,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::rc::Rc;

/// What a page has said so far.
#[derive(Default)]
struct Told {
    /// Named mappings: text and JSON.
    named: BTreeMap<String, (String, Option<String>)>,
    files: Files,
}

/// Files of the page, or of `tests/docs/files`.
#[derive(Default)]
struct Files(BTreeMap<String, String>);

impl Loader for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self.0.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => fs::read(root().join("tests/docs/files").join(path)).map_err(|error| error.to_string()),
        }
    }
}

/// Runs a page with at least so many examples.
pub fn run(name: &str, examples_min: usize) {
    let mut page = Page::read(name);
    let mut told = Told::default();
    let mut examples = 0;
    for at in 0..page.blocks.len() {
        if let Some(file) = page.blocks[at].remark("file") {
            told.files.0.insert(file.to_owned(), page.blocks[at].text.clone());
        } else if page.blocks[at].info.starts_with("jemap") {
            examples += 1;
            example(&mut page, at, &mut told);
        }
    }
    assert!(examples >= examples_min, "{name}: only {examples} examples were found");
    page.finish();
}

/// An example with the blocks that belong to it.
fn example(page: &mut Page, at: usize, told: &mut Told) {
    let block = &page.blocks[at];
    let (mut text, mut json) = (block.text.clone(), None);
    if let Some(whole) = block.remark("in") {
        match told.named.get(whole) {
            Some((mapping, input)) => (text, json) = (compose(mapping, &text), input.clone()),
            None => return page.wrong(at, &format!("there is no mapping `{whole}` on this page")),
        }
    }
    let after: Vec<usize> = (at + 1..page.blocks.len())
        .take_while(|i| page.blocks[*i].heading == page.blocks[at].heading && belongs(&page.blocks[*i]))
        .collect();
    let find = |info: &str| after.iter().copied().find(|i| page.blocks[*i].info == info);
    if let Some(input) = find("json") {
        json = Some(page.blocks[input].text.clone());
    }
    if let Some(name) = page.blocks[at].remark("name") {
        told.named.insert(name.to_owned(), (text.clone(), json.clone()));
    }
    let (xml, said) = (find("xml"), find("text"));
    let compiled = Mapping::compile("example.map", &text, &told.files);
    if page.blocks[at].info == "jemap error" {
        let lines: String = compiled.reports.list.iter().map(|report| shown(report) + "\n").collect();
        return match said {
            Some(said) if compiled.reports.has_errors() => page.expect(said, &lines),
            Some(_) => page.wrong(at, "should be refused, but is not"),
            None => page.wrong(at, &format!("says\n{lines}")),
        };
    }
    let allowed: &[&str] = if page.blocks[at].info == "jemap" { &[] } else { &["J223", "J233"] };
    let told: Vec<_> = compiled.reports.list.iter().filter(|r| !allowed.contains(&r.code.id())).collect();
    if !told.is_empty() {
        let lines: String = told.iter().map(|report| format!("{}\n", shown(report))).collect();
        return page.wrong(at, &format!("is refused:\n{lines}{text}"));
    }
    let (Some(mapping), Some(json)) = (compiled.mapping, json) else {
        return xml.into_iter().chain(said).for_each(|i| page.wrong(i, "shows what comes of no JSON"));
    };
    match outcome(&mapping, &json) {
        Err(message) => page.wrong(at, &message),
        Ok(done) => {
            if let Some(xml) = xml {
                let elements = done.elements(&page.blocks[xml].text);
                page.expect(xml, &elements);
            }
            match said {
                Some(said) => page.expect(said, &done.said),
                None if done.said.lines().any(|line| !line.starts_with("left out")) => {
                    page.wrong(at, &done.said)
                }
                None => {}
            }
        }
    }
}

/// Whether a block tells of the example before it.
fn belongs(block: &Block) -> bool {
    ["json", "xml", "text"].contains(&block.info.as_str()) && block.remark("file").is_none()
}

/// `J203 wrong-type: message (help)`
fn shown(report: &jemap::Report) -> String {
    let kind = if report.severity == Severity::Warning { "warning " } else { "" };
    let help = report.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!("{kind}{} {}: {}{help}", report.code.id(), report.code.name(), report.message)
}

/// What came of a run.
#[derive(Default)]
struct Outcome {
    xml: Vec<u8>,
    /// Where the documents stand in it.
    documents: Vec<std::ops::Range<usize>>,
    /// Refused and left out.
    said: String,
}

/// Keeps all of it.
#[derive(Clone, Default)]
struct Keep(Rc<RefCell<Outcome>>);

impl Sink for Keep {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.0.borrow_mut().xml.extend_from_slice(bytes);
        Ok(())
    }
    fn document(&mut self, document: &DocumentInfo<'_>) -> Result<(), SinkError> {
        self.0.borrow_mut().documents.push(document.range.start as usize..document.range.end as usize);
        Ok(())
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(jemap::Outcome::Accepted))
    }
    fn reject(&mut self, reject: &Reject<'_>) -> Result<(), SinkError> {
        let said = &mut self.0.borrow_mut().said;
        let _ = writeln!(said, "refused, {} {}: {}", reject.code.id(), reject.code.name(), reject.message);
        Ok(())
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Runs a mapping at a fixed moment.
fn outcome(mapping: &Mapping, json: &str) -> Result<Outcome, String> {
    let options = RunOptions {
        params: mapping
            .params()
            .iter()
            .filter(|p| !matches!(p.default, Some(ParamDefault::Text(_))))
            .map(given)
            .collect(),
        run_time: "2026-04-01T06:00:00Z".into(),
        run_id: "R1".into(),
        soap: Soap::None,
        ..RunOptions::default()
    };
    let keep = Keep::default();
    let mut run = mapping
        .start(&options, Box::new(keep.clone()))
        .map_err(|problems| format!("cannot start: {problems:?}"))?;
    let read = run.read("input.json", &mut json.as_bytes());
    let report = run.finish().map_err(|error| format!("cannot finish: {error:?}"))?;
    let mut outcome = keep.0.take();
    match read {
        Ok(()) => {}
        Err(RunError::Input { code, message, .. }) => {
            let _ = writeln!(outcome.said, "broken off, {} {}: {message}", code.id(), code.name());
        }
        Err(error) => return Err(format!("cannot read: {error:?}")),
    }
    for drop in &report.drops {
        let counts = [(drop.count.documents, "document"), (drop.count.lines, "line")];
        let counts = counts.iter().filter(|(n, _)| *n > 0);
        let counts: Vec<_> =
            counts.map(|(n, what)| format!("{n} {what}{}", if *n == 1 { "" } else { "s" })).collect();
        let _ = writeln!(outcome.said, "left out, {}: {}", drop.reason, counts.join(", "));
    }
    Ok(outcome)
}

/// What the examples are started with: something that the parameter's type takes.
fn given(param: &jemap::ParamInfo) -> (String, String) {
    let value = match param.ty.as_str() {
        "date" => "2026-03-31",
        "decimal" | "int" => "1",
        _ => "X",
    };
    (param.name.clone(), value.to_owned())
}

impl Outcome {
    /// The elements that are called like the outermost ones of what is shown, an empty line between
    /// documents; from all of the message when the documents have none. Nothing shown: all documents.
    fn elements(&self, shown: &str) -> String {
        let mut names: Vec<&str> = vec![];
        for line in shown.lines().filter(|line| line.starts_with('<') && !line.starts_with("</")) {
            names.extend(name_of(line).filter(|name| !names.contains(name)));
        }
        let documents = self.documents.iter().map(|range| indented(&self.xml[range.clone()]));
        let parts = documents.map(|text| match names.as_slice() {
            [] => text + "\n",
            names => picked(&text, names),
        });
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { picked(&indented(&self.xml), &names) } else { parts.join("\n") }
    }
}

/// One element a line.
fn indented(xml: &[u8]) -> String {
    let keep = Keep::default();
    let mut pretty = Pretty::new(keep.clone());
    let head = EnvelopeHead { number: 1, id: "", uuid: "" };
    let done = pretty.open(&head).and_then(|()| pretty.write(xml)).and_then(|()| pretty.close());
    done.expect("what was written can be indented");
    String::from_utf8(keep.0.take().xml).expect("XML is UTF-8")
}

/// `GLAccount` of `<GLAccount listID="YCOA">1</GLAccount>`.
fn name_of(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix('<')?.split([' ', '>', '/']).next()
}

/// The elements of these names in an indented text, moved to the margin.
fn picked(text: &str, names: &[&str]) -> String {
    let mut out = String::new();
    let mut inside: Option<(usize, String)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some((margin, end)) = &inside {
            let _ = writeln!(out, "{}", &line[(*margin).min(indent)..]);
            if indent == *margin && line.trim_start().starts_with(end.as_str()) {
                inside = None;
            }
        } else if let Some(name) = name_of(line).filter(|name| names.contains(name)) {
            let _ = writeln!(out, "{}", line.trim_start());
            let end = format!("</{name}>");
            if !line.contains(&end) && !line.trim_end().ends_with("/>") {
                inside = Some((indent, end));
            }
        }
    }
    out
}
