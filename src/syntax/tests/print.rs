//! Trees as compact text, for tests only: every part of the tree is shown, brackets show what binds tighter.

use crate::syntax::tree::*;

/// A whole file.
pub(super) fn file(file: &File) -> String {
    let mut lines: Vec<String> = file.items.iter().map(item).collect();
    lines.extend(file.comments.iter().map(|c| format!("comment {}", c.name)));
    lines.join("\n")
}

fn list<T>(parts: &[T], one: impl Fn(&T) -> String) -> String {
    parts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn option<T>(part: Option<&T>, before: &str, one: impl Fn(&T) -> String) -> String {
    part.map_or(String::new(), |part| format!("{before}{}", one(part)))
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("\n  {line}")).collect()
}

fn string(s: &Str) -> String {
    format!("{:?}", s.text)
}

fn word(w: &Ident) -> String {
    w.name.clone()
}

fn item(item: &Item) -> String {
    match item {
        Item::Map { name, version, .. } => {
            format!("map {}{}", name.name, option(version.as_ref(), " version ", |v| v.0.to_string()))
        }
        Item::Use(file) => format!("use {}", string(file)),
        Item::Target(t) => target(t),
        Item::Param(p) => {
            let default = option(p.default.as_ref(), " = ", |d| match d {
                ParamDefault::Text(s) => string(s),
                ParamDefault::Bare(w) => word(w),
                ParamDefault::Env(s) => format!("env({})", string(s)),
            });
            format!("param {}: {}{default}", p.name.name, ty(&p.ty))
        }
        Item::Source(s) => {
            let kind = if s.kind == SourceKind::Record { "record" } else { "line" };
            let strict = if s.strict { " strict" } else { "" };
            let at = option(s.at.as_ref(), " at ", path) + &option(s.or.as_ref(), " or ", path);
            format!("source {} {kind}{at}{strict} {}", s.format.name, fields(&s.fields))
        }
        Item::Around { fields: f, .. } => format!("around {}", fields(f)),
        Item::Table(t) => {
            let separator = option(t.separator.as_ref(), " separator ", string);
            let at = option(t.at.as_ref(), " at ", path);
            format!(
                "table {} = {}({}{separator}{at}) {}",
                t.name.name,
                t.format.name,
                string(&t.file),
                fields(&t.columns)
            )
        }
        Item::Function(f) => {
            let params = list(&f.params, |(n, t)| format!("{}: {}", n.name, ty(t)));
            format!(
                "fn {}({params}){} = {}",
                f.name.name,
                option(f.returns.as_ref(), " -> ", ty),
                expr(&f.body)
            )
        }
        Item::Message { body: b, .. } => format!("message {}", body(b)),
        Item::Document(d) => document(d),
        Item::Test { name, body, .. } => {
            format!("test {} with {} bytes", string(name), body.end - body.start)
        }
    }
}

fn target(target: &Target) -> String {
    match target {
        Target::BuiltIn { name, profiles, .. } => {
            format!("target {} profile {}", name.name, list(profiles, word))
        }
        Target::Wsdl { file, operation, .. } => {
            format!("target wsdl {}{}", string(file), option(operation.as_ref(), " operation ", string))
        }
        Target::Xsd { file, root, .. } => format!("target xsd {} root {}", string(file), string(root)),
    }
}

fn document(d: &Document) -> String {
    let from = match &d.from {
        DocumentFrom::Record(_) => "from record".to_owned(),
        DocumentFrom::Each { var, list } => format!("for {} in {}", var.name, expr(list)),
        DocumentFrom::Group { by, collected, .. } => {
            format!("per {}{}", list(by, expr), if *collected { " collected" } else { "" })
        }
    };
    let when = option(d.when.as_ref(), " when ", expr);
    let key = if d.key.is_empty() { String::new() } else { format!(" key {}", list(&d.key, expr)) };
    format!("document {from}{when}{key} {}", body(&d.body))
}

fn path(path: &Path) -> String {
    let step = |step: &Step| match step {
        Step::Key(key) => format!(".{}", key.name),
        Step::Index(index, _) => format!("[{index}]"),
        Step::Each(_) => "[]".to_owned(),
    };
    if path.steps.is_empty() { ".".to_owned() } else { path.steps.iter().map(step).collect() }
}

fn fields(fields: &[Field]) -> String {
    format!("{{{}\n}}", indented(&fields.iter().map(field).collect::<Vec<_>>().join("\n")))
}

fn field(f: &Field) -> String {
    let mods: String = f.mods.iter().map(|m| format!(" {}", modifier(m))).collect();
    format!("{}: {}{mods}{}", f.name.name, ty(&f.ty), option(f.at.as_ref(), " at ", path))
}

fn modifier(modifier: &Mod) -> String {
    match modifier {
        Mod::None(words) => format!("none {}", list(words, string)),
        Mod::Sample(sample) => format!("like {}", string(sample)),
        Mod::Minor(_) => "minor".to_owned(),
        Mod::Round(mode) => format!("round {}", mode.name),
        Mod::OrOne(_) => "or one".to_owned(),
        Mod::Key(_) => "key".to_owned(),
        Mod::From(_) => "from".to_owned(),
        Mod::To(_) => "to".to_owned(),
        Mod::Number(_) => "number".to_owned(),
    }
}

fn ty(t: &Type) -> String {
    let bound = |n: &Option<u64>| n.map_or(String::new(), |n| n.to_string());
    let arg = |arg: &TypeArg| match arg {
        TypeArg::Number(n, _) => n.to_string(),
        TypeArg::Range(a, b, _) => format!("{}..{}", bound(a), bound(b)),
        TypeArg::Path(names) => names.iter().map(word).collect::<Vec<_>>().join("."),
        TypeArg::Text(s) => string(s),
    };
    let kind = match &t.kind {
        TypeKind::Word { name, args, format } => {
            let args = if args.is_empty() { String::new() } else { format!("({})", list(args, arg)) };
            format!("{}{args}{}", name.name, option(format.as_ref(), " as ", string))
        }
        TypeKind::Enum(words) => words.iter().map(string).collect::<Vec<_>>().join(" | "),
        TypeKind::Object(f) => fields(f),
        TypeKind::List(inner) => format!("[{}]", ty(inner)),
        TypeKind::Row(f) => format!("row {}", fields(f)),
    };
    if t.optional { format!("{kind}?") } else { kind }
}

fn body(body: &[Stmt]) -> String {
    format!("{{{}\n}}", indented(&body.iter().map(stmt).collect::<Vec<_>>().join("\n")))
}

fn element(path: &[Ident], attrs: &[(Ident, Expr)]) -> String {
    let path = path.iter().map(word).collect::<Vec<_>>().join(" . ");
    let attrs = list(attrs, |(n, e)| format!("{}: {}", n.name, expr(e)));
    if attrs.is_empty() { path } else { format!("{path}({attrs})") }
}

fn generators(vars: &[(Ident, Expr)]) -> String {
    list(vars, |(n, e)| format!("{} in {}", n.name, expr(e)))
}

fn stmt(s: &Stmt) -> String {
    match s {
        Stmt::Same { fields, .. } => format!("same {}", list(fields, word)),
        Stmt::Let { name, value, .. } => format!("let {} = {}", name.name, expr(value)),
        Stmt::Reject { reason, when, note, .. } => {
            let part = |part: &NotePart| match part {
                NotePart::Text(text) => format!("{text:?}"),
                NotePart::Expr(e) => expr(e),
            };
            let note =
                option(note.as_ref(), " note ", |n| n.parts.iter().map(part).collect::<Vec<_>>().join(" ~ "));
            format!("reject {} when {}{note}", string(reason), expr(when))
        }
        Stmt::Drop { reason, when, .. } => format!("drop {} when {}", string(reason), expr(when)),
        Stmt::Total { value, .. } => format!("total {}", expr(value)),
        Stmt::For { vars, when, body: b, .. } => {
            format!("for {}{} {}", generators(vars), option(when.as_ref(), " when ", expr), body(b))
        }
        Stmt::Route { var, by, arms, each, .. } => {
            let var = option(var.as_ref(), " ", word);
            let mut lines: Vec<String> = arms.iter().map(arm).collect();
            lines.extend(each.iter().map(|each| format!("each {}", body(each))));
            format!("route{var} by {} {{{}\n}}", expr(by), indented(&lines.join("\n")))
        }
        Stmt::If { cond, then, otherwise, .. } => {
            format!("if {} {} else {}", expr(cond), body(then), body(otherwise))
        }
        Stmt::Assign { path, attrs, value, .. } => format!("{} = {}", element(path, attrs), expr(value)),
        Stmt::Element { path, attrs, body: b, .. } => format!("{} {}", element(path, attrs), body(b)),
        Stmt::Split { above, body: b, .. } => format!("split above {} {}", above.0, body(b)),
    }
}

fn arm(arm: &Arm) -> String {
    let action = match &arm.action {
        ArmAction::Body(b) => body(b),
        ArmAction::Drop(why) => format!("drop {}", string(why)),
        ArmAction::Reject(why) => format!("reject {}", string(why)),
    };
    format!("{} => {action}", patterns(&arm.patterns))
}

fn patterns(patterns: &[Pattern]) -> String {
    let one = |pattern: &Pattern| match pattern {
        Pattern::Word(w) | Pattern::Number(w) => word(w),
        Pattern::Text(s) => string(s),
        Pattern::Range(a, b) => format!("{}..{}", a.name, b.name),
    };
    if patterns.is_empty() { "else".to_owned() } else { list(patterns, one) }
}

/// An expression; every operation stands in brackets.
pub(super) fn expr(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Text(s) => string(s),
        ExprKind::Number(n) => n.clone(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::None => "none".to_owned(),
        ExprKind::Name(n) => n.clone(),
        ExprKind::Field(base, name) => format!("{}.{}", expr(base), name.name),
        ExprKind::Index { base, args, optional } => {
            format!("{}[{}]{}", expr(base), list(args, expr), if *optional { "?" } else { "" })
        }
        ExprKind::Call { name, args, piped } => {
            format!("{}{}({})", if *piped { "|" } else { "" }, name.name, list(args, expr))
        }
        ExprKind::Aggregate { name, arg, rest, vars, when } => {
            let rest: String = rest.iter().map(|e| format!(", {}", expr(e))).collect();
            let when = option(when.as_ref(), " when ", |e| expr(e));
            format!("{}({} for {}{when}{rest})", name.name, expr(arg), generators(vars))
        }
        ExprKind::Not(e) => format!("(not {})", expr(e)),
        ExprKind::Neg(e) => format!("(-{})", expr(e)),
        ExprKind::Binary(op, a, b, _) => format!("({} {} {})", expr(a), operator(*op), expr(b)),
        ExprKind::If(c, a, b) => format!("({} ? {} : {})", expr(c), expr(a), expr(b)),
        ExprKind::Match(e, arms) => {
            format!(
                "match {} {{ {} }}",
                expr(e),
                list(arms, |(p, e)| format!("{} => {}", patterns(p), expr(e)))
            )
        }
        ExprKind::List(items) => format!("[{}]", list(items, expr)),
        ExprKind::Omit => "omit".to_owned(),
        ExprKind::Reject(why) => format!("reject {}", string(why)),
    }
}

fn operator(op: BinOp) -> &'static str {
    match op {
        BinOp::Or => "or",
        BinOp::And => "and",
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::In => "in",
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Join => "++",
    }
}
