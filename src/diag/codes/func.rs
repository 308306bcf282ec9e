//! Codes of faults of functions: the arguments have the right types, but not the right values.

super::codes! {
    /// A text that was to be made a number is not one.
    ///
    /// Say how numbers are spelt: `to_decimal(text, "1.234,56")`, or refuse the text before.
    J550 = "argument-not-a-number";
    /// A result has more than 38 digits.
    ///
    /// Round earlier, or refuse amounts of this size.
    J551 = "result-too-long";
    /// A division by zero.
    ///
    /// Ask first: `n == 0 ? 0 : divide(a, n, 2, "half_up")`.
    J552 = "division-by-zero";
    /// A number that must be whole has digits after the point.
    ///
    /// Say how they are given up: `round(n, 0, "half_up") | int`.
    J553 = "argument-not-whole";
    /// A text, or year, month and day, that were to be made a date or an instant are not one.
    ///
    /// Mend the pattern, or the data.
    J554 = "argument-not-a-date";
    /// A date before the year 1 or after the year 9999.
    ///
    /// Mend the number of days, or the data.
    J555 = "date-out-of-range";
    /// A text is not a currency, or a currency has no exponent in ISO 4217.
    ///
    /// Map the code to a current one, or give the amount as a decimal in major units.
    J556 = "argument-not-a-currency";
    /// Amounts of different currencies cannot be compared or divided.
    ///
    /// Take `amount_of` both when that is really meant.
    J557 = "arguments-differ-in-currency";
    /// A number in a text has more digits than it may be padded to.
    ///
    /// Pad to the length of the target, or refuse the text before.
    J558 = "argument-too-long";
    /// An argument computed from data is outside of what the function takes.
    ///
    /// The function's page says what it takes: `jemap functions NAME`.
    J559 = "argument-out-of-range";
    /// A value that is required is missing.
    ///
    /// Mend the data, or say what holds instead: `value or "…"`, `value or omit`.
    J560 = "required-value-missing";
}
