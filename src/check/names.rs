//! What a mapping declares at its top level, and what of it was used.

use super::types::Scalar;
use crate::data::{CurrencyRef, Kind, Type};
use crate::diag::Span;
use crate::json::{ObjectId, Schema};
use crate::syntax::tree;
use crate::table::Role;
use std::cell::Cell;
use std::collections::HashMap;

/// Everything a document block can see.
#[derive(Default)]
pub(super) struct Names<'t> {
    pub(super) params: Vec<Param>,
    pub(super) tables: Vec<Table>,
    pub(super) functions: Vec<Function<'t>>,
    pub(super) source: Source,
}

/// A parameter.
pub(super) struct Param {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) span: Span,
    pub(super) used: Cell<bool>,
}

/// A table.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) span: Span,
    pub(super) used: Cell<bool>,
    /// Declared in a library: not everything of it need be used.
    pub(super) library: bool,
}

/// A column of a table.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) role: Role,
    pub(super) span: Span,
    pub(super) used: Cell<bool>,
}

/// A function of the mapping or a library.
pub(super) struct Function<'t> {
    pub(super) tree: &'t tree::Function,
    /// Types of the parameters; `None` where wrong.
    pub(super) params: Vec<Option<Scalar<'t>>>,
    pub(super) returns: Option<Scalar<'t>>,
    pub(super) used: Cell<bool>,
    pub(super) library: bool,
}

/// What is read, with its names.
#[derive(Default)]
pub(super) struct Source {
    pub(super) schema: Schema,
    pub(super) lines: bool,
    /// By object number.
    pub(super) shapes: Vec<Shape>,
    pub(super) span: Span,
}

/// The names of one object.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) parent: Option<ObjectId>,
    pub(super) fields: Vec<Field>,
    pub(super) index: HashMap<String, usize>,
    /// The field marked `key`.
    pub(super) key: Option<usize>,
    /// Elements of a list of scalars: the only field is the value itself.
    pub(super) scalar: bool,
}

/// A field, nested objects included.
pub(super) struct Field {
    /// Dotted within its object.
    pub(super) path: String,
    pub(super) kind: FieldKind,
    pub(super) optional: bool,
    pub(super) cell: u16,
    pub(super) span: Span,
    pub(super) used: Cell<bool>,
}

impl Field {
    /// What it is was reported already.
    pub(super) fn wrong(&self) -> bool {
        self.cell == u16::MAX && matches!(self.kind, FieldKind::Money(Currency::Wrong))
    }
}

/// What a field is.
pub(super) enum FieldKind {
    /// A single value.
    Value(Kind),
    /// Money and where its currency is.
    Money(Currency),
    /// A list of these.
    List(ObjectId),
    /// A nested object; its fields have longer paths.
    Object,
}

/// Where a money's currency is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Currency {
    Literal(String),
    /// A cell of this or an enclosing object, or of `around`.
    Cell {
        object: ObjectId,
        cell: u16,
        optional: bool,
        name: String,
    },
    Param(u16, String),
    /// Reported already.
    Wrong,
}

impl Currency {
    pub(super) fn reference(&self) -> CurrencyRef {
        match self {
            Currency::Literal(code) => CurrencyRef::Literal(code.clone()),
            Currency::Cell { name, .. } | Currency::Param(_, name) => CurrencyRef::Named(name.clone()),
            Currency::Wrong => CurrencyRef::Unknown,
        }
    }
}

impl Source {
    pub(super) fn shape(&self, object: ObjectId) -> &Shape {
        &self.shapes[usize::from(object.0)]
    }
}

impl Shape {
    pub(super) fn field(&self, path: &str) -> Option<&Field> {
        self.index.get(path).map(|i| &self.fields[*i])
    }
    /// The names one can write after `prefix`.
    pub(super) fn names<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s str> {
        self.fields.iter().filter_map(move |f| {
            let rest =
                if prefix.is_empty() { &f.path } else { f.path.strip_prefix(prefix)?.strip_prefix('.')? };
            (!rest.contains('.')).then_some(rest)
        })
    }
}

impl Names<'_> {
    pub(super) fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|p| p.name == name)
    }
    pub(super) fn table(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|t| t.name == name)
    }
    pub(super) fn function(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|f| f.tree.name.name == name)
    }
}
