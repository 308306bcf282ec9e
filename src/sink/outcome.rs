//! What became of a document that a sink was given.

/// What a receiver did with a document.
///
/// `Unknown` is never to be folded into `Deferred`: what was deferred may be sent again, what is unknown may
/// already be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Taken: written, posted, or taken over by a service that says later what became of it.
    Accepted,
    /// Not taken, for a reason that passes: it may be sent again as it is.
    Deferred,
    /// Refused: as it is, it will be refused again.
    Rejected,
    /// Nobody knows: it may have been taken. It must not be sent again before that is known.
    Unknown,
}

/// The document that a receiver made of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Posted {
    /// Its number.
    pub document: String,
    /// The company code it was posted in.
    pub company: String,
    /// The fiscal year.
    pub year: String,
}

impl std::fmt::Display for Posted {
    /// `0100000008/1410/2024`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.document, self.company, self.year)
    }
}

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentOutcome {
    /// In one word.
    pub outcome: Outcome,
    /// The receiver's own document, where it named one.
    pub posted: Option<Posted>,
    /// What the receiver said of it, causes first.
    pub notes: Vec<String>,
}

impl DocumentOutcome {
    /// Without anything said.
    pub fn silent(outcome: Outcome) -> DocumentOutcome {
        DocumentOutcome { outcome, posted: None, notes: vec![] }
    }
}

/// What became of the documents of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcomes {
    /// The same of all of them.
    All(Outcome),
    /// Of each, in the order of the envelope.
    Each(Vec<DocumentOutcome>),
}

impl Outcomes {
    /// How often each outcome stands among `documents` documents: accepted, deferred, rejected, unknown.
    /// A document that nothing is said of is unknown.
    pub fn count(&self, documents: u64) -> [u64; 4] {
        let mut counts = [0; 4];
        match self {
            Outcomes::All(outcome) => counts[*outcome as usize] = documents,
            Outcomes::Each(list) => {
                list.iter().for_each(|one| counts[one.outcome as usize] += 1);
                counts[Outcome::Unknown as usize] += documents.saturating_sub(list.len() as u64);
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::{DocumentOutcome, Outcome, Outcomes};

    #[test]
    fn what_is_not_spoken_of_is_unknown() {
        assert_eq!(Outcomes::All(Outcome::Deferred).count(3), [0, 3, 0, 0]);
        let said = [Outcome::Accepted, Outcome::Rejected].map(DocumentOutcome::silent);
        assert_eq!(Outcomes::Each(said.to_vec()).count(4), [1, 0, 1, 2]);
    }
}
