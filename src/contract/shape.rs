//! Complex types of XML Schema as what jemap needs of them: a value, attributes and elements in order.
//!
//! A choice becomes elements that may all be left out, with a note; wildcards become a note.

use super::markup::NodeId;
use super::schema::{Kind, Schemas, Simple, XSD, own_type};
use super::tree::{Attribute, Occurs};

/// What an element of a type holds.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// A value; types with children have none.
    pub(super) value: Option<Simple>,
    /// Attributes, those of the base first.
    pub(super) attributes: Vec<Attribute>,
    /// Elements in order.
    pub(super) particles: Vec<Particle>,
    /// What jemap does not keep of the type.
    pub(super) notes: Vec<String>,
}

/// An element within a type.
#[derive(Debug)]
pub(super) struct Particle {
    /// Its `element` node, a reference perhaps.
    pub(super) node: NodeId,
    /// How often, the groups around it counted in.
    pub(super) occurs: Occurs,
    /// What is special about its place.
    pub(super) note: String,
}

const ONCE: Occurs = Occurs { min: 1, max: Some(1) };

impl Schemas<'_> {
    /// How often a node says it occurs; `None` when it says never.
    fn occurs(&self, id: NodeId) -> Option<Occurs> {
        let min = self.tree.attribute(id, "minOccurs").and_then(|n| n.trim().parse().ok()).unwrap_or(1);
        let max = match self.tree.attribute(id, "maxOccurs").map(str::trim) {
            Some("unbounded") => None,
            Some(n) => Some(n.parse().unwrap_or(1)),
            None => Some(1),
        };
        (max != Some(0)).then_some(Occurs { min, max })
    }

    fn flag(&self, id: NodeId, name: &str) -> bool {
        matches!(self.tree.attribute(id, name), Some("true" | "1"))
    }

    /// The shape of an `element` declaration, and the node of its complex type when it has one.
    pub(super) fn shape_of_element(&mut self, node: NodeId) -> (Shape, Option<NodeId>) {
        let tree = self.tree;
        if let Some(inline) = self.first(node, "complexType") {
            return (self.shape(inline, 0), Some(inline));
        }
        if let Some(inline) = self.first(node, "simpleType") {
            let value = Some(self.simple(inline, 0));
            return (Shape { value, ..Shape::default() }, None);
        }
        let Some(reference) = tree.attribute(node, "type") else {
            let notes = vec!["the schema does not say what it holds".into()];
            return (Shape { value: Some(own_type("string")), notes, ..Shape::default() }, None);
        };
        let name = tree.resolve(node, reference);
        if name.0 == XSD {
            return (Shape { value: Some(own_type(&name.1)), ..Shape::default() }, None);
        }
        match self.follow(Kind::Type, node, reference) {
            Some(found) if self.is(found, "complexType") => {
                let mut shape = self.shape(found, 0);
                if self.flag(found, "abstract") {
                    shape.notes.push("its type is abstract, one derived from it is meant".into());
                }
                (shape, Some(found))
            }
            Some(found) => (Shape { value: Some(self.simple(found, 0)), ..Shape::default() }, None),
            None => (Shape { value: Some(own_type("string")), ..Shape::default() }, None),
        }
    }

    /// The shape of a `complexType`.
    fn shape(&mut self, node: NodeId, depth: usize) -> Shape {
        let mut shape = Shape::default();
        if !self.enter(node, depth) {
            return shape;
        }
        if self.flag(node, "mixed") {
            shape.notes.push("text between its children is not written".into());
        }
        if let Some(content) = self.first(node, "simpleContent") {
            shape.value = Some(self.simple(node, depth));
            if let Some(derived) = self.derived(content) {
                self.inherit(derived, depth, &mut shape);
                self.attributes(derived, 0, &mut shape.attributes);
            }
        } else if let Some(content) = self.first(node, "complexContent") {
            if let Some(derived) = self.derived(content) {
                self.inherit(derived, depth, &mut shape);
                if self.is(derived, "restriction") {
                    // A restriction says again which of the base's elements it keeps; attributes stay.
                    shape.particles.clear();
                }
                self.attributes(derived, 0, &mut shape.attributes);
                self.content(derived, ONCE, 0, &mut shape);
            }
        } else {
            self.attributes(node, 0, &mut shape.attributes);
            self.content(node, ONCE, 0, &mut shape);
        }
        shape
    }

    fn derived(&self, content: NodeId) -> Option<NodeId> {
        self.first(content, "extension").or_else(|| self.first(content, "restriction"))
    }

    /// Takes over what the base of an extension or restriction has.
    fn inherit(&mut self, derived: NodeId, depth: usize, shape: &mut Shape) {
        let Some(base) = self.tree.attribute(derived, "base") else { return };
        if self.tree.resolve(derived, base).0 == XSD {
            return;
        }
        let Some(found) = self.follow(Kind::Type, derived, base) else { return };
        if self.is(found, "complexType") {
            let inherited = self.shape(found, depth + 1);
            shape.attributes = inherited.attributes;
            shape.particles = inherited.particles;
            shape.notes.extend(inherited.notes);
        }
    }

    /// The elements of a type or of a group within it; `around` is how often all of it may stand.
    fn content(&mut self, node: NodeId, around: Occurs, depth: usize, shape: &mut Shape) {
        if !self.enter(node, depth) {
            return;
        }
        for id in self.tree.children(node) {
            self.particle(*id, around, depth, shape);
        }
    }

    /// One child of a type or group.
    fn particle(&mut self, id: NodeId, around: Occurs, depth: usize, shape: &mut Shape) {
        let tree = self.tree;
        let (XSD, Some(own)) = (tree.namespace(id), self.occurs(id)) else { return };
        let occurs = times(around, own);
        match tree.local(id) {
            "element" => shape.particles.push(Particle { node: id, occurs, note: String::new() }),
            "sequence" | "all" => self.content(id, occurs, depth + 1, shape),
            "choice" => self.choice(id, occurs, depth + 1, shape),
            "group" => {
                let group = tree.attribute(id, "ref").and_then(|name| self.follow(Kind::Group, id, name));
                if let Some(group) = group {
                    self.content(group, occurs, depth + 1, shape);
                }
            }
            "any" => shape.notes.push("the schema lets other elements follow, jemap writes none".into()),
            _ => {}
        }
    }

    /// A choice: each element may be left out, and says with which others it is exchanged; those that come
    /// together are joined by `+`.
    fn choice(&mut self, id: NodeId, occurs: Occurs, depth: usize, shape: &mut Shape) {
        if !self.enter(id, depth) {
            return;
        }
        let tree = self.tree;
        let name = |p: &Particle| {
            let name = tree.attribute(p.node, "name").or(tree.attribute(p.node, "ref")).unwrap_or_default();
            name.rsplit(':').next().unwrap_or_default().to_owned()
        };
        let begun = shape.particles.len();
        let mut alternatives: Vec<String> = vec![];
        for child in tree.children(id) {
            let first = shape.particles.len();
            self.particle(*child, Occurs { min: 0, ..occurs }, depth, shape);
            let names: Vec<String> = shape.particles[first..].iter().take(4).map(name).collect();
            if !names.is_empty() {
                alternatives.push(names.join(" + "));
            }
        }
        if alternatives.len() < 2 {
            return;
        }
        let more = if alternatives.len() > 6 { ", …" } else { "" };
        alternatives.truncate(6);
        let need = if occurs.min > 0 { "one" } else { "at most one" };
        let note = format!("{need} of {}{more}", alternatives.join(", "));
        for particle in shape.particles[begun..].iter_mut().filter(|p| p.note.is_empty()) {
            particle.note.clone_from(&note);
        }
    }
}

fn times(around: Occurs, own: Occurs) -> Occurs {
    Occurs {
        min: around.min.saturating_mul(own.min),
        max: around.max.zip(own.max).map(|(a, b)| a.saturating_mul(b)),
    }
}
