//! Which lists of a record documents are made of, and of which of them nothing else is computed.

use super::{Generator, ListRef, Node, Origin, Plan, Rep};

impl Plan {
    /// Cells of the record that hold lists documents are made of, each once.
    pub fn lists_of_documents(&self) -> Vec<u16> {
        let mut cells: Vec<u16> = self.documents.iter().filter_map(|d| d.list()).collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// Those of them whose elements are seen by their own documents only: what the others hold is of no meaning
    /// to a document.
    pub fn lists_seen_alone(&self) -> Vec<u16> {
        let mut cells = self.lists_of_documents();
        let mut seen = |list: &ListRef| {
            if let ListRef::Cell { object: 0, cell, .. } = list {
                cells.retain(|c| c != cell);
            }
        };
        let mut all = |generators: &[Generator]| generators.iter().for_each(|g| seen(&g.list));
        for node in &self.nodes {
            match node {
                Node::Aggregate { generators, .. } => all(generators),
                Node::Pick { list, .. } => all(&[Generator { var: 0, list: *list }]),
                Node::Field { object: 0, var, cell } => {
                    all(&[Generator { var: 0, list: ListRef::Cell { var: *var, object: 0, cell: *cell } }]);
                }
                _ => {}
            }
        }
        for rep in &self.reps {
            if let Rep::For { generators, .. } = rep {
                all(generators);
            }
        }
        cells
    }
}

impl super::Document {
    /// The cell of the record that holds the list these documents are made of.
    pub fn list(&self) -> Option<u16> {
        match &self.from {
            Origin::Each(Generator { list: ListRef::Cell { cell, .. }, .. }) => Some(*cell),
            _ => None,
        }
    }
}
