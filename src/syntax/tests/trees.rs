//! Right texts and their trees.

use super::tree;
use insta::assert_snapshot;

/// A flat source with documents grouped from its lines.
pub(super) const FLAT: &str = r#"
map shop_takings version 3     # read every evening
target s4.journal_entry profile 2020, 2024
param clerk: text(..12) = env("CLERK")
param rate: decimal = -1.5
param mode: text = "live"
param dry: bool = false
use "house.map"

source json line at days[].tills[0]."till lines"[] strict {
  till: text(4), day: date "dd.MM.yyyy", ccy: currency
  side: "in" | "out", value: money(ccy) "1.234,56", remark: text? none "None", "-"
  when: int? at "when-at"
}
around { shop: { no: int at "shop-no" } at header }
table chart = csv("chart.csv", separator ";") { kind: text key; ledger: text(1..10) at "SAP account" }

document per till, day adjacent {
  same till, day, ccy
  let signed = side == "in" ? value : -value
  reject "does not balance" when sum(signed) != 0
    note "till {till} is off by {sum(signed) | to_text} {{sic}}"

  CompanyCode = "1000"; DocumentDate = day
  DocumentHeaderText = first(remark)
    | cut(25)          # SAP takes 25
    or omit
  route line by chart[side].kind {
    in, "x"      => Item { GLAccount(listID: "YCOA") = chart[side].ledger | alpha(10) }
    1000..1999   => { Item.Text = "r" }
    -5, none     => drop "no value"
    else         => reject "unknown kind"
    each { AmountInTransactionCurrency = signed }
  }
}
"#;

/// A nested source with loops.
pub(super) const NESTED: &str = r#"
source json record at "fin docs"[] or . {
  id: text
  report: { name: text?, ccy: currency } at document.report
  entries: [ { spent: date
               shares: [ ( cost: text, _, percent: decimal ) ] at parts } ]
           at document.entries
  tags: [text]? or one, dims: [ { code: text key, value: text } ], all: json at .
  cost: money("EUR") minor round half_up
  account: text number
}
document from record when report.ccy in ["EUR", "USD"] key id, report.ccy {
  MessageHeader { ID = id }
  for entry in entries, share in entry.shares when share.percent > 0 {
    Item { Amount = entry.spent or omit; "odd-name".Text = tags[0].x }
    Item { yy1:YY1_Region = dims["R"]?.value or reject "no region" }
  }
  if id == "a" { A = 1 } else if id == "b" { B = 2 }
  else { C = 3 }
  split above 999 { Item { Amount = -part.balance } }
  drop "empty" when count() == 0
  total sum(e.spent for e in entries, s in e.shares when s.percent >= 1)
}
document for entry in entries { A = match id { "a" => 1, "b", "c" => 2
  else => reject "x" } }
document per id collected { total = 3 }
test "a name" { given { x } expect "}" }
"#;

/// The statements the others do not have.
pub(super) const OTHERS: &str = r#"
target wsdl "t.wsdl" operation "Create"
target wsdl "t.wsdl"
target xsd "t.xsd" root "Root"
table ranges = json("r.json" at rows[]) { low: int from, high: int to, kind: text }
fn half(a: decimal, m: text(1)?) -> decimal = a * 0.5
fn nothing() = none
message { SenderBusinessSystemID = "S" }
"#;

/// Expressions that show how operators bind.
pub(super) const EXPRESSIONS: [&str; 17] = [
    "a or b and not c == d",
    "a + b * -c | f(1) - d ++ e",
    "-x.y[1] | abs",
    "a ? b : c ? d : omit",
    "(a or b) and c",
    "x | cut(25) or omit",
    "k in table and not (k in [])",
    "gl[a, b]?.c or reject \"miss\"",
    "a == b ? \"x\" : reject \"no\"",
    "when.key + map(by) ++ at",
    "join(x.t for x in list when x.ok, \", \")",
    "any(x > 1, )",
    "match match { in => at, else => omit }",
    "a < 1 or a <= 2 or a > 3 or a >= 4 or a != 5",
    "true and false or none == b",
    "\"\\u{20AC} \\\"q\\\" \\\\ \\t\\n\"",
    "not not -(-x)",
];

#[test]
fn a_flat_source_becomes_documents() {
    assert_snapshot!(tree(FLAT), @r#"
    map shop_takings version 3
    target s4.journal_entry profile 2020, 2024
    param clerk: text(..12) = env("CLERK")
    param rate: decimal = -1.5
    param mode: text = "live"
    param dry: bool = false
    use "house.map"
    source json line at .days[].tills[0].till lines[] strict {
      till: text(4)
      day: date as "dd.MM.yyyy"
      ccy: currency
      side: "in" | "out"
      value: money(ccy) like "1.234,56"
      remark: text? none "None", "-"
      when: int? at .when-at
    }
    around {
      shop: {
        no: int at .shop-no
      } at .header
    }
    table chart = csv("chart.csv" separator ";") {
      kind: text key
      ledger: text(1..10) at .SAP account
    }
    document per till, day {
      same till, day, ccy
      let signed = ((side == "in") ? value : (-value))
      reject "does not balance" when (sum(signed) != 0) note "till " ~ till ~ " is off by " ~ |to_text(sum(signed)) ~ " {sic}"
      CompanyCode = "1000"
      DocumentDate = day
      DocumentHeaderText = (|cut(first(remark), 25) or omit)
      route line by chart[side].kind {
        in, "x" => {
          Item {
            GLAccount(listID: "YCOA") = |alpha(chart[side].ledger, 10)
          }
        }
        1000..1999 => {
          Item . Text = "r"
        }
        -5, none => drop "no value"
        else => reject "unknown kind"
        each {
          AmountInTransactionCurrency = signed
        }
      }
    }
    comment # read every evening
    comment # SAP takes 25
    "#);
}

#[test]
fn a_nested_source_with_loops() {
    assert_snapshot!(tree(NESTED), @r#"
    source json record at .fin docs[] or . {
      id: text
      report: {
        name: text?
        ccy: currency
      } at .document.report
      entries: [{
        spent: date
        shares: [row {
          cost: text
          _: json?
          percent: decimal
        }] at .parts
      }] at .document.entries
      tags: [text]? or one
      dims: [{
        code: text key
        value: text
      }]
      all: json at .
      cost: money("EUR") minor round half_up
      account: text number
    }
    document from record when (report.ccy in ["EUR", "USD"]) key id, report.ccy {
      MessageHeader {
        ID = id
      }
      for entry in entries, share in entry.shares when (share.percent > 0) {
        Item {
          Amount = (entry.spent or omit)
          odd-name . Text = tags[0].x
        }
        Item {
          yy1:YY1_Region = (dims["R"]?.value or reject "no region")
        }
      }
      if (id == "a") {
        A = 1
      } else {
        if (id == "b") {
          B = 2
        } else {
          C = 3
        }
      }
      split above 999 {
        Item {
          Amount = (-part.balance)
        }
      }
      drop "empty" when (count() == 0)
      total sum(e.spent for e in entries, s in e.shares when (s.percent >= 1))
    }
    document for entry in entries {
      A = match id { "a" => 1, "b", "c" => 2, else => reject "x" }
    }
    document per id collected {
      total = 3
    }
    test "a name" with 24 bytes
    "#);
}

#[test]
fn the_other_statements() {
    assert_snapshot!(tree(OTHERS), @r#"
    target wsdl "t.wsdl" operation "Create"
    target wsdl "t.wsdl"
    target xsd "t.xsd" root "Root"
    table ranges = json("r.json" at .rows[]) {
      low: int from
      high: int to
      kind: text
    }
    fn half(a: decimal, m: text(1)?) -> decimal = (a * 0.5)
    fn nothing() = none
    message {
      SenderBusinessSystemID = "S"
    }
    "#);
}

/// The tree of an expression.
fn expr(text: &str) -> String {
    let tree = tree(&format!("fn f() = {text}"));
    tree.strip_prefix("fn f() = ").expect("the printer starts with the head").to_owned()
}

#[test]
fn operators_bind_as_the_reference_says() {
    let lines: Vec<String> = EXPRESSIONS.iter().map(|case| format!("{case}   =>   {}", expr(case))).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    a or b and not c == d   =>   (a or (b and (not (c == d))))
    a + b * -c | f(1) - d ++ e   =>   ((a + (b * (-|f(c, 1)))) - (d ++ e))
    -x.y[1] | abs   =>   (-|abs(x.y[1]))
    a ? b : c ? d : omit   =>   (a ? b : (c ? d : omit))
    (a or b) and c   =>   ((a or b) and c)
    x | cut(25) or omit   =>   (|cut(x, 25) or omit)
    k in table and not (k in [])   =>   ((k in table) and (not (k in [])))
    gl[a, b]?.c or reject "miss"   =>   (gl[a, b]?.c or reject "miss")
    a == b ? "x" : reject "no"   =>   ((a == b) ? "x" : reject "no")
    when.key + map(by) ++ at   =>   (when.key + (map(by) ++ at))
    join(x.t for x in list when x.ok, ", ")   =>   join(x.t for x in list when x.ok, ", ")
    any(x > 1, )   =>   any((x > 1))
    match match { in => at, else => omit }   =>   match match { in => at, else => omit }
    a < 1 or a <= 2 or a > 3 or a >= 4 or a != 5   =>   (((((a < 1) or (a <= 2)) or (a > 3)) or (a >= 4)) or (a != 5))
    true and false or none == b   =>   ((true and false) or (none == b))
    "\u{20AC} \"q\" \\ \t\n"   =>   "€ \"q\" \\ \t\n"
    not not -(-x)   =>   (not (not (-(-x))))
    "#);
}

#[test]
fn lines_go_on_and_end() {
    let text = "\u{feff}document per x\r\n{\r\n\tA = b\r\n\t  + c\r\n\r\n\tB = f(\r\n1,\r\n2)\r\n\tC = d ? \r\n e\r\n : f\r\n}";
    let wrapped = text.replace("? \r\n e", "?\te");
    assert_snapshot!(tree(&wrapped), @r#"
    document per x {
      A = (b + c)
      B = f(1, 2)
      C = (d ? e : f)
    }
    "#);
    assert_eq!(tree(""), "");
    assert_eq!(tree("# only a comment"), "comment # only a comment");
    assert_eq!(tree("\n;;\n\n"), "");
}
