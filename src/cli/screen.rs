//! What people see: standard output for what was asked for, standard error for everything said about it.

use super::render;
use super::{Exit, args::Color};
use crate::diag::Reports;
use crate::report::Problem;
use std::io::{self, IsTerminal, Write};

/// How to talk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    /// Colours on standard error.
    pub(crate) colour: bool,
    /// Say nothing but errors.
    pub(crate) quiet: bool,
    /// Say more.
    pub(crate) verbose: bool,
}

impl Screen {
    /// Colours are for terminals that want them (<https://no-color.org>), unless asked otherwise.
    pub(crate) fn new(color: Color, quiet: bool, verbose: bool) -> Screen {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        let wanted = !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        let colour = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && wanted,
        };
        Screen { colour: colour(io::stderr().is_terminal()), quiet, verbose }
    }

    /// What was asked for. A closed pipe is no error: whoever closed it has read enough.
    pub(crate) fn print(&self, text: &str) -> Exit {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Exit::Output,
            _ => Exit::Good,
        }
    }

    /// A remark. Lost when nobody reads it.
    pub(crate) fn say(&self, text: &str) {
        if !self.quiet {
            self.err(text);
        }
    }

    /// A remark for those who asked for more.
    pub(crate) fn tell(&self, text: &str) {
        if self.verbose {
            self.say(&format!("{text}\n"));
        }
    }

    /// A question; asked even when quiet.
    #[cfg(feature = "delivery")]
    pub(crate) fn ask(&self, text: &str) {
        self.err(text);
    }

    /// An error.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.err(&render::problem(problem, self.colour));
    }

    /// What a compilation found: all of it, or only the errors when quiet.
    pub(crate) fn reports(&self, reports: &Reports) {
        let width = if io::stderr().is_terminal() { None } else { Some(render::WIDTH) };
        if self.quiet && !reports.has_errors() {
            return;
        }
        self.err(&render::render(reports, width, self.colour));
    }

    fn err(&self, text: &str) {
        // Standard error is the last place to say anything; when it is closed there is no other.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}
