//! Codes of the stage `syntax`.

super::codes! {
    /// The statement is not built as it should be.
    ///
    /// The message says what was found and what was expected at that place; `grammar/LANGUAGE.md` shows each statement.
    J101 = "not-understood";
    /// No statement starts with this word.
    ///
    /// Correct the word, or put the line where it belongs.
    J102 = "unknown-statement";
    /// The statement is known, but stands in the wrong place.
    ///
    /// Declarations (`param`, `source`, `table` …) stand at the top level; assignments and `let`, `for`, `route` … inside `document`.
    J103 = "misplaced-statement";
    /// The word is reserved and cannot be used here.
    ///
    /// `or`, `and`, `not`, `omit`, `true`, `false` and `none` cannot be names; `fmt`, `why` and `diff` are kept for later versions.
    J104 = "reserved-word";
    /// A bracket is not closed.
    ///
    /// Put the missing bracket where its block or list ends; indentation is used to guess which one was forgotten.
    J105 = "unclosed-bracket";
    /// A closing bracket closes nothing.
    ///
    /// Take it out, or open the bracket it was meant to close.
    J106 = "stray-bracket";
    /// A string is not closed on its line.
    ///
    /// Close it with `"`; a line break inside a string is written `\n`, a quote `\"`.
    J107 = "unclosed-string";
    /// A string holds an escape that does not exist.
    ///
    /// The escapes are `\"`, `\\`, `\n`, `\t` and `\u{1F600}`; a backslash itself is written `\\`.
    J108 = "unknown-escape";
    /// A string is not in plain double quotes.
    ///
    /// Write `"text"`; single, backward and typographic quotes mean nothing here.
    J109 = "wrong-quotes";
    /// A comment is written as in another language.
    ///
    /// Comments start with `#` and go on to the end of the line.
    J110 = "wrong-comment";
    /// `=` and `==` are confused.
    ///
    /// `=` assigns, `==` compares.
    J111 = "assign-or-compare";
    /// `=` and `:` are confused.
    ///
    /// `:` stands before a type and before an attribute's value, `=` before the value of an element, `let`, `table` or `fn`.
    J112 = "colon-or-equals";
    /// An arm of `route` or `match` has no `=>`.
    ///
    /// Write `pattern => …`, and `else => …` for all the rest.
    J113 = "missing-arrow";
    /// The operator does not exist.
    ///
    /// Use the word or function that the help names: `and`, `or`, `not`, `!=`, `divide(a, b, places, mode)`.
    J114 = "unknown-operator";
    /// Two statements stand on one line with nothing between them.
    ///
    /// Start a new line, or put `;` between statements (`,` between fields).
    J115 = "missing-separator";
    /// `omit` or `reject` stands where a value must be.
    ///
    /// They stand to the right of `or`, in a branch of `? :` or as an arm of `match`, and nothing follows them there.
    J116 = "misplaced-omit";
    /// The `{…}` of a note are wrong.
    ///
    /// A note shows values as `{expression}`; braces themselves are written `{{` and `}}`.
    J117 = "wrong-note";
    /// Something is nested too deep or too long a chain.
    ///
    /// Take a part out into a `let` or a `fn`.
    J118 = "too-deep";
    /// The file is larger than a mapping may be.
    ///
    /// Move tables into CSV files.
    J119 = "file-too-large";
    /// A whole number is too large.
    ///
    /// Whole numbers in declarations are less than 18446744073709551616.
    J120 = "number-too-large";
    /// A part of a statement that may stand once stands twice.
    ///
    /// Take one of them out.
    J121 = "written-twice";
    /// A character cannot stand here.
    ///
    /// Take it out; names are made of ASCII letters, digits and `_`.
    J122 = "wrong-character";
    /// Comparisons are chained.
    ///
    /// Compare two values at a time: `a < b and b < c`.
    J123 = "chained-comparison";
    /// A number is not written as numbers are here.
    ///
    /// Write digits and at most one `.`: `1234.56`; no exponent, no separators, no other base.
    J124 = "wrong-number";
}
