//! What a target service accepts: elements in order, with type, length, digits, pattern, occurrence and
//! attributes.
//!
//! A contract is data. The built-in ones are tables in `mappings/contracts/`, others are read from a WSDL or
//! XSD. This room knows nothing of mappings.

mod anchors;
mod builtin;
mod diff;
mod facets;
mod grow;
mod markup;
mod pattern;
mod schema;
mod shape;
mod show;
mod table;
mod tree;
mod write;
mod wsdl;

#[cfg(test)]
mod tests;

pub use builtin::{builtin, builtin_names, builtin_profiles};
pub use diff::{Change, Difference, diff, diff_json, diff_text};
pub use facets::{Checker, Violation};
pub use show::{show, show_json};
pub use tree::{
    Anchors, Attribute, CREDIT, Contract, DEBIT, Element, ElementId, Facets, Occurs, Primitive, Role, Rules,
    Service,
};
pub use write::{Called, write_wsdl};
pub use wsdl::{read_wsdl, read_xsd};
