//! Rules of the house that a compiler does not check: floors, headers, sizes, words that have no place here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The rooms and their floors: a room uses rooms of lower floors only.
const FLOORS: &[(&str, u8)] = &[
    ("crash", 0),
    ("diag", 0),
    ("vector", 0),
    ("data", 1),
    ("answer", 2),
    ("contract", 2),
    ("fate", 2),
    ("func", 2),
    ("json", 2),
    ("listen", 2),
    ("syntax", 2),
    ("xml", 2),
    ("table", 3),
    ("check", 4),
    ("plan", 5),
    ("run", 6),
    ("sink", 7),
    ("report", 8),
    ("engine", 9),
    ("mapping", 10),
    ("wire", 11),
    ("book", 11),
    ("courier", 12),
    ("sandbox", 12),
    ("cli", 13),
];

const FILE_LINES_MAX: usize = 700;

const LINE_CHARACTERS_MAX: usize = 110;

/// The only file with `unsafe` code: instructions that not every processor has.
const UNSAFE_FILE: &str = "src/vector/avx2.rs";

/// Files that are longer today. The list only gets shorter.
const LONG_FILES: &[&str] = &["src/check/tests/wrong.rs"];

/// Lines that are longer today. The number only gets smaller.
const LONG_LINES: usize = 400;

/// A source file: its path from the root, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
    /// The room it belongs to.
    fn room(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        let room = rest.split('/').next()?;
        let room = room.strip_suffix(".rs").unwrap_or(room);
        (room != "lib" && room != "main").then_some(room)
    }
    /// Its lines without comments and without the tests at its end, with their numbers.
    fn code(&self) -> Vec<(usize, &str)> {
        let end = self.text.find("#[cfg(test)]\nmod tests {").unwrap_or(self.text.len());
        let lines = self.text[..end].lines().enumerate().map(|(i, line)| (i + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//")).collect()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn walk(folder: &Path, wanted: &dyn Fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
            walk(&path, wanted, found);
        } else if wanted(&path) {
            found.push(path);
        }
    }
}

/// The files below these folders that a test asks for.
fn files(folders: &[&str], wanted: &dyn Fn(&Path) -> bool) -> Vec<File> {
    let mut paths = vec![];
    for folder in folders {
        walk(&root().join(folder), wanted, &mut paths);
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = String::from_utf8_lossy(&std::fs::read(&path).expect("it can be read")).into_owned();
        let path =
            path.strip_prefix(root()).expect("it is below the root").to_string_lossy().replace('\\', "/");
        File { path, text }
    };
    paths.into_iter().map(read).collect()
}

fn sources(folders: &[&str]) -> Vec<File> {
    let files = files(folders, &|path| path.extension().is_some_and(|e| e == "rs"));
    assert!(files.len() > 5, "the sources are there");
    files
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn rooms_use_only_rooms_below_them() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let rooms: BTreeSet<String> =
        sources(&["src"]).iter().filter_map(|f| f.room().map(str::to_owned)).collect();
    assert!(
        rooms.iter().map(String::as_str).eq(floors.keys().copied()),
        "every room has its floor: {rooms:?}"
    );
    let mut wrong = vec![];
    for file in sources(&["src"]) {
        let Some(room) = file.room() else { continue };
        for (number, line) in file.code() {
            for (at, _) in line.match_indices("crate::") {
                let rest = &line[at + "crate::".len()..];
                let names = match rest.strip_prefix('{') {
                    Some(list) => list.split('}').next().unwrap_or_default(),
                    None => rest,
                };
                let parts: Vec<&str> =
                    if rest.starts_with('{') { names.split(',').collect() } else { vec![names] };
                for part in parts {
                    let name: String =
                        part.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                    let Some(floor) = floors.get(name.as_str()) else { continue };
                    let allowed = name == room || *floor < floors[room];
                    if !allowed {
                        wrong.push(format!("{}:{number}: {room} uses {name}", file.path));
                    }
                }
            }
        }
    }
    none("rooms use only rooms on lower floors", &wrong);
}

#[test]
fn every_file_says_what_it_is() {
    let without: Vec<String> = sources(&["src", "tests", "benches", "fuzz"])
        .into_iter()
        .filter(|f| !f.text.starts_with("//! "))
        .map(|f| f.path)
        .collect();
    none("these files do not begin with `//!`", &without);
}

#[test]
fn files_and_lines_are_short() {
    let mut long = vec![];
    let mut wide = vec![];
    for file in sources(&["src", "tests", "benches", "fuzz"]) {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX && !LONG_FILES.contains(&file.path.as_str()) {
            long.push(format!("{}: {lines} lines", file.path));
        }
        // The texts that tests compare with are as long as they are.
        if !file.is_test() {
            for (i, line) in file.text.lines().enumerate() {
                if line.chars().count() > LINE_CHARACTERS_MAX {
                    wide.push(format!("{}:{}", file.path, i + 1));
                }
            }
        }
    }
    none(&format!("files of more than {FILE_LINES_MAX} lines"), &long);
    println!("{} lines are longer than {LINE_CHARACTERS_MAX} characters", wide.len());
    assert!(wide.len() <= LONG_LINES, "{} lines are too long:\n  {}", wide.len(), wide.join("\n  "));
}

#[test]
fn words_that_have_no_place_here() {
    let everywhere = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("#[", "ignore"),
    ];
    let mut found = vec![];
    for file in sources(&["src", "tests", "benches"]) {
        for (i, line) in file.text.lines().enumerate() {
            let bad = everywhere.iter().filter(|word| line.contains(**word));
            found.extend(bad.map(|word| format!("{}:{}: {word}", file.path, i + 1)));
        }
    }
    for file in sources(&["src"]).into_iter().filter(|f| !f.is_test()) {
        for (number, line) in file.code() {
            let mut bad = vec![];
            bad.extend(line.contains(".unwrap()").then_some("`.unwrap()`: say by `expect` why it cannot be"));
            bad.extend(line.contains("panic!(").then_some("a panic"));
            let apart = file.path == UNSAFE_FILE;
            bad.extend((has_word(line, "unsafe") && !apart).then_some("unsafe"));
            bad.extend((has_word(line, "f64") || has_word(line, "f32")).then_some("a float"));
            let prints = ["print!(", "println!("].iter().any(|p| line.contains(p));
            bad.extend(
                (prints && !file.path.starts_with("src/cli/")).then_some("only the command line prints"),
            );
            found.extend(bad.into_iter().map(|what| format!("{}:{number}: {what}", file.path)));
        }
    }
    none("words that have no place here", &found);
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == word)
}

#[test]
fn no_machine_is_named() {
    let places =
        ["home", "root", "Users", "work"].map(|folder| format!("/{folder}/")).into_iter().collect::<Vec<_>>();
    let text = |path: &Path| {
        let known = ["rs", "md", "map", "toml", "csv", "json", "xml", "snap", "pest", "sh", "yml"];
        path.extension().and_then(|e| e.to_str()).is_some_and(|e| known.contains(&e))
    };
    let mut found = vec![];
    for file in files(&["src", "tests", "docs", "grammar", "benches", "fuzz", "mappings"], &text) {
        for (i, line) in file.text.lines().enumerate() {
            if places.iter().any(|p| line.contains(p.as_str())) {
                found.push(format!("{}:{}: {}", file.path, i + 1, line.trim()));
            }
        }
    }
    none("paths of a machine", &found);
}

#[test]
fn the_crates_have_no_unsafe_code_but_in_one_file() {
    for (path, rule) in [("src/lib.rs", "#![deny(unsafe_code)]"), ("src/main.rs", "#![forbid(unsafe_code)]")]
    {
        let text = std::fs::read_to_string(root().join(path)).expect("it can be read");
        assert!(text.contains(rule), "{path}");
    }
    let text = std::fs::read_to_string(root().join(UNSAFE_FILE)).expect("it can be read");
    let lines: Vec<&str> = text.lines().collect();
    let mut found = 0;
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("unsafe {")) {
        found += 1;
        assert!(lines[i - 1].trim_start().starts_with("// SAFETY: "), "{UNSAFE_FILE}:{}: {line}", i + 1);
    }
    assert!(found >= 10, "{found} uses were found");
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("it can be read");
    let (mut inside, mut before, mut without) = (false, "", vec![]);
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if inside && line.contains('=') && !line.starts_with('#') && !before.starts_with('#') {
            without.push(line.to_owned());
        }
        before = line;
    }
    none("dependencies without a comment", &without);
}

/// The library alone brings neither arguments nor network nor database.
#[test]
fn what_the_library_alone_brings() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let arguments = "tree --offline --locked --no-default-features -e normal --prefix none --target";
    let done = Command::new(cargo)
        .args(arguments.split(' '))
        .arg("x86_64-unknown-linux-gnu")
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let listed = String::from_utf8_lossy(&done.stdout).into_owned();
    let names: BTreeSet<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    insta::assert_snapshot!(names.into_iter().collect::<Vec<_>>().join("\n"), @"
    block-buffer
    cfg-if
    cpufeatures
    crypto-common
    csv
    csv-core
    digest
    equivalent
    foldhash
    generic-array
    hashbrown
    indexmap
    itoa
    jemap
    libc
    memchr
    miette
    pest
    pest_derive
    pest_generator
    pest_meta
    pest_stack_guard
    proc-macro2
    psm
    quick-xml
    quote
    ryu
    safe_arch
    serde_core
    serde_json
    sha2
    simdutf8
    stacker
    syn
    typenum
    ucd-trie
    unicode-ident
    unicode-width
    zmij
    ");
}

/// The table of faults: every row is there, and every test it names exists; a row without one says why.
#[test]
fn the_table_of_faults_names_tests_that_exist() {
    let page = std::fs::read_to_string(root().join("docs/RELIABILITY.md")).expect("it can be read");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'))
        .map(|line| line.split(" |").map(str::trim).collect())
        .filter(|cells: &Vec<&str>| cells[0].parse::<u8>().is_ok())
        .collect();
    let numbers: Vec<String> = rows.iter().map(|cells| cells[0].to_owned()).collect();
    assert_eq!(numbers, (1..=30).map(|n| n.to_string()).collect::<Vec<_>>());
    let mut wrong = vec![];
    for cells in &rows {
        let [number, fault, outcome, shown, not_shown, ..] = cells[..] else { panic!("{cells:?}") };
        if fault.is_empty() || outcome.is_empty() || !shown.contains("::") && not_shown.is_empty() {
            wrong.push(format!("row {number} says neither a test nor why there is none"));
        }
    }
    for test in page.split('`').skip(1).step_by(2).filter(|word| word.contains(".rs::")) {
        let (path, name) = test.split_once("::").unwrap_or((test, ""));
        let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        let parts: Vec<&str> = text.split(&format!("fn {name}(")).collect();
        let is_test = parts.len() == 2 && parts[0].lines().rev().take(4).any(|line| line.trim() == "#[test]");
        if name.is_empty() || !is_test {
            wrong.push(format!("there is no test {test}"));
        }
    }
    none("what the table of faults gets wrong", &wrong);
}
