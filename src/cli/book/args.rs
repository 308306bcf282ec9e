//! The arguments of the commands on the book.

use crate::cli::args::pair;
use crate::fate::Phase;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use std::path::PathBuf;

/// Which book.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Place {
    /// The configuration that names the book; `jemap.toml` when not given.
    #[arg(long, value_name = "FILE", conflicts_with = "book")]
    pub(super) config: Option<PathBuf>,
    /// The book's file.
    #[arg(long, value_name = "FILE")]
    pub(super) book: Option<PathBuf>,
    /// Say it as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Which entries: all that is given must fit.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Filters {
    /// Only entries in these states.
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = states())]
    pub(super) state: Vec<String>,
    /// Only entries for this destination.
    #[arg(long, value_name = "DESTINATION")]
    pub(super) to: Option<String>,
    /// Only entries whose natural key begins so.
    #[arg(long, value_name = "PREFIX")]
    pub(super) key: Option<String>,
    /// Only entries with this cause of refusal: `F5 808`, `808(F5)`, `J501`.
    #[arg(long, value_name = "CODE")]
    pub(super) code: Option<String>,
    /// Only entries of this company code.
    #[arg(long, value_name = "COMPANY")]
    pub(super) company: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<usize>,
}

fn states() -> PossibleValuesParser {
    PossibleValuesParser::new(Phase::ALL.map(Phase::name))
}

/// Show how many entries stand where, and why some were refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  jemap status\n  jemap status --book jemap.book --json")]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    pub(super) place: Place,
}

/// List entries of the book, the latest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap list --state refused,parked
  jemap list --to acme --code '808(F5)' --limit 1000
  jemap list --key B26-0401 --json | jq -r .key

For people at most 100 are listed, with `--json` all, unless `--limit` says otherwise.")]
pub(in crate::cli) struct List {
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) filters: Filters,
}

/// Show one entry: where it stands, what may be done, and all that happened to it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap show B26-0401-01
  jemap show B26-0401-01 --xml --answer
  jemap show B26-0401-01 --diff                     what each revision changed

A KEY is the natural key, the id in the document's header (the one that the receiver knows), or the 26 letters
that `key` shows.")]
pub(in crate::cli) struct Show {
    /// The entry.
    pub(super) key: String,
    /// Its XML too.
    #[arg(long)]
    pub(super) xml: bool,
    /// What each revision changed in its XML.
    #[arg(long)]
    pub(super) diff: bool,
    /// The answers and confirmations too, as they came.
    #[arg(long)]
    pub(super) answer: bool,
    #[command(flatten)]
    pub(super) place: Place,
}

/// List the confirmations that came and the strays among them, or show one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap confirmations                 those that came, the latest first
  jemap confirmations --strays        only what belongs to no entry, or is unclear
  jemap confirmations 12              one of them, as it came
  jemap confirmations 12 > 12.xml

A stray is given to its entry when that is taken later: send its input again.")]
pub(in crate::cli) struct Confirmations {
    /// The number of one.
    #[arg(value_name = "NUMBER", conflicts_with_all = ["strays", "limit"])]
    pub(super) number: Option<i64>,
    /// Only parts that changed nothing and wait for somebody.
    #[arg(long)]
    pub(super) strays: bool,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(super) limit: usize,
    #[command(flatten)]
    pub(super) place: Place,
}

/// What the verbs share.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Act {
    /// The entries: natural keys or ids.
    #[arg(value_name = "KEY", conflicts_with_all = ["state", "to", "key", "code", "company", "limit"])]
    pub(super) keys: Vec<String>,
    #[command(flatten)]
    pub(super) filters: Filters,
    #[command(flatten)]
    pub(super) by: By,
    #[command(flatten)]
    pub(super) place: Place,
}

/// Who acts, and whether to ask first.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct By {
    /// Do not ask.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Who does it; the login name when not given.
    #[arg(long = "as", value_name = "NAME")]
    pub(super) name: Option<String>,
}

/// Send entries again, as new revisions of the same data.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap retry B26-0401-01 --reason 'period is open again'
  jemap retry --state refused --code '808(F5)' --yes
  jemap retry B26-0401-01 --absent --reason 'looked for it in FB03'")]
pub(in crate::cli) struct Retry {
    #[command(flatten)]
    pub(super) act: Act,
    /// You have looked in the receiver, and it is not there.
    #[arg(long)]
    pub(super) absent: bool,
    /// Why, for the audit.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
}

/// Mend an entry that was refused: other data or a mended mapping make its next revision.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap edit B26-0401-03 --with mended.json --reason 'cost centre added'
  jemap edit B26-0401-03                            opens what it was made of in $EDITOR
  jemap edit B26-0401-03 --map billing.map          the same data by a mended mapping
  jemap show B26-0401-03 --json | jq -r '.revisions[-1].original' | sed 's/4100/4110/' |
    jemap edit B26-0401-03 --with - --dry-run

The mended data must make one entry with the same key. `jemap run` sends it.
Exit codes: 0 done, 1 not allowed now or refused by the mapping, 2 wrong command, 5 the book failed")]
pub(in crate::cli) struct Edit {
    /// The entry: its natural key or its id.
    pub(super) key: String,
    /// The mended JSON: a file, or `-` for standard input; the record alone, or a whole input with it.
    #[arg(long, value_name = "FILE")]
    pub(super) with: Option<PathBuf>,
    /// The mended mapping; the one that took the entry when not given.
    #[arg(long, value_name = "MAP")]
    pub(super) map: Option<PathBuf>,
    /// Another value for a parameter of the mapping; the others stay as they were.
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) params: Vec<(String, String)>,
    /// Show what would be different in the XML, and change nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) by: By,
    /// Why, for the audit.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
    #[command(flatten)]
    pub(super) place: Place,
}

/// Close entries: they are not sent any more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  jemap close B26-0401-03 --reason 'entered by hand'")]
pub(in crate::cli) struct Close {
    #[command(flatten)]
    pub(super) act: Act,
    /// Why, for the audit.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
}

/// Say that an entry is posted: its document was found in the receiver.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  jemap settle B26-0401-01 --posted 1900000001/2100/2026")]
pub(in crate::cli) struct Settle {
    #[command(flatten)]
    pub(super) act: Act,
    /// Its document number, company code and fiscal year.
    #[arg(long, value_name = "DOC/COMPANY/YEAR")]
    pub(super) posted: String,
    /// Why, for the audit.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
}

/// Say that the asynchronous message of entries was cancelled in the receiver.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  jemap cancelled B26-0401-01 --reason 'cancelled in the message monitor'")]
pub(in crate::cli) struct Cancelled {
    #[command(flatten)]
    pub(super) act: Act,
    /// Why, for the audit.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
}

/// Write entries with everything the book has of them, one JSON line each.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  jemap export > all.ndjson\n  jemap export --state refused | jq .outcomes"
)]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    pub(super) place: Place,
    #[command(flatten)]
    pub(super) filters: Filters,
}

/// Batches whose intake was interrupted: list them, deliver what was taken of one, or drop it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jemap batch list
  jemap batch complete 7 --reason 'the rest comes tomorrow'
  jemap batch drop 7 --reason 'the wrong file'

The usual way is another: send the same input again, then the batch is completed and nothing doubles.")]
pub(in crate::cli) struct Batch {
    #[command(subcommand)]
    pub(super) command: BatchCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BatchCommand {
    /// List batches that are not complete.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Complete a batch as it is: what was taken of it is delivered.
    Complete {
        #[command(flatten)]
        of: BatchOf,
        /// Why, for the audit.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Drop a batch: its entries are closed and never delivered.
    Drop {
        #[command(flatten)]
        of: BatchOf,
        /// Why, for the audit.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

/// Which batch, and who acts.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct BatchOf {
    /// Its number.
    #[arg(value_name = "N")]
    pub(super) batch: i64,
    #[command(flatten)]
    pub(super) by: By,
    #[command(flatten)]
    pub(super) place: Place,
}

/// Check the book, or copy it while it is in use.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  jemap store check\n  jemap store backup jemap-monday.book")]
pub(in crate::cli) struct Store {
    #[command(subcommand)]
    pub(super) command: StoreCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum StoreCommand {
    /// Look at every page, original, envelope and event.
    Check {
        #[command(flatten)]
        place: Place,
    },
    /// Move the data of finished batches into a book of its own; keys, states and outcomes stay.
    #[command(after_help = "\
Examples:
  jemap store archive --before 2026-01-01 -o 2025.book
  jemap store archive --before 90d -o old.book        what ended more than 90 days ago
  jemap show B26-0401-01 --book 2025.book

What is archived is sent again never, and recognised for ever. A run that was interrupted is finished by
the same command.")]
    Archive {
        /// Only batches of which nothing has changed since then: a day (UTC), or so many days ago.
        #[arg(long, value_name = "DATE")]
        before: String,
        /// The archive, a new file.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Write a whole copy.
    Backup {
        /// The new file.
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

/// What `--config` names when it is not given.
pub(super) const CONFIG: &str = "jemap.toml";
