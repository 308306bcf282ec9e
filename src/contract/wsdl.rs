//! A contract from a WSDL 1.1 or an XML Schema: finds the operation and its root element; [`super::grow`]
//! does the rest.

use super::grow::grow;
use super::markup::{Name, NodeId, Tree};
use super::schema::{Kind, Schemas, XSD};
use super::tree::{Contract, Service};
use crate::diag::{Code, Report, Span, near};

const WSDL: &str = "http://schemas.xmlsoap.org/wsdl/";
const SOAP: [&str; 2] = ["http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/"];

/// Reads what one operation of a service takes, from a WSDL that holds its schemas; the operation may be left
/// out when there is only one. The contract's `profile` is left empty for the caller, who knows the file's
/// name.
///
/// Places in reports are those in the text; their source is number 0, which the caller must replace.
///
/// # Errors
/// J302 to J309.
pub fn read_wsdl(text: &str, operation: Option<&str>) -> Result<Contract, Vec<Report>> {
    let tree = Tree::read(text).map_err(|report| vec![report])?;
    if !tree.is(Tree::ROOT, WSDL, "definitions") {
        return Err(vec![not_a(&tree, "a WSDL 1.1 (`definitions`)", "xsd")]);
    }
    let wsdl = Wsdl { tree: &tree };
    let missing = wsdl.imports();
    if !missing.is_empty() {
        return Err(missing);
    }
    let found = wsdl.operation(operation).map_err(|report| vec![report])?;
    let root = wsdl.root(&found).map_err(|report| vec![report])?;
    let types = tree.named(Tree::ROOT, WSDL, "types");
    let schemas: Vec<NodeId> = types.flat_map(|t| tree.named(t, XSD, "schema")).collect();
    let mut contract = contract(&tree, &schemas, &root, tree.span(found.node))?;
    contract.name.clone_from(&found.name);
    contract.service = Some(wsdl.service(&found));
    Ok(contract)
}

/// Reads the message with a root element from an XML Schema. Else like [`read_wsdl`].
///
/// # Errors
/// J302, J303, J305, J306, J308, J309.
pub fn read_xsd(text: &str, root: &str) -> Result<Contract, Vec<Report>> {
    let tree = Tree::read(text).map_err(|report| vec![report])?;
    if !tree.is(Tree::ROOT, XSD, "schema") {
        return Err(vec![not_a(&tree, "an XML Schema (`schema`)", "wsdl")]);
    }
    let target = tree.attribute(Tree::ROOT, "targetNamespace").unwrap_or_default();
    contract(&tree, &[Tree::ROOT], &(target.to_owned(), root.to_owned()), tree.span(Tree::ROOT))
}

fn not_a(tree: &Tree, expected: &str, other: &str) -> Report {
    let what = format!("the file begins with `{}`, expected {expected}", tree.local(Tree::ROOT));
    let report = Report::error(Code::J303, tree.span(Tree::ROOT), what);
    let is_other = tree.is(Tree::ROOT, WSDL, "definitions") || tree.is(Tree::ROOT, XSD, "schema");
    if is_other { report.help(format!("write `target {other} …`")) } else { report }
}

fn contract(tree: &Tree, schemas: &[NodeId], root: &Name, named: Span) -> Result<Contract, Vec<Report>> {
    let mut schemas = Schemas::new(tree, schemas);
    if !schemas.reports.is_empty() {
        return Err(schemas.reports);
    }
    let Some(node) = schemas.find(Kind::Element, root) else {
        let names: Vec<&str> = schemas.roots().iter().map(|name| name.1.as_str()).collect();
        let what =
            format!("the schema has no element `{}` at its outermost level, only {}", root.1, listed(&names));
        return Err(vec![Report::error(Code::J305, named, what).did_you_mean(near(&root.1, names))]);
    };
    let contract = grow(&mut schemas, node);
    match contract {
        Some(contract) if schemas.reports.is_empty() => Ok(contract),
        _ => {
            schemas.reports.sort_by_key(|r| r.labels[0].span.start);
            schemas.reports.dedup();
            Err(schemas.reports)
        }
    }
}

/// `A`, `B` and 3 more
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(8).map(|n| format!("`{n}`")).collect();
    match names.len() - quoted.len() {
        _ if names.is_empty() => "none".into(),
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}

struct Wsdl<'t> {
    tree: &'t Tree,
}

/// An operation of a port type.
#[derive(Debug)]
struct Operation {
    name: String,
    node: NodeId,
    /// The binding's operation, where its style and action stand.
    bound: Option<NodeId>,
    /// The address of the service with that binding.
    address: String,
}

impl Wsdl<'_> {
    /// Other WSDL files this one needs.
    fn imports(&self) -> Vec<Report> {
        let imports = self.tree.named(Tree::ROOT, WSDL, "import");
        let missing = |id: NodeId| {
            let file = self.tree.attribute(id, "location").unwrap_or_default();
            let what = format!("the service needs the file `{file}`, which does not stand in it");
            let help = "take a WSDL that holds everything";
            Report::error(Code::J306, self.tree.span(id), what).help(help)
        };
        imports.map(missing).collect()
    }

    /// The operation of that name, or the only one.
    fn operation(&self, wanted: Option<&str>) -> Result<Operation, Report> {
        let tree = self.tree;
        let ports = tree.named(Tree::ROOT, WSDL, "portType");
        let all: Vec<(NodeId, NodeId, &str)> = ports
            .flat_map(|port| tree.named(port, WSDL, "operation").map(move |id| (port, id)))
            .map(|(port, id)| (port, id, tree.attribute(id, "name").unwrap_or_default()))
            .collect();
        let mut names: Vec<&str> = all.iter().map(|o| o.2).collect();
        names.sort_unstable();
        names.dedup();
        let at = tree.span(Tree::ROOT);
        let (port, node, name) = match wanted {
            Some(wanted) => *all.iter().find(|o| o.2 == wanted).ok_or_else(|| {
                let what = format!("the service has no operation `{wanted}`, only {}", listed(&names));
                Report::error(Code::J304, at, what).did_you_mean(near(wanted, names.iter().copied()))
            })?,
            None if names.len() == 1 => all[0],
            None if names.is_empty() => {
                return Err(Report::error(Code::J304, at, "the service has no operation"));
            }
            None => {
                let what = format!("the service has {} operations: {}", names.len(), listed(&names));
                return Err(
                    Report::error(Code::J304, at, what).help(format!("write `operation \"{}\"`", names[0]))
                );
            }
        };
        let (bound, address) = self.bound(port, name);
        Ok(Operation { name: name.to_owned(), node, bound, address })
    }

    /// Where a port type's operation is bound to SOAP, 1.1 before 1.2, and the address.
    fn bound(&self, port: NodeId, operation: &str) -> (Option<NodeId>, String) {
        let tree = self.tree;
        let port_name = tree.attribute(port, "name").unwrap_or_default();
        let bindings: Vec<NodeId> = tree
            .named(Tree::ROOT, WSDL, "binding")
            .filter(|b| tree.attribute(*b, "type").is_some_and(|t| tree.resolve(*b, t).1 == port_name))
            .collect();
        let in_soap =
            |soap: &str| bindings.iter().copied().find(|b| tree.named(*b, soap, "binding").next().is_some());
        let Some(binding) = SOAP.iter().find_map(|soap| in_soap(soap)) else { return (None, String::new()) };
        let mut operations = tree.named(binding, WSDL, "operation");
        let bound = operations.find(|o| tree.attribute(*o, "name") == Some(operation));
        let name = tree.attribute(binding, "name");
        let services = tree.named(Tree::ROOT, WSDL, "service");
        let address = services
            .flat_map(|s| tree.named(s, WSDL, "port"))
            .filter(|p| {
                tree.attribute(*p, "binding").map(|b| tree.resolve(*p, b).1) == name.map(str::to_owned)
            })
            .flat_map(|p| tree.children(p).iter().filter_map(|a| tree.attribute(*a, "location")))
            .next();
        (bound, address.unwrap_or_default().to_owned())
    }

    /// The root element of what an operation takes.
    fn root(&self, operation: &Operation) -> Result<Name, Report> {
        let at = self.tree.span(operation.node);
        let not_document = |why: &str| {
            let what = format!("the operation `{}` is not document/literal: {why}", operation.name);
            Err(Report::error(Code::J307, at, what))
        };
        if let Some(bound) = operation.bound {
            let of_binding = self.tree.parent(bound);
            let style = |id: NodeId, tag: &'static str| {
                let nodes = SOAP.iter().flat_map(move |soap| self.tree.named(id, soap, tag));
                nodes.filter_map(|n| self.tree.attribute(n, "style")).next()
            };
            let style = style(bound, "operation").or_else(|| of_binding.and_then(|b| style(b, "binding")));
            if style == Some("rpc") {
                return not_document("its style is `rpc`");
            }
            let input = self.tree.named(bound, WSDL, "input").next();
            let bodies =
                input.into_iter().flat_map(|i| SOAP.iter().flat_map(move |s| self.tree.named(i, s, "body")));
            if bodies.filter_map(|b| self.tree.attribute(b, "use")).any(|u| u == "encoded") {
                return not_document("its body is `encoded`");
            }
        }
        match self.part(operation.node, "input") {
            Some(name) => Ok(name),
            None => not_document("its input has no part with an element"),
        }
    }

    /// The element of the first part of an operation's input or output that has one.
    fn part(&self, operation: NodeId, direction: &str) -> Option<Name> {
        let tree = self.tree;
        let node = tree.named(operation, WSDL, direction).next()?;
        let (_, wanted) = tree.resolve(node, tree.attribute(node, "message")?);
        let mut messages = tree.named(Tree::ROOT, WSDL, "message");
        let message = messages.find(|m| tree.attribute(*m, "name") == Some(&wanted))?;
        let mut parts = tree.named(message, WSDL, "part");
        parts.find_map(|part| Some(tree.resolve(part, tree.attribute(part, "element")?)))
    }

    fn service(&self, operation: &Operation) -> Service {
        let action = operation.bound.and_then(|bound| {
            let mut nodes = SOAP.iter().flat_map(|soap| self.tree.named(bound, soap, "operation"));
            nodes.find_map(|n| self.tree.attribute(n, "soapAction"))
        });
        Service {
            operation: operation.name.clone(),
            action: action.unwrap_or_default().to_owned(),
            address: operation.address.clone(),
            answer: self.part(operation.node, "output").map(|name| name.1),
        }
    }
}
