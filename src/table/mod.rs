//! Tables outside the payload: charts of accounts, cost centres. Loaded once, keys unique, types checked.
//!
//! This room reads no files: it gets their bytes, and says with places what is wrong in them.

mod cell;
mod csv;
mod index;
mod json;
mod load;
mod lookup;
mod short;

#[cfg(test)]
mod tests;

pub use load::{TableFormat, TableSpec};
pub use lookup::{Column, KEYS_MAX, Role, Table};
pub use short::{KEY_BYTES_MAX, ShortText, ShortTexts, TEXT_BYTES_MAX};
