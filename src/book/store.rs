//! The file: how it is opened, what is asserted of it, and its transactions.

use super::{BookError, sums};
use crate::crash::point;
use crate::diag::Code;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// `jmap` in the header of the file, so that no other database is taken for a book.
const APPLICATION: i32 = 0x6a6d_6170;
/// The steps from nothing to the schema that this program writes; a book of an earlier version takes those
/// that it lacks. A step is never changed once a book may have taken it.
const STEPS: [&str; 3] =
    [include_str!("schema.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")];
/// The version of the schema that this program writes.
const VERSION: i32 = STEPS.len() as i32;
/// Older libraries may lose commits when the WAL is reset (mended in 3.51.3).
const LIBRARY_MIN: i32 = 3_051_003;
/// How long a transaction waits for another process.
const WAIT: Duration = Duration::from_secs(10);
/// Pages kept in memory, KiB.
const CACHE_KIB: i64 = 64 << 10;

/// An open book.
pub struct Book {
    pub(super) connection: Connection,
    pub(super) clock: Clock,
}

/// One transaction: all of it is on disk when it returns well, and nothing otherwise.
pub struct Turn<'b> {
    pub(super) db: rusqlite::Transaction<'b>,
    pub(super) now: i64,
    /// The last outcome that was there when it began.
    pub(super) outcomes: i64,
}

impl Book {
    /// Opens a book to change it; makes it where there is none.
    ///
    /// # Errors
    ///
    /// J711 to J715.
    pub fn open(path: &Path, clock: Clock) -> Result<Book, BookError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut book = Book::connect(path, flags, clock)?;
        book.connection.pragma_update(None, "journal_mode", "wal")?;
        book.connection.pragma_update(None, "synchronous", "full")?;
        let journal: String = book.connection.pragma_query_value(None, "journal_mode", |r| r.get(0))?;
        let synchronous: i64 = book.connection.pragma_query_value(None, "synchronous", |r| r.get(0))?;
        if journal != "wal" || synchronous != 2 {
            let message = format!(
                "{} cannot be written safely here: journal {journal}, synchronous {synchronous}",
                path.display()
            );
            return Err(BookError::new(Code::J711, message));
        }
        book.migrate(path)?;
        Ok(book)
    }

    /// Opens a book to look into it.
    ///
    /// # Errors
    ///
    /// J711 where there is none; J712, J715.
    pub fn read_only(path: &Path, clock: Clock) -> Result<Book, BookError> {
        let book = Book::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, clock)?;
        match book.versions()? {
            (APPLICATION, VERSION) => Ok(book),
            found => Err(not_known(path, found)),
        }
    }

    fn connect(path: &Path, flags: OpenFlags, clock: Clock) -> Result<Book, BookError> {
        if rusqlite::version_number() < LIBRARY_MIN {
            let message =
                format!("SQLite {} may lose commits: 3.51.3 or later is needed", rusqlite::version());
            return Err(BookError::new(Code::J711, message));
        }
        let connection =
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|error| {
                BookError::new(Code::J711, format!("cannot open {}: {error}", path.display()))
            })?;
        connection.busy_timeout(WAIT)?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.set_prepared_statement_cache_capacity(128);
        sums::register(&connection)?;
        Ok(Book { connection, clock })
    }

    fn versions(&self) -> Result<(i32, i32), BookError> {
        let application = self.connection.pragma_query_value(None, "application_id", |r| r.get(0))?;
        let version = self.connection.pragma_query_value(None, "user_version", |r| r.get(0))?;
        Ok((application, version))
    }

    /// Makes the schema, or what it lacks, in one transaction; two processes that begin at once do it once.
    fn migrate(&mut self, path: &Path) -> Result<(), BookError> {
        if self.versions()? == (APPLICATION, VERSION) {
            return Ok(());
        }
        let db = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let application: i32 = db.pragma_query_value(None, "application_id", |r| r.get(0))?;
        let version: i32 = db.pragma_query_value(None, "user_version", |r| r.get(0))?;
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
        let from = match (application, version) {
            (APPLICATION, VERSION) => return Ok(()),
            (APPLICATION, 1..VERSION) => version as usize,
            (0, 0) if tables == 0 => 0,
            found => return Err(not_known(path, found)),
        };
        for step in &STEPS[from..] {
            db.execute_batch(step)?;
        }
        db.pragma_update(None, "application_id", APPLICATION)?;
        db.pragma_update(None, "user_version", VERSION)?;
        let turn = Turn { db, now: (self.clock)(), outcomes: 0 };
        if from > 0 {
            turn.raised(from as i32, VERSION)?;
        }
        point("schema.before");
        turn.db.commit()?;
        point("schema.after");
        Ok(())
    }

    /// One transaction, begun at once as a writer's.
    ///
    /// # Errors
    ///
    /// What `act` says, or J713 to J715; then nothing was changed.
    pub fn turn<T>(&mut self, act: impl FnOnce(&Turn<'_>) -> Result<T, BookError>) -> Result<T, BookError> {
        let now = (self.clock)();
        let db = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut turn = Turn { db, now, outcomes: 0 };
        turn.outcomes = turn.outcomes_last()?;
        let value = act(&turn)?;
        turn.link_outcomes()?;
        turn.db.commit()?;
        Ok(value)
    }

    /// Begins sending: raises the epoch, and makes every request under way at an earlier one a doubt.
    /// The caller holds the lease on the book. The new epoch, and how many entries came in doubt.
    pub fn begin_sending(&mut self) -> Result<(i64, u64), BookError> {
        let begun = self.turn(|turn| {
            turn.db.execute("UPDATE setting SET value = value + 1 WHERE name = 'epoch'", [])?;
            let epoch = turn.epoch()?;
            turn.ahead()?;
            let doubts = turn.interrupt_before(epoch)?;
            turn.event(None, None, "epoch", &format!("{{\"epoch\":{epoch},\"doubts\":{doubts}}}"))?;
            point("epoch.before");
            Ok((epoch, doubts))
        })?;
        point("epoch.after");
        Ok(begun)
    }

    /// The book may not grow beyond so many bytes: what intake of a service with little room sets.
    pub fn limit_bytes(&mut self, bytes: u64) -> Result<(), BookError> {
        let page: i64 = self.connection.pragma_query_value(None, "page_size", |r| r.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page;
        self.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        Ok(())
    }
}

impl Turn<'_> {
    /// When it began: the moment of all that it writes.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The present epoch: a worker whose own is older must not send.
    pub fn epoch(&self) -> Result<i64, BookError> {
        let sql = "SELECT value FROM setting WHERE name = 'epoch'";
        Ok(self.db.query_row(sql, [], |r| r.get(0))?)
    }
}

fn not_known(path: &Path, (application, version): (i32, i32)) -> BookError {
    let name = path.display();
    if application != APPLICATION {
        return BookError::new(Code::J712, format!("{name} is a database, but no book of jemap"));
    }
    let message = format!("{name} has version {version} of the schema, and this jemap knows {VERSION}");
    let help = Some("an older book is brought to this version by `jemap run`");
    BookError {
        help: help.filter(|_| (1..VERSION).contains(&version)),
        ..BookError::new(Code::J712, message)
    }
}
