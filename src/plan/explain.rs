//! What a plan will do, for people: pipeline, what is held in memory, operations.

use super::blocks::{Block, Finish, Op, Rep, RepId, Special, SwitchDo};
use super::node::{ListRef, MoneyColumn, Node, NodeId};
use super::{Document, Origin, Plan};
use crate::check::{Agg, Cmp, Pattern};
use crate::json::{AtStep, Decode};
use std::fmt::Write;

/// The page `jemap plan` prints.
pub fn explain(plan: &Plan) -> String {
    let mut page = String::new();
    let out = &mut page;
    // writing to a String cannot fail
    let _ = writeln!(
        out,
        "mapping {} version {} → {} {}",
        plan.name, plan.version, plan.contract.name, plan.contract.profile
    );
    let _ = writeln!(out, "\npipeline");
    for (step, text) in pipeline(plan).iter().enumerate() {
        let _ = writeln!(out, "  {}. {text}", step + 1);
    }
    let _ = writeln!(out, "\nheld in memory");
    for text in held(plan) {
        let _ = writeln!(out, "  {text}");
    }
    let _ = writeln!(out, "\nread");
    for object in &plan.schema.objects {
        let names: Vec<&str> = object.leaves.iter().map(|l| l.name.as_str()).collect();
        let _ = writeln!(out, "  {} ({} cells): {}", object.name, object.cells, names.join(", "));
    }
    for (index, document) in plan.documents.iter().enumerate() {
        let _ = writeln!(out, "\nwrite document {} ({})", index + 1, origin(plan, document));
        Writer { plan, out }.block(plan.block(document.block), 1);
    }
    page
}

fn pipeline(plan: &Plan) -> Vec<String> {
    let at: Vec<String> = plan
        .schema
        .at
        .iter()
        .map(|step| match step {
            AtStep::Key(key) => key.clone(),
            AtStep::Index(index) => format!("[{index}]"),
            AtStep::Each => "[]".into(),
        })
        .collect();
    let place =
        if at.is_empty() { "top-level values".to_owned() } else { format!("values at {}", at.join(".")) };
    let place = if plan.schema.bare { format!("{place}, or top-level values") } else { place };
    let what = if plan.lines { "lines" } else { "records" };
    let mut steps = vec![
        format!("cut the input into {what}: {place}"),
        format!("read each of the {what}, only declared fields"),
    ];
    for document in &plan.documents {
        steps.push(format!("make documents: {}", origin(plan, document)));
    }
    for table in &plan.tables {
        steps.push(format!("look up in table {}: {} rows", table.name, table.rows()));
    }
    steps.push("check: balance, limits of the contract, keys coming again".into());
    steps.push("write envelopes in input order".into());
    steps
}

fn origin(plan: &Plan, document: &Document) -> String {
    match &document.from {
        Origin::Record => "one from each record".into(),
        Origin::Each(generator) => format!("one from each element of {}", list(plan, generator.list)),
        Origin::Group { collected: false } => "lines with equal keys that stand together".into(),
        Origin::Group { collected: true } => "lines with equal keys, wherever they stand".into(),
    }
}

fn list(plan: &Plan, list: ListRef) -> String {
    match list {
        ListRef::Lines => "lines".into(),
        ListRef::Cell { object, cell, .. } => {
            plan.schema.objects[usize::from(object)].leaves[usize::from(cell)].name.clone()
        }
    }
}

fn held(plan: &Plan) -> Vec<String> {
    let collected = plan.documents.iter().any(|d| matches!(d.from, Origin::Group { collected: true }));
    let grouped = plan.documents.iter().any(|d| matches!(d.from, Origin::Group { .. }));
    let mut lines = vec![];
    if collected {
        lines.push(
            "the whole input and its XML, because documents are `collected` (at most 256 MiB of input)"
                .into(),
        );
    } else if grouped {
        lines.push("the lines of one document, plus blocks of 256 KiB for each thread".into());
    } else {
        lines.push("one record, plus blocks of 256 KiB for each thread".into());
    }
    let cells: usize = plan.schema.objects.iter().map(|o| usize::from(o.cells) * 16).sum();
    lines.push(format!("{cells} bytes of cells for a record with one element in each list"));
    if !plan.tables.is_empty() {
        lines.push(format!("tables and constants: {} bytes", plan.pool.len()));
    }
    lines.push("document keys, to see one that comes again: at most 1,048,576 of 8 bytes".into());
    let lists = plan
        .schema
        .objects
        .iter()
        .flat_map(|o| &o.leaves)
        .filter(|l| matches!(l.decode, Decode::List { .. }))
        .count();
    if lists > 0 {
        lines.push(format!("bound: the largest record decides ({lists} lists inside it)"));
    }
    lines
}

struct Writer<'a> {
    plan: &'a Plan,
    out: &'a mut String,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(depth));
    }

    fn block(&mut self, block: &Block, depth: usize) {
        for op in &block.ops {
            match op {
                Op::Static(range) => {
                    let text = String::from_utf8_lossy(self.plan.fragment(*range)).replace('\n', "⏎");
                    self.line(depth, &format!("text    {text}"));
                }
                Op::Value(value) => {
                    let name = &self.plan.contract.element(value.element).name;
                    let checked = if value.check.is_some() { ", checked" } else { "" };
                    let shown = self.node(value.value);
                    let shown = match value.finish {
                        Finish::Plain => shown,
                        Finish::Cut(length) => format!("cut({shown}, {length})"),
                        Finish::Alpha(length) => format!("alpha({shown}, {length})"),
                        Finish::DebitCredit => format!("debit_credit({shown})"),
                    };
                    self.line(depth, &format!("value   {name} = {shown}{checked}"));
                }
                Op::Container { open, block, optional, .. } => {
                    let tag = String::from_utf8_lossy(self.plan.fragment(*open)).into_owned();
                    let when = if *optional { ", left out when empty" } else { "" };
                    self.line(depth, &format!("element {tag}{when}"));
                    self.block(self.plan.block(*block), depth + 1);
                }
                Op::If { cond, then, otherwise } => {
                    let shown = self.node(*cond);
                    self.line(depth, &format!("if      {shown}"));
                    self.block(self.plan.block(*then), depth + 1);
                    if let Some(otherwise) = otherwise {
                        self.line(depth, "else");
                        self.block(self.plan.block(*otherwise), depth + 1);
                    }
                }
                Op::Repeats => {
                    let reps = block.repeats.clone();
                    self.reps(&reps, depth);
                }
                Op::Flush(side) => self.line(depth, &format!("append  buffer {side}")),
                Op::Attributes(list) => self.line(depth, &format!("{} attributes", list.len())),
                Op::Special { what, .. } => {
                    let name = match what {
                        Special::Id => "id",
                        Special::Uuid => "id as UUID",
                        Special::Created => "run.time",
                        Special::Simulation => "true in a simulation",
                    };
                    self.line(depth, &format!("value   {name}, made by jemap"));
                }
            }
        }
    }

    fn reps(&mut self, list_of: &[RepId], depth: usize) {
        for id in list_of {
            match self.plan.rep(*id) {
                Rep::For { generators, when, body, .. } => {
                    let lists: Vec<String> = generators.iter().map(|g| list(self.plan, g.list)).collect();
                    let when = when.map_or(String::new(), |w| format!(" when {}", self.node(w)));
                    self.line(depth, &format!("for     {}{when}", lists.join(", ")));
                    self.reps(body, depth + 1);
                }
                Rep::If { cond, then, otherwise } => {
                    let shown = self.node(*cond);
                    self.line(depth, &format!("if      {shown}"));
                    self.reps(then, depth + 1);
                    self.reps(otherwise, depth + 1);
                }
                Rep::Switch { by, arms, .. } => {
                    let shown = self.node(*by);
                    self.line(depth, &format!("route   by {shown}"));
                    for arm in arms {
                        let what = match &arm.action {
                            SwitchDo::Body(_) => String::new(),
                            SwitchDo::Drop(reason) => format!("drop {reason:?}"),
                            SwitchDo::Reject(reason) => format!("reject {reason:?}"),
                        };
                        self.line(depth + 1, &format!("{} => {what}", patterns(&arm.patterns)));
                        if let SwitchDo::Body(body) = &arm.action {
                            self.reps(body, depth + 2);
                        }
                    }
                }
                Rep::Guard(guard) => {
                    let what = if guard.reject { "reject" } else { "drop" };
                    let shown = self.node(guard.when);
                    self.line(depth, &format!("{what}  {:?} when {shown}", guard.reason));
                }
                Rep::Occurrence { block, side, element, .. } => {
                    let name = &self.plan.contract.element(*element).name;
                    let to =
                        if *side == 0 { "the output".to_owned() } else { format!("buffer {}", side - 1) };
                    self.line(depth, &format!("element {name} to {to}"));
                    self.block(self.plan.block(*block), depth + 1);
                }
            }
        }
    }

    /// A node in a few words.
    fn node(&self, id: NodeId) -> String {
        let leaf = |object: u16, cell: u16| {
            self.plan.schema.objects[usize::from(object)].leaves[usize::from(cell)].name.clone()
        };
        match self.plan.node(id) {
            Node::Field { object, cell, .. } => leaf(*object, *cell),
            Node::Money { amount, .. } => self.node(*amount),
            Node::Memo { value, .. } | Node::KeptMoney(MoneyColumn { value, .. }) => {
                format!("kept({})", self.node(*value))
            }
            Node::Param(index) => format!("param {}", self.plan.params[usize::from(*index)].name),
            Node::Lookup { table, .. } => format!("table {}", self.plan.tables[usize::from(*table)].name),
            Node::Call { function, args } => {
                let args: Vec<String> = args.iter().map(|a| self.node(*a)).collect();
                format!("{}({})", function.name, args.join(", "))
            }
            Node::Const(value) => match value {
                crate::data::Value::Text(text) => {
                    format!("{:?}", &self.plan.pool[text.at as usize..(text.at + text.len) as usize])
                }
                crate::data::Value::Decimal(number) => number.to_string(),
                crate::data::Value::Bool(truth) => truth.to_string(),
                _ => "none".into(),
            },
            Node::Aggregate { op, arg, .. } => {
                let name = match op {
                    Agg::Sum => "sum",
                    Agg::Count => "count",
                    Agg::First => "first",
                    Agg::Last => "last",
                    Agg::Min => "min",
                    Agg::Max => "max",
                    Agg::Any => "any",
                    Agg::All => "all",
                    Agg::Join => "join",
                };
                format!("{name}({})", arg.map_or(String::new(), |a| self.node(a)))
            }
            Node::Default(a, b) => format!("{} or {}", self.node(*a), self.node(*b)),
            Node::Compare(op, a, b) => {
                let sign = match op {
                    Cmp::Eq => "==",
                    Cmp::Ne => "!=",
                    Cmp::Lt => "<",
                    Cmp::Le => "<=",
                    Cmp::Gt => ">",
                    Cmp::Ge => ">=",
                };
                format!("{} {sign} {}", self.node(*a), self.node(*b))
            }
            Node::IsNone(a) => format!("{} == none", self.node(*a)),
            Node::Neg(a) => format!("-{}", self.node(*a)),
            Node::Not(a) => format!("not {}", self.node(*a)),
            Node::Builtin(builtin) => builtin.name().into(),
            Node::If(c, a, b) => format!("{} ? {} : {}", self.node(*c), self.node(*a), self.node(*b)),
            _ => "an expression".into(),
        }
    }
}

/// Patterns as a mapping writes them.
fn patterns(list: &[Pattern]) -> String {
    let one = |pattern: &Pattern| match pattern {
        Pattern::Text(text) => format!("{text:?}"),
        Pattern::Number(number) => number.to_string(),
        Pattern::Numbers(from, to) => format!("{from}..{to}"),
        Pattern::Texts(from, to) => format!("{from:?}..{to:?}"),
        Pattern::Bool(truth) => truth.to_string(),
        Pattern::None => "none".into(),
    };
    if list.is_empty() { "else".into() } else { list.iter().map(one).collect::<Vec<_>>().join(", ") }
}
