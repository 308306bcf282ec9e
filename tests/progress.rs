//! How far a delivery is: JSON lines where nobody looks, a line on a terminal, nothing when quiet.

use crate::support::sandboxed::{RIGHT, Said, Sandboxed, WRONG, record};
use serde_json::Value;

/// A dozen entries, one after the other, each of which takes the receiver a while.
fn slow(name: &str) -> Sandboxed {
    let place = Sandboxed::new(name, &["--fault", "delay-after=600ms"]);
    let toml = place.read("jemap.toml").replace("batch = 4", "batch = 1\nconcurrency = 1");
    place.write("jemap.toml", &toml);
    let records = (0..12).map(|n| record(&format!("P{n:02}"), if n == 1 { WRONG } else { RIGHT }, "10.00"));
    place.write("in.ndjson", &records.collect::<String>());
    place
}

#[test]
fn a_json_line_every_few_seconds() {
    let place = slow("progress-json");
    let said = place.run(&["send", "receipts.map", "in.ndjson", "--to", "sync-none"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let lines: Vec<Value> = said
        .err
        .lines()
        .filter(|l| l.starts_with('{'))
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    assert!(!lines.is_empty(), "it takes 12 × 600 ms at least: {}", said.err);
    let mut before = 0;
    for line in &lines {
        let line = &line["progress"];
        let count = |name: &str| line[name].as_u64().unwrap_or_else(|| panic!("{name}: {line}"));
        assert_eq!((line["step"].as_str(), count("taken")), (Some("delivering"), 12), "{line}");
        let ended = count("posted") + count("refused") + count("accepted") + count("parked");
        assert!(ended > before && ended <= count("sent") && count("sent") <= 12, "{line}");
        assert_eq!(count("refused"), 1, "{line}");
        assert!(
            count("per_second") <= 12 && line["at"].as_str().is_some_and(|at| at.ends_with('Z')),
            "{line}"
        );
        before = ended;
    }
    let quiet = slow("progress-quiet");
    let said = quiet.run(&["send", "receipts.map", "in.ndjson", "--to", "sync-none", "--quiet"]);
    assert_eq!((said.code, said.err.as_str()), (1, ""));
}

#[cfg(unix)]
#[test]
fn a_line_on_a_terminal() {
    if std::process::Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: there is no `script` to make a terminal with");
        return;
    }
    let place = slow("progress-terminal");
    let command = format!("{} send receipts.map in.ndjson --to sync-none", env!("CARGO_BIN_EXE_jemap"));
    let mut script = std::process::Command::new("script");
    script
        .args(["-qec", &command, "/dev/null"])
        .current_dir(&place.folder)
        .env("TERM", "xterm")
        .env("COLUMNS", "120");
    let said = Said::of(script.stdin(std::process::Stdio::null()).output().expect("it runs"));
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.out.contains("12 taken, ") && said.out.contains(" posted, 1 refused; "), "{}", said.out);
    assert!(!said.out.contains("\"progress\""), "{}", said.out);
    // the account stands alone after the line was cleared
    let account = said.out.rsplit_once("sync-none: 12 entries").expect("the account is told").1;
    assert!(account.contains("11  posted") && account.contains("1  refused"), "{account}");
}
