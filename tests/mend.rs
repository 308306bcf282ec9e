//! `jemap edit`: a refused entry is mended and sent again, and what is not the same entry is not taken for it.

use crate::support::beside::wait;
use crate::support::sandboxed::{MAPPING, RIGHT, Said, Sandboxed, WRONG, record};
use jemap::book::{Book, Clock, Filter, Sealing};
use jemap::fate::{Input, Phase};
use serde_json::json;
use std::sync::Arc;

/// 2026-03-31T12:00:00Z
fn clock() -> Clock {
    Arc::new(|| 1_774_958_400_000)
}

/// Three entries at a destination, of which B is refused.
fn refused(name: &str, mode: &str) -> Sandboxed {
    let place = Sandboxed::new(name, &[]);
    let records = [("A", RIGHT), ("B", WRONG), ("C", RIGHT)].map(|(id, to)| record(id, to, "10.00"));
    place.write("in.ndjson", &records.concat());
    place.send(if mode == "async" { 0 } else { 1 }, "in.ndjson", mode);
    place.write("mended.json", &record("B", RIGHT, "10.00"));
    place
}

#[track_caller]
fn problem(said: &Said, code: i32) -> String {
    assert_eq!(said.code, code, "{}{}", said.out, said.err);
    let lines = said.err.lines().map(|line| line.trim().trim_start_matches("│ ").trim());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_refused_entry_is_mended_and_posted_once() {
    for mode in ["sync-none", "sync-idem"] {
        let place = refused(&format!("mend-{mode}"), mode);
        let dry = place.run(&["edit", "B", "--with", "mended.json", "--dry-run"]);
        assert_eq!(dry.code, 0, "{}", dry.err);
        let changed: Vec<&str> = dry.out.lines().filter(|line| line.starts_with(['-', '+'])).collect();
        let wanted = ["-      <GLAccount>9999999999</GLAccount>", "+      <GLAccount>400000</GLAccount>"];
        assert_eq!((changed, dry.out.lines().count()), (wanted.to_vec(), 6), "{}", dry.out);
        assert_eq!(place.json(0, &["show", "B"])["state"], "refused", "a rehearsal changes nothing");
        let asked = place.run(&["edit", "B", "--with", "mended.json"]);
        assert!(problem(&asked, 2).contains("nobody can be asked"), "{}", asked.err);
        let edit = ["edit", "B", "--with", "mended.json", "--yes", "--reason", "a known account"];
        let done = place.json(0, &edit);
        assert_eq!(
            (&done["before"], &done["state"], &done["revision"]),
            (&json!("refused"), &json!("ready"), &json!(1))
        );
        let run = place.json(0, &["run", "--to", mode]);
        assert_eq!(run["delivery"][0]["states"], json!({"posted": 3}), "{run}");
        let posted = place.posted();
        assert_eq!((posted.len(), posted.values().max()), (3, Some(&1)), "{posted:?}");
        assert_eq!(posted.keys().filter(|id| id.ends_with(".01")).count(), 1, "{posted:?}");
        let shown = place.json(0, &["show", "B"]);
        assert_eq!(
            (&shown["revisions"][1]["by"], &shown["revisions"][1]["reason"]),
            (&json!("anna"), &json!("a known account"))
        );
        assert_eq!((&shown["cause"], &shown["source"]), (&json!(null), &json!("mended.json")));
        let shown = place.run(&["show", "B", "--diff"]).out;
        assert!(
            shown.contains("revision 0 to 1\n") && shown.contains("+      <GLAccount>400000<"),
            "{shown}"
        );
        // the first file and the mended one are both known, for ever
        let again = place.send(0, "in.ndjson", mode);
        assert_eq!((&again["intake"]["duplicates"], &again["intake"]["conflicts"]), (&json!(3), &json!(0)));
        let again = place.send(0, "mended.json", mode);
        assert_eq!((&again["intake"]["duplicates"], &again["intake"]["taken"]), (&json!(1), &json!(0)));
        assert_eq!(place.posted(), posted);
        let why = problem(&place.run(&edit), 1);
        assert!(
            why.contains("J718") && why.contains("edit B: the entry is posted: nothing is left to do"),
            "{why}"
        );
        assert_eq!(place.run(&["store", "check"]).code, 0);
    }
}

#[test]
fn what_is_not_this_entry_is_not_taken_for_it() {
    let place = refused("mend-wrong", "sync-none");
    place.write("other.json", &record("X", RIGHT, "10.00"));
    place.write("two.json", &(record("X", RIGHT, "10.00") + &record("B", RIGHT, "10.00")));
    place.write("same.json", &record("B", WRONG, "10.00"));
    place.write("broken.json", "{\"id\": \"B\", ");
    place.write("unmapped.json", &record("B", "40000000000", "10.00"));
    place.write("empty.json", "");
    place.write("other.map", &MAPPING.replace("map receipts", "map receipt"));
    place.write("broken.map", &MAPPING.replace("CompanyCode", "CompanyCod"));
    for (arguments, code, part) in [
        (
            &["edit", "B"][..],
            2,
            "edit B: nothing is given to mend it with help: give the mended data: `--with FILE`",
        ),
        (
            &["edit", "B", "--with", "other.json"],
            2,
            "J720 edit-not-this-entry × edit B: the data makes `X`, not this entry",
        ),
        (
            &["edit", "B", "--with", "same.json"],
            2,
            "edit B: its XML would be the same as before help: `jemap retry`",
        ),
        (&["edit", "B", "--with", "broken.json"], 2, "J402 input-cut-off"),
        (&["edit", "B", "--with", "empty.json"], 2, "edit B: the data makes no entry"),
        (&["edit", "B", "--with", "unmapped.json"], 1, "J"),
        (
            &["edit", "B", "--with", "mendet.json"],
            2,
            "no such file or directory help: did you mean `mended.json`?",
        ),
        (
            &["edit", "B", "--map", "other.map"],
            2,
            "the mapping other.map is `receipt`, and the entry was made by `receipts`",
        ),
        (&["edit", "B", "--map", "broken.map"], 2, "CompanyCod"),
        (&["edit", "B", "--map", "none.map"], 2, "J641"),
        (&["edit", "B", "--map", "receipts.map"], 2, "its XML would be the same as before"),
        (&["edit", "B", "--with", "mended.json", "--param", "usr=1"], 2, "declares no parameter `usr`"),
        (
            &["edit", "B", "--with", "mended.json", "--param", "a=1", "--param", "a=2"],
            2,
            "`a` is given twice",
        ),
        (&["edit", "Q", "--with", "mended.json"], 2, "J716 entry-not-found × no entry has the key `Q`"),
        (&["edit", "A", "--with", "mended.json"], 1, "edit A: the entry is posted"),
    ] {
        let mut arguments = arguments.to_vec();
        arguments.push("--yes");
        let said = problem(&place.run(&arguments), code);
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
    assert_eq!(place.json(0, &["show", "B"])["revision"], 0, "nothing was changed");
    // of several records the one that is meant; the other stays as it is
    let said = place.run(&["edit", "B", "--with", "two.json", "--yes"]);
    assert!(said.code == 0 && said.err.contains("stay as they are: X\n"), "{}", said.err);
    assert_eq!(place.run(&["list", "--json"]).out.lines().count(), 3);
}

#[test]
fn refused_data_is_mended_by_data_by_mapping_and_by_parameter() {
    let place = Sandboxed::new("mend-data", &[]);
    let map = MAPPING.replace("source json", "param user: text(1..12) = \"TEST\"\nsource json");
    let map = map.replace("CreatedByUser = \"TEST\"", "CreatedByUser = user");
    let strict = map.replace(
        "document from record key id {",
        "document from record key id {\n  reject \"no user\" when user == \"TEST\"",
    );
    place.write("receipts.map", &strict);
    place.write("in.ndjson", &["A", "B", "C"].map(|id| record(id, RIGHT, "10.00")).concat());
    let said = place.send(1, "in.ndjson", "sync-none");
    assert_eq!(said["delivery"][0]["states"], json!({"rejected-data": 3}));
    let why = problem(&place.run(&["edit", "A", "--yes", "--param", "user=TEST"]), 1);
    assert!(why.contains("edit A: the data of A:1:1: no user") && why.contains("refuses it still"), "{why}");
    place.json(0, &["edit", "A", "--yes", "--param", "user=ANNA"]);
    place.write("mended.map", &map);
    place.json(0, &["edit", "B", "--yes", "--map", "mended.map"]);
    // the mapping that took it was mended in its place
    place.write("receipts.map", &map);
    place.json(0, &["edit", "C", "--yes"]);
    let run = place.json(0, &["run", "--to", "sync-none"]);
    assert_eq!(run["delivery"][0]["states"], json!({"posted": 3}), "{run}");
    assert_eq!(place.posted().len(), 3);
    let xml = |key: &str| place.json(0, &["show", key])["revisions"][1]["xml"].to_string();
    assert!(xml("A").contains(">ANNA<") && xml("B").contains(">TEST<"));
}

#[test]
fn records_at_a_path_are_put_back_where_the_mapping_reads_them() {
    let place = Sandboxed::new("mend-path", &[]);
    let map = MAPPING.replace("source json record {", "source json record at day.receipts[] {");
    place.write("receipts.map", &map);
    let records = [("A", RIGHT), ("B", WRONG)].map(|(id, to)| record(id, to, "10.00"));
    place.write("in.json", &format!("{{\"day\":{{\"receipts\":[{}]}}}}", records.join(",")));
    place.send(1, "in.json", "sync-none");
    place.write("mended.json", &record("B", RIGHT, "10.00"));
    place.write("whole.json", &format!("{{\"day\":{{\"receipts\":[{}]}}}}", record("B", RIGHT, "10.00")));
    let first = place.run(&["edit", "B", "--with", "mended.json", "--dry-run"]);
    let whole = place.run(&["edit", "B", "--with", "whole.json", "--dry-run"]);
    assert_eq!((first.code, &first.out), (0, &whole.out), "{}{}", first.err, whole.err);
    assert!(first.out.contains("+      <GLAccount>400000</GLAccount>"), "{}", first.out);
    place.json(0, &["edit", "B", "--with", "mended.json", "--yes"]);
    place.json(0, &["run", "--to", "sync-none"]);
    assert_eq!(place.posted().len(), 2);
}

/// DELIVERY: edit, then the old attempt answers "posted": an alarm, parked, never silent, never posted twice.
#[test]
fn an_old_revision_that_is_posted_after_all_stops_the_new_one() {
    let place = refused("mend-rival", "async");
    // the receiver refused B, and its own message was cancelled there; or so somebody said
    let book_file = place.folder.join("jemap.book");
    let open = || Book::open(&book_file, clock()).expect("it opens");
    let key = open().meant("B").expect("it is read")[0].key;
    let told = |revision: u8, posted: bool| {
        open()
            .turn(|turn| turn.input(turn.entry(key)?, Input::Confirmed { revision, posted }))
            .expect("it is told")
    };
    told(0, false);
    let edit = ["edit", "B", "--with", "mended.json", "--yes"];
    let why = problem(&place.run(&edit), 1);
    assert!(
        why.contains("the receiver holds the entry's message: cancel it there and say so first"),
        "{why}"
    );
    place.json(0, &["cancelled", "B", "--yes"]);
    place.json(0, &edit);
    // it is sealed together with another entry when the old revision's confirmation comes
    place.write("more.ndjson", &record("D", RIGHT, "10.00"));
    let step = told(0, true);
    assert_eq!((step.entry.phase, step.alarm.is_some()), (Phase::Parked, true));
    place.send(0, "more.ndjson", "async");
    let shown = place.json(0, &["show", "B"]);
    assert_eq!(shown["state"], "parked");
    let events = shown["events"].to_string();
    assert!(events.contains("two revisions may both be posted"), "{events}");
    let sent = place.ledger("received").len();
    place.json(3, &["run", "--to", "async"]);
    assert_eq!(place.ledger("received").len(), sent, "nothing of it is sent");
    assert!(place.posted().keys().all(|id| !id.ends_with(".01")));
    let why = problem(&place.run(&["retry", "B", "--absent", "--yes"]), 1);
    assert!(why.contains("an older revision of the entry is posted: settle it or close it"), "{why}");
    place.json(0, &["settle", "B", "--posted", "1900000007/1010/2026", "--yes"]);
}

/// The same when the new revision stands in a frozen envelope with others, which must go on without it.
#[test]
fn an_envelope_is_not_sent_with_an_entry_that_must_not_be() {
    let place = Sandboxed::new("mend-shared", &[]);
    place.write("in.ndjson", &["A", "B", "C"].map(|id| record(id, WRONG, "10.00")).concat());
    place.send(0, "in.ndjson", "async");
    let book_file = place.folder.join("jemap.book");
    let mut book = Book::open(&book_file, clock()).expect("it opens");
    let key = |book: &Book, natural: &str| book.meant(natural).expect("it is read")[0].key;
    let all = ["A", "B", "C"].map(|natural| key(&book, natural));
    for key in all {
        let said = Input::Confirmed { revision: 0, posted: false };
        book.turn(|turn| turn.input(turn.entry(key)?, said)).expect("it is told");
    }
    for verb in ["cancelled", "retry"] {
        let said = place.run(&[verb, "A", "B", "C", "--yes"]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let order = Sealing { destination: "async", documents_max: 10, bytes_max: 1 << 20 };
    book.turn(|turn| turn.seal(&order)).expect("it seals").expect("three are ready");
    let said = Input::Confirmed { revision: 0, posted: true };
    book.turn(|turn| turn.input(turn.entry(all[1])?, said)).expect("it is told");
    place.json(3, &["run", "--to", "async"]);
    let received = place.ledger("received").last().expect("two were sent").to_string();
    let phases = book.list(&Filter { limit: 9, ..Filter::default() }).expect("they are listed");
    let phases: Vec<Phase> = phases.iter().rev().map(|listed| listed.phase).collect();
    assert_eq!(phases, [Phase::Accepted, Phase::Parked, Phase::Accepted]);
    assert!(!received.contains(&all[1].said(1)), "{received}");
    assert!(received.contains(&all[0].said(1)) && received.contains(&all[2].said(1)), "{received}");
}

/// On a terminal the original is opened in the editor; what was typed is kept when it is refused.
#[cfg(unix)]
#[test]
fn an_editor_is_opened_on_a_terminal() {
    if std::process::Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: there is no `script` to make a terminal with");
        return;
    }
    let place = refused("mend-editor", "sync-none");
    let jemap = env!("CARGO_BIN_EXE_jemap");
    let on_terminal = |editor: &str, answer: &str| {
        let mut command = std::process::Command::new("script");
        command.args(["-qec", &format!("{jemap} edit B --reason editor"), "/dev/null"]);
        command.current_dir(&place.folder).env("EDITOR", editor).env_remove("VISUAL");
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        use std::io::Write;
        child.stdin.take().expect("piped").write_all(answer.as_bytes()).expect("it reads");
        Said::of(child.wait_with_output().expect("it ends"))
    };
    let said = on_terminal("true", "");
    assert!(said.code == 2 && said.out.contains("nothing was changed"), "{said:?}");
    let said = on_terminal("none-such-editor", "");
    assert!(said.code == 2 && said.out.contains("the editor `none-such-editor` cannot be run"), "{said:?}");
    let said = on_terminal("sed -i s/9999999999/400000000000/", "");
    assert!(said.code == 1 && said.out.contains("what you wrote is kept: `--with"), "{said:?}");
    let said = on_terminal("sed -i s/9999999999/400000/", "n\n");
    assert!(said.code == 2 && said.out.contains("+      <GLAccount>400000<"), "{said:?}");
    let said = on_terminal("sed -i s/9999999999/400000/", "y\n");
    assert!(said.code == 0 && said.out.contains("B  refused -> ready, revision 1"), "{said:?}");
    wait("it is ready", || place.run(&["list", "--state", "ready", "--json"]).out.lines().count() == 1);
}
