//! The texts a compilation reads (the mapping, its libraries, tables) and places in them.

/// Which of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceId(pub u16);

/// A place: bytes `start..end` of one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// From the start of this place to the end of another in the same text.
    pub fn to(self, other: Span) -> Span {
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// The texts of one compilation.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: Vec<(String, String)>,
}

impl Sources {
    /// Adds a text under a name (usually its path) and gives its number.
    pub fn add(&mut self, name: &str, text: &str) -> SourceId {
        self.texts.push((name.to_owned(), text.to_owned()));
        SourceId(u16::try_from(self.texts.len() - 1).expect("fewer than 65,536 texts are read"))
    }
    /// The name of a text.
    pub fn name(&self, id: SourceId) -> &str {
        &self.texts[usize::from(id.0)].0
    }
    /// A text.
    pub fn text(&self, id: SourceId) -> &str {
        &self.texts[usize::from(id.0)].1
    }
    /// The number of the text with this name.
    pub fn find(&self, name: &str) -> Option<SourceId> {
        self.texts.iter().position(|(n, _)| n == name).map(|i| SourceId(i as u16))
    }
    /// Line and column, both from 1, of a place's start; columns count characters.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.source);
        let before = &text[..text.floor_char_boundary(span.start as usize)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
    /// The text of a place.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.source).get(span.start as usize..span.end as usize).unwrap_or("")
    }
}
