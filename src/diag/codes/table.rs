//! Codes of tables that cannot be loaded.

super::codes! {
    /// A table's file is not what its format says: not UTF-8, quotes out of place, not JSON.
    ///
    /// Save it anew as CSV with quotes by RFC 4180 or as JSON, in UTF-8.
    J350 = "table-not-readable";
    /// A table's file has no header row, or one without a declared column.
    ///
    /// Name the column as the file does: `sap: text at "G/L account"`.
    J351 = "table-column-missing";
    /// Two columns of a table's header have the same name, so that it is open which one is meant.
    ///
    /// Rename one of them in the file.
    J352 = "table-column-twice";
    /// A row has more or fewer cells than the header.
    ///
    /// Often a separator inside a cell: put the cell in quotes.
    J353 = "table-row-ragged";
    /// A cell is not of its column's type, or empty though the column is not optional.
    ///
    /// Mend the cell, or the column's type: `text?` may be empty.
    J354 = "table-cell-wrong";
    /// Two rows of a table have the same key.
    ///
    /// Remove one, or add a further `key` column that tells them apart.
    J355 = "table-key-twice";
    /// The ranges of two rows overlap, or a range ends before it begins.
    ///
    /// Both ends belong to a range: 1000 to 1999 and 2000 to 2999.
    J356 = "table-range-wrong";
    /// The columns of a table do not make a lookup: no key, half a range, a type no cell can have.
    ///
    /// Mark what rows are found by with `key`, or with `from` and `to`.
    J357 = "table-columns-wrong";
    /// A table is larger than 4 GiB.
    ///
    /// Leave out columns and rows that the mapping does not need.
    J358 = "table-too-large";
}
