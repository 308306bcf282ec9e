//! What becomes of one journal entry: a state machine as one pure function. It knows no clock, no store and
//! no network; those who call it say what happened, and write down what it answers.
//!
//! [`fn@step`] takes an [`Entry`] and an [`Input`] and gives the entry as it is afterwards, what it waits for
//! ([`Next`]) and whether somebody must be told ([`Alarm`]), or says why the input is not allowed
//! ([`Refusal`]). It is total: every input has an answer in every state.
//!
//! The rules it keeps, by their numbers in the commit log and the tests (`tests/` explores every
//! interleaving of a world around this function, and takes the rules out one at a time):
//!
//! | rule | kept by |
//! |---|---|
//! | 1 taken is said after the commit | the intake; here: nothing moves before [`Input::Committed`] |
//! | 2 the intent is written before the first byte | [`Input::Intend`] makes [`Phase::Sending`] |
//! | 3 an unknown outcome is never guessed | [`Answer::Unknown`] makes [`Phase::InDoubt`] |
//! | 4 an envelope in doubt is frozen | [`Answer::TooLarge`] and [`Input::Unseal`] ask for no doubt |
//! | 5 posted is read per entry | [`Answer::Posted`] is one entry's answer, not a status |
//! | 6 an outcome belongs to (revision, attempt) | [`Input::Answered`] is compared with both |
//! | 7 a look-up counts after the settle time, absence twice | [`Input::Settled`], [`Input::LookedUp`] |
//! | 8 what is offered again is a new revision | [`Input::Edit`], [`Input::Retry`] |
//! | 9 a refusal is trusted when nothing older may still arrive | [`Answer::Refused`] |
//! | 10 no edit while a request is under way | [`Input::Edit`] |
//! | 11 no second offer while the receiver holds the first | [`Input::Cancelled`] |
//! | 12 a lost lease is a doubt | [`Input::Interrupted`] |
//! | 13 nothing is deleted | there is no input that does |

mod entry;
mod input;
mod refusal;
mod rules;
mod step;

#[cfg(test)]
mod tests;

pub use entry::{Entry, Mode, Next, Phase};
pub use input::{Alarm, Answer, Input, Step};
pub use refusal::Refusal;
pub use step::step;
