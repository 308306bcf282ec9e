//! Rejects as input: of each line exactly its document is made again.
//!
//! What a line says besides its original is told at [`Rerun`](crate::sink::Rerun).

use super::flow::{Run, Source};
use super::given::{keep, surround};
use super::options::RunError;
use super::worker::Work;
use crate::data::Fault;
use crate::diag::Code;
use crate::json::{Around, Block, Frames, Piece, Reader, SyntaxError, pieces};
use crate::run::{Again, Given, Made};
use serde_json::Value;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

/// A line that cannot be run again.
type Wrong = Box<SyntaxError>;

impl Run<'_> {
    /// Reads the rejects of an earlier run: each line is made again, as its document would have been made then.
    /// One that is not mended, or not understood, is refused again.
    ///
    /// # Errors
    /// See [`RunError`]: which of them leave the run usable stands there.
    pub fn read_again(&mut self, name: &str, input: &mut dyn Read) -> Result<(), RunError> {
        let options = self.options.clone();
        let mut source = Source::of_rejects(self.plan, &options, &self.given, name, input);
        let result = self.lines_again(&mut source);
        self.read_to_end(&source, result)
    }

    fn lines_again(&mut self, source: &mut Source<'_>) -> Result<(), RunError> {
        let (mut block, mut work) = (Block::default(), Work::default());
        while source.block(&mut block).map_err(|end| source.error(end))? {
            for index in 0..block.records.len() {
                let mut given = self.given.clone();
                given.text.truncate(self.given_text);
                work.block = block.alone(index);
                work.last = true;
                match self.prepare(&mut work.block, &mut given) {
                    Ok(()) => {
                        work.given = Some(Arc::new(given));
                        self.worker.run(&mut work);
                    }
                    Err(error) => {
                        work.given = Some(Arc::new(given));
                        self.worker.refuse(&mut work, *error);
                    }
                }
                self.settle(&mut work, source.name)?;
            }
        }
        Ok(())
    }

    /// Puts the records of a reject's original, and what is given for them, in the place of its line.
    fn prepare(&mut self, block: &mut Block, given: &mut Given) -> Result<(), Wrong> {
        let (start, _) = block.records[0];
        if let Some(error) = block.unfit(start) {
            return Err(Box::new(error.clone()));
        }
        let (text, valid) = block.text_of(0);
        let Some(text) = text else { return Err(wrong_code(Code::J407, valid, "the line is no UTF-8")) };
        let line = Line { text, members: pieces(text)? };
        let original = line.value("original").ok_or_else(|| {
            wrong(0, "the line is no reject: it has no member `original`, and `--again` reads what `--rejects` wrote")
        })?;
        let mut again = Box::new(Again { kept: Some(line.kept()), ..Again::default() });
        given.input_name = line.origin(&mut again, &mut given.text);
        given.again = Some(again);
        let records = self.records(&line, original.clone());
        let around = self.around(&line);
        let made = self.made(&line);
        let lacks = line.says("may_lack_lines").then(|| line.lacks_lines());
        let key = line.json("key").and_then(|key| key.as_str().map(str::to_owned));
        let key = key.filter(|_| line.says("key_again"));
        block.records = vec![(original.start as u32, original.end as u32)];
        block.records = records?;
        let (made, number, alone) = made?;
        if let Some(again) = &mut given.again {
            (again.made, again.number, again.alone) = (made, number, alone);
        }
        if let Some(around) = around? {
            surround(given, &around);
            block.around = Some(around);
        }
        given.faults.extend(lacks.map(|fault| *fault));
        if let Some(key) = key {
            self.delivery.was_met(&key);
        }
        Ok(())
    }

    /// Where the records of the original stand in the line.
    fn records(&self, line: &Line<'_>, original: Range<usize>) -> Result<Vec<(u32, u32)>, Wrong> {
        let text = &line.text[original.clone()];
        if text.starts_with('"') {
            let message =
                "`original` is a text that is not JSON, or not all of it: put the mended JSON there";
            return Err(wrong(original.start, message));
        }
        let whole = vec![(original.start as u32, original.end as u32)];
        if !self.plan.lines || !text.starts_with('[') {
            return Ok(whole);
        }
        let elements = pieces(text)?;
        // a line that is a list itself may stand without the brackets round it
        let root = self.plan.schema.objects.first().map(|object| usize::from(object.root.0));
        let rows = root.is_some_and(|root| self.plan.schema.nodes[root].positional);
        if rows && elements.iter().any(|element| !text[element.value.clone()].starts_with('[')) {
            return Ok(whole);
        }
        if elements.is_empty() {
            return Err(wrong(original.start, "`original` has no lines"));
        }
        let at = |at: usize| (original.start + at) as u32;
        Ok(elements.iter().map(|element| (at(element.value.start), at(element.value.end))).collect())
    }

    /// The values round the records.
    fn around(&self, line: &Line<'_>) -> Result<Option<Arc<Around>>, Wrong> {
        let schema = &self.plan.schema;
        let Some(object) = schema.around else { return Ok(None) };
        let at = line.value("around");
        let text = at.clone().map_or("{}", |at| &line.text[at]).to_owned();
        let mut frames = Frames::new(schema);
        Reader::new(schema).read(object, &text, 0, &mut frames).map_err(|error| {
            let start = at.map_or(0, |at| at.start);
            Box::new(SyntaxError { at: start + error.at, ..*error })
        })?;
        Ok(Some(Arc::new(Around { text, frames, object })))
    }

    /// What is to be made of the record: of an element, also its number, and whether it stands alone.
    fn made(&self, line: &Line<'_>) -> Result<(Made, Option<u64>, bool), Wrong> {
        let Some(at) = line.value("only") else { return Ok((Made::All, None, false)) };
        let not_understood =
            || wrong(at.start, "`only` is \"record\", or an object with `list` and `number` (from 1)");
        let only = line.json("only").ok_or_else(not_understood)?;
        if only == "record" {
            return Ok((Made::Record, None, false));
        }
        let (Some(list), Some(number)) = (only["list"].as_str(), only["number"].as_u64()) else {
            return Err(not_understood());
        };
        let Some(cell) = self.delivery.reruns.list(list) else {
            let message = format!("`only` names the list `{list}`, of which the mapping makes no documents");
            return Err(wrong(at.start, message));
        };
        let alone = only["alone"] == true;
        if alone && !self.delivery.reruns.is_alone(cell) {
            let message = format!(
                "the original has one element of `{list}`, and the mapping now reads the others too: run the \
                 record from its source"
            );
            return Err(wrong(at.start, message));
        }
        let index = if alone { 0 } else { number.checked_sub(1).ok_or_else(not_understood)? };
        let index = u32::try_from(index).map_err(|_| not_understood())?;
        Ok((Made::Element { cell, index }, Some(number.max(1)), alone))
    }
}

/// A reject's line and its members.
struct Line<'t> {
    text: &'t str,
    members: Vec<Piece>,
}

impl Line<'_> {
    fn value(&self, name: &str) -> Option<Range<usize>> {
        let member = self.members.iter().find(|member| member.key == name)?;
        Some(member.value.clone()).filter(|value| &self.text[value.clone()] != "null")
    }

    fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_str(&self.text[self.value(name)?]).ok()
    }

    fn says(&self, name: &str) -> bool {
        self.json(name) == Some(Value::Bool(true))
    }

    /// Where the record was first read: the input's name, kept in `text`, its place and its content.
    fn origin(&self, again: &mut Again, text: &mut String) -> crate::data::Text {
        let (origin, place) =
            (self.json("origin").unwrap_or_default(), self.json("place").unwrap_or_default());
        again.byte = origin["byte"].as_u64().or_else(|| place["byte"].as_u64());
        again.content = origin["content"].as_str().map(str::to_owned);
        let file = origin["file"].as_str().or_else(|| place["file"].as_str()).unwrap_or("");
        keep(text, file)
    }

    /// What the next reject says as this one does when it cannot even be read.
    fn kept(&self) -> String {
        let mut kept = String::new();
        for member in &self.members {
            if let "around" | "only" | "origin" | "may_lack_lines" | "key_again" = member.key.as_str() {
                kept.push_str(&format!(",\"{}\":{}", member.key, &self.text[member.value.clone()]));
            }
        }
        kept
    }

    fn lacks_lines(&self) -> Box<Fault> {
        let code = match self.json("code") {
            Some(code) if code == Code::J524.id() => Code::J524,
            _ => Code::J523,
        };
        Fault::new(code, "lines of the document may be missing: add them, and take `may_lack_lines` away")
    }
}

fn wrong(at: usize, message: impl Into<String>) -> Wrong {
    wrong_code(Code::J414, at, message)
}

fn wrong_code(code: Code, at: usize, message: impl Into<String>) -> Wrong {
    Box::new(SyntaxError { code, at, message: message.into() })
}
