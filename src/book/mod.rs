//! The book of record: what was taken, what was sent, what became of it; one SQLite file. It applies
//! [`fate::step`](crate::fate::step) to rows, and knows no HTTP, no mappings and no clock of its own.
//!
//! Everything an outward effect needs is committed and synced before the effect: every act is one
//! [`Book::turn`], one transaction with `synchronous=FULL`. Several processes may use one book at once.
//! All times are milliseconds since 1970 as the caller's [`Clock`] tells them; order is by sequence numbers,
//! never by time.
//!
//! Entries of a batch that is not complete stand in their rows as they will be when it is, and are shown as
//! *received*: completing a batch changes one row, however many entries it has.

mod act;
mod archive;
mod aside;
mod batch;
mod canonical;
mod chain;
mod check;
mod confirm;
mod due;
mod edit;
mod error;
mod intake;
mod jump;
mod pieces;
mod record;
mod row;
mod seal;
mod sink;
mod store;
mod sums;
mod views;
mod views_confirmations;
mod views_list;
mod views_show;
mod views_walk;
mod withhold;

#[cfg(test)]
mod tests;

pub use act::{Action, Who};
pub use archive::Archived;
pub use batch::Incomplete;
pub use canonical::content_hash;
pub use check::Finding;
pub use confirm::{Confirmed, Confirming, Effect, Part, Says, Touched};
pub use due::{Attention, Look, Terms};
pub use edit::{Draft, Drafted, Edit, Origin, Unmapped};
pub use error::BookError;
pub use intake::{Batch, Counts, Intake, Refused, Taken, Template};
pub use record::{MemberResult, Posted, Recorded};
pub use row::EntryKey;
pub use seal::{Claim, Member, Sealing};
pub use sink::BookSink;
pub use store::{Book, Clock, Turn};
pub use views::{Cause, Count, Known, Standing, Status};
pub use views_confirmations::{Heard, Stray};
pub use views_list::{Filter, Listed};
pub use views_show::{Attempt, Event, Outcome, Revision, Showing, Shown};
pub use views_walk::{Order, Walk};
