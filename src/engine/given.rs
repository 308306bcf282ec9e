//! Values given for a run: parameters, the run's time and id, values round the records.

use super::options::RunOptions;
use crate::check::Param;
use crate::data::{Buffer, DatePattern, Fault, Text, Time, Value};
use crate::diag::Code;
use crate::json::{
    Around, Cell, Decode, Entry, Frames, Leaf, Node, NodeId, Object, ObjectId, Reader, Schema,
};
use crate::report::Problem;
use crate::run::Given;
use std::collections::BTreeMap;

/// The last revision that an id can name.
const REVISION_MAX: u8 = 99;

/// The given values at the start of a run; `around` and `input_name` are set for each input.
pub(crate) fn given(
    params: &[Param],
    texts: &BTreeMap<String, String>,
    options: &RunOptions,
) -> Result<Given, Vec<Problem>> {
    let nothing = Text { buffer: Buffer::Around, at: 0, len: 0 };
    let mut given = Given {
        text: String::new(),
        params: vec![],
        around: vec![],
        faults: vec![],
        run_time: Value::None,
        run_id: nothing,
        input_name: nothing,
        destination: options.destination.clone(),
        revision: options.revision.min(REVISION_MAX),
        simulate: options.simulate,
        again: None,
    };
    let mut problems = vec![];
    match DatePattern::iso_time().read_time(&options.run_time) {
        Ok(time) => given.run_time = Value::Time(Time { offset: 0, ..time }),
        Err(why) => {
            problems.push(Problem::new(Code::J623, format!("run.time is {:?}: {why}", options.run_time)))
        }
    }
    given.run_id = keep(&mut given.text, &options.run_id);
    for param in params {
        match read(param, texts.get(&param.name).map_or("", String::as_str), &mut given.text) {
            Ok(value) => given.params.push(value),
            Err(why) => {
                let problem = Problem::new(Code::J623, format!("parameter {why}"));
                problems.push(problem.help(format!("give another: `--param {}=…`", param.name)));
                given.params.push(Value::None);
            }
        }
    }
    if problems.is_empty() { Ok(given) } else { Err(problems) }
}

/// Reads a parameter's text as a field of its type would be read.
fn read(param: &Param, text: &str, keep: &mut String) -> Result<Value, String> {
    let leaf = Leaf {
        name: param.name.clone(),
        decode: param.decode.clone(),
        optional: param.ty.optional,
        none: vec![],
    };
    let entry = Entry { key: param.name.clone(), cells: vec![0], node: None };
    let schema = Schema {
        objects: vec![Object {
            name: "parameters".into(),
            root: NodeId(0),
            cells: 1,
            leaves: vec![leaf],
            parent: None,
        }],
        nodes: vec![Node { entries: vec![entry], ..Node::default() }],
        ..Schema::default()
    };
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    let value =
        if matches!(param.decode, Decode::Bool) && matches!(text, "true" | "false") { text } else { &quoted };
    let name = serde_json::Value::String(param.name.clone());
    let input = format!("{{{name}:{value}}}");
    let mut frames = Frames::new(&schema);
    let read = Reader::new(&schema).read_record(&input, 0, &mut frames);
    if let Some((_, _, fault)) = frames.faults.first() {
        // That its object is that of the parameters goes without saying.
        return Err(fault.message.replacen(" of parameters", "", 1));
    }
    match read {
        Ok(_) => Ok(value_of(frames.cell(ObjectId(0), 0, 0), &frames, &input, keep)),
        Err(error) => Err(format!("`{}`: {}", param.name, error.message)),
    }
}

/// Adds the values round the records, and what is wrong with them.
pub(super) fn surround(given: &mut Given, around: &Around) {
    given.around = values(&around.frames, around.object, &around.text, &mut given.text);
    // places in the enclosing document are not places in a record
    let faults = around.frames.faults.iter().map(|(_, _, f)| Fault { at: None, ..(**f).clone() });
    given.faults = faults.collect();
}

/// The values of a frame, their texts copied to `text`.
fn values(frames: &Frames, object: ObjectId, input: &str, text: &mut String) -> Vec<Value> {
    frames.frame(object, 0).iter().map(|cell| value_of(*cell, frames, input, text)).collect()
}

fn value_of(cell: Cell, frames: &Frames, input: &str, text: &mut String) -> Value {
    match frames.value(cell) {
        Value::Text(at) => {
            let buffer = if at.buffer == Buffer::Scratch { frames.scratch.as_str() } else { input };
            Value::Text(keep(text, &buffer[at.at as usize..][..at.len as usize]))
        }
        other => other,
    }
}

/// Copies a text into the buffer of given values.
pub(super) fn keep(buffer: &mut String, text: &str) -> Text {
    let at = buffer.len() as u32;
    buffer.push_str(text);
    Text { buffer: Buffer::Around, at, len: text.len() as u32 }
}
