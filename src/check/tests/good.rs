//! Mappings that are right, and what becomes of them.

use super::compile;
use super::show::show;
use crate::check::{check_library, is_library};
use crate::diag::{Reports, Sources};
use crate::syntax::parse;

pub(super) const FLAT: &str = r#"
map billing_daily version 4
target s4.journal_entry profile 2024
param user: text(..12) = env("JEMAP_USER")

source json line {
  doc: text(1..16), company: text(4), date: date, ccy: currency
  account: text, party: text?, dc: "D" | "C", amount: money(ccy), memo: text?
}
table gl = csv("gl.csv") { account: text key, sap: text(1..10), kind: "gl" | "debtor" | "creditor" }

document per doc adjacent {
  same company, date, ccy
  let signed = dc == "D" ? amount : -amount
  reject "unbalanced" when sum(signed) != 0 note "{doc} is off by {sum(signed)}"

  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType       = "RFBU"
  AccountingDocumentType        = "SA"
  DocumentReferenceID           = doc
  DocumentHeaderText            = first(memo) | cut(25) or omit
  CreatedByUser                 = user
  CompanyCode                   = company
  DocumentDate                  = date
  PostingDate                   = date

  route line by gl[account].kind {
    gl       => Item         { GLAccount = gl[account].sap | alpha(10) }
    debtor   => DebtorItem   { Debtor    = party | require | alpha(10) }
    creditor => CreditorItem { Creditor  = party | require | alpha(10) }
    each {
      ReferenceDocumentItem       = line.number
      AmountInTransactionCurrency = signed
      DebitCreditCode             = debit_credit(signed)
      DocumentItemText            = memo | cut(50) or omit
    }
  }
}
"#;

pub(super) const NESTED: &str = r#"
map concur
target s4.journal_entry profile 2020, 2024
source json record at fIDocuments[] {
  id: text
  report: { name: text, currency: currency, submitted: date "yyyy-MM-dd'T'HH:mm:ss.SSSX" } at document.report
  entries: [ { spent: date, kind: text at expenseType.code
               allocations: [ { percent: decimal, cost_center: text? at custom1.code
                                journal: [ { account: text, amount: money(report.currency), payer: "CBCP" | "COMP" | "EMPL" } ] } ] } ]
           at document.entries
}
around { company: text(4) at company.code }
table accounts = csv("accounts.csv") { account: text key, sap: text(1..10) }
table payers = csv("payers.csv") { payer: "CBCP" | "COMP" | "EMPL" key, clearing: text(1..10) }

document from record key id {
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "KR"
  CreatedByUser = "CONCUR"
  CompanyCode = company
  DocumentDate = report.submitted
  PostingDate = report.submitted
  DocumentHeaderText = report.name | cut(25)
  MessageHeader { TestDataIndicator = true }
  for entry in entries, allocation in entry.allocations, leg in allocation.journal {
    let share = leg.amount * allocation.percent
    Item {
      GLAccount = accounts[leg.account].sap
      AmountInTransactionCurrency = share
      DocumentItemText = entry.kind ++ " " ++ entry.spent
      AccountAssignment.CostCenter = allocation.cost_center or omit
      AccountAssignment { ProfitCenter = "P1" }
    }
    Item { GLAccount = payers[leg.payer].clearing; AmountInTransactionCurrency = -share }
  }
}
"#;

#[test]
fn flat_lines() {
    let (model, reports) = compile(FLAT);
    assert_eq!(reports.to_string(), "");
    insta::assert_snapshot!(show(&model.expect("the mapping is right")), @r#"
    Group { collected: false } key record#0.doc
      let 0 signed at line#1 = ((line#1.dc Eq "D") ? line#1.amount[record#0.ccy] : -line#1.amount[record#0.ccy]): money(line.ccy)
      reject "unbalanced" when (Sum(let0 for line#1 in lines) Ne 0) note record#0.doc " is off by " Sum(let0 for line#1 in lines)
      OriginalReferenceDocumentType = "BKPFF"
      BusinessTransactionType = "RFBU"
      AccountingDocumentType = "SA"
      DocumentReferenceID = record#0.doc
      DocumentHeaderText = (cut(First(line#1.memo for line#1 in lines), 25) or omit)
      CreatedByUser = $user
      CompanyCode = record#0.company
      DocumentDate = record#0.date
      PostingDate = record#0.date
      for line#1 in lines
        route gl[line#1.account].2
          [Text("gl")]
            Item
              GLAccount = alpha(gl[line#1.account].1, 10)
              ReferenceDocumentItem = LineNumber
              AmountInTransactionCurrency = let0
              DebitCreditCode = debit_credit(let0)
              DocumentItemText = (cut(line#1.memo, 50) or omit)
          [Text("debtor")]
            DebtorItem
              Debtor = alpha(require(line#1.party), 10)
              ReferenceDocumentItem = LineNumber
              AmountInTransactionCurrency = let0
              DebitCreditCode = debit_credit(let0)
              DocumentItemText = (cut(line#1.memo, 50) or omit)
          [Text("creditor")]
            CreditorItem
              Creditor = alpha(require(line#1.party), 10)
              ReferenceDocumentItem = LineNumber
              AmountInTransactionCurrency = let0
              DebitCreditCode = debit_credit(let0)
              DocumentItemText = (cut(line#1.memo, 50) or omit)
    "#);
}

#[test]
fn nested_records() {
    let (model, reports) = compile(NESTED);
    assert_eq!(reports.to_string(), "");
    let model = model.expect("the mapping is right");
    insta::assert_snapshot!(show(&model), @r#"
    Record key record#0.id
      let 0 share at leg#3 = (leg#3.amount[record#0.report.currency] * allocation#2.percent): money(record.report.currency)
      TestDataIndicator = Bool(true)
      OriginalReferenceDocumentType = "BKPFF"
      BusinessTransactionType = "RFBU"
      AccountingDocumentType = "KR"
      CreatedByUser = "CONCUR"
      CompanyCode = around.company
      DocumentDate = record#0.report.submitted
      PostingDate = record#0.report.submitted
      DocumentHeaderText = cut(record#0.report.name, 25)
      for entry#1 in record#0.entries, allocation#2 in entry#1.allocations, leg#3 in allocation#2.journal
        Item
          GLAccount = accounts[leg#3.account].1
          AmountInTransactionCurrency = let0
          DocumentItemText = join[entry#1.kind, " ", entry#1.spent]
          AccountAssignment
            CostCenter = (allocation#2.cost_center or omit)
          AccountAssignment
            ProfitCenter = "P1"
        Item
          GLAccount = payers[leg#3.payer].1
          AmountInTransactionCurrency = -let0
    "#);
}

/// A mapping of records with these declarations and statements.
fn record(top: &str, body: &str) -> String {
    format!(
        r#"
map m
target s4.journal_entry profile 2024
{top}
document from record key id {{
  OriginalReferenceDocumentType = "BKPFF"; BusinessTransactionType = "RFBU"; AccountingDocumentType = "SA"
  CreatedByUser = "ME"; CompanyCode = "1000"; DocumentDate = day; PostingDate = day
  {body}
}}
"#
    )
}

/// The documents of a right mapping, without the elements every document has.
#[track_caller]
fn shown(text: &str) -> String {
    let (model, reports) = compile(text);
    let errors: Vec<_> = reports.list.iter().filter(|r| r.code.id() != "J223").collect();
    assert!(errors.is_empty(), "{reports}");
    let usual = [
        "OriginalReferenceDocumentType",
        "BusinessTransactionType",
        "AccountingDocumentType",
        "CreatedByUser",
    ];
    let all = show(&model.expect("the mapping is right"));
    let lines = all.lines().filter(|l| !usual.iter().any(|u| l.trim_start().starts_with(u)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn picks_and_lists() {
    let top = r#"source json record at data[] {
  id: text, day: date, ccy: currency
  dims: [ { code: text, value: text, tags: [text] } ]?
  keyed: [ { name: text key, value: { deep: text? } } ]
  rows: [ (at: date, _, sum: money(ccy)) ]
  first_tag: text? at tags[0]
  words: [text]
  grid: [[decimal]]
}
around { run: { no: text? } at meta }"#;
    let body = r#"
  DocumentReferenceID = dims[code == "DOC"].value | cut(16) or omit
  DocumentHeaderText = keyed[id].value.deep | cut(25) or omit
  Reference1InDocumentHeader = words[1] | cut(20) or run.no | cut(20) or omit
  Reference2InDocumentHeader = first_tag | cut(20) or omit
  ExchangeRate = sum(n for g in grid, n in g)
  for r in rows, t in words when t != "x" { Item { GLAccount = t | cut(10); AmountInTransactionCurrency = r.sum; ValueDate = r.at } }"#;
    insta::assert_snapshot!(shown(&record(top, body)), @r#"
    Record key record#0.id
      CompanyCode = "1000"
      DocumentDate = record#0.day
      PostingDate = record#0.day
      DocumentReferenceID = (cut(pick(element#1 in record#0.dims Some("(element#1.code Eq \"DOC\")") None element#1.value), 16) or omit)
      DocumentHeaderText = (cut(pick(element#2 in record#0.keyed Some("(element#2.name Eq record#0.id)") None element#2.value.deep), 25) or omit)
      Reference1InDocumentHeader = ((cut(pick(element#3 in record#0.words None Some(1) element#3.value), 20) or cut(around.run.no, 20)) or omit)
      Reference2InDocumentHeader = (cut(record#0.first_tag, 20) or omit)
      ExchangeRate = Sum(n#5.value for g#4 in record#0.grid, n#5 in g#4.value)
      for r#6 in record#0.rows, t#7 in record#0.words when (t#7.value Ne "x")
        Item
          GLAccount = cut(t#7.value, 10)
          AmountInTransactionCurrency = r#6.sum[record#0.ccy]
          ValueDate = r#6.at
    "#);
}

#[test]
fn functions_and_money() {
    let top = r#"use "lib.map"
param ledger: text(2) = "0L"
source json record { id: text, day: date, ccy: currency, memo: text?, n: decimal
  lines: [ { debit: money(ccy)? none "0", credit: money(ccy)?, kind: "a" | "b", account: text } ] }
fn clean(t: text) -> text = t | trim | upper
fn short(t: text?, n: int) = t or "none" ++ n"#;
    let body = r#"
  drop "small" when double(n) < 3 or n in [7, 8]
  reject "odd" when not any(l.kind == "a" for l in lines) note "{id}: {count(l.debit == none for l in lines)}"
  DocumentHeaderText = memo | clean | cut(25) or omit
  Reference1InDocumentHeader = ledger
  DocumentReferenceID = short(memo, 3) | cut(16)
  ExchangeRate = units["h"].factor
  total sum(l.debit for l in lines)
  MessageHeader { if n > 5 { TestDataIndicator = true } }
  for l in lines {
    let signed = (l.debit or 0) - (l.credit or 0)
    route by l.account {
      "1000", 2000..2999 => Item { GLAccount = l.account | cut(10) }
      else => { if signed > 0 { Item { GLAccount = "1" } } else { Item { GLAccount = "2" } } }
      each { AmountInTransactionCurrency = signed; DocumentItemText = match l.kind { a => "A", b => memo or omit } }
    }
  }"#;
    insta::assert_snapshot!(shown(&record(top, body)), @r#"
    Record key record#0.id
      let 0 signed at l#3 = ((l#3.debit[record#0.ccy] or money(0, record#0.ccy)) - (l#3.credit[record#0.ccy] or money(0, record#0.ccy))): money
      if (record#0.n Gt 5)
        TestDataIndicator = Bool(true)
      else
      CompanyCode = "1000"
      DocumentDate = record#0.day
      PostingDate = record#0.day
      drop "small" when (((record#0.n * 2) Lt 3) or record#0.n in [Decimal(Decimal { lo: 7, hi: 0, scale: 0 }), Decimal(Decimal { lo: 8, hi: 0, scale: 0 })])
      reject "odd" when not Any((l#1.kind Eq "a") for l#1 in record#0.lines) note record#0.id ": " Count((l#2.debit[record#0.ccy] Eq None) for l#2 in record#0.lines)
      DocumentHeaderText = (cut(((record#0.memo Eq None) ? None : upper(trim(require(record#0.memo)))), 25) or omit)
      Reference1InDocumentHeader = $ledger
      DocumentReferenceID = cut((record#0.memo or join["none", 3]), 16)
      ExchangeRate = units["h"].1
      for l#3 in record#0.lines
        route l#3.account
          [Text("1000"), Texts("2000", "2999")]
            Item
              GLAccount = cut(l#3.account, 10)
              AmountInTransactionCurrency = let0
              DocumentItemText = match l#3.kind { [Text("a")] => "A", [Text("b")] => (record#0.memo or omit) }
          []
            if (let0 Gt 0)
              Item
                GLAccount = "1"
                AmountInTransactionCurrency = let0
                DocumentItemText = match l#3.kind { [Text("a")] => "A", [Text("b")] => (record#0.memo or omit) }
            else
              Item
                GLAccount = "2"
                AmountInTransactionCurrency = let0
                DocumentItemText = match l#3.kind { [Text("a")] => "A", [Text("b")] => (record#0.memo or omit) }
    "#);
}

#[test]
fn lines_dropped_and_rejected() {
    let text = r#"
map m
target s4.journal_entry profile 2024
source json line { doc: text(1..16), day: date, ccy: currency, account: text, amount: money(ccy), memo: text? }
message { SenderBusinessSystemID = "X" }
document per doc, day collected when account != "x" {
  OriginalReferenceDocumentType = "BKPFF"; BusinessTransactionType = "RFBU"; AccountingDocumentType = "SA"
  CreatedByUser = "ME"; CompanyCode = "1000"; DocumentDate = day; PostingDate = day
  let net = amount * 2
  let sums = sum(net)
  drop "statistical" when account == "9"
  reject "no memo" when memo == none note "line {line.number} of {doc}"
  reject "unbalanced" when sums != 0
  DocumentHeaderText = join(memo, ", ") | cut(25) or omit
  total amount
  for line in lines when line.amount != 0 {
    Item { GLAccount = account | cut(10); AmountInTransactionCurrency = net; ReferenceDocumentItem = line.number }
  }
  split above 999 { Item { GLAccount = "1"; AmountInTransactionCurrency = -part.balance } }
}
"#;
    insta::assert_snapshot!(shown(text), @r#"
    Group { collected: true } key record#0.doc, record#0.day
      let 0 net at line#1 = (line#1.amount[line#1.ccy] * 2): money(line.ccy)
      let 1 sums at record#0 = Sum(let0 for line#1 in lines): money(line.ccy)
      CompanyCode = "1000"
      DocumentDate = record#0.day
      PostingDate = record#0.day
      for line#1 in lines when not (line#1.account Eq "9")
        reject "no memo" when (line#1.memo Eq None) note "line " LineNumber " of " record#0.doc
      reject "unbalanced" when (let1 Ne 0) note 
      DocumentHeaderText = (cut(Join(line#1.memo for line#1 in lines when not (line#1.account Eq "9") ", "), 25) or omit)
      for line#1 in lines when (line#1.amount[line#1.ccy] Ne 0)
        drop "statistical" when (line#1.account Eq "9")
        Item
          GLAccount = cut(line#1.account, 10)
          AmountInTransactionCurrency = let0
          ReferenceDocumentItem = LineNumber
    "#);
}

#[test]
fn several_documents_of_a_record() {
    let top = r#"source json record { id: text, day: date, parts: [ { no: int, lines: [ { account: text, amount: money("EUR") } ] } ] }"#;
    let body = r#"
  Item { GLAccount = "1"; AmountInTransactionCurrency = sum(l.amount for p in parts, l in p.lines) | require }
}
document for p in parts when p.no > 1 key id, p.no {
  let first_no = p.no
  OriginalReferenceDocumentType = "BKPFF"; BusinessTransactionType = "RFBU"; AccountingDocumentType = "SA"
  CreatedByUser = "ME"; CompanyCode = "1000"; DocumentDate = day; PostingDate = day
  for l in p.lines { Item { GLAccount = l.account | cut(10); AmountInTransactionCurrency = l.amount; ReferenceDocumentItem = first_no } }"#;
    insta::assert_snapshot!(shown(&record(top, body)), @r#"
    Record key record#0.id
      CompanyCode = "1000"
      DocumentDate = record#0.day
      PostingDate = record#0.day
      Item
        GLAccount = "1"
        AmountInTransactionCurrency = require(Sum(l#2.amount["EUR"] for p#1 in record#0.parts, l#2 in p#1.lines))
    Each(Generator { var: VarId(1), list: Cell { var: VarId(0), cell: 2 } }) key record#0.id, p#1.no
      let 0 first_no at p#1 = p#1.no: int
      CompanyCode = "1000"
      DocumentDate = record#0.day
      PostingDate = record#0.day
      for l#2 in p#1.lines
        Item
          GLAccount = cut(l#2.account, 10)
          AmountInTransactionCurrency = l#2.amount["EUR"]
          ReferenceDocumentItem = let0
    "#);
}

/// What is said of a mapping of records with these declarations, statements and fields.
fn told(top: &str, fields: &str, statements: &str) -> String {
    let text = format!(
        "map m\ntarget s4.journal_entry profile 2024\nsource json record {{ id: text, day: date, {fields} }}\n{top}\n\
         document from record key id {{\nOriginalReferenceDocumentType = \"BKPFF\"; BusinessTransactionType = \"RFBU\"\n\
         AccountingDocumentType = \"SA\"; CreatedByUser = \"ME\"; CompanyCode = \"1\"; DocumentDate = day; PostingDate = day\n\
         {statements}\n}}\n"
    );
    let (_, reports) = compile(&text);
    reports.to_string()
}

#[test]
fn what_functions_are_handed_is_no_matter_of_theirs() {
    let top = "fn side(a: decimal, b: \"D\" | \"C\", c: text?) = a > 0 and b in [\"D\"] and c == \"x\" ? \"S\" : c or \"-\"\n\
               fn twice(b: \"D\" | \"C\") = b == \"D\" ? side(1, b, none) : side(1, b, \"y\")";
    let fields = "dc: \"D\" | \"C\", memo: text?";
    insta::assert_snapshot!(told(top, fields, "DocumentReferenceID = side(1, dc, memo) ++ twice(dc) | cut(16)"), @"");
    let top = "fn side(a: decimal) = a == none ? \"S\" : to_text((a or 1) | require)";
    insta::assert_snapshot!(told(top, "n: int", "DocumentReferenceID = side(n) | cut(16)"), @r"
    m.map:4:25: warning[J225 never-none]: this is never none (remove the comparison, or declare the field with `?`)
    m.map:4:49: warning[J225 never-none]: this is never none (remove `require`)
    m.map:4:55: warning[J225 never-none]: this default is never taken (remove `or …`, or declare the field with `?`)
    ");
}

#[test]
fn a_word_of_the_enum_keeps_it_one() {
    let route = "for x in list { route by x.type or \"A\" {\n\"A\" => drop \"a\"\n\"B\" => drop \"b\"\n} }";
    insta::assert_snapshot!(told("", "list: [ { type: \"A\" | \"B\"? } ]", route), @"");
    let other = route.replace("\"A\" {", "\"Z\" {");
    insta::assert_snapshot!(told("", "list: [ { type: \"A\" | \"B\"? } ]", &other), @"m.map:8:17: error[J220 not-exhaustive]: `route` does not say what happens with every other text(1) (add the arms, or `else => …`)");
}

#[test]
fn a_field_that_hides_the_number_of_the_line() {
    let body = "for line in list { Item { GLAccount = line.number; AmountInTransactionCurrency = line.v } }";
    let list = "list: [ { number: text(..10), v: money(\"EUR\") } ]";
    insta::assert_snapshot!(told("", list, body), @"m.map:8:5: warning[J212 name-hidden]: the field `number` of this `line` hides the given `line.number` (choose another name for the variable)");
    let body = body.replace("line", "x");
    insta::assert_snapshot!(told("", list, &body), @"");
}

#[test]
fn an_instant_needs_a_zone() {
    insta::assert_snapshot!(told("", "at: time \"dd.MM.yyyy HH:mm\"", "DocumentReferenceID = to_text(year(date_of(at)))"), @r#"m.map:3:52: error[J209 unknown-format]: the pattern "dd.MM.yyyy HH:mm" is not understood: `dd.MM.yyyy HH:mm` has no zone, which an instant needs: write `X` where Z or +02:00 stands (without a zone only the day is certain: declare it as `date "dd.MM.yyyy HH:mm"`)"#);
    insta::assert_snapshot!(told("", "at: time \"epoch\"", "DocumentReferenceID = to_text(year(date_of(at)))"), @r#"m.map:3:52: error[J209 unknown-format]: the pattern "epoch" is not understood: `e` has no meaning in a pattern: letters meant literally stand in quotes, like 'T' (did you mean `epoch_s`?)"#);
    insta::assert_snapshot!(told("", "at: date \"DD.mm.YYYY\"", "DocumentReferenceID = to_text(year(at))"), @r#"m.map:3:52: error[J209 unknown-format]: the pattern "DD.mm.YYYY" is not understood: `DD` has no meaning in a pattern: a day is `dd` or `d` (write "dd.MM.yyyy")"#);
}

#[test]
fn a_library_by_itself() {
    let check = |text: &str| {
        let mut sources = Sources::default();
        let id = sources.add("lib.map", text);
        let (file, _) = parse(text, id);
        let is = is_library(&file);
        let list = if is { check_library(&file, &mut sources, &super::FILES) } else { vec![] };
        format!("{is} {}", Reports { sources, list })
    };
    let table = "table gl = csv(\"gl.csv\") { account: text key, sap: text(1..10), kind: \"gl\" | \"debtor\" | \"creditor\" }\n";
    let right = "fn sap(a: text) = gl[a].sap\nfn credit(a: decimal) -> decimal = -a\n";
    insta::assert_snapshot!(check(&format!("{table}{right}")), @"true");
    insta::assert_snapshot!(check(&format!("use \"other.map\"\n{table}fn sap(a: text) = gl[a].spa\nfn f(a: text) = a + 1")), @r"
    true lib.map:1:5: error[J239 wrong-library]: a library has no `use` (libraries hold `fn` and `table` only)
    lib.map:3:25: error[J205 unknown-column]: table `gl` has no column `spa` (did you mean `sap`?)
    lib.map:4:19: error[J203 wrong-type]: `+` of text and int (make a number of the text: `to_decimal(x)`)
    ");
    insta::assert_snapshot!(check("map m\nfn f(a: text) = a"), @"false");
    insta::assert_snapshot!(check(""), @"false");
}
