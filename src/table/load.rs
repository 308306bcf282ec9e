//! Bytes of a file → a table: header, rows, types, unique keys, ranges; every mistake with its place.

use super::cell::{self, Raw};
use super::csv;
use super::index::{Index, hash, order, same};
use super::json;
use super::lookup::{KEYS_MAX, Part};
use super::{Column, Role, Table};
use crate::data::{DatePattern, Texts, Value, quoted};
use crate::diag::{Code, Report, SourceId, Span, near};
use crate::json::AtStep;
use std::cmp::Ordering;
use std::ops::Range;

/// A table as the mapping declares it.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// What its file is like.
    pub format: TableFormat,
    /// The file's text among the sources: mistakes in it are shown there.
    pub source: SourceId,
    /// Where the mapping declares it: what has no place in the file is shown here.
    pub span: Span,
}

/// What a table's file is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableFormat {
    /// Separated by an ASCII character; the first row names the columns.
    Csv {
        /// `,`, `;`, a tab …
        separator: u8,
    },
    /// An array of objects.
    Json {
        /// The way to the array; empty: the file is the array.
        at: Vec<AtStep>,
    },
}

/// Mistakes beyond this many are not looked for: they are mostly the same.
const REPORTS_MAX: usize = 20;

impl Table {
    /// Loads a table. A byte order mark is passed over; empty lines are, too.
    ///
    /// # Errors
    ///
    /// Reports J350 to J358, at most 20.
    pub fn load(spec: &TableSpec, bytes: &[u8]) -> Result<Table, Vec<Report>> {
        let parts = lookup_parts(spec)?;
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("table `{}` is not UTF-8 at byte {}", spec.name, error.valid_up_to());
                return Err(vec![
                    Report::error(Code::J350, spec.span, message).help("save the file as UTF-8"),
                ]);
            }
        };
        if u32::try_from(text.len()).is_err() {
            let message = format!("table `{}` has {} bytes, more than 4 GiB", spec.name, text.len());
            return Err(vec![Report::error(Code::J358, spec.span, message)]);
        }
        let table =
            Table { name: spec.name.clone(), columns: spec.columns.clone(), parts, ..Table::default() };
        let mut loading = Loading { spec, table, rows: Vec::new(), reports: Vec::new() };
        match &spec.format {
            TableFormat::Csv { separator } => loading.read_csv(text, *separator),
            TableFormat::Json { at } => loading.read_json(text, at),
        }
        if loading.reports.is_empty() {
            loading.make_index();
        }
        if loading.reports.is_empty() { Ok(loading.table) } else { Err(loading.reports) }
    }
}

/// What a lookup gives; the columns must make one.
fn lookup_parts(spec: &TableSpec) -> Result<Vec<Part>, Vec<Report>> {
    let position = |role| spec.columns.iter().position(|c| c.role == role);
    let mut parts = Vec::new();
    for (i, column) in spec.columns.iter().enumerate() {
        if let Some((message, help)) = column_wrong(spec, i, column) {
            return Err(vec![Report::error(Code::J357, column.span, message).help(help)]);
        }
        match (column.role, position(Role::To)) {
            (Role::Key, _) => parts.push(Part::Key(i)),
            (Role::From, Some(to)) => parts.push(Part::Range { from: i, to }),
            _ => {}
        }
    }
    let whole =
        |message: String, help: String| Err(vec![Report::error(Code::J357, spec.span, message).help(help)]);
    if let (Some(from), Some(to)) = (position(Role::From), position(Role::To)) {
        let (from, to) = (&spec.columns[from], &spec.columns[to]);
        if std::mem::discriminant(&from.decode) != std::mem::discriminant(&to.decode) {
            let message = format!("range from `{}` to `{}` has ends of different types", from.name, to.name);
            let report = Report::error(Code::J357, from.span, message).and(to.span, "the other end");
            return Err(vec![report.help("declare both with the same type")]);
        }
    }
    let name = &spec.name;
    match (parts.len(), &spec.format) {
        (0, _) => {
            let first = spec.columns.first().map_or("account", |c| c.name.as_str());
            let help = format!("mark what rows are found by: `{first}: … key`");
            whole(format!("table `{name}` has no `key` column, so no row can be found"), help)
        }
        (count, _) if count > KEYS_MAX => {
            let message = format!(
                "rows of table `{name}` are found by {count} values, at most {KEYS_MAX} are possible"
            );
            whole(message, "join some of these columns into one".to_owned())
        }
        (_, TableFormat::Csv { separator }) if !separator.is_ascii() || b"\"\r\n".contains(separator) => {
            let help = "write `separator \";\"`".to_owned();
            whole(format!("table `{name}` has a separator that cannot be one"), help)
        }
        _ => Ok(parts),
    }
}

/// Why a column cannot be what it is declared as, and what mends it.
fn column_wrong(spec: &TableSpec, i: usize, column: &Column) -> Option<(String, String)> {
    let position = |role| spec.columns.iter().position(|c| c.role == role);
    let name = &column.name;
    if !cell::is_possible(&column.decode) {
        let message = format!("column `{name}` has a type that no cell of a table can have");
        return Some((message, "declare it as a text, a number, a date or words".to_owned()));
    }
    if column.role == Role::Key && column.optional {
        let message = format!("key column `{name}` is optional, but no row is found by nothing");
        return Some((message, "take away its `?`".to_owned()));
    }
    if matches!(column.role, Role::From | Role::To) && position(column.role) != Some(i) {
        let message = format!("column `{name}` begins or ends a second range, but one is possible");
        return Some((message, "take away one `from` or `to`".to_owned()));
    }
    let (is, other) = match (column.role, position(Role::From), position(Role::To)) {
        (Role::From, _, None) => ("from", "to"),
        (Role::To, None, _) => ("to", "from"),
        _ => return None,
    };
    let message = format!("range of `{name}` has no `{other}` column");
    let help = format!("mark the column with its other end by `{other}`, or write `key` instead of `{is}`");
    Some((message, help))
}

/// A table on its way.
struct Loading<'a> {
    spec: &'a TableSpec,
    table: Table,
    /// Places of the rows, for reports about two of them.
    rows: Vec<Span>,
    reports: Vec<Report>,
}

impl Loading<'_> {
    fn span(&self, at: &Range<usize>) -> Span {
        Span { source: self.spec.source, start: at.start as u32, end: at.end as u32 }
    }
    /// Adds a report; whether to go on.
    fn report(&mut self, code: Code, at: &Range<usize>, message: String) -> bool {
        let message = format!("table `{}`: {message}", self.spec.name);
        self.reports.push(Report::error(code, self.span(at), message));
        self.reports.len() < REPORTS_MAX
    }

    fn read_csv(&mut self, text: &str, separator: u8) {
        let mut rows = csv::Rows::of(text, separator);
        let mut fields = Vec::new();
        let places = match rows.next(&mut fields) {
            Some(Ok(())) if self.other_separator(&fields, separator) => return,
            Some(Ok(())) => self.header(&fields),
            Some(Err((at, message))) => {
                self.report(Code::J350, &at, message);
                return;
            }
            None => {
                let message = format!("table `{}` has no header row: the file is empty", self.spec.name);
                return self.reports.push(Report::error(Code::J351, self.spec.span, message));
            }
        };
        let Some(places) = places else { return };
        let width = fields.len();
        while let Some(row) = rows.next(&mut fields) {
            let go_on = match row {
                Err((at, message)) => self.report(Code::J350, &at, message),
                Ok(()) => {
                    let all = fields[0].at.start..fields[fields.len() - 1].at.end;
                    if fields.len() == width {
                        let raw = |column: usize| {
                            let field = &fields[places[column]];
                            (Raw::Text(field.text.as_ref().into()), field.at.clone())
                        };
                        self.row(&all, raw)
                    } else {
                        let message = format!("a row of {} cells, but the header has {width}", fields.len());
                        self.report(Code::J353, &all, message)
                    }
                }
            };
            if !go_on {
                return;
            }
        }
    }

    /// Reports a header that is one cell because the file is separated by something else; whether it is.
    fn other_separator(&mut self, fields: &[csv::Field<'_>], separator: u8) -> bool {
        let [header] = fields else { return false };
        let declared = |part: &str| self.spec.columns.iter().any(|c| c.header == part.trim());
        if declared(&header.text) {
            return false;
        }
        let others = [b',', b';', b'\t', b'|'].map(char::from);
        let Some(found) = others.into_iter().find(|other| header.text.split(*other).any(declared)) else {
            return false;
        };
        let shown = if found == '\t' { "\\t".to_owned() } else { found.to_string() };
        let message = format!("table `{}`: the file seems to be separated by `{shown}`", self.spec.name);
        let help = match found {
            ',' => format!("leave out `separator \"{}\"`", char::from(separator).escape_default()),
            _ => format!("write `separator \"{shown}\"` after the name of the file"),
        };
        let report = Report::error(Code::J351, self.spec.span, message).help(help);
        self.reports.push(report.and(self.span(&header.at), "the header is one cell otherwise"));
        true
    }

    /// Where each declared column stands.
    fn header(&mut self, fields: &[csv::Field<'_>]) -> Option<Vec<usize>> {
        let all = fields[0].at.start..fields[fields.len() - 1].at.end;
        let mut places = Vec::new();
        for column in &self.spec.columns {
            let header = column.header.as_str();
            let mut found = fields.iter().enumerate().filter(|(_, f)| f.text == header);
            match (found.next(), found.next()) {
                (Some((place, _)), None) => places.push(place),
                (Some((_, first)), Some((_, second))) => {
                    let message = format!("table `{}`: two columns are named `{header}`", self.spec.name);
                    let first = self.span(&first.at);
                    let report = Report::error(Code::J352, self.span(&second.at), message);
                    self.reports.push(report.and(first, "the first one"));
                }
                _ => {
                    let message = format!("table `{}`: no column is named `{header}`", self.spec.name);
                    let nearest = near(header, fields.iter().map(|f| f.text.as_ref()));
                    let report = Report::error(Code::J351, column.span, message).did_you_mean(nearest);
                    self.reports.push(report.and(self.span(&all), "the header"));
                }
            }
        }
        self.reports.is_empty().then_some(places)
    }

    fn read_json(&mut self, text: &str, at: &[AtStep]) {
        let rows = match json::rows(text, at) {
            Ok(rows) => rows,
            Err((at, message)) => {
                self.report(Code::J350, &at, message);
                return;
            }
        };
        for row in rows {
            let members = json::members(text, &row);
            let go_on = if text[row.clone()].starts_with('{') {
                self.once(text, &members)
                    && self.row(&row, |column| json_cell(text, &members, column, &row, self.spec))
            } else {
                self.report(Code::J353, &row, "a row that is not an object".into())
            };
            if !go_on {
                return;
            }
        }
    }

    /// No declared key stands twice in a row's object.
    fn once(&mut self, text: &str, members: &[(Range<usize>, Range<usize>)]) -> bool {
        for column in &self.spec.columns {
            let is_it =
                |m: &&(Range<usize>, Range<usize>)| json::string(text, &m.0) == column.header.as_str();
            if let Some((key, _)) = members.iter().filter(is_it).nth(1)
                && !self.report(Code::J352, key, format!("`{}` stands twice in this row", column.header))
            {
                return false;
            }
        }
        true
    }

    /// Adds a row; whether to go on.
    fn row<'t>(&mut self, all: &Range<usize>, raw: impl Fn(usize) -> (Raw<'t>, Range<usize>)) -> bool {
        for (i, column) in self.spec.columns.iter().enumerate() {
            let (raw, at) = raw(i);
            let value = cell::decode(column, &raw, &mut self.table.pool).unwrap_or_else(|why| {
                let message = format!("table `{}`, column `{}`: {why}", self.spec.name, column.header);
                let report = Report::error(Code::J354, self.span(&at), message);
                self.reports.push(match cell::is_empty(column, &raw) && column.role == Role::Value {
                    true => report
                        .help(format!("fill the cell, or write `?` after the type of `{}`", column.name)),
                    false => report,
                });
                Value::None
            });
            self.table.cells.push(value);
        }
        self.rows.push(self.span(all));
        self.reports.len() < REPORTS_MAX
    }

    /// Makes rows findable; two that would be found by the same keys are a mistake.
    fn make_index(&mut self) {
        let pool = std::mem::take(&mut self.table.pool);
        let mut scratch = String::new();
        let texts = Texts { input: "", scratch: &mut scratch, pool: &pool, around: "", cuts: 0 };
        let range = self.table.parts.iter().find_map(|part| match part {
            Part::Range { from, to } => Some((*from, *to)),
            Part::Key(_) => None,
        });
        match range {
            None => self.index_rows(&texts),
            Some((from, to)) => self.index_ranges(&texts, from, to),
        }
        self.table.pool = pool;
    }

    fn keys(&self, row: u32) -> impl Iterator<Item = Value> {
        self.table.parts.iter().filter_map(move |part| match part {
            Part::Key(column) => Some(self.table.cell(row, *column)),
            Part::Range { .. } => None,
        })
    }
    fn hash(&self, texts: &Texts<'_>, row: u32) -> u64 {
        self.keys(row).fold(0, |state, key| hash(state, &key, texts))
    }
    fn same_keys(&self, texts: &Texts<'_>, a: u32, b: u32) -> bool {
        self.keys(a).zip(self.keys(b)).all(|(a, b)| same(&a, &b, texts))
    }

    fn index_rows(&mut self, texts: &Texts<'_>) {
        let mut index = Index::for_entries(self.rows.len());
        for row in 0..self.table.rows() {
            let hash = self.hash(texts, row);
            match index.find(hash, |other| self.same_keys(texts, other, row)) {
                None => index.add(hash, row),
                Some(other) => {
                    let key: Vec<String> = self.keys(row).map(|k| shown(&k, texts)).collect();
                    let what = format!("two rows have the same key {}", key.join(", "));
                    if !self.two_rows(Code::J355, row, other, &what, "the first one") {
                        return;
                    }
                }
            }
        }
        self.table.index = index;
    }

    /// Rows are put in order, so that those with the same keys stand together and by the beginning of their
    /// range.
    fn index_ranges(&mut self, texts: &Texts<'_>, from: usize, to: usize) {
        // Groups by first appearance; the index holds groups and is asked for the group of each row.
        let mut index = Index::for_entries(self.rows.len());
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for row in 0..self.table.rows() {
            let hash = self.hash(texts, row);
            match index.find(hash, |group| self.same_keys(texts, groups[group as usize][0], row)) {
                Some(group) => groups[group as usize].push(row),
                None => {
                    index.add(hash, groups.len() as u32);
                    groups.push(vec![row]);
                }
            }
            if !self.check_range(texts, row, from, to) {
                return;
            }
        }
        if !self.reports.is_empty() {
            return;
        }
        let mut cells = Vec::with_capacity(self.table.cells.len());
        let width = self.table.columns.len();
        for group in &mut groups {
            group.sort_by(|a, b| begins(&self.table.cell(*a, from), &self.table.cell(*b, from), texts));
            for pair in group.windows(2) {
                let (last, next) = (self.table.cell(pair[0], to), self.table.cell(pair[1], from));
                let apart =
                    !last.is_none() && !next.is_none() && order(&last, &next, texts) == Some(Ordering::Less);
                if !apart
                    && !self.two_rows(
                        Code::J356,
                        pair[1],
                        pair[0],
                        "the ranges of two rows overlap",
                        "the other",
                    )
                {
                    return;
                }
            }
            let first = (cells.len() / width) as u32;
            for row in &*group {
                cells.extend_from_slice(&self.table.cells[*row as usize * width..][..width]);
            }
            self.table.groups.push((first, first + group.len() as u32));
        }
        self.table.cells = cells;
        self.table.index = index;
    }

    /// A range ends where it begins or later, and ends of texts are as long as each other.
    fn check_range(&mut self, texts: &Texts<'_>, row: u32, from: usize, to: usize) -> bool {
        let (first, last) = (self.table.cell(row, from), self.table.cell(row, to));
        let wrong = match (first, last) {
            (Value::Text(a), Value::Text(b)) if a.len != b.len => "a range whose ends have different lengths",
            (first, last) if order(&first, &last, texts) == Some(Ordering::Greater) => {
                "a range that ends before it begins"
            }
            _ => return true,
        };
        let span = self.rows[row as usize];
        self.report(Code::J356, &(span.start as usize..span.end as usize), wrong.into())
    }

    fn two_rows(&mut self, code: Code, row: u32, other: u32, what: &str, remark: &str) -> bool {
        let message = format!("table `{}`: {what}", self.spec.name);
        let report = Report::error(code, self.rows[row as usize], message);
        self.reports.push(report.and(self.rows[other as usize], remark));
        self.reports.len() < REPORTS_MAX
    }
}

/// The order of beginnings; an open one is before all others.
fn begins(a: &Value, b: &Value, texts: &Texts<'_>) -> Ordering {
    order(a, b, texts).unwrap_or_else(|| b.is_none().cmp(&a.is_none()))
}

/// A key for people.
fn shown(key: &Value, texts: &Texts<'_>) -> String {
    match key {
        Value::Text(text) => quoted(texts.get(*text)),
        Value::Decimal(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => {
            let mut out = String::new();
            DatePattern::format_time_by("yyyy-MM-dd'T'HH:mm:ssX", *time, &mut out);
            out
        }
        Value::Money(_) | Value::None => "nothing".to_owned(),
    }
}

/// What a row's object says under a column's key.
fn json_cell<'t>(
    text: &'t str,
    members: &[(Range<usize>, Range<usize>)],
    column: usize,
    row: &Range<usize>,
    spec: &TableSpec,
) -> (Raw<'t>, Range<usize>) {
    let header = spec.columns[column].header.as_str();
    let Some((_, value)) = members.iter().find(|(key, _)| json::string(text, key) == header) else {
        return (Raw::Nothing, row.clone());
    };
    let written = &text[value.clone()];
    let raw = match written.as_bytes()[0] {
        b'"' => Raw::Text(json::string(text, value)),
        b'n' => Raw::Nothing,
        b't' | b'f' => Raw::Truth(written),
        b'{' | b'[' => Raw::Compound,
        _ => Raw::Number(written),
    };
    (raw, value.clone())
}
