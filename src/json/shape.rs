//! The schema in the form the reader walks, and what it has learned of the input: the order keys come in,
//! unknown keys.
//!
//! Records repeat. After a value almost always the same bytes follow up to the next value
//! (`,"costCenter":`). These
//! bytes are kept with the key they lead to, and compared as a whole the next time; only what was never seen
//! is parsed.

use super::follow::Follow;
use super::pass::Passed;
use super::skip;
use super::token::Scan;
use super::{Decode, Leaf, NodeId, Schema};
use crate::data::DatePattern;
use crate::vector::Level;

/// Most unknown keys told apart.
pub const UNKNOWN_KEYS_MAX: usize = 1000;
/// Longer unknown keys are counted with the others.
const UNKNOWN_KEY_BYTES_MAX: usize = 200;
/// "No such key"; also what an unknown key beyond the limit is followed from: nothing is learned there.
pub(super) const NONE: u32 = u32::MAX;

/// A node in the form the reader walks.
#[derive(Debug)]
pub(super) struct NodeShape {
    /// The pseudo key "at the beginning"; the declared keys follow it in [`Learned::keys`].
    pub first: u32,
    /// Cells filled from the value itself.
    pub whole: Vec<u16>,
    /// There is more to it than `whole`.
    pub walked: bool,
    pub positional: bool,
    pub strict: bool,
    /// The keys by position, for positional nodes.
    pub positions: Vec<u32>,
    /// Entries by the number of their bit.
    pub entries: Vec<EntryShape>,
    /// 64 entries a word: those that must be there.
    pub required: Vec<u64>,
}

/// An entry in the form the reader walks.
#[derive(Debug, Default)]
pub(super) struct EntryShape {
    pub key: String,
    pub cells: Vec<u16>,
    /// The cell that says whether the nested object is there.
    pub presence: Option<u16>,
    pub node: Option<usize>,
    /// Required cells of the entry itself.
    pub missing: Vec<u16>,
    /// Required cells below it that nothing excuses when it is not there.
    pub missing_below: Vec<u16>,
}

/// What to do with the value of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    /// Pass over it.
    Pass,
    /// One cell.
    Leaf(u16),
    /// Several cells, or a node.
    Several,
}

/// The common form of a value, see [`super::quick`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Quick {
    /// There is none.
    Never,
    /// Undeclared.
    Pass,
    /// Text of so many characters.
    Text {
        min: u32,
        max: u32,
    },
    /// A number with a decimal point, or a whole one.
    Number {
        whole: bool,
    },
    /// A date as `yyyy-MM-dd`.
    IsoDate,
    /// An instant as `yyyy-MM-ddTHH:mm:ssZ`.
    IsoTime,
    /// A date as `yyyyMMdd`.
    CompactDate,
    Currency,
    /// An object of which nothing else is asked.
    Node(u16),
    /// No value, but the end of the object.
    End,
}

/// What known bytes lead to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Target {
    pub key: u32,
    pub cell: u16,
    /// The number of the entry, below 64 when there is a common form.
    pub bit: u16,
    /// The cell may be none.
    pub optional: bool,
    pub quick: Quick,
}

/// A key of a node: declared, or seen.
#[derive(Debug)]
pub(super) struct Key {
    pub name: String,
    pub node: u32,
    pub action: Action,
    /// The number of the entry.
    pub bit: u16,
    pub quick: Quick,
    pub optional: bool,
    /// How often it was seen, for unknown keys.
    pub seen: u64,
    /// The place before its value, when that is passed over and was an object or array.
    pub pass: u32,
}

/// What changes while reading.
#[derive(Debug)]
pub(super) struct Learned {
    pub keys: Vec<Key>,
    /// What follows the value of each key.
    pub follows: Vec<Follow<Target>>,
    /// What is in undeclared values.
    pub passed: Passed,
    /// The keys of each node.
    pub tables: Vec<Table>,
    unknown: usize,
    /// Unknown keys beyond the limit.
    pub unknown_others: u64,
}

/// The keys of a node by name: open addressing.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<u32>,
    used: usize,
}

/// The schema in the form the reader walks.
#[derive(Debug)]
pub(super) struct Shape {
    pub nodes: Vec<NodeShape>,
    pub objects: Vec<ObjectShape>,
}

/// An object in the form the reader walks.
#[derive(Debug)]
pub(super) struct ObjectShape {
    pub name: String,
    pub root: usize,
    pub leaves: Vec<Leaf>,
}

/// Takes a schema apart.
pub(super) fn lower(schema: &Schema) -> (Shape, Learned) {
    let objects = schema.objects.iter().map(|o| ObjectShape {
        name: o.name.clone(),
        root: usize::from(o.root.0),
        leaves: o.leaves.clone(),
    });
    let shape = Shape { nodes: Vec::new(), objects: objects.collect() };
    let learned = Learned {
        keys: Vec::new(),
        follows: Vec::new(),
        passed: Passed::new(),
        tables: Vec::new(),
        unknown: 0,
        unknown_others: 0,
    };
    let owners = owners(schema);
    let mut lowering = Lowering { schema, owners, shape, learned };
    for node in 0..schema.nodes.len() {
        lowering.node(node);
    }
    (lowering.shape, lowering.learned)
}

/// The object each node belongs to.
fn owners(schema: &Schema) -> Vec<Option<usize>> {
    let mut owners = vec![None; schema.nodes.len()];
    for (i, object) in schema.objects.iter().enumerate() {
        let mut open = vec![object.root];
        while let Some(NodeId(node)) = open.pop() {
            let owner = &mut owners[usize::from(node)];
            if owner.is_none() {
                *owner = Some(i);
                open.extend(schema.nodes[usize::from(node)].entries.iter().filter_map(|e| e.node));
            }
        }
    }
    owners
}

struct Lowering<'a> {
    schema: &'a Schema,
    owners: Vec<Option<usize>>,
    shape: Shape,
    learned: Learned,
}

impl Lowering<'_> {
    fn node(&mut self, number: usize) {
        let node = &self.schema.nodes[number];
        let first = self.learned.keys.len() as u32;
        let mut out = NodeShape {
            first,
            whole: Vec::new(),
            walked: true,
            positional: node.positional,
            strict: node.strict,
            positions: Vec::new(),
            entries: Vec::new(),
            required: Vec::new(),
        };
        self.learned.tables.push(Table::default());
        self.learned.push(Key::new(String::new(), number, Action::Pass, 0));
        for entry in &node.entries {
            if entry.key.is_empty() {
                out.whole.extend(&entry.cells);
                out.walked = node.entries.len() > 1;
                continue;
            }
            let bit = out.entries.len();
            let shape = self.entry(number, entry);
            let action = match (&entry.cells[..], entry.node) {
                (&[cell], None) => Action::Leaf(cell),
                _ => Action::Several,
            };
            let mut key = Key::new(entry.key.clone(), number, action, bit as u16);
            if bit < 64 {
                (key.quick, key.optional) = self.quick(number, entry);
            }
            let key = self.learned.push(key);
            self.learned.insert(number, key);
            if let (true, Ok(position)) = (node.positional, entry.key.parse::<usize>()) {
                out.positions.resize(out.positions.len().max(position + 1), NONE);
                out.positions[position] = key;
            }
            if bit.is_multiple_of(64) {
                out.required.push(0);
            }
            if !shape.missing.is_empty() || !shape.missing_below.is_empty() {
                out.required[bit / 64] |= 1 << (bit % 64);
            }
            out.entries.push(shape);
        }
        self.shape.nodes.push(out);
    }

    fn entry(&self, node: usize, entry: &super::Entry) -> EntryShape {
        let leaves = self.leaves(node);
        let required = |cell: &&u16| leaves.get(usize::from(**cell)).is_some_and(|leaf| !leaf.optional);
        let missing: Vec<u16> = entry.cells.iter().filter(required).copied().collect();
        let mut missing_below = Vec::new();
        if let Some(below) = entry.node {
            self.required_below(below, &mut missing_below, 0);
        }
        // An optional nested object excuses its own fields; a required one is reported itself.
        let presence = |cell: &u16| {
            leaves.get(usize::from(*cell)).is_some_and(|leaf| matches!(leaf.decode, Decode::Presence))
        };
        let excused: Vec<String> = entry
            .cells
            .iter()
            .filter(|cell| presence(cell))
            .map(|&cell| format!("{}.", leaves[usize::from(cell)].name))
            .collect();
        missing_below.retain(|&cell| {
            !excused.iter().any(|prefix| leaves[usize::from(cell)].name.starts_with(prefix.as_str()))
        });
        EntryShape {
            key: entry.key.clone(),
            presence: entry.cells.iter().copied().find(presence),
            cells: entry.cells.clone(),
            node: entry.node.map(|n| usize::from(n.0)),
            missing,
            missing_below,
        }
    }

    /// The common form of an entry's value, and whether it may be none.
    fn quick(&self, node: usize, entry: &super::Entry) -> (Quick, bool) {
        let &[cell] = &entry.cells[..] else {
            let below = entry.node.filter(|below| {
                let below = &self.schema.nodes[usize::from(below.0)];
                !below.positional && !below.entries.iter().any(|entry| entry.key.is_empty())
            });
            let node = below.filter(|_| entry.cells.is_empty()).map(|below| Quick::Node(below.0));
            return (node.unwrap_or(Quick::Never), false);
        };
        let Some(leaf) = self.leaves(node).get(usize::from(cell)) else { return (Quick::Never, false) };
        if entry.node.is_some() || !leaf.none.is_empty() {
            return (Quick::Never, false);
        }
        let quick = match &leaf.decode {
            Decode::Text { min, max, .. } => Quick::Text { min: *min, max: max.unwrap_or(u32::MAX) },
            Decode::Int => Quick::Number { whole: true },
            Decode::Decimal { format } if format.decimal == b'.' => Quick::Number { whole: false },
            Decode::Money { format, minor, .. } if format.decimal == b'.' => Quick::Number { whole: *minor },
            Decode::Date(pattern) if pattern.source() == "yyyy-MM-dd" => Quick::IsoDate,
            Decode::Date(pattern) if pattern.source() == "yyyyMMdd" => Quick::CompactDate,
            Decode::Time(pattern) if *pattern == DatePattern::iso_time() => Quick::IsoTime,
            Decode::Currency => Quick::Currency,
            _ => Quick::Never,
        };
        (quick, leaf.optional)
    }

    fn required_below(&self, node: NodeId, out: &mut Vec<u16>, depth: usize) {
        if depth > super::NESTING_MAX {
            return;
        }
        for entry in &self.schema.nodes[usize::from(node.0)].entries {
            let inner = self.entry(usize::from(node.0), entry);
            out.extend(inner.missing);
            out.extend(inner.missing_below);
        }
    }

    fn leaves(&self, node: usize) -> &[Leaf] {
        self.owners[node].map_or(&[], |object| &self.schema.objects[object].leaves)
    }
}

impl NodeShape {
    /// An object of at most 64 declared keys, of which nothing but these is asked.
    pub(super) fn is_plain(&self) -> bool {
        self.walked && !self.positional && self.whole.is_empty() && self.required.len() <= 1
    }

    /// Whether all that must be there was seen, of at most 64 entries.
    #[inline(always)]
    pub(super) fn has_required(&self, seen: u64) -> bool {
        self.required.len() <= 1 && self.required.first().is_none_or(|word| word & !seen == 0)
    }
}

impl Target {
    /// The end of an object.
    pub(super) const END: Target = Target { key: NONE, cell: 0, bit: 0, optional: false, quick: Quick::End };
}

impl Table {
    /// The key of this name.
    #[inline]
    pub(super) fn find(&self, keys: &[Key], name: &[u8]) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = hash(name) as usize & mask;
        while self.slots[slot] != NONE {
            if keys[self.slots[slot] as usize].name.as_bytes() == name {
                return Some(self.slots[slot]);
            }
            slot = (slot + 1) & mask;
        }
        None
    }
}

impl Key {
    fn new(name: String, node: usize, action: Action, bit: u16) -> Key {
        Key {
            name,
            node: node as u32,
            action,
            bit,
            quick: Quick::Never,
            optional: false,
            seen: 0,
            pass: NONE,
        }
    }

    pub(super) fn target(&self, key: u32) -> Target {
        let cell = if let Action::Leaf(cell) = self.action { cell } else { 0 };
        Target { key, cell, bit: self.bit, optional: self.optional, quick: self.quick }
    }
}

impl Learned {
    /// Keeps the bytes that led from one key's value to the next's.
    pub(super) fn learn(&mut self, from: u32, to: u32, glue: &[u8]) {
        if let Some(follow) = self.follows.get_mut(from as usize) {
            follow.learn(glue, self.keys[to as usize].target(to));
        }
    }

    /// Keeps the bytes, bracket included, that ended the object after a key's value.
    pub(super) fn learn_end(&mut self, from: u32, glue: &[u8]) {
        if let Some(follow) = self.follows.get_mut(from as usize) {
            follow.learn(glue, Target::END);
        }
    }

    /// Passes the value of an undeclared key.
    #[inline(always)]
    pub(super) fn pass(
        &mut self,
        level: Level,
        key: u32,
        bytes: &[u8],
        at: usize,
        depth: usize,
    ) -> Scan<usize> {
        if !matches!(bytes.get(at), Some(b'{' | b'[')) {
            return skip::scalar(bytes, at);
        }
        let place = &mut self.keys[key as usize].pass;
        if *place == NONE {
            *place = self.passed.add();
        }
        level.run(self.passed.walk(*place, bytes, at, depth))
    }

    /// The key of this name; unknown names are kept while there is room.
    pub(super) fn find(&mut self, node: usize, name: &str, strict: bool) -> Option<u32> {
        if let Some(key) = self.tables[node].find(&self.keys, name.as_bytes()) {
            return Some(key);
        }
        if self.unknown >= UNKNOWN_KEYS_MAX || name.len() > UNKNOWN_KEY_BYTES_MAX {
            return None;
        }
        self.unknown += 1;
        let mut key = Key::new(name.to_owned(), node, Action::Pass, 0);
        key.quick = if strict { Quick::Never } else { Quick::Pass };
        let key = self.push(key);
        self.insert(node, key);
        Some(key)
    }

    fn push(&mut self, key: Key) -> u32 {
        self.keys.push(key);
        self.follows.push(Follow::new());
        self.keys.len() as u32 - 1
    }

    fn insert(&mut self, node: usize, key: u32) {
        let table = &mut self.tables[node];
        let mut waiting = vec![key];
        if table.slots.len() < 2 * (table.used + 1) {
            waiting.extend(table.slots.iter().filter(|&&key| key != NONE));
            table.slots = vec![NONE; (4 * (table.used + 1)).next_power_of_two()];
        }
        table.used += 1;
        let mask = table.slots.len() - 1;
        for key in waiting {
            let mut slot = hash(self.keys[key as usize].name.as_bytes()) as usize & mask;
            while table.slots[slot] != NONE {
                slot = (slot + 1) & mask;
            }
            table.slots[slot] = key;
        }
    }
}

/// First and last eight bytes and the length, mixed. Keys are few, so a hash that somebody can make collide
/// costs little.
fn hash(name: &[u8]) -> u64 {
    let short = || name.iter().rev().fold(0u64, |word, &byte| word << 8 | u64::from(byte));
    let first = name.first_chunk().map_or_else(short, |eight| u64::from_le_bytes(*eight));
    let last = name.last_chunk().map_or_else(short, |eight| u64::from_le_bytes(*eight));
    let mixed = (first ^ last.rotate_left(29) ^ name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 32
}
