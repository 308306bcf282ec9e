//! Tables as they are loaded and asked, and what is said of files that are wrong.

use super::*;
use crate::data::{Buffer, Date, DatePattern, Decimal, NumberFormat, Text, Texts, Value};
use crate::diag::{Reports, Span};
use crate::json::{AtStep, Decode};
use proptest::prelude::*;

fn column(name: &str, decode: Decode, role: Role) -> Column {
    let header = name.to_owned();
    Column {
        name: name.into(),
        header,
        decode,
        optional: false,
        none: Vec::new(),
        role,
        span: Span::default(),
    }
}

fn text() -> Decode {
    Decode::Text { min: 1, max: Some(10), number: false }
}

fn optional(column: Column) -> Column {
    Column { optional: true, ..column }
}

fn accounts() -> Vec<Column> {
    vec![
        column("account", text(), Role::Key),
        column("sap", Decode::Text { min: 1, max: Some(6), number: true }, Role::Value),
        column("kind", Decode::Enum(vec!["gl".into(), "debtor".into()]), Role::Value),
        optional(column("rate", Decode::Decimal { format: NumberFormat::PLAIN }, Role::Value)),
    ]
}

/// Ranges of accounts within companies.
fn ranges() -> Vec<Column> {
    vec![
        column("company", text(), Role::Key),
        column("first", text(), Role::From),
        column("last", text(), Role::To),
        column("group", text(), Role::Value),
    ]
}

fn load_as(format: TableFormat, columns: Vec<Column>, file: &str) -> Result<Table, String> {
    let mut sources = crate::diag::Sources::default();
    sources.add("books.map", "table gl = …");
    let source = sources.add("gl.csv", file);
    let spec = TableSpec { name: "gl".into(), columns, format, source, span: Span::default() };
    Table::load(&spec, file.as_bytes()).map_err(|list| {
        let second =
            |r: &crate::diag::Report| r.labels.get(1).map(|l| (sources.line_column(l.span), l.text.clone()));
        let also: String =
            list.iter().filter_map(second).map(|(at, text)| format!("\n  {at:?} {text}")).collect();
        Reports { sources, list }.to_string() + &also
    })
}

fn csv(columns: Vec<Column>, file: &str) -> Result<Table, String> {
    load_as(TableFormat::Csv { separator: b',' }, columns, file)
}

fn json(at: &[AtStep], file: &str) -> Result<Table, String> {
    load_as(TableFormat::Json { at: at.to_vec() }, accounts(), file)
}

/// Finds a row by texts and shows a column of it.
fn look(table: &Table, keys: &[&str], column: usize) -> String {
    let input = keys.concat();
    let mut at = 0;
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| {
            at += key.len() as u32;
            let len = key.len() as u32;
            Value::Text(Text { buffer: Buffer::Input, at: at - len, len })
        })
        .collect();
    let texts = Texts { input: &input, scratch: &mut String::new(), pool: &table.pool, around: "", cuts: 0 };
    match table.find(&texts, &keys).map(|row| table.cell(row, column)) {
        None => "miss".into(),
        Some(Value::Text(text)) => texts.get(text).into(),
        Some(Value::Decimal(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
    }
}

#[test]
fn rows_are_found_by_key() {
    let file = "\u{feff}kind,account,sap,rate,more\r\ngl,4711,100,1.50,x\r\ndebtor,Ö-1,\"2,0\",,\r\n";
    let table = csv(accounts(), file).expect("a good table");
    assert_eq!(table.rows(), 2);
    assert_eq!(look(&table, &["4711"], 1), "100");
    assert_eq!(look(&table, &["4711"], 3), "1.50");
    assert_eq!(look(&table, &["Ö-1"], 1), "2,0");
    assert_eq!(look(&table, &["Ö-1"], 3), "None");
    assert_eq!(look(&table, &["471"], 1), "miss");
    assert_eq!(table.keys().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["account"]);
    let empty = csv(accounts(), "account,sap,kind,rate").expect("an empty table");
    assert_eq!((empty.rows(), look(&empty, &["4711"], 1).as_str()), (0, "miss"));
}

#[test]
fn json_rows_are_found_too() {
    let file = r#"{"v": 1e400, "books": {"rows": [
        {"account": "4711", "sap": 100.50, "kind": "gl"},
        {"kind": "debtor", "x": [{"sap": "]"}], "acc\u006funt": "a\"b", "sap": 100, "rate": 1E2}
    ]}}"#;
    let at = [AtStep::Key("books".into()), AtStep::Key("rows".into()), AtStep::Each];
    let table = json(&at, file).expect("a good table");
    assert_eq!(look(&table, &["4711"], 1), "100.50");
    assert_eq!(look(&table, &["a\"b"], 3), "100");
    assert_eq!(look(&table, &["a\"b"], 1), "100");
    assert_eq!(look(&table, &["4711"], 3), "None");
    assert_eq!(json(&[], " [ ] ").expect("an empty table").rows(), 0);
}

#[test]
fn composite_keys_compare_numbers_by_value_and_dates_by_day() {
    let columns = vec![
        column("year", Decode::Int, Role::Key),
        column("factor", Decode::Decimal { format: NumberFormat { decimal: b',', group: b'.' } }, Role::Key),
        column("day", Decode::Date(DatePattern::iso_date()), Role::Key),
        column("sap", text(), Role::Value),
    ];
    let file = "year;factor;day;sap\n2024;1.000,50;2024-02-29;a\n2024;1,5;2024-02-29;b\n";
    let table = load_as(TableFormat::Csv { separator: b';' }, columns, file).expect("a good table");
    let texts = Texts { input: "", scratch: &mut String::new(), pool: &table.pool, around: "", cuts: 0 };
    let number = |text| Value::Decimal(Decimal::parse(text).expect("a number"));
    let day = Value::Date(Date::new(2024, 2, 29).expect("there"));
    assert_eq!(table.find(&texts, &[number("2024.00"), number("1000.500"), day]), Some(0));
    assert_eq!(table.find(&texts, &[number("2024"), number("1.5"), day]), Some(1));
    assert_eq!(table.find(&texts, &[number("2024"), number("1.50001"), day]), None);
    assert_eq!(table.find(&texts, &[number("1.5"), number("2024"), day]), None);
}

#[test]
fn ranges_hold_both_ends() {
    let file =
        "company,first,last,group\nA,2000,2999,travel\nB,1000,9999,all\nA,1000,1999,rent\nA,10,19,short\n";
    let table = csv(ranges(), file).expect("a good table");
    let rows = [
        ("A", "1000", "rent"),
        ("A", "1999", "rent"),
        ("A", "2000", "travel"),
        ("A", "2999", "travel"),
        ("A", "3000", "miss"),
        ("A", "0999", "miss"),
        ("A", "15", "short"),
        ("A", "150", "miss"),
        ("A", "15000", "miss"),
        ("B", "9999", "all"),
        ("C", "1000", "miss"),
    ];
    for (company, account, expected) in rows {
        assert_eq!(look(&table, &[company, account], 3), expected, "{company} {account}");
    }
}

#[test]
fn ranges_of_days_may_be_open() {
    let day = || Decode::Date(DatePattern::iso_date());
    let columns = vec![
        optional(column("from", day(), Role::From)),
        optional(column("to", day(), Role::To)),
        column("rate", Decode::Int, Role::Value),
    ];
    let file = "from,to,rate\n2021-01-01,,19\n,2020-06-30,18\n2020-07-01,2020-12-31,16\n";
    let table = csv(columns.clone(), file).expect("a good table");
    let texts = Texts { input: "", scratch: &mut String::new(), pool: "", around: "", cuts: 0 };
    let rate = |y, m, d| {
        let row = table.find(&texts, &[Value::Date(Date::new(y, m, d).expect("there"))])?;
        Some(table.cell(row, 2))
    };
    let number = |n| Some(Value::Decimal(Decimal::new(n, 0)));
    assert_eq!(rate(1, 1, 1), number(18));
    assert_eq!(rate(2020, 12, 31), number(16));
    assert_eq!(rate(9999, 1, 1), number(19));
    let overlap = csv(columns, "from,to,rate\n2021-01-01,,19\n2022-01-01,2022-12-31,18\n");
    assert!(overlap.expect_err("they overlap").contains("the ranges of two rows overlap"));
}

#[test]
fn texts_move_with_the_pool() {
    let mut table = csv(accounts(), "account,sap,kind,rate\n4711,100,gl,\n").expect("a good table");
    table.rebase(5);
    let pool = format!("12345{}", table.pool);
    let texts = Texts { input: "4711", scratch: &mut String::new(), pool: &pool, around: "", cuts: 0 };
    let key = Value::Text(Text { buffer: Buffer::Input, at: 0, len: 4 });
    assert_eq!(table.find(&texts, &[key]), Some(0));
}

#[test]
fn mistakes_in_files_are_reported_with_their_place() {
    let header = "account,sap,kind,rate\n";
    let rows = [
        (
            "",
            "books.map:1:1: error[J351 table-column-missing]: \
             table `gl` has no header row: the file is empty",
        ),
        (
            "acount,sap,kind,rate\n",
            "books.map:1:1: error[J351 table-column-missing]: table `gl`: no column is named `account` \
             (did you mean `acount`?)\n  (1, 1) the header",
        ),
        (
            "account,sap,kind,rate,sap\n",
            "gl.csv:1:23: error[J352 table-column-twice]: table `gl`: two columns are named `sap`\n  \
             (1, 9) the first one",
        ),
        (
            "1,2,gl\n",
            "gl.csv:2:1: error[J353 table-row-ragged]: table `gl`: a row of 3 cells, but the header has 4",
        ),
        (
            "1,1234567,gl,\n",
            "gl.csv:2:3: error[J354 table-cell-wrong]: \
             table `gl`, column `sap`: 7 characters in \"1234567\", \
             expected 1 to 6",
        ),
        (
            "1,,gl,\n",
            "gl.csv:2:3: error[J354 table-cell-wrong]: \
             table `gl`, column `sap`: empty, but the column is not optional \
             (fill the cell, or write `?` after the type of `sap`)",
        ),
        (
            "1,2,GL,\n",
            "gl.csv:2:5: error[J354 table-cell-wrong]: \
             table `gl`, column `kind`: \"GL\", expected \"gl\" or \"debtor\"",
        ),
        (
            "1,2,gl,\"1,5\"\n",
            "gl.csv:2:8: error[J354 table-cell-wrong]: table `gl`, column `rate`: \"1,5\", expected a number",
        ),
        (
            "1,2,gl,\n2,2,gl,\n1,3,gl,\n",
            "gl.csv:4:1: error[J355 table-key-twice]: \
             table `gl`: two rows have the same key \"1\"\n  (2, 1) the first one",
        ),
        (
            "1,\"2\"3,gl,\n2,2,x,\n",
            "gl.csv:2:5: error[J350 table-not-readable]: \
             table `gl`: characters behind the closing quote of a cell; \
             quotes inside are doubled\n\
             gl.csv:3:5: error[J354 table-cell-wrong]: \
              table `gl`, column `kind`: \"x\", expected \"gl\" or \"debtor\"",
        ),
    ];
    for (body, expected) in rows {
        let file =
            if body.is_empty() || body.contains("rate") { body.into() } else { format!("{header}{body}") };
        assert_eq!(csv(accounts(), &file).expect_err(body), expected);
    }
    let many = format!("{header}{}", "x\n".repeat(100));
    assert_eq!(csv(accounts(), &many).expect_err("ragged").lines().count(), 20);
}

#[test]
fn mistakes_in_json_are_reported_with_their_place() {
    let rows = [
        (
            "[\n {\"account\": }]",
            "gl.csv:2:14: error[J350 table-not-readable]: table `gl`: not JSON: expected value",
        ),
        ("", "gl.csv:1:1: error[J350 table-not-readable]: table `gl`: not JSON: EOF"),
        ("{}", "gl.csv:1:1: error[J350 table-not-readable]: table `gl`: expected an array of rows here"),
        ("[1]", "gl.csv:1:2: error[J353 table-row-ragged]: table `gl`: a row that is not an object"),
        (
            "[{\"account\": 1}]",
            "gl.csv:1:14: error[J354 table-cell-wrong]: table `gl`, column `account`: \"1\", expected",
        ),
        (
            "[{\"account\": []}]",
            "gl.csv:1:14: error[J354 table-cell-wrong]: table `gl`, column `account`: an object",
        ),
        (
            "[{\"sap\": \"1\", \"sap\": \"2\"}]",
            "gl.csv:1:15: error[J352 table-column-twice]: table `gl`: `sap` stands",
        ),
        (
            "[{\"sap\": \"1\"}]",
            "gl.csv:1:2: error[J354 table-cell-wrong]: table `gl`, column `account`: empty",
        ),
    ];
    for (file, expected) in rows {
        let found = json(&[], file).expect_err(file);
        assert!(found.starts_with(expected), "{file}: {found}");
    }
    let missing = json(&[AtStep::Key("rows".into())], "{\"row\": []}").expect_err("no such key");
    assert!(
        missing.contains("gl.csv:1:1: error[J350 table-not-readable]: table `gl`: no key `rows` here"),
        "{missing}"
    );
    assert!(json(&[AtStep::Index(1)], "[[]]").is_err());
}

#[test]
fn mistakes_in_ranges_are_reported() {
    let header = "company,first,last,group\n";
    let rows = [
        (
            "A,1000,1999,x\nA,1999,2999,y\n",
            "gl.csv:3:1: error[J356 table-range-wrong]: table `gl`: the ranges of two",
        ),
        (
            "A,2000,1999,x\n",
            "gl.csv:2:1: error[J356 table-range-wrong]: table `gl`: a range that ends before it",
        ),
        (
            "A,100,1999,x\n",
            "gl.csv:2:1: error[J356 table-range-wrong]: table `gl`: a range whose ends have different",
        ),
    ];
    for (body, expected) in rows {
        let found = csv(ranges(), &format!("{header}{body}")).expect_err(body);
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn columns_that_make_no_lookup_are_refused() {
    let value = |name| column(name, text(), Role::Value);
    let money = Decode::Money { format: NumberFormat::PLAIN, minor: false, round: None };
    let rows = [
        (vec![value("a")], "has no `key` column"),
        (vec![optional(column("a", text(), Role::Key))], "is optional"),
        (vec![column("a", text(), Role::From)], "has no `to` column"),
        (vec![column("a", text(), Role::To)], "has no `from` column"),
        (vec![column("a", text(), Role::From), column("b", Decode::Int, Role::To)], "different types"),
        (
            vec![
                column("a", text(), Role::From),
                column("b", text(), Role::To),
                column("c", text(), Role::From),
            ],
            "a second range",
        ),
        (vec![column("a", text(), Role::Key), column("b", money, Role::Value)], "no cell of a table"),
    ];
    for (columns, expected) in rows {
        let found = csv(columns, "a,b\n1,1\n").expect_err(expected);
        assert!(found.contains("J357") && found.contains(expected), "{found}");
    }
    let other = load_as(TableFormat::Csv { separator: b';' }, accounts(), "account,sap\n1,2\n");
    assert!(other.expect_err("another separator").contains("separated by `,`"));
    let separator = load_as(TableFormat::Csv { separator: b'"' }, accounts(), "");
    assert!(separator.expect_err("a quote").contains("separator"));
}

#[test]
fn what_is_not_utf_8_is_refused() {
    let (source, span) = (crate::diag::SourceId(0), Span::default());
    let format = TableFormat::Csv { separator: b',' };
    let spec = TableSpec { name: "gl".into(), columns: accounts(), format, source, span };
    let reports = Table::load(&spec, b"account\n\xff").expect_err("Latin-1");
    assert_eq!(reports[0].message, "table `gl` is not UTF-8 at byte 8");
}

proptest! {
    #[test]
    fn every_key_is_found_and_no_other(
        keys in prop::collection::btree_set("[ab]{1,10}", 0..40), other in "[ab]{1,10}",
    ) {
        let file: String = keys.iter().map(|key| format!("{key},{},gl,\n", key.len())).collect();
        let table = csv(accounts(), &format!("account,sap,kind,rate\n{file}")).expect("a good table");
        for key in &keys {
            prop_assert_eq!(look(&table, &[key], 1), key.len().to_string());
        }
        prop_assert_eq!(look(&table, &[&other], 0) == "miss", !keys.contains(&other));
    }

    #[test]
    fn loading_never_panics(
        file in "(account,sap,kind,rate\n)?[a1,\"\n]{0,30}", other in "[\\[\\]{}\":,a1\\\\ ]{0,16}",
    ) {
        let _ = csv(accounts(), &file);
        let _ = csv(ranges(), &file);
        let _ = json(&[], &other);
        let _ = json(&[], &format!("[{{\"account\":{other}}}]"));
        let _ = json(&[AtStep::Key("a".into()), AtStep::Index(1)], &other);
    }
}

#[test]
fn more_keys_than_a_lookup_holds() {
    let columns = |n: usize| -> Vec<Column> {
        (0..n)
            .map(|i| column(&format!("k{i}"), text(), Role::Key))
            .chain([column("v", text(), Role::Value)])
            .collect()
    };
    assert!(csv(columns(8), "k0,k1,k2,k3,k4,k5,k6,k7,v\na,b,c,d,e,f,g,h,1\n").is_ok());
    insta::assert_snapshot!(csv(columns(9), "").expect_err("nine keys"), @"books.map:1:1: error[J357 table-columns-wrong]: rows of table `gl` are found by 9 values, at most 8 are possible (join some of these columns into one)");
}

#[test]
fn the_separator_of_another_file() {
    let semicolons = "account;sap;kind;rate\n1;2;gl;\n";
    insta::assert_snapshot!(csv(accounts(), semicolons).expect_err("one cell"), @r#"
    books.map:1:1: error[J351 table-column-missing]: table `gl`: the file seems to be separated by `;` (write `separator ";"` after the name of the file)
      (1, 1) the header is one cell otherwise
    "#);
    let commas = load_as(TableFormat::Csv { separator: b'\t' }, accounts(), "account,sap,kind,rate\n");
    insta::assert_snapshot!(commas.expect_err("one cell"), @r#"
    books.map:1:1: error[J351 table-column-missing]: table `gl`: the file seems to be separated by `,` (leave out `separator "\t"`)
      (1, 1) the header is one cell otherwise
    "#);
    insta::assert_snapshot!(csv(accounts(), "konto;sap\n").err().unwrap_or_default(), @r#"
    books.map:1:1: error[J351 table-column-missing]: table `gl`: the file seems to be separated by `;` (write `separator ";"` after the name of the file)
      (1, 1) the header is one cell otherwise
    "#);
}
