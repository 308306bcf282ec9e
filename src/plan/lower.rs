//! Model → plan: each element's statements in the contract's order, static XML rendered once.

use super::assemble::Assembler;
use super::blocks::{Attribute, Block, BlockId, FacetCheck, Finish, Op, Range, Rep, Special, ValueOp};
use super::shape::{Alternative, Part, Shape, inside};
use super::steps::Stepper;
use super::values::Values;
use super::{Document, Guard, Node, NodeId, Origin, Plan};
use crate::check::{self, Content, Element, Model, Stmt};
use crate::contract::{Contract, ElementId, Facets, Primitive, Role};
use crate::data::{Decimal, Kind, Rounding, Value};
use crate::xml;
use std::collections::BTreeSet;

/// Lowers a checked mapping.
pub fn plan(model: &Model) -> Plan {
    let mut lower = Lower {
        contract: &model.contract,
        values: Values::new(&model.schema),
        blocks: vec![],
        reps: vec![],
        checks: vec![],
        facets: vec![],
        sides: 0,
        foreign: BTreeSet::new(),
        total: None,
        makes_id: false,
        simulates: true,
    };
    let message = model.contract.anchors.message_header.map(|header| {
        lower.values.enter(None);
        lower.header(header, &model.message, "\n", &mut vec![])
    });
    let documents = model.documents.iter().map(|d| lower.document(d)).collect();
    lower.finish(model, message, documents)
}

pub(super) struct Lower<'m> {
    pub(super) contract: &'m Contract,
    pub(super) values: Values<'m>,
    pub(super) blocks: Vec<Block>,
    pub(super) reps: Vec<Rep>,
    pub(super) checks: Vec<FacetCheck>,
    pub(super) facets: Vec<Facets>,
    pub(super) sides: u16,
    pub(super) foreign: BTreeSet<(String, String)>,
    pub(super) total: Option<&'m check::Expr>,
    /// An id or UUID is made for the document's header.
    pub(super) makes_id: bool,
    /// Every header so far has a place that says whether the message is a simulation.
    pub(super) simulates: bool,
}

impl<'m> Lower<'m> {
    fn finish(self, model: &Model, message: Option<BlockId>, documents: Vec<Document>) -> Plan {
        let (mut pool, nodes, mut blocks) = (self.values.pool, self.values.nodes, self.blocks);
        let stepper = Stepper::new(&nodes, &self.checks, &blocks, &pool, &model.tables);
        let (steps, pieces, short_texts) = stepper.all(&self.reps);
        blocks.iter_mut().zip(steps).for_each(|(block, steps)| block.steps = steps);
        let mut tables = model.tables.clone();
        for table in &mut tables {
            table.rebase(pool.end());
            pool.append(&table.pool);
            table.pool = String::new();
        }
        let contract = model.contract.clone();
        let mut namespaces = vec![(contract.prefix.clone(), contract.namespace.clone())];
        namespaces.extend(self.foreign);
        let root = format!("{}:{}", contract.prefix, contract.element(Contract::ROOT).name);
        Plan {
            name: model.name.clone(),
            version: model.version,
            contract,
            schema: model.schema.clone(),
            lines: model.lines,
            params: model.params.clone(),
            tables,
            pool: pool.into_text(),
            pieces,
            short_texts,
            counts_parts: nodes.iter().any(|n| matches!(n, Node::Builtin(check::Builtin::PartCount))),
            nodes,
            spans: self.values.spans,
            blocks,
            reps: self.reps,
            checks: self.checks,
            sides: usize::from(self.sides),
            message,
            documents,
            simulates: self.simulates && model.contract.anchors.document_header.is_some(),
            namespaces,
            root,
        }
    }

    fn document(&mut self, document: &'m check::Document) -> Document {
        self.values.enter(Some(document));
        let from = match &document.from {
            check::From::Record => Origin::Record,
            check::From::Each(g) => Origin::Each(self.values.generators(std::slice::from_ref(g))[0]),
            check::From::Group { collected } => Origin::Group { collected: *collected },
        };
        let when = self.values.maybe(document.when.as_ref());
        let key = self.values.many(&document.key);
        // the model's total is of the document: the sum of what a line is worth
        self.total = document.total.as_ref().and_then(|total| match &total.kind {
            check::ExprKind::Aggregate { arg, .. } => arg.as_deref(),
            _ => None,
        });
        let mut guards = vec![];
        self.makes_id = false;
        let (block, split) = self.document_block(document, &mut guards);
        Document {
            from,
            when,
            key,
            vars: document.vars.iter().map(|v| v.object).collect(),
            memos: self.values.columns(),
            moneys: self.values.money_columns(),
            same: document.same.clone(),
            guards,
            makes_id: self.makes_id,
            has_lines: document.body.iter().any(|s| self.has_lines(s)),
            block,
            split,
            span: document.span,
        }
    }

    /// The document element: its header, its body, closed with a line feed.
    fn document_block(
        &mut self,
        document: &'m check::Document,
        guards: &mut Vec<Guard>,
    ) -> (BlockId, Option<(u32, u32)>) {
        let anchors = self.contract.anchors;
        let alone = anchors.document == Contract::ROOT;
        let mut asm = Assembler::new();
        if !alone {
            asm.text(&format!("<{}>", self.tag(anchors.document)));
        }
        if let Some(header) = anchors.document_header {
            let block = self.header(header, &document.header, "", guards);
            asm.op(
                &mut self.values.pool,
                Op::Container { open: Range::default(), close: Range::default(), block, optional: false },
            );
        }
        let parts = vec![(vec![], document.body.as_slice())];
        let split = if anchors.body == anchors.document {
            self.fill(&mut asm, anchors.body, parts, document.split.as_ref(), guards)
        } else {
            let mut body = Assembler::new();
            let split = self.fill(&mut body, anchors.body, parts, document.split.as_ref(), guards);
            let block = body.finish(&mut self.values.pool, &mut self.blocks);
            let tag = self.tag(anchors.body);
            asm.text(&format!("<{tag}>"));
            asm.op(
                &mut self.values.pool,
                Op::Container { open: Range::default(), close: Range::default(), block, optional: false },
            );
            asm.text(&format!("</{tag}>"));
            split
        };
        if !alone {
            asm.text(&format!("</{}>\n", self.tag(anchors.document)));
        }
        (asm.finish(&mut self.values.pool, &mut self.blocks), split)
    }

    /// A message header with its tags: what the mapping says, and what jemap fills itself.
    fn header(
        &mut self,
        header: ElementId,
        body: &'m [Stmt],
        after: &str,
        guards: &mut Vec<Guard>,
    ) -> BlockId {
        let mut shape = Shape::of(self.contract, vec![(vec![], body)], &mut self.values);
        guards.append(&mut shape.guards);
        let mut asm = Assembler::new();
        let tag = self.tag(header);
        asm.text(&format!("<{tag}>"));
        let said = |role| shape.singles.values().any(|(id, _)| self.contract.element(*id).role == Some(role));
        let id_said = said(Role::MessageId);
        self.sort_repeats(&mut asm, &mut shape, None);
        let mut simulates = false;
        for (index, &child) in self.contract.element(header).children.iter().enumerate() {
            let what = match self.contract.element(child).role {
                Some(Role::MessageId) => Some(Special::Id),
                Some(Role::MessageUuid) if !id_said => Some(Special::Uuid),
                Some(Role::Created) => Some(Special::Created),
                Some(Role::Simulation) => Some(Special::Simulation),
                _ => None,
            };
            match (shape.singles.get(&index), what) {
                (Some((id, alternatives)), _) => self.single(&mut asm, *id, alternatives, guards),
                (None, Some(what @ Special::Simulation)) => {
                    let tag = self.tag(child);
                    let open = self.values.pool.add(&format!("<{tag}>"));
                    let close = self.values.pool.add(&format!("</{tag}>"));
                    simulates = true;
                    asm.op(&mut self.values.pool, Op::Special { open, close, what });
                }
                (None, Some(what)) => {
                    self.makes_id |= what != Special::Created;
                    let tag = self.tag(child);
                    asm.text(&format!("<{tag}>"));
                    asm.op(
                        &mut self.values.pool,
                        Op::Special { open: Range::default(), close: Range::default(), what },
                    );
                    asm.text(&format!("</{tag}>"));
                }
                (None, None) => {}
            }
            self.repeats_at(&mut asm, child);
        }
        self.simulates &= simulates;
        asm.text(&format!("</{tag}>{after}"));
        asm.finish(&mut self.values.pool, &mut self.blocks)
    }

    /// The inside of an element, in the order of the contract.
    pub(super) fn fill(
        &mut self,
        asm: &mut Assembler,
        element: ElementId,
        parts: Vec<Part<'m>>,
        split: Option<&'m check::Split>,
        guards: &mut Vec<Guard>,
    ) -> Option<(u32, u32)> {
        let mut shape = Shape::of(self.contract, parts, &mut self.values);
        guards.append(&mut shape.guards);
        let split = self.sort_repeats(asm, &mut shape, split);
        for (index, &child) in self.contract.element(element).children.iter().enumerate() {
            if let Some((id, alternatives)) = shape.singles.get(&index) {
                self.single(asm, *id, alternatives, guards);
            }
            self.repeats_at(asm, child);
        }
        split
    }

    /// An element written at most once: a value, or children of all its alternatives together.
    fn single(
        &mut self,
        asm: &mut Assembler,
        id: ElementId,
        alternatives: &[Alternative<'m>],
        guards: &mut Vec<Guard>,
    ) {
        let parts: Vec<Part<'m>> = alternatives.iter().filter_map(|(c, e)| inside(c, e)).collect();
        if parts.is_empty() {
            for (conditions, element) in alternatives {
                match self.values.all(conditions) {
                    None => self.value(asm, element),
                    Some(cond) => {
                        let mut inner = Assembler::new();
                        self.value(&mut inner, element);
                        let then = inner.finish(&mut self.values.pool, &mut self.blocks);
                        asm.op(&mut self.values.pool, Op::If { cond, then, otherwise: None });
                    }
                }
            }
            return;
        }
        let tag = self.tag(id);
        let attributes = alternatives.iter().map(|(_, e)| *e).find(|e| !e.attributes.is_empty());
        let always = self.contract.element(id).occurs.required()
            || parts.iter().any(|(c, b)| c.is_empty() && surely(b));
        let mut inner = Assembler::new();
        let end = match attributes {
            Some(element) => {
                let list = self.attributes(element);
                inner.op(&mut self.values.pool, Op::Attributes(list));
                ""
            }
            None => ">",
        };
        let repeats = parts.iter().any(|(_, b)| b.iter().any(|s| self.has_repeats(s)));
        if always && attributes.is_none() && !repeats {
            asm.text(&format!("<{tag}>"));
            let kinds = std::mem::take(&mut asm.kinds);
            let (repeats, sides) = (std::mem::take(&mut asm.repeats), std::mem::take(&mut asm.sides));
            self.fill(asm, id, parts, None, guards);
            (asm.kinds, asm.repeats, asm.sides) = (kinds, repeats, sides);
            asm.text(&format!("</{tag}>"));
            return;
        }
        self.fill(&mut inner, id, parts, None, guards);
        let block = inner.finish(&mut self.values.pool, &mut self.blocks);
        let open = self.values.pool.add(&format!("<{tag}{end}"));
        let close = self.values.pool.add(&format!("</{tag}>"));
        asm.op(&mut self.values.pool, Op::Container { open, close, block, optional: !always });
    }

    pub(super) fn attributes(&mut self, element: &'m Element) -> Vec<Attribute> {
        let declared = &self.contract.element(element.element).attributes;
        let mut list: Vec<_> = element.attributes.iter().collect();
        list.sort_by_key(|(index, _)| *index);
        list.into_iter()
            .map(|(index, value)| {
                let attribute = &declared[usize::from(*index)];
                let open = self.values.pool.add(&format!(" {}=\"", attribute.name));
                let value = self.values.lower(value);
                Attribute { open, value, check: self.check(&attribute.value) }
            })
            .collect()
    }

    /// An element with a value; constants become static text.
    pub(super) fn value(&mut self, asm: &mut Assembler, element: &'m Element) {
        let Content::Value(expr) = &element.content else { return };
        let id = element.element;
        let declared = self.contract.element(id);
        let tag = self.tag(id);
        let value = self.values.lower(expr);
        let attributes = self.attributes(element);
        if let Node::Const(constant) = &self.values.nodes[value.0 as usize]
            && declared.role.is_none()
            && attributes.is_empty()
        {
            if let Some(text) = self.constant(*constant) {
                asm.text(&format!("<{tag}>{text}</{tag}>"));
            }
            return;
        }
        let currency = match (&expr.ty.kind, declared.currency_attribute()) {
            (Kind::Money(_), Some(index))
                if !element.attributes.iter().any(|(i, _)| usize::from(*i) == index) =>
            {
                Some(self.values.pool.add(&format!(" {}=\"", declared.attributes[index].name)))
            }
            _ => None,
        };
        let (value, finish) = self.last_step(value);
        let bare = attributes.is_empty() && currency.is_none();
        let open = self.values.pool.add(&if bare { format!("<{tag}>") } else { format!("<{tag}") });
        let close = self.values.pool.add(&format!("</{tag}>"));
        let facets = declared.value.as_ref().filter(|facets| !proven(&expr.ty.kind, facets));
        let check = facets.and_then(|facets| self.check(facets));
        let sure = !expr.ty.optional;
        let role = declared.role;
        let op = ValueOp { open, close, attributes, currency, value, check, element: id, role, finish, sure };
        asm.value(&mut self.values.pool, op);
    }

    /// Steps at the end of a value that can be done while it is written.
    fn last_step(&self, value: NodeId) -> (NodeId, Finish) {
        let node = |id: NodeId| &self.values.nodes[id.0 as usize];
        let count = |id: NodeId| match node(id) {
            Node::Const(Value::Decimal(d)) => u32::try_from(d.mantissa()).ok().filter(|_| d.scale() == 0),
            _ => None,
        };
        match node(value) {
            // `x or omit` is x: none is left out anyway
            Node::Default(x, none) if matches!(node(*none), Node::Const(Value::None)) => self.last_step(*x),
            Node::Call { function, args } => match (function.name, args.as_slice()) {
                ("cut", [x, n]) => count(*n).map_or((value, Finish::Plain), |n| (*x, Finish::Cut(n))),
                ("alpha", [x, n]) => count(*n).map_or((value, Finish::Plain), |n| (*x, Finish::Alpha(n))),
                ("debit_credit", [x]) => (*x, Finish::DebitCredit),
                ("to_text", [x]) => (*x, Finish::Plain),
                _ => (value, Finish::Plain),
            },
            _ => (value, Finish::Plain),
        }
    }

    /// A constant as escaped text; `None` for nothing.
    fn constant(&self, value: Value) -> Option<String> {
        let mut out = vec![];
        match value {
            Value::None => return None,
            Value::Text(t) => {
                xml::text(&mut out, self.values.pool.get(Range { start: t.at, end: t.at + t.len }))
            }
            Value::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
            Value::Decimal(d) => d.write(&mut out),
            Value::Money(m) => m.amount.write(&mut out),
            Value::Date(d) => d.write(&mut out),
            Value::Time(t) => t.write(&mut out),
        }
        Some(String::from_utf8(out).expect("values are written as UTF-8"))
    }

    pub(super) fn check(&mut self, facets: &Facets) -> Option<u16> {
        let unlimited = Facets::of(facets.primitive);
        if *facets == unlimited {
            return None;
        }
        if let Some(known) = self.facets.iter().position(|f| f == facets) {
            return Some(known as u16);
        }
        self.facets.push(facets.clone());
        let text = matches!(facets.primitive, Primitive::String | Primitive::Token | Primitive::AnyUri);
        // a whole number in a text has as many characters as digits, unless it has a sign
        let (fraction_digits, mantissa_max) = match text {
            true => (0, largest(facets.max_length)),
            false => (facets.fraction_digits.unwrap_or(u32::MAX), mantissa_max(facets)),
        };
        self.checks.push(FacetCheck {
            max_length: facets.max_length.unwrap_or(u32::MAX),
            fraction_digits,
            mantissa_max,
            checker: facets.checker(),
            length_only: facets.patterns.is_empty() && facets.values.is_empty() && facets.min_length <= 1,
            text,
        });
        Some(self.checks.len() as u16 - 1)
    }

    /// The name an element is written with; namespaces of other elements are noted for the envelope.
    pub(super) fn tag(&mut self, id: ElementId) -> String {
        let element = self.contract.element(id);
        match &element.namespace {
            Some((prefix, _)) if prefix.is_empty() => element.name.clone(),
            Some((prefix, uri)) => {
                self.foreign.insert((prefix.clone(), uri.clone()));
                format!("{prefix}:{}", element.name)
            }
            None if self.contract.qualified => format!("{}:{}", self.contract.prefix, element.name),
            None => element.name.clone(),
        }
    }
}

/// Whether these statements surely write something.
fn surely(statements: &[Stmt]) -> bool {
    statements.iter().any(|s| match s {
        Stmt::Element(e) => match &e.content {
            Content::Value(value) => !value.ty.optional,
            Content::Children(body) => surely(body),
        },
        _ => false,
    })
}

/// Whether every value of the type fits, so that nothing is left to check when it runs.
fn proven(kind: &Kind, facets: &Facets) -> bool {
    let open = facets.values.is_empty() && facets.min.is_none() && facets.max.is_none();
    match (kind, facets.primitive) {
        // patterns of dates and times only repeat the form they are always written in
        (Kind::Date, Primitive::Date) | (Kind::Time, Primitive::DateTime) => open,
        (Kind::Bool, Primitive::Boolean) => open && facets.patterns.is_empty(),
        _ => false,
    }
}

/// The greatest number of so many digits.
fn largest(digits: Option<u32>) -> u64 {
    digits.and_then(|d| 10u64.checked_pow(d)).map_or(u64::MAX, |m| m - 1)
}

/// Greatest mantissa that surely has no more digits than allowed and lies within the bounds.
fn mantissa_max(facets: &Facets) -> u64 {
    let digits = largest(facets.total_digits);
    let bound = |text: &Option<String>| match text.as_deref().map(Decimal::parse) {
        None => u64::MAX,
        Some(Some(bound)) => {
            let whole = bound.round(0, Rounding::Down).map_or(0, |d| d.mantissa().unsigned_abs());
            u64::try_from(whole).unwrap_or(u64::MAX)
        }
        Some(None) => 0,
    };
    // a bound above zero from below (or below zero from above) cannot be tested by size alone
    let straddles = |text: &Option<String>, negative: bool| {
        text.as_deref().and_then(Decimal::parse).is_none_or(|d| d.is_negative() == negative)
    };
    if !straddles(&facets.min, true) || !straddles(&facets.max, false) {
        return 0;
    }
    digits.min(bound(&facets.min)).min(bound(&facets.max))
}
