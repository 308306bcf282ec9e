//! Goes through every state that a world can come to, nearest first, and tells the shortest way to a wrong
//! one.

use super::world::{CLOSE, Design, Moves, Setting, World};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Mixes one number; the states are numbers of our own making, so nobody can choose bad ones.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    fn write_u128(&mut self, number: u128) {
        let half = number as u64 ^ ((number >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = half.wrapping_mul(0x517c_c1b7_2722_0a95);
        self.0 = mixed ^ mixed >> 29;
    }
}

/// What one exploration found.
pub(super) struct Found {
    pub states: usize,
    /// What is wrong, and the moves that lead there.
    pub wrong: Option<(&'static str, Vec<&'static str>)>,
}

pub(super) fn explore(setting: &Setting, design: &Design) -> Found {
    let mut worlds = vec![World::new(setting)];
    let mut from: Vec<(u32, &'static str)> = vec![(0, "")];
    let mut known: HashMap<u128, u32, BuildHasherDefault<Mix>> = HashMap::default();
    known.insert(worlds[0].packed(), 0);
    let mut edges: Vec<(u32, u32)> = vec![];
    let mut out = vec![];
    let mut at = 0;
    while at < worlds.len() {
        let world = worlds[at];
        if let Some(wrong) = world.wrong() {
            return Found { states: worlds.len(), wrong: Some((wrong, way(&from, at))) };
        }
        Moves { setting, design, out: &mut out }.of(&world);
        for (name, next) in out.drain(..) {
            let number = *known.entry(next.packed()).or_insert_with(|| {
                worlds.push(next);
                from.push((at as u32, name));
                worlds.len() as u32 - 1
            });
            if name != CLOSE {
                edges.push((number, at as u32));
            }
        }
        at += 1;
    }
    let wrong = stuck(&worlds, &mut edges).map(|at| ("STUCK", way(&from, at)));
    Found { states: worlds.len(), wrong }
}

fn way(from: &[(u32, &'static str)], mut at: usize) -> Vec<&'static str> {
    let mut names = vec![];
    while at != 0 {
        names.push(from[at].1);
        at = from[at].0 as usize;
    }
    names.reverse();
    names
}

/// The nearest state of a taken entry from which no rest can be reached.
fn stuck(worlds: &[World], edges: &mut [(u32, u32)]) -> Option<usize> {
    edges.sort_unstable();
    let mut good: Vec<bool> = worlds.iter().map(World::rests).collect();
    let mut open: Vec<u32> = (0..worlds.len() as u32).filter(|at| good[*at as usize]).collect();
    while let Some(to) = open.pop() {
        let first = edges.partition_point(|edge| edge.0 < to);
        for (_, before) in edges[first..].iter().take_while(|edge| edge.0 == to) {
            if !std::mem::replace(&mut good[*before as usize], true) {
                open.push(*before);
            }
        }
    }
    (0..worlds.len()).find(|at| worlds[*at].is_told() && !good[*at])
}
