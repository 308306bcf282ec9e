//! Codes of running a plan: why a document is refused.

super::codes! {
    /// A value was refused when it was read.
    ///
    /// It follows another fault of the same document, which says what is wrong.
    J500 = "follows-from-another";
    /// The mapping refuses the document.
    ///
    /// A `reject` statement, an arm `=> reject`, or `or reject` of the mapping applies. The message is the mapping's own.
    J501 = "rejected-by-mapping";
    /// A table has no row for a key.
    ///
    /// Add the row, or write what is to be done without one: `table[key]?.column or …`.
    J502 = "table-miss";
    /// A value that is required is missing.
    ///
    /// `require` stands in the mapping, or the value is part of the document key.
    J503 = "required-missing";
    /// An amount has no usable currency.
    ///
    /// The currency field is missing, is not three letters, or is not in ISO 4217 where minor units are to be scaled.
    J504 = "no-currency";
    /// No document block takes the record.
    ///
    /// Each `document` block has a `when` and none holds. Add a block for such records, or drop them: `document … when … { drop "why" when true }`.
    J505 = "no-document-block";
    /// Two elements of a list match where one is expected.
    ///
    /// `list[condition]` takes the one element that matches. Make the condition narrower, or use `first(… for x in list when …)`.
    J506 = "several-matches";
    /// Amounts of two currencies are added or compared.
    J507 = "currencies-mixed";
    /// No arm of a `route` or `match` takes the value.
    ///
    /// Add an arm, or `else => reject "…"`.
    J508 = "no-arm";
    /// A date outside the years 1 to 9999.
    J509 = "date-beyond-calendar";
    /// A number of more than 38 digits.
    J510 = "number-beyond-digits";
    /// An amount has more decimal places than its currency.
    ///
    /// Often a sum that went through floating point in the sending system (`45.120000000000005`).
    /// Mend it there, or write how it is to be rounded: `money(ccy) round half_up`.
    J511 = "too-many-places";
    /// A value does not fit its element.
    ///
    /// Longer, with more digits, or of another form than the contract of the service allows. `cut(n)` cuts texts, `round` rounds numbers.
    J512 = "does-not-fit";
    /// Amount and debit/credit code disagree.
    ///
    /// Debits are above zero, credits below. `debit_credit(amount)` gives the code that agrees.
    J513 = "sign-disagrees";
    /// A document cannot be split.
    ///
    /// One round of the loop writes more lines than a part may have, or too many parts would be needed.
    J514 = "cannot-split";
    /// A value differs between the lines of a document.
    ///
    /// `same` says it is constant. Group by it (`document per`), or take it per line.
    J515 = "not-the-same";
    /// A document has more lines than the receiver takes.
    ///
    /// Add `split above 999 { … }` to write it in parts, each balanced by a clearing line.
    J516 = "too-many-lines";
    /// A document has lines in two currencies.
    ///
    /// The receiver takes one transaction currency in each document. Group by the currency too.
    J517 = "several-currencies";
    /// A document does not balance.
    ///
    /// The amounts in transaction currency must add up to zero.
    J518 = "unbalanced";
    /// A document does not balance in another currency.
    ///
    /// The amounts in company code or group currency must add up to zero when all lines give them.
    J519 = "unbalanced-local";
    /// A document key comes again.
    ///
    /// Documents of one key must stand together in the input. Sort it, or write `collected` (which holds everything in memory).
    /// Whether the first one was written or refused makes no difference.
    J520 = "key-again";
    /// Too much would have to be held in memory.
    ///
    /// `document … collected` holds the whole input. Sort the input by the key and write `adjacent`, or raise the limit.
    J521 = "too-much-held";
    /// A broken line stands between the lines of a document.
    ///
    /// The line is a reject of its own; the document may lack it. Put the mended line into the document's reject, take
    /// `may_lack_lines` away there, and run it again.
    J523 = "line-missing";
    /// The input ends, or is broken, before the document is complete.
    ///
    /// Fetch the input again. Where no line is missing, take `may_lack_lines` out of its reject and run it again.
    J524 = "cut-off";
    /// A document has no lines.
    ///
    /// The mapping writes line items, but there is none to write. Drop such documents: `drop "empty" when count(…) == 0`.
    J525 = "no-lines";
    /// jemap itself failed on the record.
    ///
    /// That is a mistake of jemap, not of the data: please report it with the record. The others go on. With a version
    /// that is mended, run the reject again (`jemap transform --again`) or send the same input again.
    J526 = "failed-inside";
}
