//! Outputs: which sinks the arguments ask for, and whether they may be written.

use super::args::{Form, Transform};
use super::input::Input;
use crate::contract::{Contract, ElementId};
use crate::diag::Code;
use crate::mapping::Split;
use crate::report::Problem;
use crate::sink::{
    Both, DirectorySink, DocumentLines, FileSink, Pretty, RejectLines, Shape, Sink, SinkError, Temporaries,
    WriteSink,
};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// Size of the buffer before standard output.
const BUFFER_BYTES: usize = 64 * 1024;

/// Documents and rejects, each to their place.
pub(super) type Outputs = Both<Box<dyn Sink>, RejectLines<Box<dyn Sink>>>;

/// Opens what the arguments name.
pub(super) fn open(
    command: &Transform,
    contract: &Contract,
    temporaries: &Temporaries,
) -> Result<Outputs, SinkError> {
    let plain: Box<dyn Sink> = if is_folder(&command.output) {
        let extension = if command.form == Form::Xml { "xml" } else { "ndjson" };
        Box::new(DirectorySink::create(&command.output, extension, command.force, temporaries)?)
    } else {
        stream(&command.output, temporaries)?
    };
    let documents: Box<dyn Sink> = match command.form {
        Form::Ndjson => Box::new(DocumentLines::new(plain, shape(contract))),
        Form::Xml if command.pretty => Box::new(Pretty::new(plain)),
        Form::Xml => plain,
    };
    let rejects = match &command.rejects {
        Some(path) => Some(RejectLines::new(stream(path, temporaries)?)),
        None => None,
    };
    Ok(Both { documents, rejects })
}

/// Writes a text to a file, whole or not at all, or to standard output.
pub(super) fn write(path: &Path, text: &str, temporaries: &Temporaries) -> Result<(), SinkError> {
    let mut sink = stream(path, temporaries)?;
    sink.write(text.as_bytes())?;
    sink.finish()
}

fn stream(path: &Path, temporaries: &Temporaries) -> Result<Box<dyn Sink>, SinkError> {
    if is_standard(path) {
        let writer = BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock());
        return Ok(Box::new(WriteSink::new(writer, "standard output")));
    }
    Ok(Box::new(FileSink::create(path, temporaries)?))
}

fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// A folder that is there, or a name that says it should be one.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// What cannot be asked for together; nothing has been opened yet.
pub(super) fn contradictions(command: &Transform, inputs: &[Input]) -> Vec<Problem> {
    let mut problems = vec![];
    let splits = command.split.is_some_and(|s| s != Split::Never);
    if splits && command.form == Form::Xml && !is_folder(&command.output) {
        let to = if is_standard(&command.output) {
            "standard output".into()
        } else {
            command.output.display().to_string()
        };
        problems.push(
            Problem::new(Code::J614, format!("--split makes several envelopes, and {to} holds one"))
                .help("write to a folder: `-o out/`"),
        );
    }
    if command.pretty && command.form == Form::Ndjson {
        problems.push(Problem::new(Code::J652, "--pretty indents XML, and `--as ndjson` writes none"));
    }
    let outputs = [
        ("--output", Some(&command.output)),
        ("--rejects", command.rejects.as_ref()),
        ("--report", command.report.as_ref()),
    ];
    let mut taken: Vec<(String, PathBuf)> = vec![("the mapping".into(), identity(&command.map))];
    for input in inputs {
        if let Input::File(path) = input {
            taken.push((format!("the input {}", path.display()), identity(path)));
        }
    }
    for (option, path) in outputs {
        let Some(path) = path.filter(|p| is_standard(p) || !is_device(p)) else { continue };
        let identity = if is_standard(path) { PathBuf::from("-") } else { identity(path) };
        if let Some((what, _)) = taken.iter().find(|(_, other)| *other == identity) {
            let message = format!("{option} {} is {what} too", path.display());
            problems.push(Problem::new(Code::J613, message).help("write it to another file"));
        }
        taken.push((option.into(), identity));
    }
    problems
}

/// `/dev/null` may take everything.
fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir())
}

/// The same for all names of one file, also of a file that is not there yet.
fn identity(path: &Path) -> PathBuf {
    if let Ok(path) = fs::canonicalize(path) {
        return path;
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// Which elements below the document's element are lists.
fn shape(contract: &Contract) -> Shape {
    let document = contract.anchors.document;
    let above = contract.path(document);
    let repeats: BTreeSet<String> = (0..contract.elements.len())
        .filter(|&i| contract.elements[i].occurs.repeats())
        .map(|i| contract.path(ElementId(i as u32)))
        .filter_map(|path| path.strip_prefix(above.as_str())?.strip_prefix('/').map(String::from))
        .collect();
    Shape { prefix: contract.prefix.clone(), repeats }
}
