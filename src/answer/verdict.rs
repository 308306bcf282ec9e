//! What a confirmation means for one entry. Success is said only with a document number in hand.

use super::{Confirmation, DocumentKey, EntryAnswer};

/// What became of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was posted as this document. None only for a simulation, which posts nothing and found nothing
    /// wrong.
    Posted(Option<DocumentKey>),
    /// It was not posted; the notes say why.
    Refused,
    /// It is not known. Never to be folded into one of the others.
    Unclear(Unclear),
}

/// Why it is not known what became of an entry: one line, lower case.
pub type Unclear = &'static str;

/// From this severity on a note is an error.
const SEVERITY_ERROR: u8 = 3;

impl Confirmation {
    /// What it says of the entry with this id in its header.
    pub fn verdict(&self, reference: &str, simulated: bool) -> Verdict {
        match self.of(reference) {
            Ok(entry) => entry.verdict(simulated),
            Err(why) => Verdict::Unclear(why),
        }
    }

    /// The part about the entry with this id in its header.
    ///
    /// # Errors
    /// Why there is none: it is missing, or there are several that differ.
    pub fn of(&self, reference: &str) -> Result<&EntryAnswer, Unclear> {
        let mut found = self.entries.iter().filter(|e| e.reference.as_deref() == Some(reference));
        let first = found.next().ok_or("the answer does not say what became of this entry")?;
        let same = |e: &EntryAnswer| e.key == first.key && e.severity == first.severity;
        if found.all(same) { Ok(first) } else { Err("the answer says two things of this entry") }
    }
}

impl EntryAnswer {
    /// What it means, for an entry that was sent to be posted or only simulated.
    pub fn verdict(&self, simulated: bool) -> Verdict {
        if let Some(why) = self.contradiction {
            return Verdict::Unclear(why);
        }
        match (&self.key, self.severity, simulated) {
            (Some(_), _, true) => Verdict::Unclear("a simulation was answered with a document number"),
            (Some(_), Some(SEVERITY_ERROR..), _) => {
                Verdict::Unclear("the answer has a document number and an error")
            }
            (Some(key), _, _) if key.company.is_empty() || key.year.is_empty() => {
                Verdict::Unclear("the answer has a document number without its company code or fiscal year")
            }
            (Some(key), ..) => Verdict::Posted(Some(key.clone())),
            (None, Some(SEVERITY_ERROR..), _) => Verdict::Refused,
            (None, Some(_), true) => Verdict::Posted(None),
            (None, Some(_), false) => {
                Verdict::Unclear("the answer has neither a document number nor an error")
            }
            (None, None, _) => Verdict::Unclear("the answer has neither a document number nor a severity"),
        }
    }
}
