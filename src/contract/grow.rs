//! From an element declaration in a schema to a contract: every element below it, in the order it is written.

use super::anchors::anchors;
use super::builtin::{builtin, builtin_names, builtin_profiles};
use super::markup::{NodeId, Tree};
use super::schema::{Kind, Schemas};
use super::shape::Particle;
use super::tree::{Contract, Element, ElementId, Occurs, Role, Rules};
use crate::diag::{Code, Report};

/// Deepest level of elements; what a type has below is left out.
const LEVELS_MAX: usize = 16;
/// How often a type may stand within itself.
const SELF_MAX: usize = 2;
/// Most elements of a contract.
const ELEMENTS_MAX: usize = 20_000;

/// Grows the contract of a root element; `None` when it is too large, which is then reported.
pub(super) fn grow(schemas: &mut Schemas<'_>, root: NodeId) -> Option<Contract> {
    let (schema, namespace) = schemas.schema_of(root);
    let qualified = schemas.tree.attribute(schema, "elementFormDefault") == Some("qualified");
    let builtins = Builtins::all();
    let prefixes = Prefixes::new(schemas.tree, &builtins, namespace);
    let local_default = if qualified { namespace } else { "" };
    let mut grower = Grower { schemas, prefixes, local_default, elements: vec![], types: vec![] };
    let once = Occurs { min: 1, max: Some(1) };
    let complete = grower.element(Particle { node: root, occurs: once, note: String::new() }, None);
    let Grower { mut elements, prefixes, .. } = grower;
    if !complete {
        let what = format!("the message has more than {ELEMENTS_MAX} elements");
        schemas.report(Report::error(Code::J309, schemas.tree.span(root), what));
        return None;
    }
    elements[0].namespace = None;
    let mut contract = Contract {
        name: elements[0].name.clone(),
        profile: String::new(),
        namespace: namespace.to_owned(),
        prefix: prefixes.of(namespace),
        qualified,
        anchors: anchors(&elements, &builtins.headers()),
        elements,
        rules: Rules::default(),
        service: None,
    };
    builtins.teach(&mut contract);
    Some(contract)
}

struct Grower<'s, 't> {
    schemas: &'s mut Schemas<'t>,
    prefixes: Prefixes,
    /// The namespace of elements whose `namespace` is `None`.
    local_default: &'t str,
    elements: Vec<Element>,
    /// The complex types the element stands in, outermost first.
    types: Vec<NodeId>,
}

impl<'t> Grower<'_, 't> {
    /// Adds an element and all below it; false when there are too many.
    fn element(&mut self, particle: Particle, parent: Option<ElementId>) -> bool {
        if self.elements.len() == ELEMENTS_MAX {
            return false;
        }
        let tree = self.schemas.tree;
        let mut node = particle.node;
        let reference = tree.attribute(node, "ref");
        if let Some(reference) = reference {
            let Some(found) = self.schemas.follow(Kind::Element, node, reference) else { return true };
            node = found;
        }
        let namespace = self.namespace_of(node);
        let name = tree.attribute(node, "name").unwrap_or_default();
        let (shape, complex) = self.schemas.shape_of_element(node);
        let id = ElementId(self.elements.len() as u32);
        let own = namespace != self.local_default;
        let mut notes = vec![particle.note];
        notes.extend(shape.notes);
        if let Some(fixed) = tree.attribute(node, "fixed") {
            notes.push(format!("always `{fixed}`"));
        }
        let circle = complex.filter(|c| self.types.iter().filter(|t| *t == c).count() >= SELF_MAX);
        let cut = !shape.particles.is_empty() && (circle.is_some() || self.types.len() >= LEVELS_MAX);
        if cut {
            notes.push("what it holds is left out here, its type stands within itself or too deep".into());
        }
        let value = shape.value.map(|simple| {
            notes.extend(simple.notes);
            simple.facets
        });
        notes.retain(|n| !n.is_empty());
        self.elements.push(Element {
            name: name.to_owned(),
            namespace: own.then(|| (self.prefixes.of(namespace), namespace.to_owned())),
            parent,
            occurs: particle.occurs,
            value,
            attributes: shape.attributes,
            children: vec![],
            role: None,
            note: notes.join("; "),
        });
        if let Some(parent) = parent {
            self.elements[parent.0 as usize].children.push(id);
        }
        if cut {
            return true;
        }
        self.types.push(complex.unwrap_or(node));
        let complete = shape.particles.into_iter().all(|particle| self.element(particle, Some(id)));
        self.types.pop();
        complete
    }

    /// The namespace an element is written in: its schema's when it is declared at the outermost level or
    /// qualified.
    fn namespace_of(&self, node: NodeId) -> &'t str {
        let tree = self.schemas.tree;
        let (schema, namespace) = self.schemas.schema_of(node);
        let global = tree.parent(node) == Some(schema);
        let form = tree.attribute(node, "form").or(tree.attribute(schema, "elementFormDefault"));
        if global || form == Some("qualified") { namespace } else { "" }
    }
}

/// Which prefix stands for which namespace.
struct Prefixes(Vec<(String, String)>);

impl Prefixes {
    /// A built-in contract's own prefix, else the first that the file declares, else `ns1`, `ns2`, ….
    fn new(tree: &Tree, builtins: &Builtins, root: &str) -> Prefixes {
        let known =
            builtins.0.iter().map(|b| (b.prefix.as_str(), b.namespace.as_str())).filter(|k| k.1 == root);
        let mut prefixes = Prefixes(vec![]);
        for (prefix, namespace) in known.chain(tree.declarations()) {
            let taken = |p: &(String, String)| p.0 == prefix || p.1 == namespace;
            if !prefix.is_empty() && !prefixes.0.iter().any(taken) {
                prefixes.0.push((prefix.to_owned(), namespace.to_owned()));
            }
        }
        for (_, namespace) in tree.declarations().chain([("", root)]) {
            let mut numbers = 1..;
            while !namespace.is_empty() && !prefixes.0.iter().any(|p| p.1 == namespace) {
                let prefix = format!("ns{}", numbers.next().expect("numbers do not end"));
                if !prefixes.0.iter().any(|p| p.0 == prefix) {
                    prefixes.0.push((prefix, namespace.to_owned()));
                }
            }
        }
        prefixes
    }

    /// The prefix of a namespace; none for elements without one.
    fn of(&self, namespace: &str) -> String {
        self.0.iter().find(|p| p.1 == namespace).map(|p| p.0.clone()).unwrap_or_default()
    }
}

/// The contracts that come with jemap: they know what elements mean, a schema does not.
struct Builtins(Vec<Contract>);

impl Builtins {
    /// Each in its newest profile.
    fn all() -> Builtins {
        Builtins(builtin_names().filter_map(|name| builtin(name, builtin_profiles(name).last()?)).collect())
    }

    fn header_ids(contract: &Contract) -> impl Iterator<Item = ElementId> {
        [contract.anchors.message_header, contract.anchors.document_header].into_iter().flatten()
    }

    /// The names headers have in these contracts.
    fn headers(&self) -> Vec<&str> {
        self.0.iter().flat_map(|b| Builtins::header_ids(b).map(|id| b.element(id).name.as_str())).collect()
    }

    /// Gives the elements of the same message, read from a file, the same meaning, by their paths. In other
    /// messages only headers of the same name are known: the services of one family share them.
    fn teach(&self, contract: &mut Contract) {
        let same = |b: &&Contract| {
            b.elements[0].name == contract.elements[0].name && b.namespace == contract.namespace
        };
        let pairs: Vec<(ElementId, &Element)> = match self.0.iter().find(same) {
            Some(known) => {
                contract.rules = known.rules.clone();
                let found = |id: &ElementId| Some((*id, known.element(known.find(&contract.path(*id))?)));
                (0..contract.elements.len() as u32).map(ElementId).filter_map(|id| found(&id)).collect()
            }
            None => {
                let known = self.0.iter().flat_map(|b| Builtins::header_ids(b).map(move |id| (b, id)));
                let known: Vec<_> = known.collect();
                let found = |of: ElementId, id: ElementId| {
                    let named =
                        |k: &&(&Contract, ElementId)| k.0.element(k.1).name == contract.element(of).name;
                    let (known, header) = *known.iter().find(named)?;
                    Some((id, known.element(known.child(header, &contract.tag(id))?)))
                };
                let children = |of: ElementId| contract.element(of).children.iter().map(move |id| (of, *id));
                Builtins::header_ids(contract)
                    .flat_map(children)
                    .filter_map(|(of, id)| found(of, id))
                    .collect()
            }
        };
        let taught: Vec<(ElementId, Option<Role>, String)> =
            pairs.into_iter().map(|(id, known)| (id, known.role, known.note.clone())).collect();
        for (id, role, note) in taught {
            let element = &mut contract.elements[id.0 as usize];
            element.role = role;
            if element.note.is_empty() {
                element.note = note;
            }
        }
    }
}
