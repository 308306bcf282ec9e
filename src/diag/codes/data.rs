//! Codes of the stage `data`.

super::codes! {
    /// The input is not JSON as RFC 8259 defines it.
    ///
    /// The place is the first byte that cannot be there. Mend the program that writes the file.
    J401 = "not-json";
    /// The input ends in the middle of a value.
    ///
    /// A bracket or a quote is never closed. Either a transfer was cut off, then fetch the file again; or, where text
    /// follows that belongs to other records, the closing one is missing: look at the record that the place is in.
    /// Records that were complete are not lost.
    J402 = "input-cut-off";
    /// A number is not spelt as JSON spells numbers.
    ///
    /// No leading zeros, no `+`, digits on both sides of the point, no NaN. Spell it as a JSON number or as a string.
    J403 = "bad-number";
    /// A string holds a raw control character or an escape JSON does not know.
    ///
    /// Escapes are `\" \\ \/ \b \f \n \r \t \uXXXX`; characters below U+0020 must be escaped.
    J404 = "bad-string";
    /// An escape `\uD800` to `\uDFFF` stands without its partner.
    ///
    /// Half a character cannot be written to XML. The program that wrote the file cut a text in the middle of a character.
    J405 = "half-character";
    /// Objects and arrays are nested deeper than 512 levels.
    ///
    /// No journal entry needs that. Look for a program that wraps its own output.
    J406 = "nested-too-deeply";
    /// The input is not UTF-8.
    ///
    /// JSON is exchanged in UTF-8 (RFC 8259 section 8.1). Convert the file, e.g. with `iconv -f latin1 -t utf-8`.
    J407 = "not-utf-8";
    /// The input is UTF-16.
    ///
    /// Convert it first: `iconv -f utf-16 -t utf-8`.
    J408 = "utf-16";
    /// One record is larger than the limit.
    ///
    /// Raise the limit, or say with `at` in the mapping's `source` where the records are: usually the whole file was
    /// taken for one record. A line over the limit is one reject, with its beginning only; any other record ends
    /// the input.
    J409 = "record-too-large";
    /// Something stands after the end of the document.
    ///
    /// Remove it; or, when the file holds several documents on purpose, say so.
    J410 = "after-the-end";
    /// The document has nothing at the path of the records.
    ///
    /// Correct `at` in the mapping's `source`; the message lists the keys that are there.
    J411 = "record-path-not-there";
    /// A key on the way to the records is there twice.
    ///
    /// Which of the two counts is not defined by JSON, so neither is taken.
    J412 = "record-path-twice";
    /// A value declared in `around` stands after the records.
    ///
    /// Records are written while they are read, so only what stands before them is known. Let the sender write it first.
    J413 = "around-after-records";
    /// A line of rejects cannot be run again.
    ///
    /// `--again` reads what `--rejects` wrote: each line an object with `original`. Mend the values in `original` and
    /// `around`, and leave the other members as they are.
    J414 = "not-to-be-run-again";
    /// A required field is not there, null or empty.
    ///
    /// Mend the data, or make the field optional with `?` and say what happens without it.
    J421 = "missing";
    /// A value is of another JSON type than declared.
    ///
    /// Nothing is converted silently. Declare the type the data has; `text number` takes numbers as text.
    J422 = "value-of-wrong-type";
    /// A text has more or fewer characters than declared.
    ///
    /// Mend the data, or declare the length it has and `cut` where it is written.
    J423 = "wrong-length";
    /// A value is none of the declared words.
    ///
    /// Add the word to the field's type and say what it means.
    J424 = "not-one-of";
    /// A text is not a number in the declared spelling.
    ///
    /// Say how numbers are spelt by a sample after the type, e.g. `decimal "1.234,56"`.
    J425 = "not-a-number";
    /// A number has more than 38 digits.
    ///
    /// Amounts of the services have at most 24.
    J426 = "too-many-digits";
    /// A number has a fraction where a whole one is declared.
    ///
    /// Declare `decimal`, or mend the data.
    J427 = "not-whole";
    /// A text is not a currency code of three letters.
    ///
    /// Codes are those of ISO 4217, e.g. `EUR`.
    J428 = "not-a-currency";
    /// A text is not a date in the declared spelling, or there is no such day.
    ///
    /// Say how dates are spelt after the type, e.g. `date "dd.MM.yyyy"`.
    J429 = "not-a-date";
    /// A text is not an instant in the declared spelling.
    ///
    /// Say how instants are spelt after the type, e.g. `time "epoch_ms"`.
    J430 = "not-a-time";
    /// A declared key is there twice in one object.
    ///
    /// Which of the two counts is not defined by JSON, so neither is taken.
    J431 = "key-twice";
    /// A key is not declared, and the source is `strict`.
    ///
    /// Declare it, or leave out `strict` to have such keys counted only.
    J432 = "unknown-key";
    /// A text holds a character XML 1.0 cannot carry.
    ///
    /// Control characters (but tab, line feed, carriage return), U+FFFE and U+FFFF. Remove them at the sender.
    J433 = "not-for-xml";
}
