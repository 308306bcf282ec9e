//! What a reject carries so that exactly its document can be made again.

use crate::diag::Code;
use crate::json::{Block, keep_elements};
use crate::plan::Plan;
use crate::run::{Given, Made, Rejected, content};
use crate::sink::{Only, Origin, Rerun};

/// What is known of a plan's documents.
pub(super) struct Reruns<'m> {
    plan: &'m Plan,
    /// Lists that documents are made of.
    lists: Vec<u16>,
    /// Those that nothing else is computed from.
    alone: Vec<u16>,
    /// A record may give a document of its own besides those of its elements.
    both: bool,
}

/// The texts that a [`Rerun`] refers to.
#[derive(Default)]
pub(super) struct Texts {
    file: String,
    content: String,
}

impl<'m> Reruns<'m> {
    pub(super) fn new(plan: &'m Plan) -> Reruns<'m> {
        let lists = plan.lists_of_documents();
        let alone = if lists.is_empty() { vec![] } else { plan.lists_seen_alone() };
        let both = !lists.is_empty() && plan.documents.iter().any(|d| d.list().is_none());
        Reruns { plan, lists, alone, both }
    }

    /// The cell of a list that documents are made of, by its name.
    pub(super) fn list(&self, name: &str) -> Option<u16> {
        let leaves = &self.plan.schema.objects.first()?.leaves;
        self.lists.iter().copied().find(|cell| leaves[usize::from(*cell)].name == name)
    }

    /// Whether nothing else is computed from a list.
    pub(super) fn is_alone(&self, cell: u16) -> bool {
        self.alone.contains(&cell)
    }

    /// Takes the elements that are not the refused one's out of its original; whether that was done.
    pub(super) fn trim(&self, rejected: &Rejected, given: &Given, original: &mut Vec<u8>) -> bool {
        let Made::Element { cell, index } = rejected.made else { return false };
        if given.again.as_ref().is_some_and(|again| again.alone) {
            return true;
        }
        if !self.is_alone(cell) {
            return false;
        }
        let kept = |list: u16| (list, (list == cell).then_some(index as usize));
        let lists: Vec<_> = self.alone.iter().map(|list| kept(*list)).collect();
        let text = std::str::from_utf8(original).ok();
        let Some(trimmed) = text.and_then(|text| keep_elements(&self.plan.schema, text, &lists)) else {
            return false;
        };
        *original = trimmed.into_bytes();
        true
    }

    /// What is needed besides the original.
    pub(super) fn rerun<'a>(
        &'a self,
        rejected: &Rejected,
        (block, given): (&'a Block, &Given),
        (file, alone): (&str, bool),
        texts: &'a mut Texts,
    ) -> Rerun<'a> {
        let again = given.again.as_deref();
        if let Some(kept) = again.and_then(|a| a.kept.as_ref()).filter(|_| rejected.unreadable) {
            texts.content.push_str(kept);
            return Rerun { lines: false, kept: Some(&texts.content), ..Rerun::default() };
        }
        let only = match rejected.made {
            Made::Element { cell, index } => Some(Only::Element {
                list: &self.plan.schema.objects[0].leaves[usize::from(cell)].name,
                number: again.and_then(|a| a.number).unwrap_or(u64::from(index) + 1),
                alone,
            }),
            Made::Record if self.both => Some(Only::Record),
            _ => None,
        };
        let origin = match again {
            Some(again) => {
                let name = given.input_name;
                let name = &given.text[name.at as usize..][..name.len as usize];
                texts.file.push_str(name);
                texts.content.push_str(again.content.as_deref().unwrap_or(""));
                Some(again.byte)
            }
            // the id of a document without a key is made of its place and its content
            None if !rejected.keyed && !self.plan.lines => {
                let (start, end) = (rejected.place.start as usize, rejected.place.end as usize);
                texts.file.push_str(file);
                texts.content.extend(content(block.bytes(start..end)));
                Some(Some(rejected.place.base + start as u64))
            }
            None => None,
        };
        let texts = &*texts;
        let content = Some(texts.content.as_str()).filter(|content| !content.is_empty());
        let lacks = rejected.faults.iter().any(|f| f.code == Code::J523 || f.code == Code::J524);
        Rerun {
            lines: self.plan.lines,
            around: block.around.as_ref().map(|around| around.text.as_str()),
            only,
            origin: origin.map(|byte| Origin { file: &texts.file, byte, content }),
            may_lack_lines: lacks || (rejected.unreadable && self.plan.lines),
            key_again: rejected.key_again,
            kept: None,
        }
    }
}
