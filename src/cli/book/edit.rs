//! `jemap edit`: an entry is mapped again from mended data or by a mended mapping, and becomes its next revision.

use super::act::{ask, name};
use super::args::{CONFIG, Edit};
use super::difference::difference;
use super::{Exit, Failed, Screen, change, end, look, one, wrong};
use crate::answer::Service;
use crate::book::{self, Batch, Book, Draft, Drafted, EntryKey, Listed, Origin, Shown, Who};
use crate::cli::deliver::{configuration, destination};
use crate::cli::loader;
use crate::cli::transform::{now, run_id};
use crate::diag::Code;
use crate::fate::{Input, step};
use crate::mapping::{Mapping, RunError, RunOptions, Soap};
use crate::report::Problem;
use crate::sink::{SinkError, reason};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The most bytes of mended data.
const DATA_BYTES_MAX: u64 = 256 << 20;
/// What envelopes of SOAP 1.2 have in their head.
const SOAP_12: &[u8] = b"http://www.w3.org/2003/05/soap-envelope";

pub(in crate::cli) fn edit(command: &Edit, screen: &Screen) -> Exit {
    end(edit_of(command, screen), screen)
}

fn edit_of(command: &Edit, screen: &Screen) -> Result<Exit, Failed> {
    let mut book =
        if command.dry_run { look(&command.place, screen)?.0 } else { change(&command.place, screen)? };
    let listed = one(&book, &command.key)?;
    let gone = || wrong(Code::J716, "the entry is not there any more", "`jemap list` shows what is");
    let shown = book.show(listed.key)?.ok_or_else(gone)?;
    let after = step(shown.fate, Input::Edit { mapped: true }).map_err(|why| {
        Failed::Problem(Exit::Rejected, Problem::new(Code::J718, format!("edit {}: {why}", listed.natural)))
    })?;
    let origin = book.origin(listed.key)?;
    let revision = after.entry.revision;
    let map = command.map.clone().unwrap_or_else(|| PathBuf::from(&origin.path));
    let (mapping, hash) = mapping(&map, command.map.is_some(), &shown, screen)?;
    let data = data(command, &shown, hash != origin.hash)?;
    let options = RunOptions {
        params: params(command, &origin)?,
        run_time: now(),
        run_id: run_id(&now()),
        destination: listed.destination.clone(),
        revision,
        soap: soap(command, &listed, &origin, screen)?,
        ..RunOptions::default()
    };
    let draft = run(&mapping, &options, &data).map_err(|failed| data.kept(failed, screen))?;
    let drafted = only(&draft, &listed, mapping.name().0).map_err(|failed| data.kept(failed, screen))?;
    let xml = draft.xml(drafted);
    let before = shown.revisions.last().map_or(&[][..], |last| &last.xml);
    let changes = difference(before, xml);
    if changes.is_empty() {
        let message = format!("edit {}: its XML would be the same as before", listed.natural);
        return Err(wrong(Code::J720, message, "`jemap retry` sends the same data again"));
    }
    let others: Vec<&str> =
        draft.documents.iter().filter(|d| d.said != drafted.said).map(|d| d.natural.as_str()).collect();
    if command.dry_run {
        return Ok(tell_dry(command, (&listed, revision), &changes, &others, screen));
    }
    if !command.by.yes {
        screen.say(&changes);
    }
    tell_others(&others, screen);
    let what = format!("edit: {} ({}) becomes revision {revision}", listed.natural, listed.phase.name());
    ask(&what, command.by.yes, screen).map_err(|failed| data.kept(failed, screen))?;
    let (map_name, version) = mapping.name();
    let batch = Batch {
        source: data.name.clone(),
        destination: listed.destination.clone(),
        mode: shown.fate.mode,
        mapping: (map_name.to_owned(), version),
        hash,
        path: map.display().to_string(),
        params: json!(options.params).to_string(),
    };
    let company = Service::journal_entry().key_company;
    let edit = book::Edit { batch: &batch, draft: &draft, document: drafted, revision, company };
    let who = Who { name: &name(command.by.name.as_deref()), reason: &command.reason };
    write(&mut book, &listed, &edit, who, command.place.json, screen)
        .map_err(|failed| data.kept(failed, screen))
}

fn write(
    book: &mut Book,
    listed: &Listed,
    edit: &book::Edit<'_>,
    who: Who<'_>,
    as_json: bool,
    screen: &Screen,
) -> Result<Exit, Failed> {
    let step = book.edit(listed.key, edit, who)?;
    let (from, to, revision) = (listed.phase.name(), step.entry.phase.name(), step.entry.revision);
    if as_json {
        let line = json!({
            "verb": "edit", "key": listed.key.to_string(), "natural_key": listed.natural, "done": true,
            "before": from, "state": to, "revision": revision,
        });
        return Ok(screen.print(&format!("{line}\n")));
    }
    Ok(screen.print(&format!("{}  {from} -> {to}, revision {revision}\n", listed.natural)))
}

fn tell_dry(
    command: &Edit,
    (listed, revision): (&Listed, u8),
    changes: &str,
    others: &[&str],
    screen: &Screen,
) -> Exit {
    if command.place.json {
        let line = json!({
            "verb": "edit", "key": listed.key.to_string(), "natural_key": listed.natural, "done": false,
            "before": listed.phase.name(), "revision": revision, "changes": changes, "others": others,
        });
        return screen.print(&format!("{line}\n"));
    }
    tell_others(others, screen);
    screen.print(changes)
}

/// One record may make several entries; each is mended by itself.
fn tell_others(others: &[&str], screen: &Screen) {
    if !others.is_empty() {
        let names = others.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let more = if others.len() > 5 { ", …" } else { "" };
        screen.say(&format!("other entries of the same data stay as they are: {names}{more}\n"));
    }
}

/// The mapping and the hash of its text.
fn mapping(path: &Path, given: bool, shown: &Shown, screen: &Screen) -> Result<(Mapping, [u8; 32]), Failed> {
    let problem = |problem: Problem| Failed::Problem(Exit::Wrong, problem);
    let compiled = loader::compile(path, &[]).map_err(|error| match given || error.help.is_some() {
        true => problem(error),
        false => problem(error.help("it took the entry; say where it is now by `--map MAP`")),
    })?;
    screen.reports(&compiled.reports);
    let mapping = compiled.mapping.ok_or(Failed::Said(Exit::Wrong))?;
    if mapping.name().0 != shown.mapping.0 {
        let (is, was) = (mapping.name().0, &shown.mapping.0);
        let message = format!("the mapping {} is `{is}`, and the entry was made by `{was}`", path.display());
        return Err(wrong(
            Code::J720,
            message,
            "a mapping's name is a part of the keys: give one of that name",
        ));
    }
    let text = std::fs::read(path).map_err(|e| {
        problem(Problem::new(
            Code::J641,
            format!("cannot read the mapping {}: {}", path.display(), reason(&e)),
        ))
    })?;
    Ok((mapping, Sha256::digest(text).into()))
}

/// What is mapped.
struct Data {
    name: String,
    bytes: Vec<u8>,
    /// What an editor wrote: kept until it is in the book.
    file: Option<tempfile::NamedTempFile>,
}

impl Data {
    fn given(name: String, bytes: Vec<u8>) -> Data {
        Data { name, bytes, file: None }
    }

    /// What was typed is not lost with what it failed for.
    fn kept(&self, failed: Failed, screen: &Screen) -> Failed {
        if let Some(file) = &self.file {
            let path = std::env::temp_dir().join(format!("jemap-edit-{}.json", std::process::id()));
            match std::fs::copy(file.path(), &path) {
                Ok(_) => screen.say(&format!("what you wrote is kept: `--with {}`\n", path.display())),
                Err(error) => screen.say(&format!("what you wrote is lost: {}\n", reason(&error))),
            }
        }
        failed
    }
}

/// The mended data: as given, as written in an editor, or that of the present revision.
fn data(command: &Edit, shown: &Shown, other_mapping: bool) -> Result<Data, Failed> {
    let original = shown.revisions.last().map_or(&[][..], |last| &last.original);
    let natural = &shown.listed.natural;
    match &command.with {
        Some(path) => {
            let name = path.display().to_string();
            let bytes = read(path).map_err(|error| {
                let message = format!("cannot read the input {name}: {}", reason(&error));
                let problem = Problem::new(Code::J601, message);
                let near = loader::neighbour(path).filter(|_| error.kind() == io::ErrorKind::NotFound);
                Failed::Problem(Exit::Wrong, problem.did_you_mean(near.as_deref()))
            })?;
            Ok(Data::given(name, bytes))
        }
        None if command.map.is_some() || other_mapping || !command.params.is_empty() => {
            Ok(Data::given(format!("the data of {natural}"), original.to_vec()))
        }
        None if io::stdin().is_terminal() && io::stderr().is_terminal() => written(original, natural),
        None => {
            let help = "give the mended data: `--with FILE`, or a mended mapping: `--map MAP`";
            Err(wrong(Code::J652, format!("edit {natural}: nothing is given to mend it with"), help))
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    if path == Path::new("-") {
        io::stdin().lock().take(DATA_BYTES_MAX).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(DATA_BYTES_MAX).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Opens the original in an editor.
fn written(original: &[u8], natural: &str) -> Result<Data, Failed> {
    let failed = |what: &str, error: &io::Error| {
        Failed::Problem(Exit::Wrong, Problem::new(Code::J652, format!("{what}: {}", reason(error))))
    };
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = ["VISUAL", "EDITOR"].iter().find_map(set).unwrap_or_else(|| "vi".to_owned());
    let file = tempfile::Builder::new().prefix("jemap-").suffix(".json").tempfile();
    let file = file.map_err(|e| failed("a file to edit cannot be made", &e))?;
    std::fs::write(file.path(), original).map_err(|e| failed("a file to edit cannot be written", &e))?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let done = Command::new(program).args(words).arg(file.path()).status();
    let done = done.map_err(|e| failed(&format!("the editor `{program}` cannot be run"), &e))?;
    if !done.success() {
        return Err(wrong(
            Code::J652,
            format!("the editor `{program}` failed: {done}"),
            "nothing was changed",
        ));
    }
    let bytes = read(file.path()).map_err(|e| failed("the edited file cannot be read", &e))?;
    let same = |a: &[u8], b: &[u8]| a.trim_ascii() == b.trim_ascii();
    if same(&bytes, original) {
        return Err(wrong(
            Code::J720,
            format!("edit {natural}: nothing was changed"),
            "change it and save it",
        ));
    }
    Ok(Data { name: "the editor".to_owned(), bytes, file: Some(file) })
}

/// The parameters of the intake, with those that are given in their places.
fn params(command: &Edit, origin: &Origin) -> Result<BTreeMap<String, String>, Failed> {
    let stored: Value = serde_json::from_str(&origin.params).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let stored = stored.as_object().into_iter().flatten();
    let mut params: BTreeMap<String, String> = stored.map(|(k, v)| (k.clone(), text(v))).collect();
    let mut seen = std::collections::BTreeSet::new();
    for (name, value) in &command.params {
        if !seen.insert(name) {
            let message = format!("the parameter `{name}` is given twice");
            return Err(Failed::Problem(Exit::Wrong, Problem::new(Code::J652, message)));
        }
        params.insert(name.clone(), value.clone());
    }
    Ok(params)
}

/// The envelope's version: the destination's as it is configured, or that of the entry's last envelope.
fn soap(command: &Edit, listed: &Listed, origin: &Origin, screen: &Screen) -> Result<Soap, Failed> {
    if command.place.book.is_none() {
        let config = command.place.config.as_deref().unwrap_or(Path::new(CONFIG));
        let configured = configuration(config, screen).map_err(Failed::Said)?;
        let to = destination(&configured, &listed.destination, screen).map_err(Failed::Said)?;
        return Ok(match to.soap {
            crate::xml::Soap::V12 => Soap::V12,
            _ => Soap::V11,
        });
    }
    match &origin.head {
        Some(head) if memchr::memmem::find(head, SOAP_12).is_some() => Ok(Soap::V12),
        Some(_) => Ok(Soap::V11),
        None => {
            let message =
                format!("edit {}: the book does not say in which SOAP version it is sent", listed.natural);
            Err(wrong(
                Code::J652,
                message,
                "name the configuration: `--config FILE` in the place of `--book`",
            ))
        }
    }
}

fn run(mapping: &Mapping, options: &RunOptions, data: &Data) -> Result<Draft, Failed> {
    let mut draft = Draft::default();
    let wrong = |problem: Problem| Failed::Problem(Exit::Wrong, problem);
    let mut run = mapping.start(options, Box::new(&mut draft)).map_err(|mut problems| {
        let first = if problems.is_empty() { None } else { Some(problems.remove(0)) };
        first.map_or(Failed::Said(Exit::Wrong), wrong)
    })?;
    let text = mapping.enclosed(&data.bytes);
    let done = run.read(&data.name, &mut text.as_slice()).and_then(|()| run.finish());
    match done {
        Ok(_) => Ok(draft),
        Err(RunError::Input { code, message, place }) => {
            let message = format!("{place} (byte {}): {message}", place.byte);
            Err(wrong(Problem::new(code, message).help("nothing was changed")))
        }
        Err(RunError::Sink(SinkError::Output { code, message, .. })) => {
            Err(wrong(Problem::new(code, message)))
        }
        Err(RunError::Sink(SinkError::Closed) | RunError::TooManyRejects(_) | RunError::Stopped) => {
            Err(Failed::Said(Exit::Wrong))
        }
    }
}

/// The one document that is the entry.
fn only<'d>(draft: &'d Draft, listed: &Listed, mapping: &str) -> Result<&'d Drafted, Failed> {
    let natural = &listed.natural;
    let is_it = |d: &&Drafted| EntryKey::of_said(&listed.destination, mapping, &d.said) == listed.key;
    if let Some(found) = draft.documents.iter().find(is_it) {
        return Ok(found);
    }
    // the refused one that is meant: of this key, or the only one
    let refused = draft.refused.iter().find(|r| r.natural.as_ref() == Some(natural));
    if let Some(refused) = refused.or(draft.refused.first().filter(|_| draft.documents.is_empty())) {
        let message = format!("edit {natural}: {}: {}", refused.place, refused.message);
        let problem =
            Problem::new(refused.code, message).help("the mapping refuses it still; nothing was changed");
        return Err(Failed::Problem(Exit::Rejected, problem));
    }
    let names: Vec<String> = draft.documents.iter().take(5).map(|d| format!("`{}`", d.natural)).collect();
    let (message, help) = if names.is_empty() {
        (
            format!("edit {natural}: the data makes no entry"),
            "it was left out by the mapping, or there is none",
        )
    } else {
        (
            format!("edit {natural}: the data makes {}, not this entry", names.join(", ")),
            "an edit keeps the key: close this entry and `jemap send` one with another key",
        )
    };
    Err(wrong(Code::J720, message, help))
}
