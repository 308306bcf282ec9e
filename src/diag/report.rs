//! A report: what is wrong with a mapping, where, and what mends it; many are collected in one run.

use super::{Code, Sources, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The mapping cannot be used.
    Error,
    /// It can, but probably does not do what was meant.
    Warning,
}

/// A place with a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be seen there; may be empty for the first.
    pub text: String,
}

/// Something wrong in a mapping or a file it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The kind of mistake.
    pub code: Code,
    /// One line, lower case, no full stop: what is there and what was expected.
    pub message: String,
    /// The places, the main one first; two where two things disagree.
    pub labels: Vec<Label>,
    /// One act that mends it.
    pub help: Option<String>,
    /// Error or warning.
    pub severity: Severity,
}

impl Report {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Report {
        Report {
            code,
            message: message.into(),
            labels: vec![Label { span, text: String::new() }],
            help: None,
            severity: Severity::Error,
        }
    }
    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Report {
        Report { severity: Severity::Warning, ..Report::error(code, span, message) }
    }
    /// With the remark at the main place.
    pub fn here(mut self, text: impl Into<String>) -> Report {
        self.labels[0].text = text.into();
        self
    }
    /// With a second place.
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Report {
        self.labels.push(Label { span, text: text.into() });
        self
    }
    /// With help.
    pub fn help(mut self, text: impl Into<String>) -> Report {
        self.help = Some(text.into());
        self
    }
    /// With "did you mean …", when a near name is known.
    pub fn did_you_mean(self, near: Option<&str>) -> Report {
        match near {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

/// All that was found in one run, with the texts it was found in.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// The texts.
    pub sources: Sources,
    /// The reports, in source order once [`Reports::sort`] was called.
    pub list: Vec<Report>,
}

impl Reports {
    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|r| r.severity == Severity::Error)
    }
    /// Source order; equal reports once.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|r| (r.labels[0].span.source, r.labels[0].span.start, r.code));
        self.list.dedup();
    }
    /// As one JSON array of objects `{code, name, severity, message, help, labels: [{file, line, column, start, end, text}]}` (bytes from 0).
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::json;
        let label = |l: &Label| {
            let (line, column) = self.sources.line_column(l.span);
            json!({"file": self.sources.name(l.span.source), "line": line, "column": column, "start": l.span.start, "end": l.span.end, "text": l.text})
        };
        let one = |r: &Report| {
            json!({
                "code": r.code.id(), "name": r.code.name(),
                "severity": match r.severity { Severity::Error => "error", Severity::Warning => "warning" },
                "message": r.message, "help": r.help, "labels": r.labels.iter().map(label).collect::<Vec<_>>(),
            })
        };
        serde_json::Value::Array(self.list.iter().map(one).collect())
    }
}

impl std::fmt::Display for Reports {
    /// `file:line:column: error[J201 name]: message (help)`, one line each.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, r) in self.list.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            let (line, column) = self.sources.line_column(r.labels[0].span);
            let kind = match r.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            write!(
                f,
                "{}:{line}:{column}: {kind}[{} {}]: {}",
                self.sources.name(r.labels[0].span.source),
                r.code.id(),
                r.code.name(),
                r.message
            )?;
            if let Some(help) = &r.help {
                write!(f, " ({help})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Reports {}
