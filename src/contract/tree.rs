//! The contract as a tree in one vector; an element's number is its index.

/// An element's number within its contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub u32);

/// One message a service takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Its name for people: `s4.journal_entry`, or the operation's name.
    pub name: String,
    /// `2024`, or the file it was read from.
    pub profile: String,
    /// Namespace of the root element.
    pub namespace: String,
    /// The prefix jemap writes for it: `sfin`.
    pub prefix: String,
    /// Whether local elements carry the namespace too.
    pub qualified: bool,
    /// Every element; the root is number 0, children come after their parents.
    pub elements: Vec<Element>,
    /// Where documents live in the message.
    pub anchors: Anchors,
    /// What is known beyond the schema.
    pub rules: Rules,
    /// How the service is called, where known.
    pub service: Option<Service>,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its local name.
    pub name: String,
    /// Prefix and namespace, when it is in another one than local elements of the contract are (extension
    /// fields); both are empty for one without namespace in a qualified contract.
    pub namespace: Option<(String, String)>,
    /// The element it stands in; `None` for the root.
    pub parent: Option<ElementId>,
    /// How often.
    pub occurs: Occurs,
    /// What it holds; `None` for elements with children.
    pub value: Option<Facets>,
    /// Its attributes, in the order they are written.
    pub attributes: Vec<Attribute>,
    /// Its children in the order of the schema.
    pub children: Vec<ElementId>,
    /// What jemap knows about its meaning.
    pub role: Option<Role>,
    /// A remark for people; may be empty.
    pub note: String,
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it holds.
    pub value: Facets,
}

/// How often an element may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurs {
    /// At least.
    pub min: u32,
    /// At most; `None` is unbounded.
    pub max: Option<u32>,
}

impl Occurs {
    /// More than one is allowed.
    pub fn repeats(self) -> bool {
        self.max != Some(1)
    }
    /// At least one is needed.
    pub fn required(self) -> bool {
        self.min > 0
    }
}

/// The primitive types of XML Schema part 2 that these services use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// Text, white space kept.
    String,
    /// Text, white space collapsed by the receiver.
    Token,
    /// `true` or `false`.
    Boolean,
    /// A decimal number without exponent.
    Decimal,
    /// A whole number.
    Integer,
    /// `yyyy-MM-dd`
    Date,
    /// `yyyy-MM-ddThh:mm:ss[.fffffff]Z`
    DateTime,
    /// `hh:mm:ss`
    Time,
    /// `P30D`
    Duration,
    /// A URI.
    AnyUri,
    /// Base 64.
    Binary,
}

/// A simple type: primitive and limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facets {
    /// The primitive type.
    pub primitive: Primitive,
    /// Fewest characters.
    pub min_length: u32,
    /// Most characters (Unicode code points).
    pub max_length: Option<u32>,
    /// Most digits in all (decimal).
    pub total_digits: Option<u32>,
    /// Most digits after the point (decimal).
    pub fraction_digits: Option<u32>,
    /// Least and greatest value as decimal text, ends included.
    pub min: Option<String>,
    /// See `min`.
    pub max: Option<String>,
    /// Regular expressions of XML Schema part 2 §F, all must match the whole value.
    pub patterns: Vec<String>,
    /// Allowed values; empty means any.
    pub values: Vec<String>,
}

impl Facets {
    /// A primitive without limits.
    pub fn of(primitive: Primitive) -> Facets {
        Facets {
            primitive,
            min_length: 0,
            max_length: None,
            total_digits: None,
            fraction_digits: None,
            min: None,
            max: None,
            patterns: vec![],
            values: vec![],
        }
    }
}

/// What jemap must know of an element's meaning: filled by itself, counted or checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The id of a message or entry; echoed in the confirmation.
    MessageId,
    /// The same id as a UUID.
    MessageUuid,
    /// When the message was made.
    Created,
    /// Says that the message only asks what would become of it.
    Simulation,
    /// The company code of a document.
    CompanyCode,
    /// The company code of one line, when it differs.
    LineCompanyCode,
    /// The amount in transaction currency of a line: counted, must balance.
    Amount,
    /// Another amount that must balance within its currency when given (company code or group currency).
    LocalAmount,
    /// Debit/credit indicator of a line; must agree with the sign of the amount.
    DebitCredit,
    /// A repeating element that counts against the limit of lines.
    Line,
}

/// Where documents live in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchors {
    /// The message's own header element, a child of the root.
    pub message_header: Option<ElementId>,
    /// The element that stands once for each document: the first repeating child of the root with children;
    /// the root when there is none.
    pub document: ElementId,
    /// The document's own header element.
    pub document_header: Option<ElementId>,
    /// What a mapping's `document` block fills: the only other child of `document`, or `document` itself.
    pub body: ElementId,
}

/// The debit/credit code of a debit (amounts above zero).
pub const DEBIT: &str = "S";
/// The debit/credit code of a credit (amounts below zero).
pub const CREDIT: &str = "H";

/// Rules of the receiver beyond its schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Amounts of a document must add up to zero in each currency.
    pub balanced: bool,
    /// Most lines of a document.
    pub lines_max: Option<u32>,
    /// A document has one transaction currency.
    pub one_currency: bool,
}

/// How a service is called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// The operation's name.
    pub operation: String,
    /// The SOAPAction.
    pub action: String,
    /// The address in the WSDL.
    pub address: String,
    /// The root element of the answer, if any.
    pub answer: Option<String>,
}

impl Element {
    /// The attribute that takes the currency of an amount, by the naming of the core component types
    /// (`currencyCode`, UN/CEFACT `currencyID`).
    pub fn currency_attribute(&self) -> Option<usize> {
        self.attributes.iter().position(|a| a.name == "currencyCode" || a.name == "currencyID")
    }
}

impl Contract {
    /// The root element's number.
    pub const ROOT: ElementId = ElementId(0);

    /// An element.
    pub fn element(&self, id: ElementId) -> &Element {
        &self.elements[id.0 as usize]
    }
    /// The child of that name (`prefix:name` for elements of another namespace).
    pub fn child(&self, of: ElementId, name: &str) -> Option<ElementId> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let is_it = |e: &Element| e.name == local && e.namespace.as_ref().map_or("", |n| &n.0) == prefix;
        self.element(of).children.iter().copied().find(|&c| is_it(self.element(c)))
    }
    /// The name an element is written and addressed with: `name` or `prefix:name` for elements of another
    /// namespace.
    pub fn tag(&self, id: ElementId) -> String {
        let e = self.element(id);
        match &e.namespace {
            Some((prefix, _)) if !prefix.is_empty() => format!("{prefix}:{}", e.name),
            _ => e.name.clone(),
        }
    }
    /// The names from the root to an element, the root left out:
    /// `JournalEntryCreateRequest/JournalEntry/Item`.
    pub fn path(&self, id: ElementId) -> String {
        let mut names = vec![];
        let mut at = Some(id);
        while let Some(i) = at {
            if self.element(i).parent.is_some() {
                names.push(self.tag(i));
            }
            at = self.element(i).parent;
        }
        names.reverse();
        names.join("/")
    }
    /// The element at such a path; the empty path is the root.
    pub fn find(&self, path: &str) -> Option<ElementId> {
        self.find_below(Contract::ROOT, path)
    }
    /// The element at a path that begins at another one than the root.
    pub fn find_below(&self, of: ElementId, path: &str) -> Option<ElementId> {
        path.split('/').filter(|s| !s.is_empty()).try_fold(of, |at, name| self.child(at, name))
    }
}
