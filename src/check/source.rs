//! The source block → what the reader walks, and the names of its fields.
//!
//! It does not know documents or the target.

use super::names::{Currency, Field, FieldKind, Names, Shape, Source};
use super::types::{self, CurrencyArg};
use crate::data::{CurrencyRef, Kind};
use crate::diag::{Code, Report, Span, near};
use crate::json::{AtStep, Decode, Entry, Leaf, Node, NodeId, Object, ObjectId, Schema};
use crate::syntax::tree::{self, Mod, Step, TypeKind};

/// Most fields of a source, lists and nested objects counted.
const FIELDS_MAX: usize = 4096;

/// Lowers fields.
struct Builder<'r, 't> {
    schema: Schema,
    shapes: Vec<Shape>,
    reports: &'r mut Vec<Report>,
    strict: bool,
    /// Whether each node was walked as an array, an object, or not yet.
    positional: Vec<Option<bool>>,
    /// Money fields whose currency is still to be found: object, field, prefix, currency.
    money: Vec<(ObjectId, usize, String, CurrencyArg<'t>)>,
    fields: usize,
}

/// Where fields are put.
#[derive(Clone)]
struct Into {
    object: ObjectId,
    node: NodeId,
    prefix: String,
    /// Inside an optional nested object.
    optional: bool,
}

impl Into {
    /// The dotted name of a field within its object.
    fn path(&self, field: &tree::Field) -> String {
        match self.prefix.as_str() {
            "" => field.name.name.clone(),
            prefix => format!("{prefix}.{}", field.name.name),
        }
    }
}

/// The source of a mapping.
pub(super) fn source(
    tree: &tree::Source,
    around: Option<(&[tree::Field], Span)>,
    names: &Names<'_>,
    reports: &mut Vec<Report>,
) -> Source {
    let lines = tree.kind == tree::SourceKind::Line;
    if tree.format.name != "json" {
        let report = Report::error(
            Code::J209,
            tree.format.span,
            format!("sources of format `{}` are not known", tree.format.name),
        );
        reports.push(report.help("write `source json …`"));
    }
    let mut builder = Builder {
        schema: Schema::default(),
        shapes: vec![],
        reports,
        strict: tree.strict,
        positional: vec![],
        money: vec![],
        fields: 0,
    };
    builder.schema.at = builder.way(tree.at.as_ref());
    builder.schema.bare = builder.bare(tree.or.as_ref());
    builder.object(if lines { "line" } else { "record" }, &tree.fields, None, false);
    if let Some((fields, span)) = around {
        if tree.at.is_none() {
            let report = Report::error(Code::J235, span, "`around` needs records that lie inside something");
            let report = report.and(tree.span, "this source has no `at`");
            builder.reports.push(report.help("say where the records are: `source json record at items[]`"));
        }
        let object = builder.object("around", fields, None, false);
        builder.schema.around = Some(object);
    }
    builder.currencies(names);
    let Builder { schema, shapes, .. } = builder;
    Source { schema, lines, shapes, span: tree.span }
}

impl<'t> Builder<'_, 't> {
    /// The way to the repeating object.
    fn way(&mut self, path: Option<&tree::Path>) -> Vec<AtStep> {
        let Some(path) = path else { return vec![] };
        if !matches!(path.steps.last(), Some(Step::Each(_))) {
            let report =
                Report::error(Code::J236, path.span, "the way to the records does not say that they repeat");
            self.reports.push(report.help("end it with `[]`: `at items[]`"));
        }
        path.steps
            .iter()
            .map(|step| match step {
                Step::Key(key) => AtStep::Key(key.name.clone()),
                Step::Index(index, _) => AtStep::Index(*index),
                Step::Each(_) => AtStep::Each,
            })
            .collect()
    }

    /// Whether records may stand alone.
    fn bare(&mut self, path: Option<&tree::Path>) -> bool {
        let Some(path) = path else { return false };
        if !path.steps.is_empty() {
            let report = Report::error(Code::J236, path.span, "a second way to the records");
            self.reports.push(report.help("after `or` stands `.`: records that stand alone, or in a list"));
        } else if !matches!(self.schema.at.first(), Some(AtStep::Key(_))) {
            let message = "records that stand alone cannot be told from a list they stand in";
            let report = Report::error(Code::J236, path.span, message);
            self.reports.push(
                report.help("begin the way with a key, or leave `at … or .` out: a list is its elements"),
            );
        }
        true
    }

    fn new_node(&mut self) -> NodeId {
        self.schema.nodes.push(Node { strict: self.strict, ..Node::default() });
        self.positional.push(None);
        NodeId(self.schema.nodes.len() as u16 - 1)
    }

    /// A new object shape with its fields.
    fn object(
        &mut self,
        name: &str,
        fields: &'t [tree::Field],
        parent: Option<ObjectId>,
        row: bool,
    ) -> ObjectId {
        let into = self.shape(name, parent);
        self.fields(&into, fields, row);
        self.schema.objects[usize::from(into.object.0)].cells =
            self.schema.objects[usize::from(into.object.0)].leaves.len() as u16;
        into.object
    }

    fn shape(&mut self, name: &str, parent: Option<ObjectId>) -> Into {
        let node = self.new_node();
        let object = ObjectId(self.schema.objects.len() as u16);
        self.schema.objects.push(Object {
            name: name.to_owned(),
            root: node,
            cells: 0,
            leaves: vec![],
            parent,
        });
        self.shapes.push(Shape { name: name.to_owned(), parent, ..Shape::default() });
        Into { object, node, prefix: String::new(), optional: false }
    }

    fn fields(&mut self, into: &Into, fields: &'t [tree::Field], row: bool) {
        for (position, field) in fields.iter().enumerate() {
            self.fields += 1;
            if self.fields > FIELDS_MAX {
                if self.fields == FIELDS_MAX + 1 {
                    let message = format!("the source declares more than {FIELDS_MAX} fields");
                    self.reports.push(Report::error(Code::J245, field.span, message));
                }
                return;
            }
            if row && field.name.name == "_" {
                continue;
            }
            match self.place(into, field, row.then_some(position)) {
                Some((node, key)) => self.field(into, field, node, key),
                None => self.wrong(into, field),
            }
        }
    }

    /// The node and key (`None`: the node itself) a field is read from.
    fn place(
        &mut self,
        into: &Into,
        field: &tree::Field,
        position: Option<usize>,
    ) -> Option<(NodeId, Option<usize>)> {
        if let Some(position) = position {
            if let Some(path) = &field.at {
                let report = Report::error(Code::J236, path.span, "a field of a row is read by its position");
                self.reports.push(report.help("remove `at`"));
            }
            return Some((into.node, Some(self.entry(into.node, &position.to_string(), true, field.span)?)));
        }
        let Some(path) = &field.at else {
            return Some((into.node, Some(self.entry(into.node, &field.name.name, false, field.span)?)));
        };
        let Some((last, way)) = path.steps.split_last() else { return Some((into.node, None)) };
        let mut node = into.node;
        for step in way {
            let entry = self.step(node, step)?;
            node = self.walk(node, entry);
        }
        Some((node, Some(self.step(node, last)?)))
    }

    fn step(&mut self, node: NodeId, step: &Step) -> Option<usize> {
        match step {
            Step::Key(key) => self.entry(node, &key.name, false, key.span),
            Step::Index(index, span) => self.entry(node, &index.to_string(), true, *span),
            Step::Each(span) => {
                let report = Report::error(Code::J236, *span, "`[]` is only for the records of a source");
                self.reports.push(report.help("leave it out: the type `[…]` says that the value is a list"));
                None
            }
        }
    }

    /// The entry of a key, made when it is new.
    fn entry(&mut self, node: NodeId, key: &str, positional: bool, span: Span) -> Option<usize> {
        let at = usize::from(node.0);
        if self.positional[at].is_some_and(|p| p != positional) {
            let message = "one value cannot be read both by keys and by positions";
            self.reports.push(Report::error(Code::J236, span, message));
            return None;
        }
        self.positional[at] = Some(positional);
        let node = &mut self.schema.nodes[at];
        node.positional = positional;
        if let Some(known) = node.entries.iter().position(|e| e.key == key) {
            return Some(known);
        }
        node.entries.push(Entry { key: key.to_owned(), ..Entry::default() });
        Some(node.entries.len() - 1)
    }

    /// The node the value of an entry is walked with.
    fn walk(&mut self, node: NodeId, entry: usize) -> NodeId {
        if let Some(known) = self.schema.nodes[usize::from(node.0)].entries[entry].node {
            return known;
        }
        let new = self.new_node();
        self.schema.nodes[usize::from(node.0)].entries[entry].node = Some(new);
        new
    }

    /// Names a field that was reported, so that its uses are not reported as well.
    fn wrong(&mut self, into: &Into, field: &tree::Field) {
        let path = into.path(field);
        self.named(into, field, &path, FieldKind::Money(Currency::Wrong), u16::MAX);
    }

    fn field(&mut self, into: &Into, field: &'t tree::Field, node: NodeId, key: Option<usize>) {
        let path = into.path(field);
        if let Some(first) = self.shapes[usize::from(into.object.0)].field(&path) {
            let report =
                Report::error(Code::J211, field.name.span, format!("the field `{path}` is declared twice"));
            self.reports.push(report.and(first.span, "first here").help("rename one of them"));
            return;
        }
        match &field.ty.kind {
            TypeKind::Object(fields) => {
                let inside = match key {
                    Some(entry) => self.walk(node, entry),
                    None => node,
                };
                let optional = into.optional || field.ty.optional;
                if field.ty.optional {
                    self.leaf(into, field, &path, node, key, FieldKind::Object, Decode::Presence);
                } else {
                    self.named(into, field, &path, FieldKind::Object, u16::MAX);
                }
                let into = Into { object: into.object, node: inside, prefix: path, optional };
                self.fields(&into, fields, false);
            }
            TypeKind::List(inner) => self.list(into, field, inner, &path, node, key),
            TypeKind::Row(_) => {
                let report =
                    Report::error(Code::J203, field.ty.span, "rows by position stand only inside a list");
                self.reports.push(report.help("write `[ ( … ) ]`"));
            }
            TypeKind::Word { .. } | TypeKind::Enum(_) => {
                if key.is_none() {
                    let report =
                        Report::error(Code::J236, field.span, "`at .` is this object, not a single value");
                    self.reports.push(report.help("use it with `{ … }`, or name the key"));
                    return;
                }
                let Some(scalar) = types::scalar(&field.ty, &field.mods, self.reports) else {
                    return self.wrong(into, field);
                };
                let kind = match scalar.currency {
                    Some(_) => FieldKind::Money(Currency::Wrong),
                    None => FieldKind::Value(scalar.kind),
                };
                let number = self.leaf(into, field, &path, node, key, kind, scalar.decode);
                if let Some(currency) = scalar.currency {
                    self.money.push((into.object, number, into.prefix.clone(), currency));
                }
            }
        }
    }

    fn list(
        &mut self,
        into: &Into,
        field: &'t tree::Field,
        inner: &'t tree::Type,
        path: &str,
        node: NodeId,
        key: Option<usize>,
    ) {
        let outer = &self.shapes[usize::from(into.object.0)];
        let name = match outer.parent {
            None => format!("{path}[]"),
            Some(_) => format!("{}.{path}[]", outer.name),
        };
        let object = self.elements(&name, inner, &field.mods, into.object);
        if key.is_none() {
            let report = Report::error(Code::J236, field.span, "`at .` is this object, not a list");
            self.reports.push(report.help("name the key"));
            return;
        }
        let or_one = field.mods.iter().any(|m| matches!(m, Mod::OrOne(_)));
        self.leaf(into, field, path, node, key, FieldKind::List(object), Decode::List { object, or_one });
    }

    /// The shape of a list's elements.
    fn elements(&mut self, name: &str, inner: &'t tree::Type, mods: &'t [Mod], parent: ObjectId) -> ObjectId {
        match &inner.kind {
            TypeKind::Object(fields) => self.object(name, fields, Some(parent), false),
            TypeKind::Row(fields) => self.object(name, fields, Some(parent), true),
            TypeKind::List(deeper) => {
                let into = self.shape(name, Some(parent));
                let object = self.elements(&format!("{name}[]"), deeper, mods, into.object);
                self.scalar_cell(
                    &into,
                    inner,
                    FieldKind::List(object),
                    Decode::List { object, or_one: false },
                    mods,
                );
                into.object
            }
            TypeKind::Word { .. } | TypeKind::Enum(_) => {
                let into = self.shape(name, Some(parent));
                if let Some(scalar) = types::scalar(inner, mods, self.reports) {
                    let kind = match scalar.currency {
                        Some(_) => FieldKind::Money(Currency::Wrong),
                        None => FieldKind::Value(scalar.kind),
                    };
                    self.scalar_cell(&into, inner, kind, scalar.decode, mods);
                    if let Some(currency) = scalar.currency {
                        self.money.push((into.object, 0, String::new(), currency));
                    }
                }
                into.object
            }
        }
    }

    /// The only cell of an element that is a value itself: under the key "".
    fn scalar_cell(&mut self, into: &Into, ty: &tree::Type, kind: FieldKind, decode: Decode, mods: &[Mod]) {
        let object = usize::from(into.object.0);
        self.schema.objects[object].leaves.push(Leaf {
            name: "value".to_owned(),
            decode,
            optional: ty.optional,
            none: none_spellings(mods),
        });
        self.schema.objects[object].cells = 1;
        let entry = Entry { key: String::new(), cells: vec![0], node: None };
        self.schema.nodes[usize::from(into.node.0)].entries.push(entry);
        let shape = &mut self.shapes[object];
        shape.scalar = true;
        shape.index.insert(String::new(), 0);
        shape.fields.push(Field {
            path: String::new(),
            kind,
            optional: ty.optional,
            cell: 0,
            span: ty.span,
            used: true.into(),
        });
    }

    /// A cell and its name; gives the number of the field.
    #[allow(clippy::too_many_arguments)] // three calls: a struct would only rename them
    fn leaf(
        &mut self,
        into: &Into,
        field: &tree::Field,
        path: &str,
        node: NodeId,
        key: Option<usize>,
        kind: FieldKind,
        decode: Decode,
    ) -> usize {
        let object = &mut self.schema.objects[usize::from(into.object.0)];
        let cell = object.leaves.len() as u16;
        object.leaves.push(Leaf {
            name: path.to_owned(),
            decode,
            optional: into.optional || field.ty.optional,
            none: none_spellings(&field.mods),
        });
        if let Some(entry) = key {
            self.schema.nodes[usize::from(node.0)].entries[entry].cells.push(cell);
        }
        self.named(into, field, path, kind, cell)
    }

    fn named(&mut self, into: &Into, field: &tree::Field, path: &str, kind: FieldKind, cell: u16) -> usize {
        let shape = &mut self.shapes[usize::from(into.object.0)];
        let number = shape.fields.len();
        let optional = into.optional || field.ty.optional;
        shape.index.insert(path.to_owned(), number);
        if let Some(Mod::Key(span)) = field.mods.iter().find(|m| matches!(m, Mod::Key(_))) {
            if shape.parent.is_none() {
                let report = Report::error(Code::J249, *span, "`key` is for the objects of a list");
                self.reports.push(report.help("the key of documents is said by `document … key`"));
            } else if let Some(first) = shape.key.replace(number) {
                let report = Report::error(Code::J211, *span, "a list has one key");
                let report = report.and(shape.fields[first].span, "the first");
                self.reports.push(report.help("remove one `key`"));
            }
        }
        shape.fields.push(Field {
            path: path.to_owned(),
            kind,
            optional,
            cell,
            span: field.span,
            used: false.into(),
        });
        number
    }

    /// Finds the currencies of money fields: in the own object, the enclosing ones, `around`, parameters.
    fn currencies(&mut self, names: &Names<'_>) {
        for (object, field, prefix, currency) in std::mem::take(&mut self.money) {
            let found = match currency {
                CurrencyArg::Literal(code) => Some(Currency::Literal(code)),
                CurrencyArg::Path(path) => self.currency(object, &prefix, path, names),
            };
            if let Some(found) = found {
                self.shapes[usize::from(object.0)].fields[field].kind = FieldKind::Money(found);
            }
        }
    }

    fn currency(
        &mut self,
        object: ObjectId,
        prefix: &str,
        path: &[tree::Ident],
        names: &Names<'_>,
    ) -> Option<Currency> {
        let name = path.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join(".");
        let span = path.first()?.span.to(path.last()?.span);
        let mut at = Some(object);
        let mut prefix = prefix.to_owned();
        while let Some(object) = at {
            let shape = &self.shapes[usize::from(object.0)];
            loop {
                let full = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                if let Some(field) = shape.field(&full) {
                    return cell_currency(shape, field, object, span, self.reports);
                }
                match prefix.rfind('.') {
                    Some(dot) => prefix.truncate(dot),
                    None if !prefix.is_empty() => prefix.clear(),
                    None => break,
                }
            }
            at = shape.parent;
        }
        if let Some(around) = self.schema.around {
            let shape = &self.shapes[usize::from(around.0)];
            if let Some(field) = shape.field(&name) {
                return cell_currency(shape, field, around, span, self.reports);
            }
        }
        if let Some(param) = names.param(&name) {
            names.params[param].used.set(true);
            return Some(Currency::Param(param as u16, format!("param.{name}")));
        }
        let all = self.shapes.iter().flat_map(|s| s.fields.iter().map(|f| f.path.as_str()));
        let report = Report::error(
            Code::J201,
            span,
            format!("there is no field `{name}` that could hold the currency"),
        );
        let report =
            report.help("name a field of this object or one around it, a parameter, or a currency in quotes");
        let report = report.did_you_mean(near(&name, all));
        self.reports.push(report);
        None
    }
}

/// The spellings that mean none.
pub(super) fn none_spellings(mods: &[Mod]) -> Vec<String> {
    let words = mods.iter().filter_map(|m| if let Mod::None(words) = m { Some(words) } else { None });
    words.flatten().map(|w| w.text.clone()).collect()
}

fn cell_currency(
    shape: &Shape,
    field: &Field,
    object: ObjectId,
    span: Span,
    reports: &mut Vec<Report>,
) -> Option<Currency> {
    let fits = match &field.kind {
        FieldKind::Value(Kind::Currency) => true,
        FieldKind::Value(Kind::Enum(words)) => {
            words.iter().all(|w| crate::data::Currency::parse(w).is_some_and(|c| c.as_str() == w))
        }
        _ => false,
    };
    field.used.set(true);
    if !fits {
        let report = Report::error(Code::J203, span, format!("`{}` is no currency", field.path));
        reports.push(report.and(field.span, "declared here").help("declare it as `currency`"));
        return None;
    }
    let name = format!("{}.{}", shape.name, field.path);
    Some(Currency::Cell { object, cell: field.cell, optional: field.optional, name })
}

/// What is known of a literal or named currency, for parameters and functions.
pub(super) fn literal(currency: Option<&CurrencyArg<'_>>) -> CurrencyRef {
    match currency {
        Some(CurrencyArg::Literal(code)) => CurrencyRef::Literal(code.clone()),
        _ => CurrencyRef::Unknown,
    }
}
