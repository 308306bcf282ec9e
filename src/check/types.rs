//! Types as written → kinds and ways to decode. It knows neither names nor the target.

use crate::data::{DatePattern, Kind, NumberFormat, Rounding};
use crate::diag::{Code, Report, Span, near};
use crate::json::Decode;
use crate::syntax::tree::{Ident, Mod, Type, TypeArg, TypeKind};

/// The words that name types.
const WORDS: [&str; 9] = ["text", "int", "decimal", "money", "date", "time", "bool", "currency", "json"];

/// The pattern of dates that is usual.
const ISO_DATE: &str = "yyyy-MM-dd";

/// Patterns of instants that count from 1970.
const EPOCHS: [&str; 4] = ["epoch_s", "epoch_ms", "epoch_ns", "/Date(ms)/"];

/// The currency a money type names.
#[derive(Debug, Clone)]
pub(super) enum CurrencyArg<'t> {
    /// `money("EUR")`
    Literal(String),
    /// `money(report.currency)`
    Path(&'t [Ident]),
}

/// A single value's type. The kind of money is completed by who knows the names.
#[derive(Debug, Clone)]
pub(super) struct Scalar<'t> {
    pub(super) kind: Kind,
    pub(super) decode: Decode,
    pub(super) currency: Option<CurrencyArg<'t>>,
}

/// What the modifiers say about one value.
#[derive(Default)]
struct Mods<'t> {
    sample: Option<(&'t str, Span)>,
    minor: Option<Span>,
    round: Option<&'t Ident>,
    number: Option<Span>,
}

/// A single value's type with its modifiers; `None` when something was reported.
pub(super) fn scalar<'t>(ty: &'t Type, mods: &'t [Mod], reports: &mut Vec<Report>) -> Option<Scalar<'t>> {
    let mut given = Mods::default();
    for m in mods {
        match m {
            Mod::Sample(s) => given.sample = Some((&s.text, s.span)),
            Mod::Minor(span) => given.minor = Some(*span),
            Mod::Round(mode) => given.round = Some(mode),
            Mod::Number(span) => given.number = Some(*span),
            Mod::None(_) | Mod::OrOne(_) | Mod::Key(_) | Mod::From(_) | Mod::To(_) => {}
        }
    }
    let scalar = match &ty.kind {
        TypeKind::Enum(words) => {
            let words: Vec<String> = words.iter().map(|w| w.text.clone()).collect();
            Scalar { kind: Kind::Enum(words.clone()), decode: Decode::Enum(words), currency: None }
        }
        TypeKind::Word { name, args, format } => {
            let format = format.as_ref().map(|f| (f.text.as_str(), f.span)).or(given.sample);
            word(name, args, format, &given, ty.span, reports)?
        }
        TypeKind::Object(_) | TypeKind::List(_) | TypeKind::Row(_) => {
            reports.push(Report::error(
                Code::J203,
                ty.span,
                "a single value was expected here, not an object or list",
            ));
            return None;
        }
    };
    modifiers_fit(&scalar, &given, reports);
    Some(scalar)
}

fn word<'t>(
    name: &Ident,
    args: &'t [TypeArg],
    format: Option<(&str, Span)>,
    given: &Mods<'_>,
    span: Span,
    reports: &mut Vec<Report>,
) -> Option<Scalar<'t>> {
    let plain = |kind, decode| Some(Scalar { kind, decode, currency: None });
    let takes_nothing =
        WORDS.contains(&name.name.as_str()) && !matches!(name.name.as_str(), "text" | "money");
    if takes_nothing && !args.is_empty() {
        reports.push(Report::error(
            Code::J207,
            span,
            format!("`{}` takes nothing in parentheses", name.name),
        ));
    }
    match name.name.as_str() {
        "text" => {
            let (min, max) = length(args, span, reports)?;
            plain(Kind::Text { min, max }, Decode::Text { min, max, number: given.number.is_some() })
        }
        "int" => plain(Kind::Decimal { int: true }, Decode::Int),
        "decimal" => {
            plain(Kind::Decimal { int: false }, Decode::Decimal { format: number_format(format, reports)? })
        }
        "money" => money(args, number_format(format, reports)?, given, span, reports),
        "date" => plain(
            Kind::Date,
            Decode::Date(pattern(format, DatePattern::iso_date(), DatePattern::parse, reports)?),
        ),
        "time" => {
            let pattern = pattern(format, DatePattern::iso_time(), DatePattern::parse_time, reports)?;
            plain(Kind::Time, Decode::Time(pattern))
        }
        "bool" => plain(Kind::Bool, Decode::Bool),
        "currency" => plain(Kind::Currency, Decode::Currency),
        "json" => plain(Kind::Text { min: 0, max: None }, Decode::Raw),
        other => {
            let report = Report::error(Code::J207, name.span, format!("there is no type `{other}`"));
            reports.push(report.did_you_mean(near(other, WORDS)));
            None
        }
    }
}

fn length(args: &[TypeArg], span: Span, reports: &mut Vec<Report>) -> Option<(u32, Option<u32>)> {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    match args {
        [] => Some((1, None)),
        [TypeArg::Number(n, _)] => Some((small(*n), Some(small(*n)))),
        [TypeArg::Range(min, max, range)] => {
            let (min, max) = (small(min.unwrap_or(0)), max.map(small));
            if max.is_some_and(|m| m < min || m == 0) {
                reports.push(Report::error(Code::J207, *range, "this range of lengths holds no length"));
                return None;
            }
            Some((min, max))
        }
        _ => {
            let message = "`text` takes a length or a range of lengths";
            reports.push(
                Report::error(Code::J207, span, message)
                    .help("write `text(4)`, `text(1..16)` or `text(..12)`"),
            );
            None
        }
    }
}

fn money<'t>(
    args: &'t [TypeArg],
    format: NumberFormat,
    given: &Mods<'_>,
    span: Span,
    reports: &mut Vec<Report>,
) -> Option<Scalar<'t>> {
    let currency = match args {
        [TypeArg::Path(path)] => CurrencyArg::Path(path),
        [TypeArg::Text(text)] => {
            currency_is_known(&text.text, text.span, reports)?;
            CurrencyArg::Literal(text.text.clone())
        }
        _ => {
            let report = Report::error(Code::J207, span, "money does not say its currency");
            reports.push(
                report.help("name the field that holds it, or write it: `money(ccy)`, `money(\"EUR\")`"),
            );
            return None;
        }
    };
    let round = match given.round {
        Some(mode) => Some(rounding(mode, reports)?),
        None => None,
    };
    let decode = Decode::Money { format, minor: given.minor.is_some(), round };
    let kind = Kind::Money(crate::data::CurrencyRef::Unknown);
    Some(Scalar { kind, decode, currency: Some(currency) })
}

/// Whether a literal is a currency of ISO 4217; reported when not.
pub(super) fn currency_is_known(text: &str, span: Span, reports: &mut Vec<Report>) -> Option<()> {
    let known = crate::data::Currency::parse(text).filter(|c| c.as_str() == text).and_then(|c| c.exponent());
    if known.is_none() {
        let message = format!("\"{text}\" is no currency of ISO 4217");
        reports.push(
            Report::error(Code::J247, span, message).help("write three capital letters, as in \"EUR\""),
        );
        return None;
    }
    Some(())
}

/// A rounding mode by its name; reported when there is none.
fn rounding(mode: &Ident, reports: &mut Vec<Report>) -> Option<Rounding> {
    let found = Rounding::parse(&mode.name);
    if found.is_none() {
        let names = Rounding::NAMES.map(|n| n.0);
        let report = Report::error(Code::J209, mode.span, format!("there is no rounding `{}`", mode.name));
        let report = report.help(format!("write one of {}", names.join(", ")));
        reports.push(report.did_you_mean(near(&mode.name, names)));
    }
    found
}

fn number_format(sample: Option<(&str, Span)>, reports: &mut Vec<Report>) -> Option<NumberFormat> {
    let Some((text, span)) = sample else { return Some(NumberFormat::PLAIN) };
    let format = NumberFormat::sample(text);
    if format.is_none() {
        let report = Report::error(Code::J209, span, format!("\"{text}\" is no sample of a number"));
        let ways = "\"1,234.56\", \"1234,56\", \"1.234,56\", \"1 234,56\" or \"1'234.56\"";
        reports.push(report.help(format!("write 1234.56 the way the data does: {ways}")));
    }
    format
}

fn pattern(
    format: Option<(&str, Span)>,
    usual: DatePattern,
    parse: fn(&str) -> Result<DatePattern, String>,
    reports: &mut Vec<Report>,
) -> Option<DatePattern> {
    let Some((text, span)) = format else { return Some(usual) };
    match parse(text) {
        Ok(pattern) => Some(pattern),
        Err(why) => {
            let message = format!("the pattern \"{text}\" is not understood: {why}");
            let report = Report::error(Code::J209, span, message);
            let meant = usual_letters(text);
            let help = match near(text, EPOCHS).filter(|name| parse(name).is_ok()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if parse(&meant).is_ok() => format!("write \"{meant}\""),
                None if DatePattern::parse(text).is_ok() => {
                    format!("without a zone only the day is certain: declare it as `date \"{text}\"`")
                }
                None if parse(ISO_DATE).is_ok() => format!("write it like \"{ISO_DATE}\""),
                None => format!("write it like \"{ISO_DATE}'T'HH:mm:ssX\""),
            };
            reports.push(report.help(help));
            None
        }
    }
}

/// A pattern in the letters that are meant by those other languages use.
fn usual_letters(text: &str) -> String {
    let small = text.replace('D', "d").replace('Y', "y").replace('h', "H");
    if small.contains("MM") { small } else { small.replacen("mm", "MM", 1) }
}

fn modifiers_fit(scalar: &Scalar<'_>, given: &Mods<'_>, reports: &mut Vec<Report>) {
    let money = scalar.currency.is_some();
    let mut refuse = |span, what: &str, with: &str| {
        let message = format!("`{what}` is for {with}, not for {}", scalar.kind.describe());
        reports.push(Report::error(Code::J249, span, message).help(format!("take `{what}` out")));
    };
    if let (Some(span), false) = (given.minor, money) {
        refuse(span, "minor", "money");
    }
    if let (Some(mode), false) = (given.round, money) {
        refuse(mode.span, "round", "money");
    }
    if let (Some(span), false) = (given.number, matches!(scalar.decode, Decode::Text { .. })) {
        refuse(span, "number", "text");
    }
    let sampled = matches!(scalar.decode, Decode::Decimal { .. } | Decode::Money { .. });
    let dated = matches!(scalar.decode, Decode::Date(_) | Decode::Time(_));
    if let (Some((text, span)), false) = (given.sample, sampled || dated) {
        refuse(span, &format!("\"{text}\""), "decimal, money, date and time");
    }
}
