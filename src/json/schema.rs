//! What to read: the declared fields, lowered to the shape the reader walks.
//!
//! A *frame* is a fixed number of cells: the fields of one object of the mapping's source, nested objects inlined.
//! Each list has its own object shape; its elements' frames lie one after the other in that shape's arena.

use crate::data::{DatePattern, NumberFormat, Rounding};

/// Index into [`Schema::objects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub u16);

/// Index into [`Schema::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub u16);

/// Everything the reader needs to know. Object 0 is the record (or line).
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Shapes of frames.
    pub objects: Vec<Object>,
    /// JSON objects and arrays that are walked through within a frame.
    pub nodes: Vec<Node>,
    /// The way to the repeating object: keys (or fixed indices) from the top-level value; the last one's array is iterated.
    /// Empty: the top-level values themselves (an array's elements).
    pub at: Vec<AtStep>,
    /// A top-level object without the first key of `at` is a record itself, a top-level array holds records.
    pub bare: bool,
    /// Object shape of the `around` block, read from the enclosing document.
    pub around: Option<ObjectId>,
}

/// A step to the repeating object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtStep {
    /// Into the value of this key.
    Key(String),
    /// Into this element.
    Index(usize),
    /// Into every element.
    Each,
}

/// The shape of a frame.
#[derive(Debug, Clone)]
pub struct Object {
    /// For messages: `record`, `line`, `entries[]`.
    pub name: String,
    /// The node the object's own value is walked with.
    pub root: NodeId,
    /// Cells of a frame.
    pub cells: u16,
    /// What each cell holds, in cell order.
    pub leaves: Vec<Leaf>,
    /// The object whose list this is an element of; `None` for record and around.
    pub parent: Option<ObjectId>,
}

/// A JSON object or array walked through within a frame.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// Known keys (or positions as decimal text when `positional`), each once. The key "" means the value itself.
    pub entries: Vec<Entry>,
    /// The value is an array; entries are positions.
    pub positional: bool,
    /// An unknown key is refused rather than counted.
    pub strict: bool,
}

/// What to do with the value under a key. Several things may be asked of one value.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The key, unescaped; the position's number for positional nodes.
    pub key: String,
    /// Cells filled from the value itself.
    pub cells: Vec<u16>,
    /// Walk into the value within the same frame.
    pub node: Option<NodeId>,
}

/// What one cell holds.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// The field's name in the mapping, dotted: `report.name`.
    pub name: String,
    /// How the value is understood.
    pub decode: Decode,
    /// Absent, null, "" and the `none` spellings are allowed.
    pub optional: bool,
    /// Spellings that mean none as well.
    pub none: Vec<String>,
}

/// How a JSON value is understood.
#[derive(Debug, Clone)]
pub enum Decode {
    /// A string of so many characters; `number` takes JSON numbers too, as written.
    Text {
        /// Fewest characters.
        min: u32,
        /// Most characters.
        max: Option<u32>,
        /// JSON numbers are taken too.
        number: bool,
    },
    /// One of these (string, number or boolean compared by its text).
    Enum(Vec<String>),
    /// A whole number.
    Int,
    /// A decimal; strings are in this format.
    Decimal {
        /// How strings spell it.
        format: NumberFormat,
    },
    /// Money; currency and rounding are applied when it is used (its currency may come later in the data).
    Money {
        /// How strings spell it.
        format: NumberFormat,
        /// A whole number of the currency's minor unit.
        minor: bool,
        /// What happens to excess digits.
        round: Option<Rounding>,
    },
    /// Three letters; small ones are made capital.
    Currency,
    /// A boolean.
    Bool,
    /// A civil date.
    Date(DatePattern),
    /// An instant.
    Time(DatePattern),
    /// The raw text of any value.
    Raw,
    /// A list: each element fills a frame of this object; `or_one` takes a single object too.
    List {
        /// The shape of the elements.
        object: ObjectId,
        /// A single element may stand without brackets.
        or_one: bool,
    },
    /// Whether an optional nested object was there at all.
    Presence,
}

impl Schema {
    /// Where each node's value stands in a record: `report`, `entries[].shares[]`; empty for the record itself.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = vec![String::new(); self.nodes.len()];
        let roots = self.objects.iter().enumerate().filter(|(_, object)| object.parent.is_none());
        // an object or node is reached once, so this ends
        let mut open: Vec<(usize, NodeId, String)> =
            roots.map(|(index, object)| (index, object.root, String::new())).collect();
        while let Some((object, node, path)) = open.pop() {
            for entry in &self.nodes[usize::from(node.0)].entries {
                let inside = if entry.key.is_empty() { path.clone() } else { joined(&path, &entry.key) };
                for cell in &entry.cells {
                    if let Decode::List { object: list, .. } =
                        self.objects[object].leaves[usize::from(*cell)].decode
                    {
                        let index = usize::from(list.0);
                        open.push((index, self.objects[index].root, format!("{inside}[]")));
                    }
                }
                open.extend(entry.node.map(|inner| (object, inner, inside)));
            }
            paths[usize::from(node.0)] = path;
        }
        paths
    }
}

/// A key after a path: `report.name`.
pub fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
