//! Delivery at work: book x wire x fate. One sender a book ([`Lease`]) seals, claims, records and looks up;
//! worker threads do the HTTP. When a destination may be asked and by how many requests at once is `flow`'s, what
//! a reply means for each member of an envelope is `results`'. What a receiver says later comes in by `receive`,
//! from files or from the listener in `ear`.

mod desk;
mod ear;
mod flow;
mod lease;
mod receive;
mod results;
mod sender;
mod work;

pub use desk::terms;
pub use ear::{Ear, Heard, Listening, Tell};
pub use flow::{Circuit, Concurrency, Permit, Rate};
pub use lease::{Lease, NoLease};
pub use receive::{NotReceived, Received, receive};
pub use results::results;
pub use sender::{Delivery, Left, News, Until, deliver};
