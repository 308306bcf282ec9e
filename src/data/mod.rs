//! What flows: exact decimals, money, dates, texts as places in a buffer.
//!
//! No floating point anywhere. This room knows nothing of JSON, XML or mappings.

mod currency;
mod date;
mod decimal;
mod fault;
mod kind;
mod number;
mod pattern;
mod sheet;
mod texts;
mod value;

pub use currency::Currency;
pub use date::{Date, Time};
pub use decimal::{Decimal, Rounding, sum_short};
pub use fault::{Fault, quoted};
pub use kind::{CurrencyRef, Kind, Type};
pub use number::NumberFormat;
pub use pattern::{DatePattern, read_offset};
pub use sheet::{Append, Sheet};
pub use texts::{Ascii, Texts};
pub use value::{Buffer, Money, Text, Value};
