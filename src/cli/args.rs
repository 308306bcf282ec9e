//! The arguments, only read here; what they lead to is decided by each command.

use crate::mapping::{InputFormat, Soap, Split};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Declarative mappings from JSON journal-entry batches to SOAP XML for SAP S/4HANA's Journal Entry - Post services.
#[derive(Debug, Parser)]
#[command(
    name = "jemap",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  jemap init export.json > billing.map            a first mapping from a sample
  jemap check billing.map                         is it right?
  jemap transform billing.map export.json         XML to standard output

Exit codes: 0 all good, 1 some documents rejected, 2 wrong mapping or command, 3 broken input, 4 output failed, 130 stopped by Ctrl-C, 143 by SIGTERM"
)]
pub(super) struct Args {
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
    /// Say nothing but errors.
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Say more: inputs as they are read, files as they are written.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Transform(Box<Transform>),
    Check(Check),
    Plan(Plan),
    Init(Init),
    Contract(Contract),
    Functions(Functions),
    Errors(Errors),
    #[cfg(feature = "delivery")]
    Sandbox(Box<Sandbox>),
    #[cfg(feature = "delivery")]
    Send(Box<Send>),
    #[cfg(feature = "delivery")]
    Run(Run),
    #[cfg(feature = "delivery")]
    Probe(Probe),
    #[cfg(feature = "delivery")]
    Receive(Box<Receive>),
    #[cfg(feature = "delivery")]
    Status(Box<super::book::Status>),
    #[cfg(feature = "delivery")]
    List(Box<super::book::List>),
    #[cfg(feature = "delivery")]
    Show(Box<super::book::Show>),
    #[cfg(feature = "delivery")]
    Confirmations(Box<super::book::Confirmations>),
    #[cfg(feature = "delivery")]
    Retry(Box<super::book::Retry>),
    #[cfg(feature = "delivery")]
    Edit(Box<super::book::Edit>),
    #[cfg(feature = "delivery")]
    Close(Box<super::book::Close>),
    #[cfg(feature = "delivery")]
    Settle(Box<super::book::Settle>),
    #[cfg(feature = "delivery")]
    Cancelled(Box<super::book::Cancelled>),
    #[cfg(feature = "delivery")]
    Export(Box<super::book::Export>),
    #[cfg(feature = "delivery")]
    Batch(Box<super::book::Batch>),
    #[cfg(feature = "delivery")]
    Store(Box<super::book::Store>),
    /// Write completions for a shell to standard output.
    #[command(
        after_help = "Example:\n  jemap completions bash > ~/.local/share/bash-completion/completions/jemap"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Run a mapping over JSON and write XML.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap transform billing.map export.json                     one envelope to standard output
  jemap transform billing.map export.json.gz -o billing.xml   a file, written whole or not at all
  jemap transform billing.map 'in/*.json' -o out/ --split 100docs --rejects refused.ndjson
  zcat export.gz | jemap transform billing.map - --param user=BATCH --soap 1.2
  jemap transform billing.map export.json --as ndjson | jq .document
  jemap transform billing.map --again refused.ndjson -o rest.xml --rejects still.ndjson

INPUT is a file, a pattern, or `-` for standard input; gzip and zstd are unpacked.")]
pub(super) struct Transform {
    /// The mapping.
    pub(super) map: PathBuf,
    /// Files, patterns, or `-`.
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<String>,
    /// The inputs are rejects, mended: of each line its document is made again, and nothing else.
    #[arg(long, conflicts_with = "input_format")]
    pub(super) again: bool,
    /// A file, a folder (`out/`: one file an envelope), or `-` for standard output.
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    pub(super) output: PathBuf,
    /// A value for a parameter of the mapping; may be given several times.
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,
    /// Write refused documents here, one JSON line each.
    #[arg(long, value_name = "FILE")]
    pub(super) rejects: Option<PathBuf>,
    /// Write the run report here as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// Begin a new envelope after so much: `100docs`, `5000lines`, `4MiB`.
    #[arg(long, value_name = "SIZE", value_parser = split)]
    pub(super) split: Option<Split>,
    /// The envelope around the message.
    #[arg(long, value_enum, default_value_t = SoapVersion::V11, value_name = "VERSION")]
    pub(super) soap: SoapVersion,
    /// What to write: the XML, or one JSON line a document to look at.
    #[arg(long = "as", value_enum, default_value_t = Form::Xml, value_name = "FORM")]
    pub(super) form: Form,
    /// Indent the XML.
    #[arg(long)]
    pub(super) pretty: bool,
    /// Replace the envelopes that are in the output folder.
    #[arg(long)]
    pub(super) force: bool,
    /// End at the first reject and keep no output.
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// End after more rejects than this and keep no output.
    #[arg(long, value_name = "N")]
    pub(super) max_rejects: Option<u64>,
    /// How the input is laid out.
    #[arg(long, value_enum, default_value_t = Layout::Auto, value_name = "LAYOUT")]
    pub(super) input_format: Layout,
    /// Refuse documents larger than this.
    #[arg(long, value_name = "BYTES", value_parser = bytes, default_value = "64MiB")]
    pub(super) document_max: u64,
    /// Worker threads; all cores when not given. The output is the same at any number.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// `run.time`, as 2025-01-31T12:00:00Z; the current time when not given.
    #[arg(long, value_name = "TIME")]
    pub(super) run_time: Option<String>,
    /// `run.id`; made from the run's time when not given.
    #[arg(long, value_name = "ID")]
    pub(super) run_id: Option<String>,
}

/// Check mappings against source, tables and target without running them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap check billing.map
  jemap check mappings/*/*.map --profile 2020,2024,2026
  jemap check billing.map --format json | jq '.[].reports[].message'")]
pub(super) struct Check {
    /// The mappings.
    #[arg(required = true, value_name = "MAP")]
    pub(super) maps: Vec<PathBuf>,
    /// Check against these profiles of the target; all must hold.
    #[arg(long, value_name = "PROFILE", value_delimiter = ',')]
    pub(super) profile: Vec<String>,
    /// How to say it.
    #[arg(long, value_enum, default_value_t = ReportForm::Text)]
    pub(super) format: ReportForm,
}

/// Show what a mapping will do: pipeline, operations, what is buffered, parameters.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  jemap plan billing.map")]
pub(super) struct Plan {
    /// The mapping.
    pub(super) map: PathBuf,
}

/// Write a first mapping for a sample to standard output.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap init export.json > billing.map
  jemap init export.json --target s4.journal_entry --profile 2020 > billing.map
  jemap check billing.map                         says what is left to fill in")]
pub(super) struct Init {
    /// A sample of the JSON to be mapped; `-` for standard input.
    pub(super) sample: String,
    /// The contract to map to.
    #[arg(long, default_value = "s4.journal_entry", value_name = "TARGET")]
    pub(super) target: String,
    /// Its profile.
    #[arg(long, default_value = "2024", value_name = "PROFILE")]
    pub(super) profile: String,
    /// The mapping's name; made from the sample's when not given.
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
}

/// Show what a target service accepts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap contract list
  jemap contract show s4.journal_entry Item
  jemap contract show s4.journal_entry@2020
  jemap contract diff s4.journal_entry@2020 s4.journal_entry@2024
  jemap contract diff s4.journal_entry@2024 tenant.wsdl

A CONTRACT is the name of a built-in one, `@profile` after it, or a WSDL or XSD file.")]
pub(super) struct Contract {
    #[command(subcommand)]
    pub(super) command: ContractCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ContractCommand {
    /// The built-in contracts and their profiles.
    List,
    /// The tree of elements with types, lengths and occurrences.
    Show {
        /// `s4.journal_entry`, `s4.journal_entry@2020`, or a file.
        contract: String,
        /// Only this element and what is in it: `Item`, `Item/Tax`.
        path: Option<String>,
        /// The operation of a WSDL, where it has several; the root element of an XSD.
        #[arg(long, value_name = "NAME")]
        operation: Option<String>,
    },
    /// What differs between two contracts.
    Diff {
        /// The first: `s4.journal_entry@2020`, or a file.
        before: String,
        /// The second, likewise; without `@PROFILE` it is the latest one.
        after: String,
        /// The operation of a WSDL, where it has several; the root element of an XSD.
        #[arg(long, value_name = "NAME")]
        operation: Option<String>,
    },
}

/// List the functions of the language, or explain one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  jemap functions\n  jemap functions cut")]
pub(super) struct Functions {
    /// One function.
    pub(super) name: Option<String>,
}

/// List the kinds of errors, or explain one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  jemap errors\n  jemap errors J601\n  jemap errors input-not-read")]
pub(super) struct Errors {
    /// One code, by number or name.
    pub(super) code: Option<String>,
}

/// Take entries into the book and deliver them.
#[cfg(feature = "delivery")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap send billing.map export.json --to prod             take, then deliver what can be delivered now
  jemap send billing.map export.json --to prod --wait      wait for outages and settle times too
  jemap send billing.map export.json --to prod --dry-run   what would be taken; changes nothing
  jemap send billing.map export.json --to prod --simulate  ask the receiver what would become of it

The same file again takes nothing twice. What was taken is delivered by `jemap run`, whatever happens.

Exit codes: 0 all posted or accepted, 1 some refused, 2 wrong command, mapping or input, 3 some in doubt,
4 destination not reachable, 5 the book failed, 6 an entry came with other content, 130 stopped by Ctrl-C, 143 by SIGTERM")]
pub(super) struct Send {
    /// The mapping.
    pub(super) map: PathBuf,
    /// Files, patterns, or `-`.
    #[arg(required = true, value_name = "INPUT")]
    pub(super) inputs: Vec<String>,
    /// A destination of the configuration.
    #[arg(long, value_name = "DEST")]
    pub(super) to: String,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "jemap.toml")]
    pub(super) config: PathBuf,
    /// A value for a parameter of the mapping; may be given several times.
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,
    /// Go on until only people and confirmations can move anything.
    #[arg(long)]
    pub(super) wait: bool,
    /// Say what would be taken, and change nothing.
    #[arg(long, conflicts_with_all = ["wait", "simulate"])]
    pub(super) dry_run: bool,
    /// Ask the receiver what would become of the entries; nothing is posted, the book is not touched.
    #[arg(long, conflicts_with = "wait")]
    pub(super) simulate: bool,
    /// How the input is laid out.
    #[arg(long, value_enum, default_value_t = Layout::Auto, value_name = "LAYOUT")]
    pub(super) input_format: Layout,
    /// `run.time`, as 2025-01-31T12:00:00Z; the current time when not given.
    #[arg(long, value_name = "TIME")]
    pub(super) run_time: Option<String>,
    /// Say what became of it as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Deliver what is open in the book.
#[cfg(feature = "delivery")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap run                     deliver what can be delivered now
  jemap run --to prod --watch   go on until it is stopped
  jemap run --watch --listen    and receive confirmations, at the address of `[receive]` in jemap.toml

Exit codes: as those of `jemap send`")]
pub(super) struct Run {
    /// Only this destination.
    #[arg(long, value_name = "DEST")]
    pub(super) to: Option<String>,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "jemap.toml")]
    pub(super) config: PathBuf,
    /// Go on until it is stopped.
    #[arg(long)]
    pub(super) watch: bool,
    /// Receive confirmations too, as `jemap receive` does; without an address, at that of the configuration.
    #[arg(long, value_name = "ADDRESS", requires = "watch", num_args = 0..=1)]
    pub(super) listen: Option<Option<std::net::SocketAddr>>,
    /// Go on until only people and confirmations can move anything.
    #[arg(long, conflicts_with = "watch")]
    pub(super) wait: bool,
    /// Say what became of it as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Receive confirmations of the asynchronous service, by listening or from files.
#[cfg(feature = "delivery")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap receive --listen 127.0.0.1:8056         listen until it is stopped; beside `jemap run --watch`
  jemap receive                                 the same, at the address of `[receive]` in jemap.toml
  jemap receive 'in/*.xml'                      read confirmations that something else has put there
  ssh gateway cat today.xml | jemap receive -   from standard input
  jemap receive answer.xml --json | jq .entries

A confirmation is on disk before it is answered with 200; the same one again changes nothing.
Other machines are let in only with TLS and a login: docs/DESTINATIONS.md, `[receive]`.

Exit codes: 0 all that was told of is posted, 1 some entries were refused by the receiver, 2 the command is wrong
or a file is no confirmation (the others are taken), 3 something waits for a person: unclear, a stray, an alarm,
5 the book failed, 130 stopped by Ctrl-C, 143 by SIGTERM")]
pub(super) struct Receive {
    /// Files with one confirmation each, patterns, or `-`; without any it listens.
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<String>,
    /// The address and port to listen at; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", conflicts_with = "files")]
    pub(super) listen: Option<std::net::SocketAddr>,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "jemap.toml")]
    pub(super) config: PathBuf,
    /// Say what came of each confirmation as a JSON line.
    #[arg(long)]
    pub(super) json: bool,
}

/// Try a destination step by step: name, connection, TLS, login, description. Nothing is posted.
#[cfg(feature = "delivery")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap probe prod
  jemap probe prod --map billing.map                   is the service what the mapping writes for?
  jemap probe prod --simulate billing.map one.json     would it post this?

Exit codes: 0 nothing failed, 1 the service, its look-up or a simulated entry is not as expected,
2 wrong command, configuration or mapping, 4 it cannot be reached, or does not let us in")]
pub(super) struct Probe {
    /// A destination of the configuration.
    #[arg(value_name = "DEST")]
    pub(super) to: String,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "jemap.toml")]
    pub(super) config: PathBuf,
    /// Compare the service's description with what this mapping writes.
    #[arg(long, value_name = "MAP", conflicts_with = "profile")]
    pub(super) map: Option<PathBuf>,
    /// Compare it with this profile of `s4.journal_entry`; with the nearest when not given.
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Option<String>,
    /// Ask what would become of the entries of an input, with `TestDataIndicator`.
    #[arg(long, num_args = 2, value_names = ["MAP", "INPUT"])]
    pub(super) simulate: Vec<String>,
    /// A value for a parameter of the mapping that is simulated; may be given several times.
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,
    /// Say it as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Play both services on loopback, to try without an SAP system.
#[cfg(feature = "delivery")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap sandbox                                          says where it listens; Ctrl-C ends it
  jemap sandbox --listen 127.0.0.1:8443 --tls --basic me:env:SANDBOX_PASSWORD
  jemap sandbox --ledger ledger.ndjson --fault drop-answer:every=10
  jemap sandbox --config-out jemap.toml                  then: jemap send MAP INPUT --to sync-none
  jemap sandbox --print-rules > mine.rules               what is refused; change it and give it by --rules")]
pub(super) struct Sandbox {
    /// A loopback address; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(super) listen: std::net::SocketAddr,
    /// The profile of the services.
    #[arg(long, default_value = "2024", value_name = "PROFILE")]
    pub(super) profile: String,
    /// Speak TLS, with a certificate made at each start.
    #[arg(long)]
    pub(super) tls: bool,
    /// Where the certificate of the authority is written that clients are to trust.
    #[arg(long, value_name = "FILE", default_value = "sandbox-ca.pem")]
    pub(super) ca: PathBuf,
    /// Ask clients for a certificate; one and its key are written here.
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(super) client_certificate: Option<PathBuf>,
    /// Show a certificate that has expired.
    #[arg(long, requires = "tls")]
    pub(super) expired: bool,
    /// Show a certificate of another host.
    #[arg(long, requires = "tls", conflicts_with = "expired")]
    pub(super) other_host: bool,
    /// Ask for a login: `USER:env:NAME` or `USER:file:PATH`.
    #[arg(long, value_name = "LOGIN")]
    pub(super) basic: Option<String>,
    /// Refuse what the services ignore: unknown elements, another order.
    #[arg(long)]
    pub(super) strict: bool,
    /// Remember the UUIDs of synchronous messages; what was posted is not posted again.
    #[arg(long)]
    pub(super) idempotent: bool,
    /// What is refused, in the place of the built-in rules.
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Option<PathBuf>,
    /// Write the built-in rules to standard output and end.
    #[arg(long)]
    pub(super) print_rules: bool,
    /// Append every event to this file, on disk before it is answered.
    #[arg(long, value_name = "FILE")]
    pub(super) ledger: Option<PathBuf>,
    /// What goes wrong; may be given several times.
    #[arg(long, value_name = "FAULT")]
    pub(super) fault: Vec<String>,
    /// Where confirmations of asynchronous entries are posted: `URL[,late=2s][,twice][,reorder][,never]`.
    #[arg(long, value_name = "CONFIRM")]
    pub(super) confirm: Option<String>,
    /// Forget transport ids after this time, as `10s`; they are remembered for ever when not given.
    #[arg(long, value_name = "TIME")]
    pub(super) remember: Option<String>,
    /// What stands in the place of the document of a refused entry.
    #[arg(long, value_enum, default_value_t = DocumentOfNone::Zeros, value_name = "FORM")]
    pub(super) no_document: DocumentOfNone,
    /// Write a configuration with a destination of each mode at this sandbox; it is written anew at each start.
    #[arg(long, value_name = "FILE")]
    pub(super) config_out: Option<PathBuf>,
    /// Say where it listens as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[cfg(feature = "delivery")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DocumentOfNone {
    /// `0000000000`
    Zeros,
    /// Nothing, and no company code.
    Blank,
    /// Ten spaces.
    Spaces,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SoapVersion {
    #[value(name = "1.1")]
    V11,
    #[value(name = "1.2")]
    V12,
    /// The bare message.
    None,
}

impl From<SoapVersion> for Soap {
    fn from(version: SoapVersion) -> Soap {
        match version {
            SoapVersion::V11 => Soap::V11,
            SoapVersion::V12 => Soap::V12,
            SoapVersion::None => Soap::None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Xml,
    Ndjson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Layout {
    /// Found out from the first bytes.
    Auto,
    /// One value, an array, or values one after the other.
    Json,
    /// One value a line: a broken line is a reject.
    Ndjson,
}

impl From<Layout> for InputFormat {
    fn from(layout: Layout) -> InputFormat {
        match layout {
            Layout::Auto => InputFormat::Auto,
            Layout::Json => InputFormat::Json,
            Layout::Ndjson => InputFormat::Ndjson,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportForm {
    Text,
    Json,
}

/// `NAME=VALUE`
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// `100docs`, `5000lines`, `4MiB`
fn split(text: &str) -> Result<Split, String> {
    let expected = "expected a number with its unit: `100docs`, `5000lines`, `4MiB`";
    let (number, unit) = number_and_unit(text).ok_or(expected)?;
    let split = match unit.to_ascii_lowercase().as_str() {
        "doc" | "docs" | "document" | "documents" => Split::Documents(number),
        "line" | "lines" => Split::Lines(number),
        "" => return Err(expected.into()),
        _ => Split::Bytes(bytes(text).map_err(|_| expected)?),
    };
    match split {
        Split::Documents(0) | Split::Lines(0) | Split::Bytes(0) => {
            Err("an envelope holds at least one document".into())
        }
        split => Ok(split),
    }
}

/// `4096`, `64kB`, `64KiB`, `4MB`, `4MiB`, `1GB`, `1GiB`
fn bytes(text: &str) -> Result<u64, String> {
    let expected = "expected bytes: `4096`, `64KiB`, `4MiB`";
    let (number, unit) = number_and_unit(text).ok_or(expected)?;
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" | "bytes" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return Err(expected.into()),
    };
    number.checked_mul(factor).ok_or_else(|| "is too large".into())
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim()))
}

#[cfg(test)]
mod tests {
    use super::{Args, bytes, split};
    use crate::mapping::Split;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_agree_with_each_other() {
        Args::command().debug_assert();
    }

    #[test]
    fn sizes() {
        assert_eq!(split("100docs"), Ok(Split::Documents(100)));
        assert_eq!(split("1 document"), Ok(Split::Documents(1)));
        assert_eq!(split("5000lines"), Ok(Split::Lines(5_000)));
        assert_eq!(split("4MiB"), Ok(Split::Bytes(4 << 20)));
        assert_eq!(bytes("4096"), Ok(4_096));
        for wrong in [
            "",
            "docs",
            "100",
            "0docs",
            "4miles",
            "-1docs",
            "99999999999999999999GB",
            "18446744073709551615GB",
        ] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
