//! Wrong texts and what is said about them.

use super::said;
use insta::assert_snapshot;

#[test]
fn a_misspelt_statement() {
    let text = r#"
documnet from record {
  A = 1
}
parm user: text
function f(a: int) = a
banana "x"
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:1: error[J102 unknown-statement]: `documnet` is not a statement (did you mean `document`?)
    t.map:5:1: error[J102 unknown-statement]: `parm` is not a statement (did you mean `param`?)
    t.map:6:1: error[J102 unknown-statement]: `function` is not a statement (did you mean `fn`?)
    t.map:7:1: error[J102 unknown-statement]: `banana` is not a statement (a file is made of `map`, `use`, `target`, `param`, `source`, `around`, `table`, `fn`, `message`, `document` or `test`)
    "#);
}

#[test]
fn a_statement_in_the_wrong_place() {
    let text = r#"
let x = 1
CompanyCode = "1000"
map m
document from record {
  param p: text
  source json line { a: text }
  each { A = 1 }
  else { A = 1 }
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:1: error[J103 misplaced-statement]: `let` stands outside of a document (move it into the braces of `document … { }`)
    t.map:3:1: error[J103 misplaced-statement]: `CompanyCode` stands outside of a document (move it into the braces of `document … { }`)
    t.map:6:3: error[J103 misplaced-statement]: `param` stands at the top level, not inside a block (move it out of the braces)
    t.map:7:3: error[J103 misplaced-statement]: `source` stands at the top level, not inside a block (move it out of the braces)
    t.map:8:3: error[J103 misplaced-statement]: `each` stands outside of a `route` (move it into the braces of `route … { }`)
    "#);
}

#[test]
fn words_kept_for_later() {
    let text = r#"
fmt x
document from record {
  why x
  diff "a"
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:1: error[J104 reserved-word]: `fmt` is kept for a later version and is not a statement yet (take the statement out)
    t.map:4:3: error[J104 reserved-word]: `why` is kept for a later version and is not a statement yet (take the statement out)
    t.map:5:3: error[J104 reserved-word]: `diff` is kept for a later version and is not a statement yet (take the statement out)
    "#);
}

#[test]
fn assignment_and_comparison() {
    let text = r#"
document from record when kind = "JE" {
  A == "1"
  B = c = d ? 1 : 2
  if x = 1 { C = 1 }
  D = a === b
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:32: error[J111 assign-or-compare]: `=` assigns, and a value is already complete before it (compare with `==`)
    t.map:3:5: error[J111 assign-or-compare]: `==` compares; here a value is assigned (write one `=`)
    t.map:4:9: error[J111 assign-or-compare]: `=` assigns, and a value is already complete before it (compare with `==`)
    t.map:5:8: error[J111 assign-or-compare]: `=` assigns, and a value is already complete before it (compare with `==`)
    t.map:6:11: error[J111 assign-or-compare]: `===` is not an operator (compare with `==`)
    "#);
}

#[test]
fn colon_and_equals() {
    let text = r#"
document from record {
  CompanyCode: company
  DocumentType:dtype
  A(listID = "X") = b
  X += 1
  x => Item { }
}
source json record { name = text, other text, amount?: int }
param p = text
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:14: error[J112 colon-or-equals]: a value is assigned with `=`, found `:` (write `=`)
    t.map:4:21: error[J112 colon-or-equals]: a value is assigned with `=`, found `:` (write `=`)
    t.map:5:12: error[J112 colon-or-equals]: an attribute's value stands after `:`, found `=` (write `:`)
    t.map:6:5: error[J112 colon-or-equals]: a value is assigned with `=`, found `+=` (write `=`)
    t.map:7:5: error[J103 misplaced-statement]: an arm with `=>` stands outside of `route` and `match` (assign with `=`, or move the arm into a `route`)
    t.map:9:27: error[J112 colon-or-equals]: a type stands after `:`, found `=` (write `:`)
    t.map:9:41: error[J112 colon-or-equals]: a type stands after `:`, found `text` (write `name: type`)
    t.map:9:53: error[J112 colon-or-equals]: `?` stands after the type of an optional field, not after its name (write `name: type?`)
    t.map:10:9: error[J112 colon-or-equals]: a type stands after `:`, found `=` (write `:`)
    "#);
}

#[test]
fn an_unclosed_brace_at_the_end() {
    let text = r#"
map m
document from record {
  A = 1
  Item {
    B = 2
  C = = 3
}

"#;
    assert_snapshot!(said(text), @r#"
    t.map:5:8: error[J105 unclosed-bracket]: `{` is not closed (put the missing `}` where the block ends)
    t.map:7:7: error[J101 not-understood]: expected an expression, found `=`
    "#);
}

#[test]
fn an_unclosed_brace_before_the_next_statement() {
    let text = r#"
source json record {
  a: text
  b: { c: text

document from record {
  A = 1 +
}

"#;
    assert_snapshot!(said(text), @r"
    t.map:2:20: error[J105 unclosed-bracket]: `{` is not closed (put the missing `}` where the block ends)
    t.map:4:6: error[J105 unclosed-bracket]: `{` is not closed (put the missing `}` where the block ends)
    t.map:7:10: error[J101 not-understood]: an expression was expected after `+`, found the end of the statement (write it, or take the statement out)
    ");
}

#[test]
fn an_unclosed_parenthesis() {
    let text = r#"
document from record {
  A = memo | cut(25
  B = (a + b   # note
  C = d
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:17: error[J105 unclosed-bracket]: `(` is not closed (put the missing `)` after the last value)
    t.map:4:7: error[J105 unclosed-bracket]: `(` is not closed (put the missing `)` after the last value)
    "#);
}

#[test]
fn a_stray_bracket() {
    let text = r#"
document from record {
  A = f(1))
}
}
map m
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:11: error[J106 stray-bracket]: `)` closes nothing (take it out, or open the bracket it was meant to close)
    t.map:5:1: error[J106 stray-bracket]: `}` closes nothing (take it out, or open the bracket it was meant to close)
    "#);
}

#[test]
fn brackets_that_do_not_match() {
    let text = r#"
document from record {
  A = f(1]
  B = x[1)
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:10: error[J106 stray-bracket]: `]` closes nothing (take it out, or open the bracket it was meant to close)
    t.map:4:8: error[J105 unclosed-bracket]: `[` is not closed (put the missing `]` after the last value)
    "#);
}

#[test]
fn an_unclosed_string() {
    let text = r#"
document from record {
  A = "1000
  B = f("x, 1)
  Item { C = "x }
  D = "ends with \
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:7: error[J107 unclosed-string]: a string starts here and is not closed on its line (close it with `"`; a line break inside a string is written `\n`)
    t.map:4:9: error[J107 unclosed-string]: a string starts here and is not closed on its line (close it with `"`; a line break inside a string is written `\n`)
    t.map:5:14: error[J107 unclosed-string]: a string starts here and is not closed on its line (close it with `"`; a line break inside a string is written `\n`)
    t.map:6:7: error[J107 unclosed-string]: a string starts here and is not closed on its line (close it with `"`; a line break inside a string is written `\n`)
    "#);
}

#[test]
fn wrong_escapes() {
    let text = r#"
document from record {
  A = "a\qb\u20ac\u{110000}\u{}"
  B = "C:\temp"
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:9: error[J108 unknown-escape]: `\q` is no escape (escapes are `\"`, `\\`, `\n`, `\t` and `\u{1F600}`; a backslash is written `\\`)
    t.map:3:12: error[J108 unknown-escape]: `\u` is not followed by `{…}` (write the number of the character in braces: `\u{20AC}`)
    t.map:3:18: error[J108 unknown-escape]: `\u{110000}` is the number of no character (write 1 to 6 hexadecimal digits, up to `\u{10FFFF}` and none of D800 to DFFF)
    t.map:3:28: error[J108 unknown-escape]: `\u{}` is the number of no character (write 1 to 6 hexadecimal digits, up to `\u{10FFFF}` and none of D800 to DFFF)
    "#);
}

#[test]
fn wrong_quotes() {
    let text =
        ["document from record {", "  A = 'SA'", "  B = `x`", "  C = \u{201c}abc\u{201d}", "  D = it's", "}"]
            .join("\n");
    assert_snapshot!(said(&text), @r#"
    t.map:2:7: error[J109 wrong-quotes]: `'` does not quote a string (write strings in double quotes: `"text"`)
    t.map:3:7: error[J109 wrong-quotes]: ``` does not quote a string (write strings in double quotes: `"text"`)
    t.map:4:7: error[J109 wrong-quotes]: `“` does not quote a string (write strings in plain double quotes: `"text"`)
    t.map:4:11: error[J109 wrong-quotes]: `”` does not quote a string (write strings in plain double quotes: `"text"`)
    t.map:5:9: error[J109 wrong-quotes]: `'` does not quote a string (write strings in double quotes: `"text"`)
    "#);
}

#[test]
fn wrong_comments() {
    let text = r#"
// a mapping, don't read
map m /* version "1 */ version 2
document from record {
  A = 1 // one {
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:1: error[J110 wrong-comment]: `//` does not start a comment here (write `#`: a comment goes on to the end of its line)
    t.map:3:7: error[J110 wrong-comment]: `/*` does not start a comment here (write `#`: a comment goes on to the end of its line)
    t.map:5:9: error[J110 wrong-comment]: `//` does not start a comment here (write `#`: a comment goes on to the end of its line)
    "#);
}

#[test]
fn operators_of_other_languages() {
    let text = r#"
document from record {
  A = a / b
  B = a && b
  C = a || !b
  D = a <> b
  E = a % 2
  F = a is not none
  G = a not in b
  H = a AND b
  I = a ?? b
  J = x like "a*"
  K = a ** 2
  L = a | 25
  M = a?.b
  N = x between 1 and 2
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:9: error[J114 unknown-operator]: `/` is not an operator (divide with `divide(a, b, places, "half_up")`: places and rounding are always written)
    t.map:4:9: error[J114 unknown-operator]: `&&` is not an operator (write `and`)
    t.map:5:9: error[J114 unknown-operator]: `||` is not an operator (write `or`)
    t.map:5:12: error[J114 unknown-operator]: `!` is not an operator (write `not`)
    t.map:6:9: error[J114 unknown-operator]: `<>` is not an operator (write `!=`)
    t.map:7:9: error[J114 unknown-operator]: `%` is not an operator (there is no remainder; a percentage is `x * rate`)
    t.map:8:9: error[J114 unknown-operator]: `is` is not an operator (write `!=`)
    t.map:9:9: error[J114 unknown-operator]: `not` is not an operator (write `not x in list`)
    t.map:10:9: error[J114 unknown-operator]: `AND` is not an operator (write `and`)
    t.map:11:10: error[J114 unknown-operator]: `??` is not an operator (write `or`: `memo or "none"`)
    t.map:12:9: error[J114 unknown-operator]: `like` is not an operator (use a function: `x | matches(…)`)
    t.map:13:10: error[J114 unknown-operator]: `**` is not an operator (there are no powers; `shift(x, n)` moves the decimal point)
    t.map:14:11: error[J114 unknown-operator]: a function was expected after `|`, found `25` (write `value | cut(25)`; for a choice write `or`)
    t.map:15:9: error[J114 unknown-operator]: `?.` is not an operator (write `table[k]?.column`, or `x or …` for an optional value)
    t.map:16:9: error[J114 unknown-operator]: `between` is not an operator (write `a <= x and x <= b`)
    "#);
}

#[test]
fn arms_without_arrows() {
    let text = r#"
document from record {
  route by kind {
    gl Item { A = 1 }
    debtor -> Item { }
    creditor: Item { }
    "x"
    _ => drop "x"
    default => drop "x"
    a => Item
    b => skip "x"
    * => drop "x"
  }
  A = match k { "a" -> 1
  "b": 2
  otherwise 3 }
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:4:8: error[J113 missing-arrow]: `=>` was expected between the pattern and what happens, found `Item` (write `pattern => …`)
    t.map:5:12: error[J113 missing-arrow]: `=>` was expected between the pattern and what happens, found `->` (write `pattern => …`)
    t.map:6:13: error[J113 missing-arrow]: `=>` was expected between the pattern and what happens, found `:` (write `pattern => …`)
    t.map:7:8: error[J113 missing-arrow]: an arm ends before its `=>` (write `pattern => …`)
    t.map:8:5: error[J113 missing-arrow]: `_` is not a pattern (write `else => …` for all the rest)
    t.map:10:14: error[J101 not-understood]: expected `{`, found the end of the statement (write `pattern => Element { … }`, `=> drop "why"` or `=> reject "why"`)
    t.map:11:15: error[J101 not-understood]: expected `{`, found `"x"` (write `pattern => Element { … }`, `=> drop "why"` or `=> reject "why"`)
    t.map:14:21: error[J113 missing-arrow]: `=>` was expected between the pattern and what happens, found `->` (write `pattern => …`)
    t.map:15:6: error[J113 missing-arrow]: `=>` was expected between the pattern and what happens, found `:` (write `pattern => …`)
    t.map:16:13: error[J113 missing-arrow]: `=>` was expected between the pattern and what happens, found `3` (write `else => …` for all the rest)
    "#);
}

#[test]
fn arms_side_by_side() {
    let text = r#"
document from record {
  route by kind { a => Item { } b => Item { } }
  route by kind { each { } each { }
 each { } }
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:33: error[J115 missing-separator]: `b` starts something new in the middle of a line (put it on a line of its own, or `;` before it)
    t.map:4:28: error[J115 missing-separator]: `each` starts something new in the middle of a line (put it on a line of its own, or `;` before it)
    "#);
}

#[test]
fn statements_side_by_side() {
    let text = r#"
document from record { A = 1 B = 2 }
document from record {
  let a = x let b = y
  Item { A = x   B = y }
}
source json record { a: text b: int }
map m version 1 map n
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:30: error[J115 missing-separator]: `B` starts something new in the middle of a line (put it on a line of its own, or `;` before it)
    t.map:4:13: error[J115 missing-separator]: `let` starts something new in the middle of a line (put it on a line of its own, or `;` before it)
    t.map:5:18: error[J115 missing-separator]: `B` starts something new in the middle of a line (put it on a line of its own, or `;` before it)
    t.map:7:30: error[J115 missing-separator]: `b` starts something new in the middle of a line (put it on a line of its own, or `,` before it)
    t.map:8:17: error[J115 missing-separator]: `map` starts something new in the middle of a line (put it on a line of its own, or `;` before it)
    "#);
}

#[test]
fn omit_in_the_wrong_place() {
    let text = r#"
document from record {
  A = omit
  B = f(omit)
  C = x or omit | cut(5)
  D = reject "x"
  E = a ? b : omit ? c : d
  F = omit or x
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:7: error[J116 misplaced-omit]: `omit` stands where a value is expected (write `x or omit`, `c ? x : omit`, or take the statement out)
    t.map:4:9: error[J116 misplaced-omit]: `omit` stands where a value is expected (write `x or omit`, `c ? x : omit`, or take the statement out)
    t.map:5:17: error[J116 misplaced-omit]: nothing can follow `omit` here, found `|` (let `or omit` be the last thing of the statement)
    t.map:6:7: error[J116 misplaced-omit]: `reject` stands where a value is expected (write `x or reject "why"`, or the statement `reject "why" when …`)
    t.map:7:15: error[J116 misplaced-omit]: a condition was expected before `?` (put brackets around the inner `? :`)
    t.map:8:7: error[J116 misplaced-omit]: `omit` stands where a value is expected (write `x or omit`, `c ? x : omit`, or take the statement out)
    "#);
}

#[test]
fn missing_values() {
    let text = r#"
document from record {
  A =
  B = a +
  C = f(a,, b)
  let d
  let = 
  D = ()
  for x { }
  for in y { }
  reject when a
  reject "a"
  drop "a" when
  total
  same
  if { A = 1 }
  split 999 { }
  split above x { }
  Item
  A.B. = 1
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:6: error[J101 not-understood]: an expression was expected after `=`, found the end of the statement (write it, or take the statement out)
    t.map:4:10: error[J101 not-understood]: an expression was expected after `+`, found the end of the statement (write it, or take the statement out)
    t.map:5:11: error[J101 not-understood]: expected an expression or `)`, found `,`
    t.map:6:8: error[J101 not-understood]: expected `=`, found the end of the statement (write `let NAME = EXPRESSION`)
    t.map:7:8: error[J101 not-understood]: an expression was expected after `=`, found the end of the statement (write it, or take the statement out)
    t.map:8:8: error[J101 not-understood]: expected an expression, found `)`
    t.map:9:9: error[J101 not-understood]: expected `in`, found `{` (write `for x in list { … }`)
    t.map:10:10: error[J101 not-understood]: expected `in`, found `y` (write `for x in list { … }`)
    t.map:11:10: error[J101 not-understood]: expected a string, found `when` (write `reject "why" when CONDITION note "…"`)
    t.map:12:13: error[J101 not-understood]: expected `when`, found the end of the statement (write `reject "why" when CONDITION note "…"`)
    t.map:13:16: error[J101 not-understood]: an expression was expected after `when`, found the end of the statement (write it, or take the statement out)
    t.map:14:8: error[J101 not-understood]: an expression was expected after `total`, found the end of the statement (write it, or take the statement out)
    t.map:15:7: error[J101 not-understood]: expected a name, found the end of the statement (write `same company, date`)
    t.map:16:6: error[J101 not-understood]: expected an expression, found `{` (write `if CONDITION { … } else { … }`)
    t.map:17:9: error[J101 not-understood]: expected `above`, found `999` (write `split above 999 { … }`)
    t.map:18:15: error[J101 not-understood]: expected a whole number, found `x` (write `split above 999 { … }`)
    t.map:19:7: error[J101 not-understood]: expected `{` or `=`, found the end of the statement
    t.map:20:8: error[J101 not-understood]: expected an element, found `=`
    "#);
}

#[test]
fn wrong_fields_and_types() {
    let text = r#"
source json record {
  a: = text
  b:
  c: text(
  d: text(..)
  e: text(a..b)
  f: [text
  g: text at
  h: text at a at b
  i: text at a..b
  j: money(
  k: none
  l: text none
  m: text none none
  n: text or two
  o: int round
  p: {
    q text
    r: text at "x
  }
  s: [ ( a, b: text ) ]
  t: "a" |
  u: text at a[-1]
  v: text at a[99999999999999999999]
  no-name: text
  1st: text
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:6: error[J101 not-understood]: expected a type, found `=` (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:4:5: error[J101 not-understood]: expected a type, found the end of the statement (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:5:10: error[J105 unclosed-bracket]: `(` is not closed (put the missing `)` after the last value)
    t.map:7:12: error[J101 not-understood]: expected `,` or `)`, found `..`
    t.map:8:6: error[J105 unclosed-bracket]: `[` is not closed (put the missing `]` after the last value)
    t.map:9:13: error[J101 not-understood]: expected a path such as `a.b`, found the end of the statement (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:10:16: error[J121 written-twice]: `at` stands twice in this statement (take one of them out)
    t.map:11:15: error[J101 not-understood]: `..` cannot follow a type (after a type may stand `none`, `at`, `or`, `round`, `minor`, `key`, `from`, `to` or `number`)
    t.map:12:11: error[J105 unclosed-bracket]: `(` is not closed (put the missing `)` after the last value)
    t.map:14:15: error[J101 not-understood]: expected a string, found the end of the statement (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:15:16: error[J101 not-understood]: expected a string, found `none` (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:16:14: error[J101 not-understood]: expected `one`, found `two` (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:17:15: error[J101 not-understood]: expected a name, found the end of the statement (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:19:7: error[J112 colon-or-equals]: a type stands after `:`, found `text` (write `name: type`)
    t.map:20:16: error[J107 unclosed-string]: a string starts here and is not closed on its line (close it with `"`; a line break inside a string is written `\n`)
    t.map:22:11: error[J101 not-understood]: expected `:`, found the end of the statement (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:23:11: error[J101 not-understood]: expected a string, found the end of the statement (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:24:16: error[J101 not-understood]: expected a whole number, found `-` (write `name: type`, then words such as `at`, `none` or `key`)
    t.map:25:16: error[J120 number-too-large]: the number has 20 digits, more than can be counted here (write a smaller number)
    t.map:26:5: error[J122 wrong-character]: `-` cannot stand in the name of a field (write `no_name: type at "no-name"`)
    t.map:27:3: error[J124 wrong-number]: `1st` is neither a name nor a number (names start with a letter or `_`; numbers are digits with at most one `.`: `1234.56`)
    "#);
}

#[test]
fn wrong_heads() {
    let text = r#"
map
map 3
map m version x
use lib.map
target
target wsdl
target s4.journal_entry
target s4.journal_entry 2024
target xsd "x" "root"
param
param x text
param x: = 1
param x: text = env "X"
param x: text = env(X)
source xml record { }
source json { }
source json record
source json record at { a: text }
around x { }
table t { }
table t = xlsx("t") { }
table t = csv(t.csv) { }
table t = csv("t", ";") { }
fn f = 1
fn f(a) = 1
fn f(a: int) 1
message
document { }
document from lines { }
document from record
document per { }
document per a adjacent collected { }
document from record when { }
document from record when a when b key c key d { }
test { }
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:4: error[J101 not-understood]: expected a name, found the end of the statement (write `map NAME version 1`)
    t.map:3:5: error[J101 not-understood]: expected a name, found `3` (write `map NAME version 1`)
    t.map:4:15: error[J101 not-understood]: expected a whole number, found `x` (write `map NAME version 1`)
    t.map:5:5: error[J101 not-understood]: expected a string, found `lib` (write `use "library.map"`)
    t.map:6:7: error[J101 not-understood]: expected a target such as `s4.journal_entry`, `wsdl` or `xsd`, found the end of the statement (write `target s4.journal_entry profile 2024`, `target wsdl "FILE"` or `target xsd "FILE" root "NAME"`)
    t.map:7:12: error[J101 not-understood]: expected a string, found the end of the statement (write `target s4.journal_entry profile 2024`, `target wsdl "FILE"` or `target xsd "FILE" root "NAME"`)
    t.map:8:24: error[J101 not-understood]: expected `profile`, found the end of the statement (write `target s4.journal_entry profile 2024`, `target wsdl "FILE"` or `target xsd "FILE" root "NAME"`)
    t.map:9:25: error[J101 not-understood]: expected `profile`, found `2024` (write `target s4.journal_entry profile 2024`, `target wsdl "FILE"` or `target xsd "FILE" root "NAME"`)
    t.map:10:16: error[J101 not-understood]: expected `root`, found `"root"` (write `target s4.journal_entry profile 2024`, `target wsdl "FILE"` or `target xsd "FILE" root "NAME"`)
    t.map:11:6: error[J101 not-understood]: expected a name, found the end of the statement (write `param NAME: TYPE` or `param NAME: TYPE = "default"`)
    t.map:12:9: error[J101 not-understood]: expected `:`, found `text` (write `param NAME: TYPE` or `param NAME: TYPE = "default"`)
    t.map:13:10: error[J101 not-understood]: expected a type, found `=` (write `param NAME: TYPE` or `param NAME: TYPE = "default"`)
    t.map:14:21: error[J101 not-understood]: expected `(`, found `"X"` (write `param NAME: TYPE` or `param NAME: TYPE = "default"`)
    t.map:15:21: error[J101 not-understood]: expected a string, found `X` (write `param NAME: TYPE` or `param NAME: TYPE = "default"`)
    t.map:16:8: error[J101 not-understood]: expected `json`, found `xml` (write `source json record at path[] { … }` or `source json line { … }`)
    t.map:17:13: error[J101 not-understood]: expected `record` or `line`, found `{` (write `source json record at path[] { … }` or `source json line { … }`)
    t.map:18:19: error[J101 not-understood]: expected `{`, `strict` or `at`, found the end of the statement (write `source json record at path[] { … }` or `source json line { … }`)
    t.map:19:23: error[J101 not-understood]: expected a path such as `a.b`, found `{` (write `source json record at path[] { … }` or `source json line { … }`)
    t.map:20:8: error[J101 not-understood]: expected `{`, found `x` (write `around { name: type at path }`)
    t.map:21:9: error[J101 not-understood]: expected `=`, found `{` (write `table NAME = csv("file.csv") { column: type key, … }`)
    t.map:22:11: error[J101 not-understood]: expected `json` or `csv`, found `xlsx` (write `table NAME = csv("file.csv") { column: type key, … }`)
    t.map:23:15: error[J101 not-understood]: expected a string, found `t` (write `table NAME = csv("file.csv") { column: type key, … }`)
    t.map:24:20: error[J101 not-understood]: expected `separator` or `at`, found `";"` (write `table NAME = csv("file.csv") { column: type key, … }`)
    t.map:25:6: error[J101 not-understood]: expected `(`, found `=` (write `fn NAME(a: TYPE) = EXPRESSION`)
    t.map:26:7: error[J101 not-understood]: expected `:`, found `)` (write `fn NAME(a: TYPE) = EXPRESSION`)
    t.map:27:14: error[J101 not-understood]: expected `=` or `->`, found `1` (write `fn NAME(a: TYPE) = EXPRESSION`)
    t.map:28:8: error[J101 not-understood]: expected `{`, found the end of the statement (write `message { Element = … }`)
    t.map:29:10: error[J101 not-understood]: expected `from`, `for` or `per`, found `{` (write `document from record { … }`, `document for x in list { … }` or `document per key { … }`)
    t.map:30:15: error[J101 not-understood]: expected `record`, found `lines` (write `document from record { … }`, `document for x in list { … }` or `document per key { … }`)
    t.map:31:21: error[J101 not-understood]: expected `{`, `when` or `key`, found the end of the statement (write `document from record { … }`, `document for x in list { … }` or `document per key { … }`)
    t.map:32:14: error[J101 not-understood]: expected an expression, found `{` (write `document from record { … }`, `document for x in list { … }` or `document per key { … }`)
    t.map:33:25: error[J101 not-understood]: expected `{`, `when` or `key`, found `collected` (write `document from record { … }`, `document for x in list { … }` or `document per key { … }`)
    t.map:34:27: error[J101 not-understood]: expected an expression, found `{` (write `document from record { … }`, `document for x in list { … }` or `document per key { … }`)
    t.map:35:29: error[J121 written-twice]: `when` stands twice in this statement (take one of them out)
    t.map:35:42: error[J121 written-twice]: `key` stands twice in this statement (take one of them out)
    t.map:36:6: error[J101 not-understood]: expected a string, found `{` (write `test "name" { … }`)
    "#);
}

#[test]
fn reserved_names() {
    let text = r#"
param or: text
source json record { none: text }
fn not(a: int) = a
document from record { let omit = 1; for true in x { }; A = none.x; B = and }
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:7: error[J104 reserved-word]: `or` cannot be a name: it means something in expressions (use another name, such as `or_`)
    t.map:3:22: error[J104 reserved-word]: `none` cannot be a name: it means something in expressions (use another name, such as `none_`)
    t.map:4:4: error[J104 reserved-word]: `not` cannot be a name: it means something in expressions (use another name, such as `not_`)
    t.map:5:28: error[J104 reserved-word]: `omit` cannot be a name: it means something in expressions (use another name, such as `omit_`)
    t.map:5:42: error[J104 reserved-word]: `true` cannot be a name: it means something in expressions (use another name, such as `true_`)
    t.map:5:73: error[J101 not-understood]: expected an expression, found `and`
    "#);
}

#[test]
fn wrong_notes() {
    let text = r#"
document from record {
  reject "a" when b note "is {a"
  reject "a" when b note "is a}"
  reject "a" when b note "is {} or {a b} or {x | cut(\"a\")} or {a +} {ok}"
}
"#;
    assert_snapshot!(said(text), @r"
    t.map:3:30: error[J117 wrong-note]: `{` in a note has no `}` (write values as `{name}` without strings inside, and a brace itself as `{{`)
    t.map:4:31: error[J117 wrong-note]: `}` in a note has no `{` (write values as `{name}` without strings inside, and a brace itself as `}}`)
    t.map:5:30: error[J117 wrong-note]: between the braces of a note one value is expected (give a longer expression a name with `let` and write `{name}`; a brace is `{{` or `}}`)
    t.map:5:39: error[J101 not-understood]: expected `}`, found `b`
    t.map:5:45: error[J117 wrong-note]: between the braces of a note one value is expected (give a longer expression a name with `let` and write `{name}`; a brace is `{{` or `}}`)
    t.map:5:69: error[J101 not-understood]: an expression was expected after `+`, found `}` (write it, or take the statement out)
    ");
}

#[test]
fn odd_characters() {
    let text = [
        "document from record {",
        "  W\u{e4}hrung = 1",
        "  let stra\u{df}e = 2",
        "  A\u{a0}= 1",
        "  B = $x",
        "  C = @x",
        "  D = a ~ b",
        "  E = a\u{200b}",
        "}\u{0}",
    ]
    .join("\n");
    assert_snapshot!(said(&text), @r#"
    t.map:2:4: error[J122 wrong-character]: the character `ä` cannot stand here (names are made of ASCII letters, digits and `_`; other names stand in quotes: `at "Straße"`)
    t.map:3:11: error[J122 wrong-character]: the character `ß` cannot stand here (names are made of ASCII letters, digits and `_`; other names stand in quotes: `at "Straße"`)
    t.map:4:4: error[J122 wrong-character]: the invisible character U+00A0 stands here (take it out, or write an ordinary space)
    t.map:5:7: error[J122 wrong-character]: the character `$` cannot stand here (names have no sign before them; odd JSON keys stand in quotes after `at`)
    t.map:6:7: error[J122 wrong-character]: the character `@` cannot stand here (names have no sign before them; odd JSON keys stand in quotes after `at`)
    t.map:7:9: error[J122 wrong-character]: the character `~` cannot stand here (take it out)
    t.map:8:8: error[J122 wrong-character]: the invisible character U+200B stands here (take it out, or write an ordinary space)
    t.map:9:2: error[J122 wrong-character]: the invisible character U+0000 stands here (take it out, or write an ordinary space)
    "#);
}

#[test]
fn chained_comparisons() {
    let text = r#"
document from record {
  A = a < b < c ? 1 : 2
  B = (a < b) == c
  C = a == b in d
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:13: error[J123 chained-comparison]: a comparison cannot be compared again (compare two values at a time: `a < b and b < c`)
    t.map:5:14: error[J123 chained-comparison]: a comparison cannot be compared again (compare two values at a time: `a < b and b < c`)
    "#);
}

#[test]
fn too_large_numbers() {
    let text = r#"
map m version 99999999999999999999
source json record { a: text(1..99999999999999999999) }
document from record { split above 18446744073709551616 { } }
"#;
    assert_snapshot!(said(text), @r#"
    t.map:2:15: error[J120 number-too-large]: the number has 20 digits, more than can be counted here (write a smaller number)
    t.map:3:33: error[J120 number-too-large]: the number has 20 digits, more than can be counted here (write a smaller number)
    t.map:4:36: error[J120 number-too-large]: the number has 20 digits, more than can be counted here (write a smaller number)
    "#);
}

#[test]
fn wrong_numbers() {
    let text = r#"
document from record {
  A = 1e5
  B = 1.
  C = .5
  D = 12abc
  E = 1,000
  F = 0x10
  G = 1_000
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:7: error[J124 wrong-number]: `1e5` is not a number (names start with a letter or `_`; numbers are digits with at most one `.`: `1234.56`)
    t.map:4:9: error[J124 wrong-number]: a number ends with `.` (write a digit after it, or leave `.` out)
    t.map:5:7: error[J124 wrong-number]: a number starts with `.` (write a digit before it: `0.5`)
    t.map:6:7: error[J124 wrong-number]: `12abc` is not a number (names start with a letter or `_`; numbers are digits with at most one `.`: `1234.56`)
    t.map:7:8: error[J124 wrong-number]: a number is written with `,` (write digits with at most one `.`: `1234.56`)
    t.map:8:7: error[J124 wrong-number]: `0x10` is not a number (names start with a letter or `_`; numbers are digits with at most one `.`: `1234.56`)
    t.map:9:7: error[J124 wrong-number]: `1_000` is not a number (names start with a letter or `_`; numbers are digits with at most one `.`: `1234.56`)
    "#);
}

#[test]
fn a_bracket_that_is_missed_where_a_foreign_comment_starts() {
    let text = r#"
document from record {
  A = f(b// its value
}
"#;
    assert_snapshot!(said(text), @r#"
    t.map:3:8: error[J105 unclosed-bracket]: `(` is not closed (put the missing `)` after the last value)
    t.map:3:10: error[J110 wrong-comment]: `//` does not start a comment here (write `#`: a comment goes on to the end of its line)
    "#);
    assert_snapshot!(said("fn f() = (1 // one \u{b} "), @r#"
    t.map:1:10: error[J105 unclosed-bracket]: `(` is not closed (put the missing `)` after the last value)
    t.map:1:13: error[J110 wrong-comment]: `//` does not start a comment here (write `#`: a comment goes on to the end of its line)
    t.map:1:20: error[J122 wrong-character]: the invisible character U+000B stands here (take it out, or write an ordinary space)
    "#);
}
