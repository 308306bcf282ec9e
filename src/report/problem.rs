//! Something wrong that has no place in a mapping: a parameter, a path, an option.

use crate::diag::Code;

/// Something wrong outside of mappings and data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind of mistake.
    pub code: Code,
    /// One line, lower case, no full stop: what is there and what was expected.
    pub message: String,
    /// One act that mends it.
    pub help: Option<String>,
}

impl Problem {
    /// Without help.
    pub fn new(code: Code, message: impl Into<String>) -> Problem {
        Problem { code, message: message.into(), help: None }
    }
    /// With help.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
    /// With "did you mean …", when a near name is known.
    pub fn did_you_mean(self, near: Option<&str>) -> Problem {
        match near {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

impl std::fmt::Display for Problem {
    /// `error[J601 input-not-read]: message (help)`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error[{} {}]: {}", self.code.id(), self.code.name(), self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
