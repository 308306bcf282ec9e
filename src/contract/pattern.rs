//! Regular expressions of XML Schema part 2 §F, matched against whole values without allocating.
//!
//! An expression becomes a set of positions (Glushkov's construction), each with the characters it takes and
//! the positions that may follow. Matching keeps the set of live positions in a few machine words, so it is
//! linear in the value whatever the expression. What cannot be said exactly with the standard library's
//! character tables (`\p{Nd}`, class names of Unicode blocks) is refused here; the caller then tells that the
//! pattern is not checked.

/// Most positions an expression may have: repetitions with bounds are written out.
const POSITIONS_MAX: usize = 1024;
/// Most parts that are written out: parts without positions could otherwise be repeated for ever.
const PARTS_MAX: usize = 16 * POSITIONS_MAX;
/// Machine words a set of positions takes at most.
const WORDS_MAX: usize = POSITIONS_MAX / 64;
/// Deepest nesting of groups and of subtracted classes.
const NESTING_MAX: usize = 32;

/// A set of positions.
type Set = [u64; WORDS_MAX];
const NONE: Set = [0; WORDS_MAX];

/// An expression ready to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// What each position takes: an index into `classes`.
    positions: Vec<u16>,
    classes: Vec<Class>,
    first: Box<[u64]>,
    last: Box<[u64]>,
    /// One row of `words` machine words for each position.
    follow: Box<[u64]>,
    words: usize,
    empty: bool,
    /// Each position is followed by the next and only by it: values are compared position by position.
    chain: bool,
    /// For each class, which ASCII characters it takes that are not white space.
    plain: Vec<[bool; 256]>,
}

/// A set of characters: sorted ranges, ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Class(Vec<(char, char)>);

impl Class {
    fn takes(&self, c: char) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&c))
    }

    /// Which bytes are ASCII characters that it takes and that are not white space.
    fn plain(&self) -> [bool; 256] {
        std::array::from_fn(|byte| byte > 0x20 && byte < 0x80 && self.takes(char::from(byte as u8)))
    }

    fn negated(mut self) -> Class {
        self.0.sort_unstable();
        let mut rest = vec![];
        let mut next = 0u32;
        for (from, to) in self.0 {
            if (from as u32) > next {
                rest.push((next, from as u32 - 1));
            }
            next = next.max(to as u32 + 1);
        }
        if next <= char::MAX as u32 {
            rest.push((next, char::MAX as u32));
        }
        // Surrogates are no characters; a range that would end or begin among them ends before or begins
        // after.
        let up = |n: u32| char::from_u32(n).unwrap_or('\u{E000}');
        let down = |n: u32| char::from_u32(n).unwrap_or('\u{D7FF}');
        Class(
            rest.into_iter().map(|(from, to)| (up(from), down(to))).filter(|(from, to)| from <= to).collect(),
        )
    }

    /// What both take: not (not a or not b).
    fn and(self, other: Class) -> Class {
        let mut either = self.negated();
        either.0.extend(other.negated().0);
        either.negated()
    }
}

/// The tree of an expression.
#[derive(Debug, Clone)]
enum Node {
    Empty,
    One(u16),
    Then(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, u32, Option<u32>),
}

impl Pattern {
    /// Prepares an expression; `None` when it is not one, too long, or says what is not supported.
    pub(super) fn new(text: &str) -> Option<Pattern> {
        let mut parser = Parser { rest: text.chars().peekable(), classes: vec![] };
        let node = parser.either(0)?;
        if parser.rest.peek().is_some() {
            return None;
        }
        let mut builder = Builder { positions: vec![], follow: vec![], parts: 0 };
        let whole = builder.build(&node)?;
        let words = builder.positions.len().div_ceil(64).max(1);
        let mut pattern = Pattern {
            follow: builder.follow.iter().flat_map(|set| &set[..words]).copied().collect(),
            positions: builder.positions,
            classes: parser.classes,
            first: whole.first[..words].into(),
            last: whole.last[..words].into(),
            words,
            empty: whole.empty,
            chain: false,
            plain: vec![],
        };
        pattern.chain = pattern.is_chain();
        pattern.plain = pattern.classes.iter().map(Class::plain).collect();
        Some(pattern)
    }

    fn is_chain(&self) -> bool {
        let count = self.positions.len();
        let only = |set: &[u64], wanted: usize| members(set).eq(std::iter::once(wanted));
        let follows = |at: usize| {
            let row = &self.follow[at * self.words..][..self.words];
            if at + 1 == count { members(row).next().is_none() } else { only(row, at + 1) }
        };
        !self.empty
            && count > 0
            && only(&self.first, 0)
            && only(&self.last, count - 1)
            && (0..count).all(follows)
    }

    /// Whether it surely matches these bytes, told without a look at what follows what: a text of ASCII characters without
    /// white space. Others have to be asked about by [`Pattern::matches`].
    pub(super) fn surely_matches(&self, value: &[u8]) -> bool {
        let takes = |at: u16, byte: u8| self.plain[usize::from(at)][usize::from(byte)];
        self.chain
            && value.len() == self.positions.len()
            && value.iter().zip(&self.positions).all(|(byte, at)| takes(*at, *byte))
    }

    /// Whether it matches all of these characters.
    pub(super) fn matches(&self, mut value: impl Iterator<Item = char>) -> bool {
        if self.chain {
            let takes = |at: &u16, c: char| self.classes[usize::from(*at)].takes(c);
            return self.positions.iter().all(|at| value.next().is_some_and(|c| takes(at, c)))
                && value.next().is_none();
        }
        let mut live = NONE;
        let mut begun = false;
        for c in value {
            let mut next = NONE;
            if begun {
                self.step(&live, c, &mut next);
            } else {
                self.take(&self.first, c, &mut next);
            }
            begun = true;
            if next[..self.words].iter().all(|w| *w == 0) {
                return false;
            }
            live = next;
        }
        if begun { live.iter().zip(&self.last).any(|(a, b)| a & b != 0) } else { self.empty }
    }

    fn step(&self, live: &Set, c: char, next: &mut Set) {
        let mut reach = NONE;
        for position in members(&live[..self.words]) {
            let row = &self.follow[position * self.words..][..self.words];
            reach.iter_mut().zip(row).for_each(|(to, from)| *to |= from);
        }
        self.take(&reach[..self.words], c, next);
    }

    /// Keeps of `from` the positions that take the character.
    fn take(&self, from: &[u64], c: char, to: &mut Set) {
        for position in members(from) {
            if self.classes[usize::from(self.positions[position])].takes(c) {
                insert(to, position);
            }
        }
    }
}

fn insert(set: &mut Set, position: usize) {
    set[position / 64] |= 1 << (position % 64);
}

fn union(into: &mut Set, from: &Set) {
    into.iter_mut().zip(from).for_each(|(a, b)| *a |= b);
}

fn members(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    set.iter().enumerate().flat_map(|(index, word)| {
        let mut word = *word;
        std::iter::from_fn(move || {
            let bit = word.trailing_zeros() as usize;
            word &= word.checked_sub(1)?;
            Some(index * 64 + bit)
        })
    })
}

/// What Glushkov's construction knows of a part.
struct Part {
    first: Set,
    last: Set,
    empty: bool,
}

const EMPTY: Part = Part { first: NONE, last: NONE, empty: true };

struct Builder {
    positions: Vec<u16>,
    follow: Vec<Set>,
    parts: usize,
}

impl Builder {
    fn build(&mut self, node: &Node) -> Option<Part> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return None;
        }
        match node {
            Node::Empty => Some(EMPTY),
            Node::One(class) => {
                let position = self.positions.len();
                if position == POSITIONS_MAX {
                    return None;
                }
                self.positions.push(*class);
                self.follow.push(NONE);
                let mut only = NONE;
                insert(&mut only, position);
                Some(Part { first: only, last: only, empty: false })
            }
            Node::Then(parts) => parts.iter().try_fold(EMPTY, |before, part| {
                let part = self.build(part)?;
                Some(self.join(before, part))
            }),
            Node::Either(parts) => {
                let mut whole = Part { empty: false, ..EMPTY };
                for part in parts {
                    let part = self.build(part)?;
                    union(&mut whole.first, &part.first);
                    union(&mut whole.last, &part.last);
                    whole.empty |= part.empty;
                }
                Some(whole)
            }
            Node::Repeat(part, min, max) => self.repeat(part, *min, *max),
        }
    }

    /// Writes the part out as often as it must stand, then either a loop or as often as it may stand.
    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>) -> Option<Part> {
        let mut whole = EMPTY;
        for _ in 0..min {
            let part = self.build(node)?;
            whole = self.join(whole, part);
        }
        match max {
            None => {
                let mut part = self.build(node)?;
                self.connect(&part.last, &part.first);
                part.empty = true;
                whole = self.join(whole, part);
            }
            Some(max) => {
                for _ in min..max {
                    let part = self.build(node)?;
                    whole = self.join(whole, Part { empty: true, ..part });
                }
            }
        }
        Some(whole)
    }

    fn connect(&mut self, last: &Set, first: &Set) {
        for position in members(last) {
            union(&mut self.follow[position], first);
        }
    }

    fn join(&mut self, a: Part, b: Part) -> Part {
        self.connect(&a.last, &b.first);
        let mut whole = Part { first: a.first, last: b.last, empty: a.empty && b.empty };
        if a.empty {
            union(&mut whole.first, &b.first);
        }
        if b.empty {
            union(&mut whole.last, &a.last);
        }
        whole
    }
}

struct Parser<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    classes: Vec<Class>,
}

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Option<Node> {
        if depth > NESTING_MAX {
            return None;
        }
        let mut parts = vec![self.branch(depth)?];
        while self.rest.next_if_eq(&'|').is_some() {
            parts.push(self.branch(depth)?);
        }
        Some(Node::Either(parts))
    }

    fn branch(&mut self, depth: usize) -> Option<Node> {
        let mut parts = vec![];
        while let Some(c) = self.rest.next_if(|c| !matches!(c, '|' | ')')) {
            let atom = match c {
                '(' => {
                    let inner = self.either(depth + 1)?;
                    self.rest.next_if_eq(&')')?;
                    inner
                }
                '[' => {
                    let class = self.class(depth)?;
                    self.one(class)?
                }
                '.' => self.one(Class(vec![('\n', '\n'), ('\r', '\r')]).negated())?,
                '\\' => {
                    let class = self.escape()?;
                    self.one(class)?
                }
                '*' | '+' | '?' | '{' | '}' | ']' => return None,
                c => self.one(Class(vec![(c, c)]))?,
            };
            parts.push(self.quantified(atom)?);
        }
        Some(if parts.is_empty() { Node::Empty } else { Node::Then(parts) })
    }

    fn one(&mut self, class: Class) -> Option<Node> {
        let known = self.classes.iter().position(|c| *c == class);
        let index = known.unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        });
        u16::try_from(index).ok().map(Node::One)
    }

    fn quantified(&mut self, atom: Node) -> Option<Node> {
        let (min, max) = match self.rest.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.rest.next();
                let min = self.number()?;
                let max = match self.rest.peek()? {
                    ',' => {
                        self.rest.next();
                        if self.rest.peek() == Some(&'}') { None } else { Some(self.number()?) }
                    }
                    _ => Some(min),
                };
                // The brace is taken below, as the other signs are.
                if self.rest.peek() != Some(&'}') || max.is_some_and(|max| max < min) {
                    return None;
                }
                (min, max)
            }
            _ => return Some(atom),
        };
        self.rest.next();
        Some(Node::Repeat(Box::new(atom), min, max))
    }

    fn number(&mut self) -> Option<u32> {
        let mut text = String::new();
        while let Some(c) = self.rest.next_if(char::is_ascii_digit) {
            text.push(c);
        }
        text.parse().ok()
    }

    /// A class after its `[`.
    fn class(&mut self, depth: usize) -> Option<Class> {
        if depth > NESTING_MAX {
            return None;
        }
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = vec![];
        let mut minus = None;
        loop {
            let from = match self.rest.next()? {
                ']' if !ranges.is_empty() => break,
                ']' | '[' => return None,
                '-' if !ranges.is_empty() && self.rest.peek() == Some(&'[') => {
                    self.rest.next();
                    minus = Some(self.class(depth + 1)?);
                    self.rest.next_if_eq(&']')?;
                    break;
                }
                '\\' => {
                    let class = self.escape()?;
                    match class.0[..] {
                        [(only, end)] if only == end => only,
                        _ => {
                            ranges.extend(class.0);
                            continue;
                        }
                    }
                }
                c => c,
            };
            ranges.push((from, self.range_end(from)?));
        }
        let class = Class(ranges);
        let class = if negated { class.negated() } else { class };
        Some(match minus {
            Some(minus) => class.and(minus.negated()),
            None => class,
        })
    }

    /// The end of a range in a class: the character itself where no `-` follows, or one that closes the
    /// class.
    fn range_end(&mut self, from: char) -> Option<char> {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('-') || matches!(ahead.next(), Some('[' | ']') | None) {
            return Some(from);
        }
        self.rest.next();
        let to = match self.rest.next()? {
            '\\' => match self.escape()?.0[..] {
                [(only, end)] if only == end => only,
                _ => return None,
            },
            c => c,
        };
        (from <= to).then_some(to)
    }

    /// What stands after a backslash. `\d` are the ASCII digits only: the services read numbers, and no other
    /// digits are numbers to them. `\w`, `\p{…}` need tables of Unicode that the standard library does not
    /// have.
    fn escape(&mut self) -> Option<Class> {
        let digits = || Class(vec![('0', '9')]);
        let space = || Class(vec![(' ', ' '), ('\t', '\t'), ('\n', '\n'), ('\r', '\r')]);
        let c = self.rest.next()?;
        Some(match c {
            'n' => Class(vec![('\n', '\n')]),
            'r' => Class(vec![('\r', '\r')]),
            't' => Class(vec![('\t', '\t')]),
            'd' => digits(),
            'D' => digits().negated(),
            's' => space(),
            'S' => space().negated(),
            'i' => Class(NAME_START.to_vec()),
            'I' => Class(NAME_START.to_vec()).negated(),
            'c' => Class([NAME_START, NAME_MORE].concat()),
            'C' => Class([NAME_START, NAME_MORE].concat()).negated(),
            'p' => self.block()?,
            'P' => self.block()?.negated(),
            '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^' | '$'
            | '/' => Class(vec![(c, c)]),
            _ => return None,
        })
    }

    /// The two Unicode blocks that are met in practice.
    fn block(&mut self) -> Option<Class> {
        self.rest.next_if_eq(&'{')?;
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(|c| *c != '}') {
            name.push(c);
        }
        self.rest.next()?;
        match name.as_str() {
            "IsBasicLatin" => Some(Class(vec![('\0', '\x7f')])),
            "IsLatin-1Supplement" => Some(Class(vec![('\u{80}', '\u{ff}')])),
            _ => None,
        }
    }
}

/// XML 1.0 §2.3, NameStartChar.
const NAME_START: &[(char, char)] = &[
    (':', ':'),
    ('A', 'Z'),
    ('_', '_'),
    ('a', 'z'),
    ('\u{C0}', '\u{D6}'),
    ('\u{D8}', '\u{F6}'),
    ('\u{F8}', '\u{2FF}'),
    ('\u{370}', '\u{37D}'),
    ('\u{37F}', '\u{1FFF}'),
    ('\u{200C}', '\u{200D}'),
    ('\u{2070}', '\u{218F}'),
    ('\u{2C00}', '\u{2FEF}'),
    ('\u{3001}', '\u{D7FF}'),
    ('\u{F900}', '\u{FDCF}'),
    ('\u{FDF0}', '\u{FFFD}'),
    ('\u{10000}', '\u{EFFFF}'),
];
/// XML 1.0 §2.3, what NameChar has beyond NameStartChar.
const NAME_MORE: &[(char, char)] = &[
    ('-', '-'),
    ('.', '.'),
    ('0', '9'),
    ('\u{B7}', '\u{B7}'),
    ('\u{300}', '\u{36F}'),
    ('\u{203F}', '\u{2040}'),
];

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let compiled = Pattern::new(pattern).expect("the pattern is supported");
        for value in yes {
            assert!(compiled.matches(value.chars()), "`{pattern}` should match `{value}`");
        }
        for value in no {
            assert!(!compiled.matches(value.chars()), "`{pattern}` should not match `{value}`");
            assert!(
                !compiled.surely_matches(value.as_bytes()),
                "nor should `{pattern}` surely match `{value}`"
            );
        }
    }

    #[test]
    fn whole_values_are_matched() {
        check(r"\d+", &["0", "123456"], &["", "12a", "a12", "1 2", "١"]);
        check("[0-9]{4}-[0-9]{2}-[0-9]{2}", &["2024-01-31"], &["2024-1-31", "2024-01-31Z", "x2024-01-31"]);
        check("[-P0-9D]{1,20}", &["P30D", "-P3D", "30"], &["", "P1M", "000000000000000000000"]);
        check("a?b*c+", &["c", "abbc", "bcc"], &["", "ab", "aac"]);
        check("(ab|cd){2}", &["abab", "abcd", "cdab"], &["ab", "abc", "ababab"]);
        check("x{0}", &[""], &["x"]);
        check("a{2,}", &["aa", "aaaaa"], &["a", ""]);
        check("", &[""], &["a"]);
        check("(|a)b", &["b", "ab"], &["a"]);
        check("(a*)*", &["", "aaaa"], &["b"]);
    }

    #[test]
    fn chains_are_told_by_their_bytes() {
        for (pattern, value) in [("[0-9a-f]{2}-x", "a0-x"), (r"\d", "1"), ("[^a]b", "~b")] {
            let compiled = Pattern::new(pattern).expect("the pattern is supported");
            assert!(compiled.surely_matches(value.as_bytes()), "{pattern}");
            for odd in ["", "ü", "a0-xx", " ", "a"] {
                assert!(!compiled.surely_matches(odd.as_bytes()), "{pattern} {odd}");
            }
        }
    }

    #[test]
    fn classes_are_those_of_xml_schema() {
        check("[^a-c]", &["d", "-", "ü"], &["a", "c", ""]);
        check("[a-z-[aeiou]]+", &["xyz"], &["xaz", "X"]);
        check("[^0-9-[x]]", &["a"], &["x", "5"]);
        check(r"[\d.\-]+", &["1.5-2"], &["a"]);
        check("[a-]", &["a", "-"], &["b"]);
        check("[-a]", &["a", "-"], &["b"]);
        check(".", &["x", "𝄞"], &["\n", "xx"]);
        check(r"\s\S", &[" a"], &["a ", "  "]);
        check(r"\i\c*", &["a-1", "_x"], &["1a", "-"]);
        check("^a$", &["^a$"], &["a"]);
        check(r"\p{IsBasicLatin}*", &["abc~"], &["ü"]);
        check(r"\D", &["a"], &["1"]);
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        for pattern in
            ["(", ")", "[", "[]", "a{2", "a{3,2}", "*", r"\w", r"\p{Nd}", r"\q", "a**", "[z-a]", "a{9999}"]
        {
            assert!(Pattern::new(pattern).is_none(), "{pattern}");
        }
        assert!(Pattern::new(&"(".repeat(100_000)).is_none());
        assert!(Pattern::new("((a{100}){100}){100}").is_none());
        assert!(
            Pattern::new("(((){1000}){1000}){1000}").is_none(),
            "an empty part must not be repeated for ever"
        );
    }

    #[test]
    fn long_repetitions_reach_the_limit() {
        check("a{1024}", &[&"a".repeat(1024)], &[&"a".repeat(1023)]);
        assert!(Pattern::new("a{1025}").is_none());
    }
}
