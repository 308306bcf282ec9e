//! Wrong mappings: each line is put into a right mapping, and what is said is shown under it.

use super::compile;
use std::fmt::Write;

/// A right mapping of records, with a place for declarations, one for document statements and one for a line's.
const RECORD: &str = r#"
map m
target s4.journal_entry profile 2024
{top}
source json record {
  id: text(1..16), company: text(4), day: date, stamp: time, ccy: currency, note: text(..10)?, long: text(40..)
  total: money(ccy), eur: money("EUR"), usd: money("USD"), rate: decimal, n: int, n2: int?, ok: bool, ok2: bool?
  kind: "a" | "b", who: { name: text, mail: text? }, tags: [text], opt: { x: text }?
  items: [ { account: text, amount: money(ccy), code: text key, deep: [ { v: text } ] } ]
  dims: [ { code: text, value: text } ]
}
table gl = csv("gl.csv") { account: text key, sap: text(1..10), kind: "gl" | "debtor" | "creditor" }
document from record key id {
  OriginalReferenceDocumentType = "BKPFF"; BusinessTransactionType = "RFBU"; AccountingDocumentType = "SA"
  CreatedByUser = "ME"; CompanyCode = company; DocumentDate = day; PostingDate = day
  {doc}
  for x in items { Item { GLAccount = gl[x.account].sap; AmountInTransactionCurrency = x.amount
    {line}
  } }
}
"#;

/// The same for lines.
const LINES: &str = r#"
map m
target s4.journal_entry profile 2024
{top}
source json line { doc: text(1..16), company: text(4), day: date, ccy: currency, account: text, amount: money(ccy), memo: text?, tags: [text] }
document per doc {
  same company, day
  OriginalReferenceDocumentType = "BKPFF"; BusinessTransactionType = "RFBU"; AccountingDocumentType = "SA"
  CreatedByUser = "ME"; CompanyCode = company; DocumentDate = day; PostingDate = day
  {doc}
  for line in lines { Item { GLAccount = account | cut(10); AmountInTransactionCurrency = amount
    {line}
  } }
}
"#;

/// What is said of each case put in the place of the frame.
fn said(frame: &str, place: &str, cases: &[&str]) -> String {
    let mut out = String::new();
    for case in cases {
        let text = ["{top}", "{doc}", "{line}"]
            .iter()
            .fold(frame.to_owned(), |text, p| text.replace(p, if *p == place { case } else { "" }));
        let (model, reports) = compile(&text);
        writeln!(out, "{case}").expect("a string takes all");
        let errors = reports.has_errors();
        assert_eq!(model.is_none(), errors, "a model exactly where there is no error: {case}");
        // What the frame does not use is not the matter here.
        for report in reports.list.iter().filter(|r| r.code.id() != "J223") {
            let labels: Vec<String> = report
                .labels
                .iter()
                .map(|l| {
                    format!(
                        "`{}` {}",
                        reports.sources.slice(l.span).replace('\n', " ").chars().take(40).collect::<String>(),
                        l.text
                    )
                })
                .collect();
            let kind = if report.severity == crate::diag::Severity::Error { "" } else { "warning " };
            let help = report.help.as_deref().unwrap_or("-");
            writeln!(
                out,
                "  {kind}{} {}\n    at {}\n    help: {help}",
                report.code.id(),
                report.message,
                labels.join("; ")
            )
            .expect("a string takes all");
        }
    }
    out
}

#[test]
fn frames_are_right() {
    assert_eq!(said(RECORD, "{doc}", &[""]), "\n");
    assert_eq!(said(LINES, "{doc}", &[""]), "\n");
}

#[test]
fn names() {
    let cases = [
        "DocumentReferenceID = idd",
        "DocumentReferenceID = account",
        "DocumentReferenceID = who.nmae",
        "DocumentReferenceID = gll[\"1\"].sap",
        "DocumentReferenceID = gl[\"1\"].spa",
        "DocumentReferenceID = id | uper",
        "DocumentReferenceID = run.idd",
        "DocumentReferenceID = later; let later = id",
        "for y in itms { DocumentReferenceID = y.code }",
        "reject \"x\" when kind == \"c\"",
        "reject \"x\" when ccy == \"EUX\"",
        "reject \"x\" when kind in [\"a\", \"z\"]",
        "DocumentReferenceID = match kind { \"a\" => \"1\", \"bb\" => \"2\", else => \"3\" }",
        "let id = company; DocumentReferenceID = id",
        "for company in items { Item { GLAccount = \"1\"; AmountInTransactionCurrency = company.amount } }",
    ];
    insta::assert_snapshot!(said(RECORD, "{doc}", &cases), @r#"
    DocumentReferenceID = idd
      J201 nothing here is called `idd`
        at `idd` 
        help: did you mean `id`?
    DocumentReferenceID = account
      J201 nothing here is called `account`
        at `account` 
        help: it is a field of `items[]`: write `item.account` inside `for item in …`
    DocumentReferenceID = who.nmae
      J201 `who` has no field `nmae`
        at `nmae` ; `who: { name: text, mail: text? }` declared here
        help: did you mean `name`?
    DocumentReferenceID = gll["1"].sap
      J204 there is no table or list `gll`
        at `gll` 
        help: did you mean `gl`?
    DocumentReferenceID = gl["1"].spa
      J205 table `gl` has no column `spa`
        at `spa` ; `gl` declared here
        help: did you mean `sap`?
    DocumentReferenceID = id | uper
      J206 there is no function `uper`
        at `uper` 
        help: did you mean `upper`?
    DocumentReferenceID = run.idd
      J201 there is no `run.idd`
        at `idd` 
        help: did you mean `id`?
    DocumentReferenceID = later; let later = id
      J201 nothing here is called `later`
        at `later` ; `later` not visible from there
        help: a `let` is visible after it, inside its own block
    for y in itms { DocumentReferenceID = y.code }
      J201 nothing here is called `itms`
        at `itms` 
        help: did you mean `items`?
      J219 `DocumentReferenceID` stands once in `JournalEntry`, here it is in a loop
        at `DocumentReferenceID` 
        help: write it outside of the loop, or inside the repeating element
    reject "x" when kind == "c"
      J208 "c" is none of the declared words
        at `"c"` ; `kind` "a" | "b"
        help: did you mean `a`?
    reject "x" when ccy == "EUX"
      J247 "EUX" is no currency of ISO 4217
        at `"EUX"` 
        help: write three capital letters, as in "EUR"
    reject "x" when kind in ["a", "z"]
      J208 "z" is none of the declared words
        at `"z"` ; `kind` "a" | "b"
        help: did you mean `a`?
    DocumentReferenceID = match kind { "a" => "1", "bb" => "2", else => "3" }
      J208 `bb` is none of the declared words
        at `"bb"` 
        help: did you mean `b`?
    let id = company; DocumentReferenceID = id
      J212 `id` hides a name that is already visible
        at `id` ; `id: text(1..16)` this one
        help: choose another name
    for company in items { Item { GLAccount = "1"; AmountInTransactionCurrency = company.amount } }
      J212 `company` hides a name that is already visible
        at `company` ; `company: text(4)` this one
        help: choose another name
    "#);
}

#[test]
fn elements() {
    let cases = [
        "DocumentHeaderTxt = \"x\"",
        "CostCenter = \"1000\"",
        "InvoiceReferenceDocument = \"x\"",
        "Rubbish = \"x\"",
        "CompanyCode(listID: \"x\") = company",
        "Item.GLAccount = \"1\"",
        "DocumentReferenceID { X = \"1\" }",
        "MessageHeader = \"x\"",
        "CompanyCode = \"1000\"",
        "if ok { DocumentReferenceID = id }; DocumentReferenceID = company",
        "for y in items { DocumentReferenceID = y.code }",
        "Item { GLAccount = \"1\" }",
        "DebtorItem { Debtor = \"1\" }",
        "Item { GLAccount = \"1\"; AmountInTransactionCurrency = rate }",
        "Item { GLAccount(listID: \"12345\") = \"1\"; AmountInTransactionCurrency(currencyCode: ccy) = rate }",
        "Item { if ok { GLAccount = \"1\" }; AmountInTransactionCurrency = total }",
        "MessageHeader { SenderParty { ContactPerson { PersonFormattedName = \"1\"; PersonFormattedName = \"2\"; PersonFormattedName = \"3\"; PersonFormattedName = \"4\"; PersonFormattedName = \"5\" } } }",
        "MessageHeader { BusinessScope { ID = \"1\" } }",
    ];
    insta::assert_snapshot!(said(RECORD, "{doc}", &cases), @r#"
    DocumentHeaderTxt = "x"
      J202 `JournalEntry` has no element `DocumentHeaderTxt`
        at `DocumentHeaderTxt` 
        help: did you mean `DocumentHeaderText`?
    CostCenter = "1000"
      J202 `JournalEntry` has no element `CostCenter`
        at `CostCenter` 
        help: `CostCenter` belongs under `Item.AccountAssignment`: write `Item.AccountAssignment.CostCenter`
    InvoiceReferenceDocument = "x"
      J202 `JournalEntry` has no element `InvoiceReferenceDocument`
        at `InvoiceReferenceDocument` 
        help: profile 2026 has it, profile 2024 has not
    Rubbish = "x"
      J202 `JournalEntry` has no element `Rubbish`
        at `Rubbish` 
        help: `jemap contract show` lists what `JournalEntry` takes
    CompanyCode(listID: "x") = company
      J216 `CompanyCode` is assigned twice
        at `CompanyCode(listID: "x") = company` ; `CompanyCode = company` the first
        help: keep one of them, or put them into the branches of one `if`
      J213 `CompanyCode` has no attribute `listID`
        at `listID` 
        help: it has none
    Item.GLAccount = "1"
      J248 `Item` repeats: which one is meant?
        at `Item` 
        help: write a block: `Item { GLAccount = … }`
    DocumentReferenceID { X = "1" }
      J242 `DocumentReferenceID` takes a value, it has no elements
        at `DocumentReferenceID` 
        help: write `DocumentReferenceID = …` (text, 1 to 16 characters)
    MessageHeader = "x"
      J242 `MessageHeader` has elements, it takes no value
        at `MessageHeader` 
        help: write a block: `MessageHeader { ID = … }`
    CompanyCode = "1000"
      J216 `CompanyCode` is assigned twice
        at `CompanyCode = "1000"` ; `CompanyCode = company` the first
        help: keep one of them, or put them into the branches of one `if`
    if ok { DocumentReferenceID = id }; DocumentReferenceID = company
      J216 `DocumentReferenceID` is assigned twice
        at `DocumentReferenceID = company` ; `DocumentReferenceID = id` the first
        help: keep one of them, or put them into the branches of one `if`
    for y in items { DocumentReferenceID = y.code }
      J219 `DocumentReferenceID` stands once in `JournalEntry`, here it is in a loop
        at `DocumentReferenceID` 
        help: write it outside of the loop, or inside the repeating element
    Item { GLAccount = "1" }
      J215 the mandatory element `AmountInTransactionCurrency` of `Item` is missing
        at `Item ` 
        help: assign AmountInTransactionCurrency = … (a decimal)
    DebtorItem { Debtor = "1" }
      J215 mandatory elements of `DebtorItem` are missing: `ReferenceDocumentItem`, `AmountInTransactionCurrency`
        at `DebtorItem ` 
        help: assign ReferenceDocumentItem = … (text, at most 10 characters); AmountInTransactionCurrency = … (a decimal)
    Item { GLAccount = "1"; AmountInTransactionCurrency = rate }
      J214 `AmountInTransactionCurrency` needs the attribute `currencyCode`
        at `AmountInTransactionCurrency` 
        help: assign money, or write `AmountInTransactionCurrency(currencyCode: …) = …`
    Item { GLAccount(listID: "12345") = "1"; AmountInTransactionCurrency(currencyCode: ccy) = rate }
      J237 "12345" does not go into `@listID`: it has 5 characters, at most 4 are allowed
        at `"12345"` ; `listID` 1 to 4 characters
        help: -
    Item { if ok { GLAccount = "1" }; AmountInTransactionCurrency = total }
      J215 `GLAccount` is mandatory in `Item` and may be missing
        at `GLAccount = "1"` ; `Item ` in this block
        help: assign it on every way, without `omit`
    MessageHeader { SenderParty { ContactPerson { PersonFormattedName = "1"; PersonFormattedName = "2"; PersonFormattedName = "3"; PersonFormattedName = "4"; PersonFormattedName = "5" } } }
      J217 `PersonFormattedName` may stand 4 times at most
        at `PersonFormattedName = "5"` 
        help: leave out what is too much
    MessageHeader { BusinessScope { ID = "1" } }
      J215 the mandatory element `TypeCode` of `BusinessScope` is missing
        at `BusinessScope ` 
        help: assign TypeCode = … (text, at most 4 characters)
    "#);
    let cases = [
        "CostCenter = \"1000\"",
        "Tax { TaxCountry = \"DE\" }",
        "Tax.TaxCountry = \"DE\"; Tax.TaxCode = \"V1\"; Tax.TaxCode = \"V2\"",
    ];
    insta::assert_snapshot!(said(RECORD, "{line}", &cases), @r#"
    CostCenter = "1000"
      J202 `Item` has no element `CostCenter`
        at `CostCenter` 
        help: `CostCenter` belongs under `AccountAssignment`: write `AccountAssignment.CostCenter`
    Tax { TaxCountry = "DE" }
      J215 the mandatory element `TaxCode` of `Tax` is missing
        at `Tax ` 
        help: assign TaxCode = … (text, at most 4 characters)
    Tax.TaxCountry = "DE"; Tax.TaxCode = "V1"; Tax.TaxCode = "V2"
      J216 `TaxCode` is assigned twice
        at `Tax.TaxCode = "V2"` ; `Tax.TaxCode = "V1"` the first
        help: keep one of them, or put them into the branches of one `if`
    "#);
}

#[test]
fn values() {
    let cases = [
        "DocumentReferenceID = rate",
        "DocumentReferenceID = total",
        "DocumentReferenceID = day",
        "DocumentReferenceID = ok",
        "DocumentReferenceID = n",
        "DocumentReferenceID = long",
        "DocumentReferenceID = \"12345678901234567\"",
        "DocumentReferenceID = ok ? \"a\" : \"12345678901234567\"",
        "DocumentReferenceID = note",
        "DocumentReferenceID = who.mail or omit",
        "DocumentReferenceID = opt.x",
        "DocumentReferenceID = id or \"x\"",
        "DocumentReferenceID = ok ? id : note",
        "DocumentReferenceID = items",
        "DocumentReferenceID = who",
        "DocumentReferenceID = (note or omit) ++ \"x\"",
        "DocumentReferenceID = gl",
        "DocumentReferenceID = gl[id]",
        "ReversalDate = stamp",
        "ReversalDate = id",
        "ExchangeRate = total",
        "ExchangeRate = id",
        "ExchangeRate = 1.123456789012345",
        "DoTaxAmountCheck = \"true\"",
        "PostingFiscalPeriod = kind",
    ];
    insta::assert_snapshot!(said(RECORD, "{doc}", &cases), @r#"
    DocumentReferenceID = rate
      J203 `DocumentReferenceID` is text, the value is decimal
        at `rate` decimal; `DocumentReferenceID` text
        help: say how it is written: `to_text(x)`
    DocumentReferenceID = total
      J203 `DocumentReferenceID` is text, the value is money(record.ccy)
        at `total` money(record.ccy); `DocumentReferenceID` text
        help: take `to_text(amount_of(x))`
    DocumentReferenceID = day
      J203 `DocumentReferenceID` is text, the value is date
        at `day` date; `DocumentReferenceID` text
        help: say how it is written: `format(x, "yyyyMMdd")`
    DocumentReferenceID = ok
      J203 `DocumentReferenceID` is text, the value is bool
        at `ok` bool; `DocumentReferenceID` text
        help: write `x ? "X" : ""`, in the words the receiver knows
    DocumentReferenceID = n
    DocumentReferenceID = long
      J237 `DocumentReferenceID` takes at most 16 characters, this text has at least 40
        at `long` text(40..); `DocumentReferenceID` 1 to 16 characters
        help: cut it: `| cut(16)`
    DocumentReferenceID = "12345678901234567"
      J237 "12345678901234567" does not go into `DocumentReferenceID`: it has 17 characters, at most 16 are allowed
        at `"12345678901234567"` ; `DocumentReferenceID` 1 to 16 characters
        help: shorten it, as to "1234567890123456"
    DocumentReferenceID = ok ? "a" : "12345678901234567"
      J237 "12345678901234567" does not go into `DocumentReferenceID`: it has 17 characters, at most 16 are allowed
        at `"12345678901234567"` ; `DocumentReferenceID` 1 to 16 characters
        help: shorten it, as to "1234567890123456"
    DocumentReferenceID = note
      J224 `DocumentReferenceID` gets a value that may be missing
        at `note` text(..10)?
        help: add `or omit`, `or VALUE`, `or reject "why"`, or `| require`
    DocumentReferenceID = who.mail or omit
    DocumentReferenceID = opt.x
      J224 `DocumentReferenceID` gets a value that may be missing
        at `opt.x` text?
        help: add `or omit`, `or VALUE`, `or reject "why"`, or `| require`
    DocumentReferenceID = id or "x"
      warning J225 this default is never taken
        at `"x"` ; `id` this is text(1..16) and never none
        help: remove `or …`, or declare the field with `?`
    DocumentReferenceID = ok ? id : note
      J224 `DocumentReferenceID` gets a value that may be missing
        at `note` text(..16)?
        help: add `or omit`, `or VALUE`, `or reject "why"`, or `| require`
    DocumentReferenceID = items
      J241 `items` is a list, not a value
        at `items` ; `items: [ { account: text, amount: money(` declared here
        help: go through it with `for x in`, pick with `[…]`, or use `sum(… for x in …)`
    DocumentReferenceID = who
      J241 `who` is an object, not a value
        at `who` 
        help: name one of its fields: name, mail
    DocumentReferenceID = (note or omit) ++ "x"
      J243 nothing can be left out here
        at `omit` 
        help: `omit` is the last word of an element's value: `Element = x or omit`
    DocumentReferenceID = gl
      J241 `gl` is a table, not a value
        at `gl` 
        help: ask it for a row: `gl[key].column`
    DocumentReferenceID = gl[id]
      J241 a row of `gl` is no value
        at `gl[id]` 
        help: name one of its columns: `.account`, `.sap`, `.kind`
    ReversalDate = stamp
      J203 `ReversalDate` is a date, the value is time
        at `stamp` time; `ReversalDate` a date
        help: take the day of the instant: `date_of(x)`
    ReversalDate = id
      J203 `ReversalDate` is a date, the value is text(1..16)
        at `id` text(1..16); `ReversalDate` a date
        help: declare the field as `date "…"`, or read it: `to_date(x, "yyyyMMdd")`
    ExchangeRate = total
      J203 `ExchangeRate` is a decimal, the value is money(record.ccy)
        at `total` money(record.ccy); `ExchangeRate` a decimal
        help: the element has no currency: take `amount_of(x)`
    ExchangeRate = id
      J203 `ExchangeRate` is a decimal, the value is text(1..16)
        at `id` text(1..16); `ExchangeRate` a decimal
        help: declare the field as `decimal` or `money(ccy)`, or read it: `to_decimal(x)`
    ExchangeRate = 1.123456789012345
      J237 "1.123456789012345" does not go into `ExchangeRate`: it has 15 digits after the point, at most 14 are allowed
        at `1.123456789012345` ; `ExchangeRate` at most 28 digits, 14 after the point
        help: shorten it, as to "1.12345678901234"
    DoTaxAmountCheck = "true"
      J203 `DoTaxAmountCheck` is true or false, the value is text(4)
        at `"true"` text(4); `DoTaxAmountCheck` true or false
        help: compare: `x == "…"` is true or false
    PostingFiscalPeriod = kind
    "#);
    let cases = [
        "AmountInCompanyCodeCurrency = \"1.00\"",
        "AmountInCompanyCodeCurrency(currencyCode: \"EURO\") = 1.0000001",
        "DebitCreditCode = \"SH\"",
        "Tax { TaxCode = \"V1\"; TaxItemGroup = \"x1\" }",
    ];
    insta::assert_snapshot!(said(RECORD, "{line}", &cases), @r#"
    AmountInCompanyCodeCurrency = "1.00"
      J203 `AmountInCompanyCodeCurrency` is a decimal, the value is text(4)
        at `"1.00"` text(4); `AmountInCompanyCodeCurrency` a decimal
        help: declare the field as `decimal` or `money(ccy)`, or read it: `to_decimal(x)`
    AmountInCompanyCodeCurrency(currencyCode: "EURO") = 1.0000001
      J237 "EURO" does not go into `@currencyCode`: it has 4 characters, at most 3 are allowed
        at `"EURO"` ; `currencyCode` 3 characters
        help: -
      J237 "1.0000001" does not go into `AmountInCompanyCodeCurrency`: it has 7 digits after the point, at most 6 are allowed
        at `1.0000001` ; `AmountInCompanyCodeCurrency` at most 28 digits, 6 after the point
        help: shorten it, as to "1.000000"
    DebitCreditCode = "SH"
      J237 "SH" does not go into `DebitCreditCode`: it has 2 characters, at most 1 is allowed
        at `"SH"` ; `DebitCreditCode` 1 character
        help: -
    Tax { TaxCode = "V1"; TaxItemGroup = "x1" }
      J237 "x1" does not go into `TaxItemGroup`: it does not match the pattern `\d+`
        at `"x1"` ; `TaxItemGroup` 1 to 6 characters, like \d+
        help: write a text like `\d+`
    "#);
}

#[test]
fn operators() {
    let cases = [
        "reject \"x\" when ok == \"true\"",
        "reject \"x\" when n == \"1\"",
        "reject \"x\" when total > 5",
        "reject \"x\" when eur == usd",
        "reject \"x\" when n2 > 1",
        "reject \"x\" when id == none",
        "reject \"x\" when note",
        "reject \"x\" when ok2",
        "reject \"x\" when kind == n",
        "let v = eur + usd; total v",
        "let v = n2 + 1; reject \"x\" when v > 1",
        "let v = id + note; DocumentReferenceID = v",
        "let v = -(id); DocumentReferenceID = v",
        "let v = total * total; total v",
        "DocumentReferenceID = id ++ note",
        "DocumentReferenceID = id ++ total",
        "DocumentReferenceID = ok ? id : rate",
        "DocumentReferenceID = id | require",
        "reject \"x\" when id in [company]",
        "reject \"x\" when id in n",
        "DocumentReferenceID = cut(id)",
        "DocumentReferenceID = id | cut(\"x\")",
        "DocumentReferenceID = gl[note].sap",
        "DocumentReferenceID = gl[id, company].sap",
        "DocumentReferenceID = gl[n].sap",
        "DocumentReferenceID = gl[id].sap or \"x\"",
        "DocumentReferenceID = dims[code].value or omit",
        "DocumentReferenceID = dims[code == 1].value or omit",
        "DocumentReferenceID = items[\"k\"].acount or omit",
        "DocumentReferenceID = first(note) or omit",
        "total sum(sum(x.amount for x in items) for x in items)",
        "DocumentReferenceID = ok",
        "total sum(x.code for x in items)",
    ];
    insta::assert_snapshot!(said(RECORD, "{doc}", &cases), @r#"
    reject "x" when ok == "true"
      J203 bool cannot be compared with text(4)
        at `==` ; `ok` bool; `"true"` text(4)
        help: a bool is compared with true or false, a text with "…"
    reject "x" when n == "1"
      J203 int cannot be compared with text(1)
        at `==` ; `n` int; `"1"` text(1)
        help: a number is written without quotes; texts become numbers by `to_decimal(x)`
    reject "x" when total > 5
      J203 money(record.ccy) cannot be compared with int
        at `>` ; `total` money(record.ccy); `5` int
        help: money compares with money or with 0: take `amount_of(x)`
    reject "x" when eur == usd
      J227 money in EUR is compared with money in USD
        at `==` ; `eur` EUR; `usd` USD
        help: compare their amounts: `amount_of(x)`
    reject "x" when n2 > 1
      J226 `>` with a value that may be missing
        at `n2` int?
        help: say what holds then: `(x or 0)`, or `x | require`
    reject "x" when id == none
      warning J225 this is never none
        at `==` ; `id` text(1..16)
        help: remove the comparison, or declare the field with `?`
    reject "x" when note
      J203 a condition was expected, this is text(..10)?
        at `note` 
        help: compare it with something: `x == "…"`, `x != none`
    reject "x" when ok2
      J224 this condition may be none
        at `ok2` 
        help: say what holds then: `(x or false)`
    reject "x" when kind == n
      J203 "a" | "b" cannot be compared with int
        at `==` ; `kind` "a" | "b"; `n` int
        help: a number is written without quotes; texts become numbers by `to_decimal(x)`
    let v = eur + usd; total v
      J227 `+` of money in EUR and money in USD
        at `+` ; `eur` EUR; `usd` USD
        help: convert one of them first: `money(amount_of(x) * rate, "…")`
    let v = n2 + 1; reject "x" when v > 1
      J226 `+` with a value that may be missing
        at `n2` int?
        help: say what holds then: `(x or 0)`, or `x | require`
    let v = id + note; DocumentReferenceID = v
      J226 `+` with a value that may be missing
        at `note` text(..10)?
        help: say what holds then: `(x or "…")`, or `x | require`
    let v = -(id); DocumentReferenceID = v
      J203 `-` is for numbers and money, this is text(1..16)
        at `(id)` 
        help: -
    let v = total * total; total v
      J203 `*` of money(record.ccy) and money(record.ccy)
        at `*` ; `total` money(record.ccy); `total` money(record.ccy)
        help: money times money has no meaning: take `amount_of(x)`
    DocumentReferenceID = id ++ note
      J226 `++` with a value that may be missing
        at `note` text(..10)?
        help: say what holds then: `(x or "…")`, or `x | require`
    DocumentReferenceID = id ++ total
      J203 `++` joins texts, numbers and dates, this is money(record.ccy)
        at `total` 
        help: take `amount_of(x)` or `currency_of(x)`
    DocumentReferenceID = ok ? id : rate
      J203 one way gives text(1..16), the other decimal
        at `rate` decimal; `id` text(1..16)
        help: make both the same type
    DocumentReferenceID = id | require
      warning J225 this is never none
        at `id | require` ; `id` text(1..16)
        help: remove `require`
    reject "x" when id in [company]
      J244 a constant was expected in the list
        at `company` 
        help: compare with `==` and `or`
    reject "x" when id in n
      J203 after `in` a list of constants or a table was expected
        at `n` 
        help: write `x in ["a", "b"]` or `x in table`
    DocumentReferenceID = cut(id)
      J238 `cut` needs `length` too
        at `cut` 
        help: it is called `cut(text: text, length: count) -> text`
    DocumentReferenceID = id | cut("x")
      J238 `length` of `cut` is a whole number, here is "x"
        at `"x"` 
        help: it is called `cut(text: text, length: count) -> text`
    DocumentReferenceID = gl[note].sap
      J226 a table is asked with a value that may be missing
        at `note` text(..10)?
        help: write `gl[x | require]`; where it may be missing but must be in the table when it is there: `x == none ? omit : gl[x | require]…`; `gl[x]?` gives none for both
    DocumentReferenceID = gl[id, company].sap
      J250 `gl` is asked with 1 values, here are 2
        at `gl[id, company]` ; `gl` declared here
        help: write `gl[account]`
    DocumentReferenceID = gl[n].sap
      J203 the key `account` is text, this is int
        at `n` ; `account` declared here
        help: declare both with the same type
    DocumentReferenceID = gl[id].sap or "x"
      warning J225 this default is never taken
        at `"x"` ; `gl[id].sap` this is text(1..10) and never none
        help: a row that is missing rejects: write `table[key]?.column` to have a default
    DocumentReferenceID = dims[code].value or omit
      J203 a condition or a number was expected
        at `code` 
        help: write `list[code == "…"]`, or mark the field that identifies an element with `key`
    DocumentReferenceID = dims[code == 1].value or omit
      J203 text cannot be compared with int
        at `==` ; `code` text; `1` int
        help: a number is written without quotes; texts become numbers by `to_decimal(x)`
    DocumentReferenceID = items["k"].acount or omit
      J201 `items[]` has no field `acount`
        at `acount` 
        help: did you mean `account`?
    DocumentReferenceID = first(note) or omit
      J228 `first` has nothing to go over here
        at `first(note)` 
        help: say the list: `first(x.… for x in list)`; two values: `lesser`, `greater`
    total sum(sum(x.amount for x in items) for x in items)
      J229 `sum` inside of another one
        at `sum(x.amount for x in items)` 
        help: give the inner one a name with `let`
    DocumentReferenceID = ok
      J203 `DocumentReferenceID` is text, the value is bool
        at `ok` bool; `DocumentReferenceID` text
        help: write `x ? "X" : ""`, in the words the receiver knows
    total sum(x.code for x in items)
      J203 numbers or money expected here, this is text
        at `x.code` 
        help: -
    "#);
}

#[test]
fn routes() {
    let cases = [
        "route by kind { a => { DocumentReferenceID = id } }",
        "route by kind { a => { DocumentReferenceID = id }; c => drop \"c\"; else => drop \"other\" }",
        "route by kind { a => drop \"a\"; b => drop \"b\"; else => drop \"other\" }",
        "route by kind { a => drop \"a\"; a => drop \"again\"; b => drop \"b\" }",
        "route by kind { else => drop \"other\"; a => drop \"a\" }",
        "route by id { \"1\" => drop \"1\" }",
        "route by id { x => drop \"1\"; else => drop \"2\" }",
        "route by n { 1..5 => drop \"1\"; 3 => drop \"3\"; else => drop \"2\" }",
        "route by n { 5..1 => drop \"1\"; else => drop \"2\" }",
        "route by ok2 { true => drop \"1\"; false => drop \"2\" }",
        "route by kind { none => drop \"1\"; else => drop \"2\" }",
        "route x by kind { a => drop \"a\"; b => drop \"b\" }",
        "DocumentReferenceID = match ok { true => id }",
        "DocumentReferenceID = match n { 1 => id, else => rate }",
    ];
    insta::assert_snapshot!(said(RECORD, "{doc}", &cases), @r#"
    route by kind { a => { DocumentReferenceID = id } }
      J220 `route` has no arm for "b"
        at `route by kind { a => { DocumentReference` ; `kind` "a" | "b"
        help: add the arms, or `else => …`
    route by kind { a => { DocumentReferenceID = id }; c => drop "c"; else => drop "other" }
      J208 `c` is none of the declared words
        at `c` 
        help: did you mean `a`?
    route by kind { a => drop "a"; b => drop "b"; else => drop "other" }
      warning J221 every value is taken by the arms before
        at `else` 
        help: remove `else`
    route by kind { a => drop "a"; a => drop "again"; b => drop "b" }
      J221 this pattern is never reached
        at `a` ; `a` its values are taken here
        help: remove one of them
    route by kind { else => drop "other"; a => drop "a" }
      J221 this arm is never reached
        at `a` ; `else` everything else is taken here
        help: put `else` last
    route by id { "1" => drop "1" }
      J220 `route` does not say what happens with every other text(1..16)
        at `route by id { "1" => drop "1" }` ; `id` text(1..16)
        help: add the arms, or `else => …`
    route by id { x => drop "1"; else => drop "2" }
      J203 this pattern does not go with text(1..16)
        at `x` 
        help: write "x"
    route by n { 1..5 => drop "1"; 3 => drop "3"; else => drop "2" }
      J221 this pattern is never reached
        at `3` ; `1..5` its values are taken here
        help: remove one of them
    route by n { 5..1 => drop "1"; else => drop "2" }
      J203 this range holds nothing
        at `5..1` 
        help: the least comes first; ends of account ranges have the same length
    route by ok2 { true => drop "1"; false => drop "2" }
      J220 `route` has no arm for none
        at `route by ok2 { true => drop "1"; false =` ; `ok2` bool?
        help: add the arms, or `else => …`
    route by kind { none => drop "1"; else => drop "2" }
      J221 the value is never none
        at `none` 
        help: remove this pattern, or declare the field with `?`
    route x by kind { a => drop "a"; b => drop "b" }
      J246 only lines of a document are routed by name
        at `x` 
        help: write `for x in list { route by … }`
    DocumentReferenceID = match ok { true => id }
      J220 `match` has no arm for false
        at `match ok { true => id }` ; `ok` bool
        help: add the arms, or `else => …`
    DocumentReferenceID = match n { 1 => id, else => rate }
      J203 one way gives text(1..16), the other decimal
        at `rate` decimal; `id` text(1..16)
        help: make both the same type
    "#);
}

#[test]
fn lines_and_documents() {
    let cases = [
        "DocumentReferenceID = account | cut(16)",
        "DocumentHeaderText = memo | cut(25) or omit",
        "let a = account; DocumentReferenceID = a | cut(16)",
        "DocumentReferenceID = line.number",
        "Item { GLAccount = account; AmountInTransactionCurrency = amount }",
        "total amount",
        "same memoo",
        "if account == \"1\" { DocumentReferenceID = doc }",
        "for t in tags { DocumentReferenceID = t }",
        "let unused = account",
        "drop \"x\" when account == 5",
        "split above 5 { CompanyCode = \"1\" }",
        "split above 5 { Item { GLAccount = \"1\" } }",
        "split above 1000 { Item { GLAccount = \"1\"; AmountInTransactionCurrency = -part.balance } }",
        "DocumentReferenceID = part.number",
        "for line in lines { same doc }",
    ];
    insta::assert_snapshot!(said(LINES, "{doc}", &cases), @r#"
    DocumentReferenceID = account | cut(16)
      J218 `account` is a value of one line, and here is only the document
        at `account` ; `account: text` it may differ from line to line
        help: say `same account`, take `first(account)`, or write this in `for line in lines { … }`
    DocumentHeaderText = memo | cut(25) or omit
      J218 `memo` is a value of one line, and here is only the document
        at `memo` ; `memo: text?` it may differ from line to line
        help: say `same memo`, take `first(memo)`, or write this in `for line in lines { … }`
    let a = account; DocumentReferenceID = a | cut(16)
      J218 `a` is a value of one line, and here is only the document
        at `a` ; `a` it may differ from line to line
        help: take `first(a)`, or write this inside `for line in lines { … }`
    DocumentReferenceID = line.number
      J246 here is no line, only the document
        at `line.number` 
        help: write it inside `for line in lines { … }`
    Item { GLAccount = account; AmountInTransactionCurrency = amount }
      J218 `account` is a value of one line, and here is only the document
        at `account` ; `account: text` it may differ from line to line
        help: say `same account`, take `first(account)`, or write this in `for line in lines { … }`
      J218 `amount` is a value of one line, and here is only the document
        at `amount` ; `amount: money(ccy)` it may differ from line to line
        help: say `same amount`, take `first(amount)`, or write this in `for line in lines { … }`
    total amount
    same memoo
      J201 a line has no field `memoo`
        at `memoo` 
        help: did you mean `memo`?
    if account == "1" { DocumentReferenceID = doc }
      J218 `account` is a value of one line, and here is only the document
        at `account` ; `account: text` it may differ from line to line
        help: say `same account`, take `first(account)`, or write this in `for line in lines { … }`
    for t in tags { DocumentReferenceID = t }
      J218 `tags` is a value of one line, and here is only the document
        at `tags` ; `tags: [text]` it may differ from line to line
        help: write this inside `for line in lines { … }`
      J219 `DocumentReferenceID` stands once in `JournalEntry`, here it is in a loop
        at `DocumentReferenceID` 
        help: write it outside of the loop, or inside the repeating element
    let unused = account
      J222 `unused` is never used
        at `unused` 
        help: use it or remove it
    drop "x" when account == 5
      J203 text cannot be compared with int
        at `==` ; `account` text; `5` int
        help: a number is written without quotes; texts become numbers by `to_decimal(x)`
    split above 5 { CompanyCode = "1" }
      J246 `CompanyCode` cannot close a part: it stands once
        at `CompanyCode = "1"` 
        help: a part is closed by lines
    split above 5 { Item { GLAccount = "1" } }
      J215 the mandatory element `AmountInTransactionCurrency` of `Item` is missing
        at `Item ` 
        help: assign AmountInTransactionCurrency = … (a decimal)
    split above 1000 { Item { GLAccount = "1"; AmountInTransactionCurrency = -part.balance } }
      J237 a part has 2 to 999 lines
        at `1000` 
        help: write `split above 999`
    DocumentReferenceID = part.number
      J246 `part` is known only where documents are split
        at `part.number` 
        help: write it inside `split above … { … }`
    for line in lines { same doc }
      J246 this stands directly in a document block only
        at `same doc` 
        help: move it out of the inner block
    "#);
    let cases = [
        "same id",
        "DocumentReferenceID = line.count",
        "DocumentReferenceID = line.number",
        "let unused = id",
    ];
    insta::assert_snapshot!(said(RECORD, "{doc}", &cases), @r#"
    same id
      J246 `same` is for sources of lines
        at `same id` 
        help: remove it: a record's own fields are there once
    DocumentReferenceID = line.count
      J246 only a source of lines counts its lines
        at `line.count` 
        help: write `count(true for x in list)`
    DocumentReferenceID = line.number
      J246 there is no line here
        at `line.number` 
        help: write it inside `for x in list { … }`
    let unused = id
      J222 `unused` is never used
        at `unused` 
        help: use it or remove it
    "#);
}

#[test]
fn declarations() {
    let cases = [
        "param id: text = \"x\"",
        "param p: txt = \"x\"",
        "param p: text(..3) = \"abcd\"",
        "param p: int = 1.5",
        "param p: date = \"2024-02-30\"",
        "param p: money(ccy) = 1",
        "param p: text(5..3)",
        "param p: date \"yyyy-QQ\"",
        "fn f(a: text) = f(a)",
        "fn f(a: text) = g(a)\nfn g(a: text) = f(a)",
        "fn cut(a: text) = a",
        "fn f(a: text) = a\nfn f(b: text) = b",
        "fn f(a: text) = company",
        "fn f(a: text) -> decimal = a",
        "fn f(a: text, a: text) = a",
        "table t = csv(\"gone.csv\") { a: text key }",
        "table t = csv(\"gl.csv\") { account: text }",
        "table t = xml(\"gl.csv\") { account: text key }",
        "table t = csv(\"gl.csv\") { account: text key, sap: money(\"EUR\") }",
        "table t = csv(\"gl.csv\") { account: text from, sap: text }",
        "use \"gone.map\"",
        "use \"bad.map\"",
        "target s4.journal_entry profile 2024",
        "message { Rubbish = \"x\" }",
        "message { SenderBusinessSystemID = id }",
        "around { a: text }",
    ];
    insta::assert_snapshot!(said(RECORD, "{top}", &cases), @r#"
    param id: text = "x"
      J211 two things are called `id`
        at `id` ; `id: text(1..16)` the other
        help: rename one of them
    param p: txt = "x"
      J207 there is no type `txt`
        at `txt` 
        help: did you mean `text`?
    param p: text(..3) = "abcd"
      J240 the default "abcd" is not text(..3)
        at `"abcd"` ; `text(..3) ` said here
        help: write a default of this type
    param p: int = 1.5
      J240 the default "1.5" is not int
        at `1.5` ; `int ` said here
        help: write a default of this type
    param p: date = "2024-02-30"
      J240 the default "2024-02-30" is not date
        at `"2024-02-30"` ; `date ` said here
        help: write a default of this type
    param p: money(ccy) = 1
      J203 a parameter's currency is a constant
        at `ccy` 
        help: write `money("EUR")`
    param p: text(5..3)
      J207 this range of lengths holds no length
        at `5..3` 
        help: -
    param p: date "yyyy-QQ"
      J209 the pattern "yyyy-QQ" is not understood: `QQ` has no meaning in a pattern: letters meant literally stand in quotes, like 'T'
        at `"yyyy-QQ"` 
        help: write it like "yyyy-MM-dd"
    fn f(a: text) = f(a)
      J230 `f` calls itself
        at `f(a)` ; `f` declared here
        help: functions do not recurse
    fn f(a: text) = g(a)
    fn g(a: text) = f(a)
      J230 `g` calls itself
        at `g(a)` ; `g` declared here
        help: functions do not recurse
      J230 `f` calls itself
        at `f(a)` ; `f` declared here
        help: functions do not recurse
    fn cut(a: text) = a
      J211 there is a function `cut` already
        at `cut` 
        help: `jemap functions cut` shows it; choose another name
    fn f(a: text) = a
    fn f(b: text) = b
      J211 the function `f` is declared twice
        at `f` ; `f` first here
        help: rename one of them
    fn f(a: text) = company
      J201 nothing here is called `company`
        at `company` 
        help: a function sees only its parameters: hand it to `f`
    fn f(a: text) -> decimal = a
      J203 `f` gives text, its head says decimal
        at `a` ; `decimal ` said here
        help: mend the type after `->`
    fn f(a: text, a: text) = a
      J211 the parameter `a` is declared twice
        at `a` ; `a` first here
        help: rename one of them
    table t = csv("gone.csv") { a: text key }
      J301 the table "gone.csv" cannot be read: there is no such file
        at `"gone.csv"` 
        help: paths are relative to the mapping
    table t = csv("gl.csv") { account: text }
      J357 table `t` has no `key` column, so no row can be found
        at `t` 
        help: mark what rows are found by: `account: … key`
    table t = xml("gl.csv") { account: text key }
      J101 expected `json` or `csv`, found `xml`
        at `xml` 
        help: write `table NAME = csv("file.csv") { column: type key, … }`
    table t = csv("gl.csv") { account: text key, sap: money("EUR") }
      J203 a column cannot be money
        at `money("EUR")` 
        help: declare it as `decimal` and make money where it is used: `money(x, currency)`
    table t = csv("gl.csv") { account: text from, sap: text }
      J357 range of `account` has no `to` column
        at `account` 
        help: mark the column with its other end by `to`, or write `key` instead of `from`
    use "gone.map"
      J301 the library "gone.map" cannot be read: there is no such file
        at `"gone.map"` 
        help: paths are relative to the mapping
    use "bad.map"
      J239 a library has no `map`
        at `map other` ; `"bad.map"` used here
        help: libraries hold `fn` and `table` only
    target s4.journal_entry profile 2024
      J232 `target` stands twice
        at `target s4.journal_entry profile 2024` ; `target s4.journal_entry profile 2024` the first
        help: remove one of them
    message { Rubbish = "x" }
      J202 `MessageHeader` has no element `Rubbish`
        at `Rubbish` 
        help: `jemap contract show` lists what `MessageHeader` takes
    message { SenderBusinessSystemID = id }
      J201 nothing here is called `id`
        at `id` 
        help: declare it in the source block, or as `let` or `param`
    around { a: text }
      J235 `around` needs records that lie inside something
        at `around { a: text }` ; `source json record {   id: text(1..16), ` this source has no `at`
        help: say where the records are: `source json record at items[]`
    "#);
}

/// Only a source and a document.
const BARE: &str = "map m\ntarget s4.journal_entry profile 2024\n{top}\n";

#[test]
fn sources() {
    let cases = [
        "",
        "source json record { a: text }\ndocument per a { }",
        "source json line { a: text }\ndocument from record { }",
        "source json record at a.b { a: text }\ndocument from record key a { }",
        "source json record { a: text, a: int }\ndocument from record key a { }",
        "source json record { a: text at x.y, b: text at x[0] }\ndocument from record key a { }",
        "source json record { a: money(cc), c: text }\ndocument from record key c { }",
        "source json record { a: money(c), c: text }\ndocument from record key c { }",
        "source json record { a: money(\"EUX\") }\ndocument from record key a { }",
        "source json record { a: money }\ndocument from record key a { }",
        "source json record { a: decimal \"12-34\" }\ndocument from record key a { }",
        "source json record { a: money(\"EUR\") round sideways }\ndocument from record key a { }",
        "source json record { a: text minor }\ndocument from record key a { }",
        "source json record { a: text at x[] }\ndocument from record key a { }",
        "source json record { a: (b: text) }\ndocument from record key a { }",
        "source xml record { a: text }\ndocument from record key a { }",
        "source json record { a: text? }\ndocument from record key a { }",
        "source json record { a: text key }\ndocument from record key a { }",
        "source json record { a: text }\ndocument for x in a key x.y { }",
        "target s4.journal_entrie profile 2024",
        "source json record { a: text }\ndocument from record { }",
        "source json record at x[] { a: text }\naround { a: text }\ndocument from record key a { }",
    ];
    insta::assert_snapshot!(said(BARE, "{top}", &cases), @r#"
      J231 the mapping has no `source`
        at `` 
        help: write `source json record { … }`
      J231 the mapping has no `document`
        at `` 
        help: write `document from record { … }`
    source json record { a: text }
    document per a { }
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document per a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
      J234 `per` groups lines, and the source has records
        at `per a ` ; `source json record { a: text }` each record is a document here
        help: write `document from record`, or `source json line`
    source json line { a: text }
    document from record { }
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
      warning J233 these documents have no key
        at `document from record` 
        help: say what identifies them: `key number`
      J234 `from record` makes documents of records, and the source has lines
        at `from record` ; `source json line { a: text }` one object is one line here
        help: write `document per …`, or `source json record`
    source json record at a.b { a: text }
    document from record key a { }
      J236 the way to the records does not say that they repeat
        at `a.b` 
        help: end it with `[]`: `at items[]`
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: text, a: int }
    document from record key a { }
      J211 the field `a` is declared twice
        at `a` ; `a: text` first here
        help: rename one of them
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: text at x.y, b: text at x[0] }
    document from record key a { }
      J236 one value cannot be read both by keys and by positions
        at `[0]` 
        help: -
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: money(cc), c: text }
    document from record key c { }
      J201 there is no field `cc` that could hold the currency
        at `cc` 
        help: did you mean `c`?
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key c` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: money(c), c: text }
    document from record key c { }
      J203 `c` is no currency
        at `c` ; `c: text` declared here
        help: declare it as `currency`
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key c` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: money("EUX") }
    document from record key a { }
      J247 "EUX" is no currency of ISO 4217
        at `"EUX"` 
        help: write three capital letters, as in "EUR"
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: money }
    document from record key a { }
      J207 money does not say its currency
        at `money` 
        help: name the field that holds it, or write it: `money(ccy)`, `money("EUR")`
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: decimal "12-34" }
    document from record key a { }
      J209 "12-34" is no sample of a number
        at `"12-34"` 
        help: write 1234.56 the way the data does: "1,234.56", "1234,56", "1.234,56", "1 234,56" or "1'234.56"
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: money("EUR") round sideways }
    document from record key a { }
      J209 there is no rounding `sideways`
        at `sideways` 
        help: write one of half_up, half_even, half_down, down, up
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: text minor }
    document from record key a { }
      J249 `minor` is for money, not for text
        at `minor` 
        help: take `minor` out
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: text at x[] }
    document from record key a { }
      J236 `[]` is only for the records of a source
        at `[]` 
        help: leave it out: the type `[…]` says that the value is a list
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: (b: text) }
    document from record key a { }
      J101 expected a type, found `(`
        at `(` 
        help: write `name: type`, then words such as `at`, `none` or `key`
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
      J201 nothing here is called `a`
        at `a` 
        help: declare it in the source block, or as `let` or `param`
    source xml record { a: text }
    document from record key a { }
      J101 expected `json`, found `xml`
        at `xml` 
        help: write `source json record at path[] { … }` or `source json line { … }`
      J231 the mapping has no `source`
        at `` 
        help: write `source json record { … }`
    source json record { a: text? }
    document from record key a { }
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
      J226 a part of the key may be missing
        at `a` text?
        help: write `x | require`, `x or "…"`, or `x or omit`: an id from place and content
    source json record { a: text key }
    document from record key a { }
      J249 `key` is for the objects of a list
        at `key` 
        help: the key of documents is said by `document … key`
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    source json record { a: text }
    document for x in a key x.y { }
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document for x in a key x.y` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
      J241 this is no list
        at `a` ; `a: text` declared here
        help: name a list of the source block
    target s4.journal_entrie profile 2024
      J231 the mapping has no `source`
        at `` 
        help: write `source json record { … }`
      J231 the mapping has no `document`
        at `` 
        help: write `document from record { … }`
      J232 `target` stands twice
        at `target s4.journal_entrie profile 2024` ; `target s4.journal_entry profile 2024` the first
        help: remove one of them
    source json record { a: text }
    document from record { }
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
      warning J233 these documents have no key
        at `document from record` 
        help: say what identifies them: `key number`
    source json record at x[] { a: text }
    around { a: text }
    document from record key a { }
      J211 two things are called `a`
        at `a: text` ; `a: text` the other
        help: rename one of them
      J215 mandatory elements of `JournalEntry` are missing: `OriginalReferenceDocumentType`, `BusinessTransactionType`, `AccountingDocumentType`, `CreatedByUser`, `CompanyCode`, `DocumentDate`, `PostingDate`
        at `document from record key a` 
        help: assign OriginalReferenceDocumentType = … (text, at most 5 characters); BusinessTransactionType = … (text, at most 4 characters); AccountingDocumentType = … (text, at most 5 characters); CreatedByUser = … (text, at most 12 characters); CompanyCode = … (text, at most 4 characters); DocumentDate = … (a date); PostingDate = … (a date)
    "#);
}
