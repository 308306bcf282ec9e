//! Codes of the stage `check`.

super::codes! {
    /// A name is not known here.
    ///
    /// It is no field, variable, parameter or table that can be seen from this place. Declare it, or mend its spelling.
    J201 = "unknown-name";
    /// The contract has no such element here.
    ///
    /// The receiver ignores misplaced elements in silence, so they are refused here. Mend the name or write the full path.
    J202 = "unknown-element";
    /// A value is of another type than its place needs.
    ///
    /// Nothing is converted silently. Convert it with a function, or declare the field with the right type.
    J203 = "wrong-type";
    /// There is no such table.
    ///
    /// Declare it with `table NAME = csv("file.csv") { … }`, or mend the name.
    J204 = "unknown-table";
    /// The table has no such column.
    ///
    /// Declare the column in the table's block, or mend the name.
    J205 = "unknown-column";
    /// There is no such function.
    ///
    /// `jemap functions` lists them; own ones are declared with `fn`.
    J206 = "unknown-function";
    /// There is no such type.
    ///
    /// Types are `text int decimal money date time bool currency json`, words in quotes, `{ … }` and `[ … ]`.
    J207 = "unknown-type";
    /// A word is none of the declared ones.
    ///
    /// It can never be equal to the value. Mend it, or add it to the declaration.
    J208 = "unknown-word";
    /// A format, pattern or mode is not understood.
    ///
    /// Write one of the spellings the reference lists for this type.
    J209 = "unknown-format";
    /// There is no such contract or profile.
    ///
    /// `jemap contract` lists the built-in ones.
    J210 = "unknown-target";
    /// Two things have the same name.
    ///
    /// Rename one of them.
    J211 = "name-twice";
    /// A new name hides one that is already visible.
    ///
    /// A reader could take one for the other. Rename it.
    J212 = "name-hidden";
    /// The element has no such attribute.
    ///
    /// Mend the name or leave the attribute out.
    J213 = "unknown-attribute";
    /// A mandatory attribute is missing.
    ///
    /// Assign it in parentheses after the element; money writes its own currency.
    J214 = "attribute-missing";
    /// A mandatory element is missing on some way through the block.
    ///
    /// Assign it, on every way.
    J215 = "element-missing";
    /// An element is assigned twice on one way through the block.
    ///
    /// Keep one of the assignments, or put them into the branches of one `if`.
    J216 = "element-twice";
    /// An element stands more often than the contract allows.
    ///
    /// Leave out what is too much.
    J217 = "element-too-often";
    /// A value of one line is used where there is only the document.
    ///
    /// Say that it is `same` in all lines, or take `first(…)`, or write it inside a loop over the lines.
    J218 = "line-value-in-document";
    /// An element that may stand once is written inside a loop.
    ///
    /// Write it outside of the loop, or write the repeating element around it inside.
    J219 = "single-element-in-loop";
    /// A `route` or `match` does not say what happens with every value.
    ///
    /// Add the missing arms or `else`.
    J220 = "not-exhaustive";
    /// An arm can never be reached.
    ///
    /// Its values are taken by arms before it, or all values are. Remove it.
    J221 = "arm-never-reached";
    /// A `let` is never used.
    ///
    /// Use it or remove it.
    J222 = "unused-let";
    /// Something is declared and never used.
    ///
    /// Use it or remove it.
    J223 = "unused";
    /// A value that may be missing is used without saying what happens then.
    ///
    /// Add `or omit`, `or VALUE`, `or reject "why"`, or `| require`.
    J224 = "none-not-handled";
    /// The value can never be missing, so its default is never taken.
    ///
    /// Remove the `or …`, `require` or `none`.
    J225 = "never-none";
    /// Arithmetic or a comparison with a value that may be missing.
    ///
    /// Say what holds then: `(x or 0)`, or `x | require`.
    J226 = "none-in-operation";
    /// Two amounts are certainly of different currencies.
    ///
    /// Convert one of them, or compare their amounts by `amount_of`.
    J227 = "currencies-differ";
    /// An aggregate has nothing to go over.
    ///
    /// Say the list: `sum(x.amount for x in list)`.
    J228 = "aggregate-without-range";
    /// An aggregate stands inside an aggregate.
    ///
    /// Give the inner one a name with `let`, or go over both lists: `sum(y.amount for x in list, y in x.list)`.
    J229 = "aggregate-nested";
    /// A function calls itself.
    ///
    /// A mapping always ends, so functions do not recurse.
    J230 = "recursion";
    /// The mapping lacks a statement it needs.
    ///
    /// A mapping has `map`, `target`, `source` and at least one `document`.
    J231 = "statement-missing";
    /// A statement stands twice that may stand once.
    ///
    /// Remove one of them.
    J232 = "statement-twice";
    /// Documents have no key.
    ///
    /// Without a key a document's id is derived from its place and content: a mended document gets a new id.
    J233 = "no-key";
    /// The source and the way documents are made of it do not go together.
    ///
    /// `source json line` needs `document per …`; `source json record` needs `document from record` or `document for …`.
    J234 = "document-of-other-source";
    /// `around` without a way to the records.
    ///
    /// Values around the records exist only where the records lie inside something: `source json record at items[]`.
    J235 = "around-without-at";
    /// A path cannot be followed.
    ///
    /// `[]` stands at the end of a source's path only; one value is an object or a list, not both.
    J236 = "wrong-path";
    /// A value can never satisfy the contract.
    ///
    /// Its length, digits, pattern or word is not allowed there.
    J237 = "value-never-fits";
    /// A function is called with wrong arguments.
    ///
    /// The help shows how it is called.
    J238 = "wrong-arguments";
    /// A library holds something it may not.
    ///
    /// Libraries hold `fn` and `table` only.
    J239 = "wrong-library";
    /// The default of a parameter is not of its type.
    ///
    /// Write a default the type allows.
    J240 = "wrong-default";
    /// Something that is no single value is used as one.
    ///
    /// Lists are gone through with `for`, picked from with `[…]`, or put together with `sum`, `first`, …
    J241 = "not-a-value";
    /// An element with children is given a value, or the other way round.
    ///
    /// Elements with children take a block: `Tax { TaxCode = … }`.
    J242 = "wrong-content";
    /// `omit` stands where no element can be left out.
    ///
    /// It is allowed as the last resort of an element's value only.
    J243 = "omit-out-of-place";
    /// A constant was expected.
    ///
    /// Lists after `in` hold constants.
    J244 = "not-constant";
    /// The mapping is too large or nested too deeply.
    ///
    /// Split it, or name parts with `let`.
    J245 = "too-large";
    /// A statement stands where it has no meaning.
    ///
    /// The message says where it belongs.
    J246 = "statement-out-of-place";
    /// A currency is not in the list of ISO 4217.
    ///
    /// Mend the code.
    J247 = "unknown-currency";
    /// A path leads through an element that repeats.
    ///
    /// Write a block, so that it is clear which occurrence is meant: `Item { GLAccount = … }`.
    J248 = "path-through-repeating";
    /// A modifier does not go with its type.
    ///
    /// Remove it.
    J249 = "wrong-modifier";
    /// A table is asked with wrong keys, or its declaration has none.
    ///
    /// Give one value for each key column, in their order.
    J250 = "wrong-table-key";
    /// Two document blocks group lines in different ways.
    ///
    /// Lines are grouped before it is known which block takes them. Group by the same keys in every block.
    J251 = "groups-differ";
}
