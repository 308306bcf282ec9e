//! Functions between money, its amount and its currency.

use crate::data::{Currency, CurrencyRef, Decimal, Fault, Kind, Money, Type, Value, quoted};
use crate::diag::Code;
use crate::func::Arg;
use crate::func::macros::functions;
use crate::func::take::{Wrong, sure, too_long};

functions! {
    /// Money of an amount in major units and a currency.
    ///
    ///     money(12.50, "EUR") => 12.50 EUR
    ///     money(12.50, "Euro") => error
    fn money(texts, amount: decimal, currency: currency) -> "money", of_currency => {
        let _ = texts;
        Ok(Value::Money(Money { amount, currency }))
    }

    /// Money of a whole number of minor units, by the currency's exponent in ISO 4217.
    ///
    ///     minor(1250, "EUR") => 12.50 EUR
    ///     minor(1250, "JPY") => 1250 JPY
    ///     minor(1250, "KWD") => 1.250 KWD
    ///     minor(1250, "XXX") => error J556
    fn minor(texts, amount: int, currency: currency) -> "money", of_currency => {
        let _ = texts;
        let places = iso_exponent(currency)?;
        let amount = Decimal::new(amount.into(), 0).shift(-i32::from(places)).ok_or_else(too_long)?;
        Ok(Value::Money(Money { amount, currency }))
    }

    /// The amount of money, without its currency.
    ///
    ///     amount_of(money(12.50, "EUR")) => 12.50
    fn amount_of(texts, money: money) -> "decimal", |_| sure(Kind::Decimal { int: false }) => {
        let _ = texts;
        Ok(Value::Decimal(money.amount))
    }

    /// The currency of money.
    ///
    ///     currency_of(money(12.50, "EUR")) => "EUR"
    fn currency_of(texts, money: money) -> "currency", |_| sure(Kind::Currency) => {
        Ok(Value::Text(texts.add(money.currency.as_str())))
    }

    /// SAP's debit/credit code of an amount: `S` (debit) from zero up, `H` (credit) below zero.
    ///
    ///     debit_credit(money(12.50, "EUR")) => "S"
    ///     debit_credit(money(-12.50, "EUR")) => "H"
    ///     debit_credit(0) => "S"
    fn debit_credit(texts, number: number) -> "\"S\" | \"H\"", debit_or_credit => {
        let code = if number.amount.is_negative() { "H" } else { "S" };
        Ok(Value::Text(texts.add(code)))
    }

    /// The currency a text is: three letters, small ones made capital.
    ///
    ///     to_currency("eur") => "EUR"
    ///     to_currency("€") => error J556
    fn to_currency(texts, text: text) -> "currency", |_| sure(Kind::Currency) => {
        let found = texts.get(text);
        let currency = Currency::parse(found).ok_or_else(|| {
            Fault::new(Code::J556, format!("expected a currency of three letters, found {}", quoted(found)))
        })?;
        Ok(Value::Text(if currency.as_str() == found { text } else { texts.add(currency.as_str()) }))
    }

    /// How many digits the currency's minor unit has after the point, by ISO 4217.
    ///
    ///     exponent("EUR") => 2
    ///     exponent("JPY") => 0
    ///     exponent("XXX") => error J556
    fn exponent(texts, currency: currency) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let _ = texts;
        iso_exponent(currency).map(|places| Value::Decimal(Decimal::new(places.into(), 0)))
    }
}

fn iso_exponent(currency: Currency) -> Result<u8, Box<Fault>> {
    currency.exponent().ok_or_else(|| {
        let message =
            format!("expected a currency with minor units in ISO 4217, found {}", currency.as_str());
        Fault::new(Code::J556, message)
    })
}

fn debit_or_credit(_: &[Arg<'_>]) -> Result<Type, Wrong> {
    sure(Kind::Enum(vec!["S".into(), "H".into()]))
}

/// Constants are known; what else the currency comes from is known to the caller only.
fn of_currency(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let constant = args[1].constant.and_then(Currency::parse);
    sure(Kind::Money(constant.map_or(CurrencyRef::Unknown, |c| CurrencyRef::Literal(c.as_str().into()))))
}
