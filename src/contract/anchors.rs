//! Where the documents of a message are: found by the shape of its tree, no service's names are known here.

use super::tree::{Anchors, Contract, Element, ElementId};

/// Finds the anchors of a tree of elements. `headers` are names by which headers of documents are known
/// elsewhere; the name of this message's own header is one too.
pub(super) fn anchors(elements: &[Element], headers: &[&str]) -> Anchors {
    let at = |id: ElementId| &elements[id.0 as usize];
    let root = at(Contract::ROOT);
    let inner = |id: &ElementId| !at(*id).children.is_empty();
    let repeating = root.children.iter().copied().find(|id| at(*id).occurs.repeats() && inner(id));
    let document = repeating.unwrap_or(Contract::ROOT);
    let message_header = repeating.and_then(|document| {
        root.children
            .iter()
            .copied()
            .take_while(|id| *id != document)
            .find(|id| inner(id) && !at(*id).occurs.repeats())
    });
    let known = |name: &str| headers.contains(&name) || message_header.is_some_and(|id| at(id).name == name);
    let document_header = at(document)
        .children
        .iter()
        .copied()
        .find(|id| inner(id) && !at(*id).occurs.repeats() && known(&at(*id).name));
    let mut others = at(document).children.iter().copied().filter(|id| Some(*id) != document_header);
    let body = match (others.next(), others.next()) {
        (Some(only), None) if inner(&only) && !at(only).occurs.repeats() => only,
        _ => document,
    };
    Anchors { message_header, document, document_header, body }
}
