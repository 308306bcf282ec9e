//! Reports as people see them: the mapping's text with the places marked.

use crate::diag::{Label, Report, Reports, Severity, SourceId, Sources};
use crate::report::Problem;
use miette::{
    Diagnostic, LabeledSpan, MietteHandler, MietteHandlerOpts, NamedSource, ReportHandler, SourceCode,
};
use std::fmt;

/// Columns where there is no terminal to ask.
pub(super) const WIDTH: usize = 100;

/// All reports, one after the other, with the number of errors and warnings at the end. No width: that of the
/// terminal.
pub fn render(reports: &Reports, width: Option<usize>, colour: bool) -> String {
    let handler = handler(width, colour);
    let mut out = String::new();
    for (i, report) in reports.list.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let diagnostic = Located::new(report, &reports.sources);
        out.push_str(&Shown { handler: &handler, diagnostic: &diagnostic }.to_string());
        if !out.ends_with('\n') {
            out.push('\n');
        }
    }
    if !reports.list.is_empty() {
        out.push_str(&summary(reports));
    }
    out
}

/// A problem without a place.
pub(super) fn problem(problem: &Problem, colour: bool) -> String {
    let diagnostic = Unplaced(problem);
    Shown { handler: &handler(Some(WIDTH), colour), diagnostic: &diagnostic }.to_string()
}

fn handler(width: Option<usize>, colour: bool) -> MietteHandler {
    let options =
        MietteHandlerOpts::new().color(colour).unicode(true).force_graphical(true).terminal_links(false);
    let options = if colour { options.rgb_colors(miette::RgbColors::Never) } else { options };
    match width {
        Some(width) => options.width(width).build(),
        None => options.build(),
    }
}

fn summary(reports: &Reports) -> String {
    let errors = reports.list.iter().filter(|r| r.severity == Severity::Error).count();
    let warnings = reports.list.len() - errors;
    let count = |n: usize, noun: &str| match n {
        0 => None,
        1 => Some(format!("1 {noun}")),
        n => Some(format!("{n} {noun}s")),
    };
    let parts: Vec<String> =
        [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    format!("\n{}\n", parts.join(", "))
}

/// Calls the handler, which only knows formatters.
struct Shown<'a> {
    handler: &'a MietteHandler,
    diagnostic: &'a dyn Diagnostic,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handler.debug(self.diagnostic, f)
    }
}

/// A report with the text its main place is in; places in other texts follow as remarks of their own.
#[derive(Debug)]
struct Located<'a> {
    report: &'a Report,
    source: NamedSource<String>,
    labels: Vec<LabeledSpan>,
    elsewhere: Vec<Elsewhere>,
}

impl Located<'_> {
    fn new<'a>(report: &'a Report, sources: &'a Sources) -> Located<'a> {
        let main = report.labels[0].span.source;
        let (here, there): (Vec<&Label>, Vec<&Label>) =
            report.labels.iter().partition(|l| l.span.source == main);
        let mut labels: Vec<LabeledSpan> = here.iter().map(|l| labelled(l, sources)).collect();
        if let Some(first) = labels.first_mut() {
            *first = LabeledSpan::new_primary_with_span(first.label().map(String::from), *first.inner());
        }
        let elsewhere = there.iter().map(|l| Elsewhere::new(l, sources)).collect();
        Located { report, source: named(main, sources), labels, elsewhere }
    }
}

/// A place in another text than the main one.
#[derive(Debug)]
struct Elsewhere {
    message: String,
    source: NamedSource<String>,
    label: LabeledSpan,
}

impl Elsewhere {
    fn new(label: &Label, sources: &Sources) -> Elsewhere {
        let message = if label.text.is_empty() { "see also".to_owned() } else { label.text.clone() };
        let bare = Label { span: label.span, text: String::new() };
        Elsewhere { message, source: named(label.span.source, sources), label: labelled(&bare, sources) }
    }
}

fn named(id: SourceId, sources: &Sources) -> NamedSource<String> {
    NamedSource::new(sources.name(id), sources.text(id).to_owned())
}

fn labelled(label: &Label, sources: &Sources) -> LabeledSpan {
    let length = sources.text(label.span.source).len();
    let start = (label.span.start as usize).min(length);
    let end = (label.span.end as usize).clamp(start, length);
    let text = (!label.text.is_empty()).then(|| label.text.clone());
    LabeledSpan::new(text, start, end - start)
}

impl fmt::Display for Located<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report.message)
    }
}

impl std::error::Error for Located<'_> {}

impl Diagnostic for Located<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{} {}", self.report.code.id(), self.report.code.name())))
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.report.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.report.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.elsewhere.iter().map(|e| e as &dyn Diagnostic)))
    }
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Elsewhere {}

impl Diagnostic for Elsewhere {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}

/// A problem as the handler wants it.
#[derive(Debug)]
struct Unplaced<'a>(&'a Problem);

impl fmt::Display for Unplaced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Unplaced<'_> {}

impl Diagnostic for Unplaced<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{} {}", self.0.code.id(), self.0.code.name())))
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help.as_ref().map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::diag::{Code, Report, Reports, Span};

    #[test]
    fn two_places_in_two_texts() {
        let mut reports = Reports::default();
        let map = reports.sources.add("a.map", "map a\nGLAcount = 1\n");
        let csv = reports.sources.add("gl.csv", "account;sap\n1;2\n");
        let main = Span { source: map, start: 6, end: 14 };
        let other = Span { source: csv, start: 8, end: 11 };
        let report = Report::error(Code::J651, main, "no element `GLAcount` in `Item`")
            .here("not known")
            .and(other, "the column")
            .did_you_mean(Some("GLAccount"));
        reports.list.push(report);
        reports.list.push(Report::warning(
            Code::J651,
            Span { source: map, start: 900, end: 901 },
            "past the end",
        ));
        insta::assert_snapshot!(render(&reports, Some(80), false));
    }
}
