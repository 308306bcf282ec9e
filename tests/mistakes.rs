//! Wrong mappings: each `mistakes/NAME.map` says in its first line what is wrong, `mistakes/said/NAME.snap` what is said.
//!
//! Every code that a mapping can raise is raised by one of them. To add one, write the file, run with
//! `INSTA_UPDATE=always`, and read what is said before keeping it.

use jemap::{Code, Loader, Mapping};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The width the snapshots are written for.
const WIDTH: usize = 100;

/// How many there are at least.
const MAPPINGS_MIN: usize = 60;

/// Codes of the stages of a mapping that none of these mappings can raise, with the reason.
const NOT_RAISED: &[(&str, &str)] = &[
    ("J119", "the file would have to be larger than a mapping may be: `a_file_too_large`"),
    ("J310", "what a command names, not a mapping"),
    ("J311", "the same"),
    ("J358", "the table would have to be larger than 4 GiB"),
];

/// Paths in a mapping count from its folder; messages say nothing of the machine.
struct Folder(PathBuf);

impl Loader for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => e.to_string(),
        })
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

/// All mappings by their names.
fn mappings() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|e| e.expect("the folder can be listed").path());
    let mut found: Vec<(String, String)> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "map"))
        .map(|path| {
            let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).expect("it is text"))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn what_is_said() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("mistakes/said");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, text) in mappings() {
            let compiled = Mapping::compile(&format!("{name}.map"), &text, &Folder(folder()));
            let said = jemap::cli::render(&compiled.reports, Some(WIDTH), false);
            assert!(!said.is_empty(), "{name}: nothing is said");
            assert_eq!(compiled.mapping.is_none(), compiled.reports.has_errors(), "{name}");
            insta::assert_snapshot!(name.as_str(), said);
        }
    });
}

#[test]
fn each_mapping_says_first_what_is_wrong_with_it() {
    let mappings = mappings();
    assert!(mappings.len() >= MAPPINGS_MIN, "only {} mappings", mappings.len());
    for (name, text) in &mappings {
        assert!(text.starts_with("# "), "{name}: the first line is no comment");
    }
    let said = std::fs::read_dir(folder().join("said")).expect("the snapshots are there");
    let snapshots: BTreeSet<String> = said
        .map(|e| e.expect("the folder can be listed").path())
        .filter(|p| p.extension().is_some_and(|e| e == "snap"))
        .map(|p| p.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .collect();
    let names: BTreeSet<String> = mappings.into_iter().map(|(name, _)| name).collect();
    assert_eq!(snapshots, names, "a snapshot for each mapping and none without");
}

#[test]
fn a_file_too_large() {
    let text = "# a comment\n".repeat(2 << 20);
    let compiled = Mapping::compile("large.map", &text, &Folder(folder()));
    assert!(compiled.mapping.is_none());
    insta::assert_snapshot!(compiled.reports.to_string(), @"large.map:1:1: error[J119 file-too-large]: the file has 25165824 bytes, more than the 4194304 a mapping may have (move tables into CSV files)");
}

#[test]
fn every_code_is_raised() {
    let mut raised = BTreeSet::new();
    for (name, text) in mappings() {
        let compiled = Mapping::compile(&name, &text, &Folder(folder()));
        raised.extend(compiled.reports.list.iter().map(|r| r.code.id()));
    }
    let stages = |c: &Code| matches!(c.id().as_bytes()[1], b'1' | b'2' | b'3');
    let all: Vec<&str> = jemap::diag::codes::all().filter(stages).map(Code::id).collect();
    let excused: BTreeSet<&str> = NOT_RAISED.iter().map(|(code, _)| *code).collect();
    let missing: Vec<&str> =
        all.iter().copied().filter(|c| !raised.contains(c) && !excused.contains(c)).collect();
    assert!(missing.is_empty(), "no mapping raises {missing:?}");
    let both: Vec<&&str> = excused.iter().filter(|c| raised.contains(**c)).collect();
    assert!(both.is_empty(), "raised though listed as never raised: {both:?}");
}
