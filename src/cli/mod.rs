//! The command line: the only room that prints, reads the environment, asks the clock and ends the process.

mod args;
#[cfg(feature = "delivery")]
mod book;
mod check;
mod contract;
#[cfg(feature = "delivery")]
mod deliver;
mod init;
mod input;
mod loader;
mod output;
mod plan;
#[cfg(feature = "delivery")]
mod probe;
mod progress;
#[cfg(feature = "delivery")]
mod receive;
mod reference;
#[cfg(feature = "delivery")]
mod rehearse;
mod render;
#[cfg(feature = "delivery")]
mod sandbox;
mod screen;
#[cfg(feature = "delivery")]
mod send;
mod stop;
mod transform;
#[cfg(feature = "delivery")]
mod watch;

pub use render::render;

use args::{Args, Command};
use clap::Parser;
use screen::Screen;
use std::process::ExitCode;

/// How the process ends. `docs/CLI.md` documents the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All good.
    Good = 0,
    /// Some documents were rejected.
    Rejected = 1,
    /// The mapping or the command is wrong.
    Wrong = 2,
    /// The input is broken.
    Input = 3,
    /// The output could not be written.
    Output = 4,
    /// Delivery: the book failed.
    #[cfg(feature = "delivery")]
    Book = 5,
    /// Delivery: the same key came with other content.
    #[cfg(feature = "delivery")]
    Conflict = 6,
    /// Stopped from outside: 128 + SIGHUP.
    HungUp = 129,
    /// Stopped from outside: 128 + SIGINT.
    Stopped = 130,
    /// Stopped from outside: 128 + SIGTERM.
    Terminated = 143,
}

#[cfg(feature = "delivery")]
impl Exit {
    /// Delivery: some entries are in doubt, or wait for a person who looks.
    pub(crate) const DOUBT: Exit = Exit::Input;
    /// Delivery: a destination cannot be reached, or is shut; entries are kept.
    pub(crate) const UNREACHABLE: Exit = Exit::Output;
}

/// Reads the arguments, does what they say and gives the process's exit code.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Writing fails only when nobody reads; the exit code still tells.
            let _ = error.print();
            let code = if error.use_stderr() { Exit::Wrong } else { Exit::Good };
            return ExitCode::from(code as u8);
        }
    };
    #[cfg(all(feature = "delivery", any(debug_assertions, feature = "crash-points")))]
    if let Some(order) = std::env::var_os(crate::crash::VARIABLE)
        && !order.to_str().is_some_and(crate::crash::arm)
    {
        return ExitCode::from(Exit::Wrong as u8);
    }
    let screen = Screen::new(args.color, args.quiet, args.verbose);
    let exit = match args.command {
        Command::Transform(command) => transform::transform(&command, &screen),
        Command::Check(command) => check::check(&command, &screen),
        Command::Plan(command) => plan::plan(&command, &screen),
        Command::Init(command) => init::init(&command, &screen),
        Command::Contract(command) => contract::contract(&command, &screen),
        Command::Functions(command) => reference::functions(&command, &screen),
        Command::Errors(command) => reference::errors(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Sandbox(command) => sandbox::sandbox(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Send(command) => send::send(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Run(command) => deliver::run(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Probe(command) => probe::probe(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Receive(command) => receive::receive(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Status(command) => book::status(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::List(command) => book::list(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Show(command) => book::show(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Confirmations(command) => book::confirmations(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Retry(command) => book::retry(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Edit(command) => book::edit(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Close(command) => book::close(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Settle(command) => book::settle(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Cancelled(command) => book::cancelled(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Export(command) => book::export(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Batch(command) => book::batch(&command, &screen),
        #[cfg(feature = "delivery")]
        Command::Store(command) => book::store(&command, &screen),
        Command::Completions { shell } => reference::completions(shell, &screen),
    };
    ExitCode::from(exit as u8)
}
