//! XML Schema: what a file declares, by name, and its simple types. Complex types are read in
//! [`super::shape`].
//!
//! Knows nothing of WSDL: the schemas may stand in any document.

use std::collections::HashMap;

use super::markup::{Name, NodeId, Tree, XML};
use super::tree::{Attribute, Facets, Primitive};
use crate::data::Decimal;
use crate::diag::{Code, Report, near};

/// The namespace of XML Schema.
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// How deep types may be derived from or nested in each other; a circle of them ends here.
const DERIVATION_MAX: usize = 64;

/// How many types and groups are looked into in all. Groups that name groups could otherwise take for ever,
/// since each reference is followed anew.
const VISITS_MAX: usize = 1_000_000;

/// Most reports of one file; after so many nobody reads on.
const REPORTS_MAX: usize = 100;

/// What can be declared by name. Names of different kinds do not clash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// `element`
    Element,
    /// `complexType`, `simpleType`
    Type,
    /// `group`
    Group,
    /// `attribute`
    Attribute,
    /// `attributeGroup`
    AttributeGroup,
}

impl Kind {
    fn of(local: &str) -> Option<Kind> {
        Some(match local {
            "element" => Kind::Element,
            "complexType" | "simpleType" => Kind::Type,
            "group" => Kind::Group,
            "attribute" => Kind::Attribute,
            "attributeGroup" => Kind::AttributeGroup,
            _ => return None,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Element => "element",
            Kind::Type => "type",
            Kind::Group => "group",
            Kind::Attribute => "attribute",
            Kind::AttributeGroup => "attribute group",
        }
    }
}

/// All schemas of a document.
pub(super) struct Schemas<'t> {
    pub(super) tree: &'t Tree,
    declared: HashMap<(Kind, Name), NodeId>,
    /// What was found wrong so far.
    pub(super) reports: Vec<Report>,
    visits: usize,
}

/// A simple type with what could not be kept of it.
#[derive(Debug, Clone)]
pub(super) struct Simple {
    pub(super) facets: Facets,
    pub(super) notes: Vec<String>,
}

impl Simple {
    fn of(primitive: Primitive) -> Simple {
        Simple { facets: Facets::of(primitive), notes: vec![] }
    }
}

impl<'t> Schemas<'t> {
    /// Indexes the schemas; files they need that are not here are reported.
    pub(super) fn new(tree: &'t Tree, schemas: &[NodeId]) -> Schemas<'t> {
        let mut all = Schemas { tree, declared: HashMap::new(), reports: vec![], visits: 0 };
        let target = |id: NodeId| tree.attribute(id, "targetNamespace").unwrap_or_default();
        for schema in schemas {
            for id in tree.children(*schema) {
                if tree.namespace(*id) != XSD {
                    continue;
                }
                let local = tree.local(*id);
                if let (Some(kind), Some(name)) = (Kind::of(local), tree.attribute(*id, "name")) {
                    all.declared.entry((kind, (target(*schema).to_owned(), name.to_owned()))).or_insert(*id);
                }
                let wanted = tree.attribute(*id, "namespace").unwrap_or_default();
                let here = match local {
                    "import" => wanted == XML || schemas.iter().any(|s| target(*s) == wanted),
                    "include" | "redefine" => false,
                    _ => continue,
                };
                let file = tree.attribute(*id, "schemaLocation");
                if let (false, Some(file)) = (here, file) {
                    let what = format!("the schema needs the file `{file}`, which does not stand in it");
                    let help = "take a WSDL that holds all of its schemas";
                    all.reports.push(Report::error(Code::J306, tree.span(*id), what).help(help));
                }
            }
        }
        all
    }

    /// The names of the elements declared at the outermost level.
    pub(super) fn roots(&self) -> Vec<&Name> {
        let mut names: Vec<_> = self.declared.keys().filter(|k| k.0 == Kind::Element).map(|k| &k.1).collect();
        names.sort();
        names
    }

    /// The declaration of a name.
    pub(super) fn find(&self, kind: Kind, name: &Name) -> Option<NodeId> {
        self.declared.get(&(kind, name.clone())).copied()
    }

    /// The declaration an attribute of a node refers to; one that does not exist is reported.
    pub(super) fn follow(&mut self, kind: Kind, at: NodeId, reference: &str) -> Option<NodeId> {
        let name = self.tree.resolve(at, reference);
        let found = self.find(kind, &name);
        if found.is_none() {
            let names = self.declared.keys().filter(|k| k.0 == kind).map(|k| k.1.1.as_str());
            let what =
                format!("the schema has no {} `{}` in the namespace `{}`", kind.word(), name.1, name.0);
            let near = near(&name.1, names).filter(|n| *n != name.1);
            let report = Report::error(Code::J308, self.tree.span(at), what).did_you_mean(near);
            self.report(report);
        }
        found
    }

    /// Whether this is XML Schema's own element of that name.
    pub(super) fn is(&self, id: NodeId, local: &str) -> bool {
        self.tree.is(id, XSD, local)
    }

    /// The first of XML Schema's own elements of that name in an element.
    pub(super) fn first(&self, id: NodeId, local: &str) -> Option<NodeId> {
        self.tree.named(id, XSD, local).next()
    }

    /// The schema element a node stands in, and its target namespace.
    pub(super) fn schema_of(&self, id: NodeId) -> (NodeId, &'t str) {
        let mut at = id;
        while let (false, Some(parent)) = (self.is(at, "schema"), self.tree.parent(at)) {
            at = parent;
        }
        (at, self.tree.attribute(at, "targetNamespace").unwrap_or_default())
    }

    /// Keeps a report, unless it was made before or there are enough.
    pub(super) fn report(&mut self, report: Report) {
        if self.reports.len() < REPORTS_MAX && !self.reports.contains(&report) {
            self.reports.push(report);
        }
    }

    /// Whether a type or group may be looked into; when it is derived or nested too deeply, that is reported.
    pub(super) fn enter(&mut self, at: NodeId, depth: usize) -> bool {
        self.visits += 1;
        let what = if depth > DERIVATION_MAX {
            format!("types are derived or groups nested more than {DERIVATION_MAX} deep here")
        } else if self.visits > VISITS_MAX {
            format!("more than {VISITS_MAX} types and groups must be looked into")
        } else {
            return true;
        };
        self.report(Report::error(Code::J309, self.tree.span(at), what));
        false
    }

    /// The simple type of a name: one of XML Schema's own, or a declared one.
    pub(super) fn named_simple(&mut self, at: NodeId, reference: &str, depth: usize) -> Simple {
        let name = self.tree.resolve(at, reference);
        if name.0 == XSD {
            return own_type(&name.1);
        }
        match self.follow(Kind::Type, at, reference) {
            Some(node) => self.simple(node, depth + 1),
            None => Simple::of(Primitive::String),
        }
    }

    /// A `simpleType`, or the value of a `complexType` with simple content.
    pub(super) fn simple(&mut self, node: NodeId, depth: usize) -> Simple {
        if !self.enter(node, depth) {
            return Simple::of(Primitive::String);
        }
        if let Some(content) = self.first(node, "simpleContent") {
            let derived = self.first(content, "extension").or_else(|| self.first(content, "restriction"));
            return derived.map_or(Simple::of(Primitive::String), |d| self.restricted(d, depth));
        }
        if let Some(restriction) = self.first(node, "restriction") {
            return self.restricted(restriction, depth);
        }
        let mut text = Simple::of(Primitive::String);
        if self.first(node, "list").is_some() {
            text.facets.primitive = Primitive::Token;
            text.notes.push("a list, its values stand apart by blanks and are not checked".into());
        } else if self.first(node, "union").is_some() {
            text.notes.push("of several types, which are not checked".into());
        } else if self.is(node, "complexType") {
            let what = "a type with children stands where one without is needed";
            self.report(Report::error(Code::J308, self.tree.span(node), what));
        }
        text
    }

    /// A restriction (or extension): the limits of the base, then its own.
    fn restricted(&mut self, node: NodeId, depth: usize) -> Simple {
        let tree = self.tree;
        let inline = self.first(node, "simpleType");
        let mut simple = match (inline, tree.attribute(node, "base")) {
            (Some(inline), _) => self.simple(inline, depth + 1),
            (None, Some(base)) => self.named_simple(node, base, depth),
            (None, None) => Simple::of(Primitive::String),
        };
        let (mut patterns, mut values) = (vec![], vec![]);
        for id in tree.children(node) {
            let (XSD, Some(value)) = (tree.namespace(*id), tree.attribute(*id, "value")) else { continue };
            match tree.local(*id) {
                "pattern" => patterns.push(value.to_owned()),
                "enumeration" => values.push(value.to_owned()),
                facet => limit(&mut simple, facet, value),
            }
        }
        // Patterns of one step are alternatives, those of several steps must all match (part 2 §4.3.4.3).
        match patterns.len() {
            0 => {}
            1 => simple.facets.patterns.append(&mut patterns),
            _ => {
                let either: Vec<_> = patterns.iter().map(|p| format!("({p})")).collect();
                simple.facets.patterns.push(either.join("|"));
            }
        }
        if !values.is_empty() {
            simple.facets.values = values;
        }
        simple
    }

    /// The attributes declared in a type, an extension, a restriction or a group of attributes.
    pub(super) fn attributes(&mut self, node: NodeId, depth: usize, into: &mut Vec<Attribute>) {
        if !self.enter(node, depth) {
            return;
        }
        let tree = self.tree;
        for id in tree.children(node) {
            if self.is(*id, "attributeGroup") {
                let group =
                    tree.attribute(*id, "ref").and_then(|name| self.follow(Kind::AttributeGroup, *id, name));
                if let Some(group) = group {
                    self.attributes(group, depth + 1, into);
                }
            } else if self.is(*id, "attribute") {
                self.attribute(*id, depth, into);
            }
        }
    }

    fn attribute(&mut self, id: NodeId, depth: usize, into: &mut Vec<Attribute>) {
        let tree = self.tree;
        let reference = tree.attribute(id, "ref");
        let mut declaration = id;
        let mut name = tree.attribute(id, "name").unwrap_or_default().to_owned();
        if let Some(reference) = reference {
            let (namespace, local) = tree.resolve(id, reference);
            if namespace == XML {
                name = format!("xml:{local}");
            } else {
                let Some(found) = self.follow(Kind::Attribute, id, reference) else { return };
                (declaration, name) = (found, local);
            }
        }
        into.retain(|a| a.name != name);
        let usage = tree.attribute(id, "use").unwrap_or_default();
        if usage == "prohibited" {
            return;
        }
        let inline = self.first(declaration, "simpleType");
        let mut value = match (inline, tree.attribute(declaration, "type")) {
            (Some(inline), _) => self.simple(inline, depth + 1).facets,
            (None, Some(reference)) => self.named_simple(declaration, reference, depth).facets,
            (None, None) => Facets::of(Primitive::String),
        };
        if let Some(fixed) = tree.attribute(id, "fixed").or(tree.attribute(declaration, "fixed")) {
            value.values = vec![fixed.to_owned()];
        }
        into.push(Attribute { name, required: usage == "required", value });
    }
}

/// Sets one limit.
fn limit(simple: &mut Simple, facet: &str, value: &str) {
    let facets = &mut simple.facets;
    let number = value.trim().parse::<u32>().ok();
    match facet {
        "length" => (facets.min_length, facets.max_length) = (number.unwrap_or(0), number),
        "minLength" => facets.min_length = number.unwrap_or(0),
        "maxLength" => facets.max_length = number,
        "totalDigits" => facets.total_digits = number,
        "fractionDigits" => facets.fraction_digits = number,
        "minInclusive" | "maxInclusive" if !is_numeric(facets.primitive) => {
            simple.notes.push(format!("{facet} {value} is not checked"));
        }
        "minInclusive" => facets.min = Some(value.trim().to_owned()),
        "maxInclusive" => facets.max = Some(value.trim().to_owned()),
        "minExclusive" | "maxExclusive" => exclusive(simple, facet, value.trim()),
        // White space that is collapsed makes a string a token.
        "whiteSpace" if value == "collapse" && facets.primitive == Primitive::String => {
            facets.primitive = Primitive::Token;
        }
        _ => {}
    }
}

fn is_numeric(primitive: Primitive) -> bool {
    matches!(primitive, Primitive::Decimal | Primitive::Integer)
}

/// Ends that are not part of a range: the next number is, where numbers have a next one.
fn exclusive(simple: &mut Simple, facet: &str, value: &str) {
    let facets = &mut simple.facets;
    let places = if facets.primitive == Primitive::Integer { Some(0) } else { facets.fraction_digits };
    let step = places.and_then(|p| u8::try_from(p).ok()).map(|places| Decimal::new(1, places));
    let end = is_numeric(facets.primitive).then(|| Decimal::parse(value)).flatten().zip(step);
    let inner =
        end.and_then(|(end, step)| if facet == "minExclusive" { end.add(step) } else { end.sub(step) });
    match inner.map(|d| d.to_string()) {
        Some(inner) if facet == "minExclusive" => facets.min = Some(inner),
        Some(inner) => facets.max = Some(inner),
        None => simple.notes.push(format!("{facet} {value} is not checked")),
    }
}

/// XML Schema's own types (part 2 §3.2, §3.3) as primitives with limits.
pub(super) fn own_type(name: &str) -> Simple {
    let mut facets = Facets::of(match name {
        "boolean" => Primitive::Boolean,
        "decimal" | "float" | "double" => Primitive::Decimal,
        "date" => Primitive::Date,
        "dateTime" | "dateTimeStamp" => Primitive::DateTime,
        "time" => Primitive::Time,
        "duration" | "dayTimeDuration" | "yearMonthDuration" => Primitive::Duration,
        "anyURI" => Primitive::AnyUri,
        "base64Binary" => Primitive::Binary,
        "string" | "normalizedString" | "anySimpleType" | "anyType" | "anyAtomicType" => Primitive::String,
        "integer" | "long" | "int" | "short" | "byte" => Primitive::Integer,
        "nonNegativeInteger" | "positiveInteger" | "nonPositiveInteger" | "negativeInteger" => {
            Primitive::Integer
        }
        "unsignedLong" | "unsignedInt" | "unsignedShort" | "unsignedByte" => Primitive::Integer,
        _ => Primitive::Token,
    });
    let (min, max) = match name {
        "long" => ("-9223372036854775808", "9223372036854775807"),
        "int" => ("-2147483648", "2147483647"),
        "short" => ("-32768", "32767"),
        "byte" => ("-128", "127"),
        "unsignedLong" => ("0", "18446744073709551615"),
        "unsignedInt" => ("0", "4294967295"),
        "unsignedShort" => ("0", "65535"),
        "unsignedByte" => ("0", "255"),
        "nonNegativeInteger" => ("0", ""),
        "positiveInteger" => ("1", ""),
        "nonPositiveInteger" => ("", "0"),
        "negativeInteger" => ("", "-1"),
        _ => ("", ""),
    };
    facets.min = Some(min.to_owned()).filter(|m| !m.is_empty());
    facets.max = Some(max.to_owned()).filter(|m| !m.is_empty());
    if name == "hexBinary" {
        facets.patterns.push("([0-9a-fA-F]{2})*".into());
    }
    Simple { facets, notes: vec![] }
}
