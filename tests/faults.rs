//! The faults of docs/RELIABILITY.md from outside: the program against a sandbox in another process, whose
//! ledger is the judge, or against a server on loopback that answers as no receiver should.

#[allow(dead_code)]
#[path = "support/beside.rs"]
mod beside;
#[path = "faults/hostile.rs"]
mod hostile;
#[path = "faults/lost.rs"]
mod lost;
#[path = "faults/many.rs"]
mod many;
#[path = "faults/outage.rs"]
mod outage;
#[path = "faults/pace.rs"]
mod pace;
#[path = "faults/place.rs"]
mod place;
#[path = "faults/receiver.rs"]
mod receiver;
#[path = "faults/secure.rs"]
mod secure;
