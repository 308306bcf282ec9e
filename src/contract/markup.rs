//! XML as a tree with places and namespaces, for reading WSDL and XSD. Knows nothing of either.
//!
//! Document types are refused, so no entity can be declared: a tree is never larger than its text.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::diag::{Code, Report, SourceId, Span};

/// A document.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// The number of an element of the document.
pub(super) type NodeId = usize;

/// A namespace and a local name.
pub(super) type Name = (String, String);

/// An element of the document; text is not kept, neither WSDL nor XSD says anything in text.
#[derive(Debug)]
struct Node {
    prefix: String,
    local: String,
    namespace: String,
    attributes: Vec<(String, String)>,
    /// Prefixes declared here, with their namespaces.
    declared: Vec<(String, String)>,
    parent: Option<NodeId>,
    children: Vec<NodeId>,
    span: Span,
}

impl Tree {
    /// The outermost element.
    pub(super) const ROOT: NodeId = 0;

    /// Reads a document.
    ///
    /// # Errors
    /// One J302 with the place.
    pub(super) fn read(text: &str) -> Result<Tree, Report> {
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let skipped = text.len() - text.trim_start_matches('\u{feff}').len();
        let mut tree = Tree { nodes: vec![] };
        let mut open: Vec<NodeId> = vec![];
        loop {
            let start = reader.buffer_position() as usize + skipped;
            let event = reader.read_event();
            let end = reader.buffer_position() as usize + skipped;
            let wrong = |what: String| {
                let span = span(start.min(text.len()), end.max(start));
                Report::error(Code::J302, span, format!("the file is not well-formed XML: {what}"))
            };
            match event.map_err(|e| wrong(one_line(&e.to_string())))? {
                Event::Start(tag) => {
                    let id = tree.add(&tag, open.last().copied(), span(start, end)).map_err(wrong)?;
                    open.push(id);
                }
                Event::Empty(tag) => {
                    tree.add(&tag, open.last().copied(), span(start, end)).map_err(wrong)?;
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::DocType(_) => {
                    let what = "the file has a document type, which is never read";
                    return Err(
                        Report::error(Code::J302, span(start, end), what).help("remove the `<!DOCTYPE …>`")
                    );
                }
                Event::Eof if open.is_empty() && !tree.nodes.is_empty() => return Ok(tree),
                Event::Eof => return Err(wrong("it ends too early".into())),
                _ => {}
            }
        }
    }

    fn add(&mut self, tag: &BytesStart<'_>, parent: Option<NodeId>, span: Span) -> Result<NodeId, String> {
        let mut node = Node {
            prefix: tag.name().prefix().map(|p| p.as_ref().to_owned()).unwrap_or_default(),
            local: tag.local_name().as_ref().to_owned(),
            namespace: String::new(),
            attributes: vec![],
            declared: vec![],
            parent,
            children: vec![],
            span,
        };
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|e| one_line(&e.to_string()))?;
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| one_line(&e.to_string()))?;
            let name = attribute.key.as_ref().to_owned();
            match name.strip_prefix("xmlns:") {
                Some(prefix) => node.declared.push((prefix.to_owned(), value.into_owned())),
                None if name == "xmlns" => node.declared.push((String::new(), value.into_owned())),
                None => node.attributes.push((name, value.into_owned())),
            }
        }
        let id = self.nodes.len();
        if let Some(parent) = parent {
            self.nodes[parent].children.push(id);
        } else if id > 0 {
            return Err("it has two outermost elements".into());
        }
        self.nodes.push(node);
        let prefix = std::mem::take(&mut self.nodes[id].prefix);
        self.nodes[id].namespace = match self.namespace_of(id, &prefix) {
            Some(namespace) => namespace.to_owned(),
            None if prefix.is_empty() => String::new(),
            None => return Err(format!("the prefix `{prefix}` is not declared")),
        };
        Ok(id)
    }

    /// Whether this is the element of that name.
    pub(super) fn is(&self, id: NodeId, namespace: &str, local: &str) -> bool {
        self.nodes[id].local == local && self.nodes[id].namespace == namespace
    }

    /// Its local name.
    pub(super) fn local(&self, id: NodeId) -> &str {
        &self.nodes[id].local
    }

    /// Its namespace.
    pub(super) fn namespace(&self, id: NodeId) -> &str {
        &self.nodes[id].namespace
    }

    /// The elements in it.
    pub(super) fn children(&self, id: NodeId) -> &[NodeId] {
        &self.nodes[id].children
    }

    /// The elements of one name in it.
    pub(super) fn named<'t>(
        &'t self,
        id: NodeId,
        namespace: &'t str,
        local: &'t str,
    ) -> impl Iterator<Item = NodeId> {
        self.children(id).iter().copied().filter(move |c| self.is(*c, namespace, local))
    }

    /// An attribute by its name as written.
    pub(super) fn attribute(&self, id: NodeId, name: &str) -> Option<&str> {
        self.nodes[id].attributes.iter().find(|a| a.0 == name).map(|a| a.1.as_str())
    }

    /// The element it stands in.
    pub(super) fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.nodes[id].parent
    }

    /// The place of its start tag.
    pub(super) fn span(&self, id: NodeId) -> Span {
        self.nodes[id].span
    }

    /// What `prefix:name` means at this place; a name without prefix is in the default namespace.
    pub(super) fn resolve(&self, at: NodeId, name: &str) -> Name {
        let (prefix, local) = name.trim().split_once(':').unwrap_or(("", name.trim()));
        (self.namespace_of(at, prefix).unwrap_or_default().to_owned(), local.to_owned())
    }

    /// Every prefix declared anywhere with its namespace, in the order of the document.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes
            .iter()
            .flat_map(|n| &n.declared)
            .map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str()))
    }

    fn namespace_of(&self, at: NodeId, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some(XML);
        }
        std::iter::successors(Some(at), |id| self.nodes[*id].parent)
            .find_map(|id| self.nodes[id].declared.iter().find(|d| d.0 == prefix))
            .map(|d| d.1.as_str())
    }
}

/// The namespace the prefix `xml` always has.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// A place in the file; its number among the sources is the caller's to set.
fn span(start: usize, end: usize) -> Span {
    let byte = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span { source: SourceId::default(), start: byte(start), end: byte(end) }
}

/// The words of a library as one line without a full stop.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn namespaces_come_from_the_nearest_declaration() {
        let text =
            "<a xmlns='urn:1' xmlns:p='urn:2'><p:b x='p:y &amp; z'><c xmlns='' xmlns:p='urn:3'/></p:b></a>";
        let tree = Tree::read(text).expect("it is well-formed");
        assert!(tree.is(0, "urn:1", "a") && tree.is(1, "urn:2", "b") && tree.is(2, "", "c"));
        assert_eq!(tree.attribute(1, "x"), Some("p:y & z"));
        assert_eq!(tree.resolve(1, "p:y"), ("urn:2".into(), "y".into()));
        assert_eq!(tree.resolve(2, "p:y"), ("urn:3".into(), "y".into()));
        assert_eq!(tree.resolve(0, "y"), ("urn:1".into(), "y".into()));
        assert_eq!(
            &text[tree.span(2).start as usize..tree.span(2).end as usize],
            "<c xmlns='' xmlns:p='urn:3'/>"
        );
    }

    #[test]
    fn what_is_not_xml_is_refused() {
        let cases = [
            "",
            "no",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<p:a/>",
            "<a x='&e;'/>",
            "<!DOCTYPE a><a/>",
            "<a b=1/>",
        ];
        for text in cases {
            assert!(Tree::read(text).is_err(), "{text}");
        }
        assert!(Tree::read("\u{feff}<?xml version='1.0'?><!-- c --><a/>").is_ok());
    }
}
