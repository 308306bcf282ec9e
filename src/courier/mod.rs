//! Delivery at work: book x wire x fate. One sender a book ([`Lease`]) seals, claims, records and looks up;
//! worker threads do the HTTP. When a destination may be asked and by how many requests at once is `flow`'s, what
//! a reply means for each member of an envelope is `results`'.

mod desk;
mod flow;
mod lease;
mod results;
mod sender;
mod work;

pub use flow::{Circuit, Concurrency, Permit, Rate};
pub use lease::{Lease, NoLease};
pub use results::results;
pub use sender::{Delivery, Left, News, Until, deliver};
