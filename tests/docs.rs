//! The pages tell the truth: their commands and examples are run, and what is made from tables is fresh.
//!
//! `UPDATE_DOCS=1 cargo test --test docs` writes what was really said into the pages; read the difference
//! before committing it. What a page may say and how is told in CONTRIBUTING.md.

#[path = "docs/commands.rs"]
mod commands;
#[path = "docs/compose.rs"]
mod compose;
#[path = "docs/page.rs"]
mod page;
#[path = "docs/reference.rs"]
mod reference;

use jemap::diag::codes;
use page::{Page, root};
use std::fs;

#[test]
fn the_readme_runs() {
    commands::run("README.md", &["mappings"], 4);
}

#[test]
fn the_tutorial_runs() {
    commands::run("docs/TUTORIAL.md", &["docs/tutorial/"], 7);
}

#[test]
fn the_command_line_page_runs() {
    commands::run("docs/CLI.md", &["mappings"], 14);
}

#[test]
fn the_report_page_runs() {
    commands::run("docs/REPORT.md", &["mappings"], 7);
}

#[test]
fn the_pages_of_the_mappings_run() {
    commands::run_mappings(14);
}

#[test]
fn the_reference_runs() {
    reference::run("grammar/LANGUAGE.md", 55);
}

#[test]
fn the_reference_shows_every_word_of_the_grammar() {
    let grammar = read("grammar/jemap.pest");
    let words: Vec<&str> = grammar
        .lines()
        .filter_map(|line| line.strip_prefix("kw_")?.split_once(' '))
        .map(|(word, _)| word)
        .collect();
    assert!(words.len() >= 40, "only {} words were found in the grammar", words.len());
    let page = Page::read("grammar/LANGUAGE.md");
    let shown: String =
        page.blocks.iter().filter(|b| b.info.starts_with("jemap")).map(|b| b.text.as_str()).collect();
    let is_shown =
        |word: &&&str| shown.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == **word);
    let missing: Vec<_> = words.iter().filter(|word| !is_shown(word)).collect();
    assert!(missing.is_empty(), "grammar/LANGUAGE.md has no example of {missing:?}");
}

#[test]
fn the_readme_and_the_library_show_the_same_program() {
    let library: String = read("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let program = library.split("```\n").nth(1).expect("the library's page has a program");
    let readme = Page::read("README.md");
    let shown = readme.blocks.iter().find(|b| b.info == "rust").expect("README.md has a program");
    assert_eq!(shown.text, program, "README.md and src/lib.rs");
}

#[test]
fn the_page_of_errors_is_fresh() {
    let mut page = String::from(
        "# Errors\n\nMade from `src/diag/codes` by `cargo test`; do not edit.\n\
         `jemap errors CODE` shows the same.\n\
         A number is never used for anything else later, so it can be searched for and relied on.\n",
    );
    let mut stage = ' ';
    for code in codes::all() {
        let digit = code.id().chars().nth(1).expect("a code is a letter and three digits");
        if digit != stage {
            stage = digit;
            page += &format!("\n## J{digit}xx: {}\n", stage_of(digit));
        }
        let doc: Vec<&str> = code.doc().lines().map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
        page += &format!("\n### {} `{}`\n\n{}\n", code.id(), code.name(), doc.join("\n").trim_end());
    }
    fresh("grammar/ERRORS.md", &page);
}

#[cfg(feature = "delivery")]
#[test]
fn the_page_of_destinations_is_fresh() {
    let example = "# a public cloud tenant, asynchronous bulk\n[destination.bulk]\nmode = \"async\"\n\
                   url = \"https://my-api.s4hana.example/sap/bc/srt/scs_ext/sap/journalentrybulkcreationreques\"\n\
                   user = \"JEMAP\"\npassword = \"env:JEMAP_PASSWORD\"\n\n\
                   # on premise, synchronous, an own authority, a look-up after a time-out\n[destination.finance]\n\
                   mode = \"sync-lookup\"\nurl = \"https://s4.example:44300/sap/bc/srt/xip/sap/journalentrycreaterequestconfi/100/post/post\"\n\
                   sap_client = \"100\"\nca = \"authority.pem\"\ncertificate = \"jemap.pem\"\ncertificate_key = \"file:jemap.key\"\n\
                   lookup_url = \"https://s4.example:44300/read/items?$filter=DocumentReferenceID%20eq%20'{reference}'\"\n";
    let read = jemap::Configuration::parse("jemap.toml", example);
    assert!(read.is_ok_and(|read| read.destinations.len() == 2), "the example is right");
    let mut page = format!(
        "# Destinations\n\nThe settings are made from `src/wire/settings.rs` by `cargo test`; do not edit.\n\n\
         `jemap send` and `jemap run` read `jemap.toml` in the working folder, or the file of `--config`.\n\
         `book` names the book of record (`jemap.book`); each destination is a table of its own.\n\n\
         ```toml\n{example}```\n\n\
         Secrets are never in this file: `env:NAME` is a variable, `file:PATH` a file that only its owner may read, \
         `cmd:PROGRAM ARGUMENTS` what a program says within 30 s.\n\
         An authority of `ca` is trusted beside the well-known ones; with `ca_only = true` it is trusted alone.\n\
         There is no setting that turns the checks of TLS off, and no redirect is followed.\n\n\
         | mode | after an unknown outcome |\n|---|---|\n\
         | `async` | the same bytes again under the same id, which the receiver remembers |\n\
         | `sync-idem` | the same; only for a synchronous service that was proven to remember ids |\n\
         | `sync-lookup` | a look-up, twice where it finds nothing; then it is sent again |\n\
         | `sync-none` | nothing: the entry is parked until a person has looked |\n\n\
         `jemap probe DEST` says whether a destination is set up right, and posts nothing.\n\n\
         | setting | default | says |\n|---|---|---|\n"
    );
    for setting in jemap::wire::SETTINGS {
        page += &format!("| `{}` | {} | {} |\n", setting.name, setting.default, setting.what);
    }
    let example = "# the asynchronous service confirms to this address\n[receive]\nlisten = \"0.0.0.0:8443\"\n\
                   path = \"/confirmations\"\nuser = \"S4\"\npassword = \"env:RECEIVE_PASSWORD\"\n\
                   certificate = \"jemap-server.pem\"\ncertificate_key = \"file:jemap-server.key\"\n";
    let read = jemap::Configuration::parse("jemap.toml", example);
    assert!(read.is_ok_and(|read| read.receive.listen.is_some()), "the example is right");
    page += &format!(
        "\n## Receiving confirmations\n\n\
         `jemap receive` listens as the table `[receive]` says; `--listen` stands in the place of its `listen`.\n\n\
         ```toml\n{example}```\n\n\
         An address that other machines can reach asks for TLS and for `user` and `password` or `client_ca`.\n\
         At 127.0.0.1 neither is needed: there a proxy may speak TLS and hand on.\n\n\
         | setting | default | says |\n|---|---|---|\n"
    );
    for setting in jemap::wire::RECEIVE_SETTINGS {
        page += &format!("| `{}` | {} | {} |\n", setting.name, setting.default, setting.what);
    }
    fresh("docs/DESTINATIONS.md", &page);
}

#[test]
fn the_page_of_architecture_has_the_floors_of_the_test() {
    let tidy = read("tests/tidy.rs");
    let rows = tidy.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.strip_suffix("),"));
    let rooms: Vec<(&str, &str)> = rows.filter_map(|row| row.split_once("\", ")).collect();
    let rooms: Vec<_> = rooms.into_iter().filter(|(_, floor)| floor.parse::<u8>().is_ok()).collect();
    assert!(rooms.len() >= 16, "only {} rooms were found in tests/tidy.rs", rooms.len());
    let page = read("ARCHITECTURE.md");
    for (room, floor) in rooms {
        let row = page.lines().find(|line| line.starts_with(&format!("| {floor} |")));
        let shown = row.is_some_and(|row| row.contains(&format!("`{room}`")));
        assert!(shown, "ARCHITECTURE.md does not show `{room}` on floor {floor}");
    }
}

/// What is said about codes that begin with this digit.
fn stage_of(digit: char) -> &'static str {
    match digit {
        '1' => "the text of a mapping",
        '2' => "what a mapping says",
        '3' => "contracts and tables",
        '4' => "reading JSON",
        '5' => "making documents",
        '6' => "the run and its surroundings",
        '7' => "delivery: the book, destinations and what is sent",
        other => panic!("stage {other} is not told in tests/docs.rs"),
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for name in page::all() {
        let text = read(&name);
        let folder = root().join(&name).parent().expect("a page lies in a folder").to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                assert!(folder.join(file).exists(), "{name} links to {file}, which is not there");
            }
        }
    }
}

/// Compares a page made from a table with its file; a stale file is rewritten, and the test fails once.
fn fresh(name: &str, text: &str) {
    if fs::read_to_string(root().join(name)).unwrap_or_default() != text {
        fs::write(root().join(name), text).expect("the project can be written");
        panic!("{name} was stale and has been rewritten; review and commit it");
    }
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
