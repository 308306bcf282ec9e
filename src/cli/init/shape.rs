//! What was seen under one key of a sample, over all records.

use super::types::{FORMATS, PATTERNS, Spellings};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Deeper values are not looked at.
const DEPTH_MAX: usize = 12;

/// More different values than this are not kept.
const VALUES_MAX: usize = 12;

/// Everything seen in one place.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// How often there was a value.
    pub(super) values: u64,
    /// How often it was null or "".
    pub(super) empty: u64,
    pub(super) texts: u64,
    pub(super) numbers: u64,
    pub(super) bools: u64,
    pub(super) objects: u64,
    pub(super) arrays: u64,
    /// Most characters of a text or number.
    pub(super) length_max: usize,
    /// All numbers had no fraction.
    pub(super) fractions: bool,
    /// All texts consist of digits.
    pub(super) letters: bool,
    /// The different texts, while there are few.
    pub(super) words: Option<BTreeSet<String>>,
    /// Spellings of dates and numbers that all texts (or numbers) follow.
    pub(super) spellings: Option<Spellings>,
    /// Members, in the order they were met.
    pub(super) members: Vec<(String, Shape)>,
    places: HashMap<String, usize>,
    /// Elements of its arrays, taken together.
    pub(super) elements: Option<Box<Shape>>,
    /// Elements by position, when all elements are scalars.
    pub(super) positions: Vec<Shape>,
}

impl Shape {
    /// Adds one value.
    pub(super) fn add(&mut self, value: &Value) {
        self.add_at(value, 0);
    }

    fn add_at(&mut self, value: &Value, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        self.values += 1;
        match value {
            Value::Null => self.empty += 1,
            Value::Bool(_) => self.bools += 1,
            Value::Number(number) => {
                let text = number.to_string();
                self.numbers += 1;
                self.fractions |= text.contains(['.', 'e', 'E']);
                self.scalar(&text);
            }
            Value::String(text) if text.is_empty() => self.empty += 1,
            Value::String(text) => {
                self.texts += 1;
                self.letters |= !text.bytes().all(|b| b.is_ascii_digit());
                self.scalar(text);
                let words = self.words.get_or_insert_default();
                if words.len() <= VALUES_MAX {
                    words.insert(text.clone());
                }
            }
            Value::Array(items) => {
                self.arrays += 1;
                let elements = self.elements.get_or_insert_default();
                items.iter().for_each(|i| elements.add_at(i, depth + 1));
                for (position, item) in items.iter().enumerate().take(VALUES_MAX) {
                    if position == self.positions.len() {
                        self.positions.push(Shape::default());
                    }
                    self.positions[position].add_at(item, depth + 1);
                }
            }
            Value::Object(object) => {
                self.objects += 1;
                for (key, value) in object {
                    self.member(key).add_at(value, depth + 1);
                }
            }
        }
    }

    fn scalar(&mut self, text: &str) {
        self.length_max = self.length_max.max(text.chars().count());
        let spellings = self.spellings.get_or_insert_with(|| Spellings {
            patterns: vec![true; PATTERNS.len()],
            formats: vec![true; FORMATS.len()],
            currency: true,
        });
        spellings.narrow(text);
    }

    fn member(&mut self, key: &str) -> &mut Shape {
        let place = match self.places.get(key) {
            Some(&place) => place,
            None => {
                self.places.insert(key.to_owned(), self.members.len());
                self.members.push((key.to_owned(), Shape::default()));
                self.members.len() - 1
            }
        };
        &mut self.members[place].1
    }

    /// Whether a member that was seen this often in so many objects may be missing.
    pub(super) fn optional_in(&self, objects: u64) -> bool {
        self.values - self.empty < objects
    }
}
