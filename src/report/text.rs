//! The account of a run for people: aligned, the most important first, nothing that is zero and needs no
//! saying.

use super::{Count, Fates, RunReport, Sides};
use std::fmt::Write;

/// Most rows of one list; the rest is counted.
const ROWS_MAX: usize = 20;

/// Most undeclared keys that are named.
const NAMES_MAX: usize = 5;

/// Longer names are cut.
const NAME_CHARACTERS_MAX: usize = 40;

/// How words are marked: bold, red, yellow, faint.
struct Style {
    colour: bool,
}

impl Style {
    fn mark(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
    fn bold(&self, text: &str) -> String {
        self.mark("1", text)
    }
    fn red(&self, text: &str) -> String {
        self.mark("31", text)
    }
    fn yellow(&self, text: &str) -> String {
        self.mark("33", text)
    }
    fn faint(&self, text: &str) -> String {
        self.mark("2", text)
    }
}

impl std::fmt::Display for RunReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(false))
    }
}

impl RunReport {
    /// For people, with or without colours; lines end with a newline.
    pub fn text(&self, colour: bool) -> String {
        let style = Style { colour };
        let mut out = String::new();
        self.head(&style, &mut out);
        self.counts_text(&style, &mut out);
        self.sums_text(&style, &mut out);
        self.drops_text(&style, &mut out);
        self.rejects_text(&style, &mut out);
        self.notes_text(&style, &mut out);
        out
    }

    fn head(&self, style: &Style, out: &mut String) {
        let version = if self.version == 0 { String::new() } else { format!(" v{}", self.version) };
        let title = style.bold(&format!("{}{version}", self.mapping));
        let millis = self.elapsed.as_millis();
        let elapsed = if millis < 1_000 {
            format!("{millis} ms")
        } else {
            format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
        };
        line(out, &format!("{title} to {}, {elapsed}", self.target));
        if self.ended_early {
            line(out, "  ended early: what was written to the last envelope is not kept");
        }
    }

    fn counts_text(&self, style: &Style, out: &mut String) {
        let c = &self.counts;
        let bytes_in: u64 = self.inputs.iter().map(|i| i.bytes).sum();
        let inputs = match self.inputs.as_slice() {
            [one] if one.name == "-" => "standard input".to_owned(),
            [one] => one.name.clone(),
            many => plural(many.len() as u64, "input"),
        };
        let from = format!("{} from {inputs}", size(bytes_in));
        let into = format!("{} in {}", size(self.bytes), plural(self.envelopes, "envelope"));
        let row = |name: &str, count: &Count, rest: &str| {
            let documents =
                format!("{:>12} {:<9}", grouped(count.documents), noun(count.documents, "document"));
            let lines = format!("{:>12} {:<5}", grouped(count.lines), noun(count.lines, "line"));
            format!("  {name:<9}{documents}{lines}   {rest}")
        };
        line(out, &row("read", &c.read, &from));
        line(out, &row("written", &c.written, &into));
        let [accepted, deferred, rejected, unknown] = self.outcomes;
        if deferred + rejected + unknown > 0 {
            let said = [
                (accepted, "accepted"),
                (deferred, "deferred"),
                (rejected, "refused"),
                (unknown, "in doubt"),
            ];
            let said = said.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", grouped(*n)));
            line(out, &style.red(&format!("  of these  {}", said.collect::<Vec<_>>().join(", "))));
        }
        if c.rejected != Count::default() {
            line(out, &style.red(row("rejected", &c.rejected, "").trim_end()));
        }
        if c.dropped != Count::default() {
            line(out, &row("dropped", &c.dropped, ""));
        }
    }

    fn sums_text(&self, style: &Style, out: &mut String) {
        let mut rows: Vec<[String; 5]> = vec![];
        for sums in &self.sums {
            let Fates { read, written, rejected, dropped } = &sums.fates;
            let mut names = [or_dash(&sums.currency), or_dash(&sums.company)];
            for (fate, sides) in
                [("read", read), ("written", written), ("rejected", rejected), ("dropped", dropped)]
            {
                if *sides == Sides::default() && fate != "written" {
                    continue;
                }
                let [currency, company] = std::mem::take(&mut names);
                rows.push([currency, company, fate.into(), amount(&sides.debit), amount(&sides.credit)]);
            }
        }
        if rows.is_empty() {
            return;
        }
        let heads = ["currency", "company", "", "debit", "credit"].map(String::from);
        let width = |i: usize| rows.iter().chain([&heads]).map(|r| r[i].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2), width(3), width(4)];
        let cells = |r: &[String; 5]| {
            let [a, b, c, d, e] = widths;
            format!("  {:<a$}  {:<b$}  {:<c$}  {:>d$}  {:>e$}", r[0], r[1], r[2], r[3], r[4])
        };
        out.push('\n');
        line(out, &style.faint(&cells(&heads)));
        for row in &rows {
            line(out, &cells(row));
        }
    }

    fn drops_text(&self, style: &Style, out: &mut String) {
        if self.drops.is_empty() {
            return;
        }
        section(out, style, "dropped");
        for drop in self.drops.iter().take(ROWS_MAX) {
            line(out, &format!("  {:>9}  {}", counted(&drop.count), drop.reason));
        }
        more(out, self.drops.len());
    }

    fn rejects_text(&self, style: &Style, out: &mut String) {
        if self.rejects.is_empty() {
            return;
        }
        section(out, style, "rejected");
        for group in self.rejects.iter().take(ROWS_MAX) {
            let code = style.red(&format!("{} {}", group.code.id(), group.code.name()));
            line(out, &format!("  {:>9}  {code}: {}", counted(&group.count), group.message));
            let first = if group.count.documents > 1 { "first at" } else { "at" };
            let mut place = format!("{first} {}", group.first);
            if let Some((file, row, column)) = &group.rule {
                let _ = write!(place, ", by {file}:{row}:{column}");
            }
            line(out, &format!("             {}", style.faint(&place)));
        }
        more(out, self.rejects.len());
    }

    fn notes_text(&self, style: &Style, out: &mut String) {
        let mut notes = vec![];
        if self.numbers_refused > 0 {
            let numbers = noun(self.numbers_refused, "amount or rate");
            let numbers = numbers.replace("amount or rates", "amounts or rates");
            notes.push(format!(
                "{} {numbers} could not be read: no sum holds what they stand for",
                grouped(self.numbers_refused)
            ));
        }
        for field in self.fields_never_seen() {
            let objects = noun(field.of, "object");
            notes.push(style.yellow(&format!(
                "`{}` was present in 0 of {} {objects}",
                field.name,
                grouped(field.of)
            )));
        }
        for miss in self.misses.iter().take(ROWS_MAX) {
            notes.push(format!("table `{}` has no {} ({})", miss.table, miss.key, times(miss.count)));
        }
        if self.misses.len() > ROWS_MAX {
            notes.push(format!("{} more keys are missing in tables", self.misses.len() - ROWS_MAX));
        }
        for cut in &self.cuts {
            notes.push(format!("{} was cut {}", cut.element, times(cut.count)));
        }
        if self.unknown_keys > 0 {
            notes.push(format!("{} not declared in the mapping, passed over", keys(self.unknown_keys)));
            if !self.unknown_names.is_empty() {
                notes.push(style.faint(&format!("  {}", self.names())));
            }
        }
        if notes.is_empty() {
            return;
        }
        section(out, style, "notes");
        for note in notes {
            line(out, &format!("  {note}"));
        }
    }
}

impl RunReport {
    /// `"memo" 12,400 times, "batch" once, …`
    fn names(&self) -> String {
        let mut told: Vec<String> = vec![];
        for key in self.unknown_names.iter().take(NAMES_MAX) {
            // a name may hold anything, also what would move a terminal's cursor
            let name: String = key.name.chars().take(NAME_CHARACTERS_MAX).collect();
            let rest = if name.len() < key.name.len() { "…" } else { "" };
            told.push(format!("\"{}{rest}\" {}", name.escape_debug(), times(key.count)));
        }
        let named: u64 = self.unknown_names.iter().take(NAMES_MAX).map(|key| key.count).sum();
        if named < self.unknown_keys {
            told.push("…".into());
        }
        told.join(", ")
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

fn section(out: &mut String, style: &Style, title: &str) {
    out.push('\n');
    line(out, &style.bold(title));
}

fn more(out: &mut String, rows: usize) {
    if rows > ROWS_MAX {
        line(out, &format!("  … and {} more kinds", rows - ROWS_MAX));
    }
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".into() } else { text.into() }
}

/// Documents when there are any, else lines.
fn counted(count: &Count) -> String {
    let (number, unit) = if count.documents > 0 { (count.documents, "doc") } else { (count.lines, "line") };
    format!("{} {}", grouped(number), noun(number, unit))
}

fn keys(number: u64) -> String {
    format!("{} {}", grouped(number), if number == 1 { "key is" } else { "keys are" })
}

fn times(number: u64) -> String {
    if number == 1 { "once".into() } else { format!("{} times", grouped(number)) }
}

fn noun(number: u64, noun: &str) -> String {
    if number == 1 { noun.to_owned() } else { format!("{noun}s") }
}

fn plural(number: u64, name: &str) -> String {
    format!("{} {}", grouped(number), noun(number, name))
}

/// `12,345`
pub(crate) fn grouped(number: u64) -> String {
    group_digits(&number.to_string())
}

/// A decimal with its integer digits in groups.
fn amount(decimal: &crate::data::Decimal) -> String {
    let text = decimal.to_string();
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", group_digits(whole)),
        None => group_digits(&text),
    }
}

fn group_digits(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |d| ("-", d));
    let mut out = String::from(sign);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12.4 MB`, in powers of ten.
pub(crate) fn size(bytes: u64) -> String {
    for (unit, factor) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)] {
        if bytes >= factor {
            return format!("{}.{} {unit}", bytes / factor, bytes % factor / (factor / 10));
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::{group_digits, size};
    use crate::data::Decimal;
    use crate::diag::Code;
    use crate::report::{
        Count, Cut, Dropped, Fates, Field, Input, Miss, RejectGroup, RunReport, Sides, Sums, UnknownName,
    };
    use crate::sink::Place;
    use std::time::Duration;

    fn sides(debit: i128, credit: i128) -> Sides {
        Sides { debit: Decimal::new(debit, 2), credit: Decimal::new(credit, 2) }
    }

    fn names(counts: &[(&str, u64)]) -> Vec<UnknownName> {
        counts.iter().map(|(name, count)| UnknownName { name: (*name).into(), count: *count }).collect()
    }

    fn report() -> RunReport {
        let count = |documents, lines| Count { documents, lines };
        RunReport {
            mapping: "billing".into(),
            version: 4,
            target: "s4.journal_entry 2024".into(),
            inputs: vec![Input { name: "a.json".into(), bytes: 12_400_000, records: 12_400 }],
            counts: Fates {
                read: count(1_096, 12_400),
                written: count(1_090, 12_380),
                rejected: count(4, 12),
                dropped: count(2, 8),
            },
            sums: vec![
                Sums {
                    currency: "EUR".into(),
                    company: "1000".into(),
                    fates: Fates {
                        read: sides(123_456_789, 123_456_788),
                        written: sides(123_456_700, 123_456_700),
                        rejected: sides(89, 88),
                        ..Fates::default()
                    },
                },
                Sums { company: "2000".into(), ..Sums::default() },
            ],
            drops: vec![Dropped { reason: "zero line".into(), count: count(0, 8) }],
            rejects: vec![RejectGroup {
                code: Code::J601,
                message: "4711 is off by 0.01".into(),
                count: count(4, 12),
                first: Place { file: "a.json".into(), line: 17, column: 3, byte: 902 },
                rule: Some(("billing.map".into(), 14, 3)),
            }],
            cuts: vec![Cut { element: "DocumentItemText".into(), count: 3 }],
            fields: vec![
                Field { name: "memo".into(), seen: 0, of: 12_400 },
                Field { name: "doc".into(), seen: 12_400, of: 12_400 },
            ],
            unknown_keys: 24_810,
            unknown_names: names(&[
                ("memo", 12_400),
                ("batch", 12_400),
                ("\u{1b}[2J", 4),
                (&"x".repeat(41), 3),
            ]),
            misses: vec![Miss { table: "gl".into(), key: "\"4000\"".into(), count: 1 }],
            envelopes: 3,
            bytes: 45_678_901,
            elapsed: Duration::from_millis(1_234),
            ..RunReport::default()
        }
    }

    #[test]
    fn the_first_undeclared_keys_are_named() {
        let named = |unknown_keys, counts: &[(&str, u64)]| {
            RunReport { unknown_keys, unknown_names: names(counts), ..RunReport::default() }.names()
        };
        let six = [("a", 6), ("b", 5), ("c", 4), ("d", 3), ("e", 2), ("f", 1)];
        let five = "\"a\" 6 times, \"b\" 5 times, \"c\" 4 times, \"d\" 3 times, \"e\" 2 times";
        assert_eq!(named(20, &six[..5]), five);
        assert_eq!(named(21, &six), format!("{five}, …"));
        assert_eq!(named(21, &six[..5]), format!("{five}, …"));
        assert_eq!(named(1, &[(&"ä".repeat(40), 1)]), format!("\"{}\" once", "ä".repeat(40)));
        assert_eq!(named(1, &[(&"ä".repeat(41), 1)]), format!("\"{}…\" once", "ä".repeat(40)));
    }

    #[test]
    fn text() {
        insta::assert_snapshot!(report().to_string());
    }

    #[test]
    fn json() {
        insta::assert_snapshot!(format!("{:#}", report().to_json()));
    }

    #[test]
    fn colours_change_no_word() {
        let mut plain = String::new();
        let mut escape = false;
        for c in report().text(true).chars() {
            match c {
                '\u{1b}' => escape = true,
                'm' if escape => escape = false,
                c if !escape => plain.push(c),
                _ => {}
            }
        }
        assert_eq!(plain, report().text(false));
    }

    #[test]
    fn numbers() {
        assert_eq!(["1", "123", "-1234", "1234567"].map(group_digits), ["1", "123", "-1,234", "1,234,567"]);
        assert_eq!(
            [0, 999, 1_000, 1_990_000, 2_050_000_000].map(size),
            ["0 B", "999 B", "1.0 kB", "1.9 MB", "2.0 GB"]
        );
    }
}
