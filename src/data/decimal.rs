//! Exact decimals: an integer of up to 38 digits and a scale.
//!
//! Numbers never pass through a float or through `fmt`; nothing here allocates but the buffer written to.
//! How numbers are spelt in strings is the business of `number`.

use super::Ascii;
use std::cmp::Ordering;

/// How excess digits are given up, only where written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// 0.5 away from zero.
    HalfUp,
    /// 0.5 to the even neighbour.
    HalfEven,
    /// 0.5 towards zero.
    HalfDown,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl Rounding {
    /// `half_up`, `half_even`, `half_down`, `down`, `up`
    pub const NAMES: [(&'static str, Rounding); 5] = [
        ("half_up", Rounding::HalfUp),
        ("half_even", Rounding::HalfEven),
        ("half_down", Rounding::HalfDown),
        ("down", Rounding::Down),
        ("up", Rounding::Up),
    ];
    /// By its name.
    pub fn parse(name: &str) -> Option<Rounding> {
        Rounding::NAMES.iter().find(|n| n.0 == name).map(|n| n.1)
    }
    /// The quotient's magnitude after rounding: `lost` is the rest against one half, if there is a rest.
    fn apply(self, quotient: u128, lost: Option<Ordering>) -> u128 {
        let Some(against_half) = lost else { return quotient };
        let away = match self {
            Rounding::Down => false,
            Rounding::Up => true,
            Rounding::HalfUp => against_half.is_ge(),
            Rounding::HalfDown => against_half.is_gt(),
            Rounding::HalfEven => against_half.is_gt() || (against_half.is_eq() && quotient % 2 == 1),
        };
        quotient + u128::from(away)
    }
}

/// Powers of ten from 10^0 to 10^38, the greatest that fits.
const POWERS: [u128; 39] = {
    let mut powers = [1; 39];
    let mut i = 1;
    while i < 39 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// An exact decimal number: mantissa × 10^-scale. 24 bytes.
///
/// Equality and order are numeric (1.0 == 1.00); the scale is kept as written. There is no `Hash` on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    lo: u64,
    hi: i64,
    scale: u8,
}

// Named like the operators, which cannot be refused a result: these give `None` beyond 38 digits.
#[allow(clippy::should_implement_trait)]
impl Decimal {
    /// Zero without fraction.
    pub const ZERO: Decimal = Decimal { lo: 0, hi: 0, scale: 0 };
    /// Most digits of a mantissa, and most digits after the point.
    pub const DIGITS_MAX: u32 = 38;
    /// mantissa × 10^-scale. The mantissa has at most [`Decimal::DIGITS_MAX`] digits, the scale is at most
    /// that.
    pub const fn new(mantissa: i128, scale: u8) -> Decimal {
        Decimal { lo: mantissa as u64, hi: (mantissa >> 64) as i64, scale }
    }
    /// The mantissa.
    pub const fn mantissa(self) -> i128 {
        ((self.hi as i128) << 64) | self.lo as i128
    }
    /// Digits after the point, as written.
    pub const fn scale(self) -> u8 {
        self.scale
    }
    /// The value when it is a whole number of 64 bits.
    pub fn to_i64(self) -> Option<i64> {
        let whole = if self.scale == 0 { self } else { self.normal() };
        if whole.scale == 0 { i64::try_from(whole.mantissa()).ok() } else { None }
    }
    /// A JSON number (RFC 8259 §6), exponents expanded exactly: `1.5e-3` is 0.0015, `1E2` is 100.
    /// `None`: not such a number, or more than 38 digits.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, number) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            all => (false, all),
        };
        if let [b'0', b'0'..=b'9', ..] = number {
            return None;
        }
        if number.len() > 19 {
            return parse_long(negative, number);
        }
        // 19 digits always fit 64 bits, so nothing can overflow here.
        let mut magnitude = 0u64;
        let mut point = number.len();
        for (i, &byte) in number.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                magnitude = magnitude * 10 + u64::from(digit);
            } else if byte == b'.' && point == number.len() {
                point = i;
            } else {
                return parse_long(negative, number);
            }
        }
        if point == 0 || point + 1 == number.len() {
            return None;
        }
        let scale = number.len().saturating_sub(point + 1) as u8;
        let magnitude = i128::from(magnitude);
        Some(Decimal::new(if negative { -magnitude } else { magnitude }, scale))
    }
    /// The mantissa when it has 64 bits.
    pub const fn short(self) -> Option<i64> {
        if self.hi == (self.lo as i64) >> 63 { Some(self.lo as i64) } else { None }
    }
    /// Sum; `None` when it has more than 38 digits. The scale is the larger one.
    #[inline]
    pub fn add(self, other: Decimal) -> Option<Decimal> {
        if let (Some(a), Some(b)) = (self.short(), other.short())
            && let Some((sum, scale)) = sum_short((a, self.scale), (b, other.scale))
        {
            return Some(Decimal::new(i128::from(sum), scale));
        }
        self.add_long(other)
    }
    fn add_long(self, other: Decimal) -> Option<Decimal> {
        if self.scale == other.scale {
            return limited(self.mantissa().checked_add(other.mantissa())?, self.scale);
        }
        let scale = self.scale.max(other.scale);
        let (a, b) = (self.widened(scale)?, other.widened(scale)?);
        limited(a.checked_add(b)?, scale)
    }
    /// Difference, see `add`.
    pub fn sub(self, other: Decimal) -> Option<Decimal> {
        self.add(other.neg())
    }
    /// Exact product; `None` when it has more than 38 digits. The scales add up.
    pub fn mul(self, other: Decimal) -> Option<Decimal> {
        let product = |a: Decimal, b: Decimal| {
            let magnitude = a.mantissa().unsigned_abs().checked_mul(b.mantissa().unsigned_abs())?;
            let negative = a.is_negative() != b.is_negative();
            scaled(negative, magnitude, i64::from(a.scale) + i64::from(b.scale))
        };
        product(self, other).or_else(|| product(self.normal(), other.normal()))
    }
    /// Quotient with so many places; `None` when dividing by zero or when it has more than 38 digits.
    pub fn div(self, other: Decimal, places: u8, mode: Rounding) -> Option<Decimal> {
        let (a, b) = (self.mantissa().unsigned_abs(), other.mantissa().unsigned_abs());
        if b == 0 || u32::from(places) > Decimal::DIGITS_MAX {
            return None;
        }
        let shift = i64::from(places) + i64::from(other.scale) - i64::from(self.scale);
        let (quotient, lost) =
            if shift >= 0 { divide_extended(a, b, shift)? } else { divide_by_more(a, b, -shift) };
        let negative = self.is_negative() != other.is_negative();
        scaled(negative, mode.apply(quotient, lost), i64::from(places))
    }
    /// The negative.
    pub fn neg(self) -> Decimal {
        Decimal::new(self.mantissa().wrapping_neg(), self.scale)
    }
    /// With exactly so many places: zeros added, or rounded. `None` when it has more than 38 digits.
    pub fn round(self, places: u8, mode: Rounding) -> Option<Decimal> {
        if u32::from(places) > Decimal::DIGITS_MAX {
            return None;
        }
        if places >= self.scale {
            return limited(self.widened(places)?, places);
        }
        let magnitude = self.mantissa().unsigned_abs();
        let (quotient, lost) = divide_by_more(magnitude, 1, i64::from(self.scale - places));
        scaled(self.is_negative(), mode.apply(quotient, lost), i64::from(places))
    }
    /// × 10^places, exact; `None` when it has more than 38 digits.
    pub fn shift(self, places: i32) -> Option<Decimal> {
        scaled(self.is_negative(), self.mantissa().unsigned_abs(), i64::from(self.scale) - i64::from(places))
    }
    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.lo == 0 && self.hi == 0
    }
    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.hi < 0
    }
    /// The same number without trailing zeros after the point: equal numbers become identical.
    pub fn normal(self) -> Decimal {
        let (mut mantissa, mut scale) = (self.mantissa(), self.scale);
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        Decimal::new(mantissa, scale)
    }
    /// Digits after the point without trailing zeros.
    pub fn fraction_digits(self) -> u32 {
        u32::from(self.normal().scale)
    }
    /// Digits as XML Schema 1.1 part 2 §4.3.11 `totalDigits` counts them: neither leading zeros nor trailing
    /// zeros after the point, but all places after the point: 0.05 has two, 0 has one.
    pub fn total_digits(self) -> u32 {
        let normal = self.normal();
        let digits = normal.mantissa().unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
        digits.max(u32::from(normal.scale))
    }
    /// Appends the plain decimal text, never an exponent, scale as written.
    pub fn write(self, out: &mut impl Ascii) {
        let mantissa = self.mantissa();
        if let Ok(magnitude) = u64::try_from(mantissa.unsigned_abs())
            && self.scale <= SCALE_SHORT
        {
            return write_short(mantissa < 0, magnitude, self.scale, out);
        }
        if mantissa < 0 {
            out.ascii(b"-");
        }
        let magnitude = mantissa.unsigned_abs();
        let mut buffer = itoa::Buffer::new();
        let digits = match u64::try_from(magnitude) {
            Ok(short) => buffer.format(short),
            Err(_) => buffer.format(magnitude),
        }
        .as_bytes();
        let scale = usize::from(self.scale);
        if scale == 0 {
            out.ascii(digits);
        } else if digits.len() > scale {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            out.ascii(whole);
            out.ascii(b".");
            out.ascii(fraction);
        } else {
            out.ascii(b"0.");
            for _ in digits.len()..scale {
                out.ascii(b"0");
            }
            out.ascii(digits);
        }
    }
    /// The mantissa at a larger scale.
    fn widened(self, scale: u8) -> Option<i128> {
        let mantissa = self.mantissa();
        if mantissa == 0 {
            return Some(0);
        }
        let power = *POWERS.get(usize::from(scale - self.scale))?;
        mantissa.checked_mul(i128::try_from(power).ok()?)
    }
}

/// Powers of ten that fit 64 bits.
const POWERS_SHORT: [i64; 19] = {
    let mut powers = [1; 19];
    let mut i = 1;
    while i < 19 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// The sum of two numbers, each a mantissa and a scale, at the larger scale; `None` when it is not computed within 64 bits.
#[inline]
pub fn sum_short(a: (i64, u8), b: (i64, u8)) -> Option<(i64, u8)> {
    if a.1 == b.1 {
        return Some((a.0.checked_add(b.0)?, a.1));
    }
    let (few, many) = if a.1 < b.1 { (a, b) } else { (b, a) };
    let power = *POWERS_SHORT.get(usize::from(many.1 - few.1))?;
    Some((few.0.checked_mul(power)?.checked_add(many.0)?, many.1))
}

/// Most digits after the point of a number that [`write_short`] has room for.
const SCALE_SHORT: u8 = 8;

/// Writes at once: twenty digits at most, a point, a sign.
#[inline]
fn write_short(negative: bool, mut magnitude: u64, scale: u8, out: &mut impl Ascii) {
    let mut text = [b'0'; 24];
    let mut at = text.len();
    if scale > 0 {
        for _ in 0..scale {
            at -= 1;
            text[at] = b'0' + (magnitude % 10) as u8;
            magnitude /= 10;
        }
        at -= 1;
        text[at] = b'.';
    }
    loop {
        at -= 1;
        text[at] = b'0' + (magnitude % 10) as u8;
        magnitude /= 10;
        if magnitude == 0 {
            break;
        }
    }
    if negative {
        at -= 1;
        text[at] = b'-';
    }
    out.ascii(&text[at..]);
}

/// Anything but at most 19 plain digits: exponents, and up to 38 digits.
fn parse_long(negative: bool, number: &[u8]) -> Option<Decimal> {
    let (plain, exponent) = match number.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(i) => (&number[..i], read_exponent(&number[i + 1..])?),
        None => (number, 0),
    };
    let (whole, fraction) = match plain.iter().position(|b| *b == b'.') {
        Some(i) if i + 1 < plain.len() => (&plain[..i], &plain[i + 1..]),
        Some(_) => return None,
        None => (plain, &[][..]),
    };
    if whole.is_empty() {
        return None;
    }
    let mut magnitude = 0u128;
    for byte in whole.iter().chain(fraction) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || magnitude >= POWERS[37] {
            return None;
        }
        magnitude = magnitude * 10 + u128::from(digit);
    }
    scaled(negative, magnitude, i64::try_from(fraction.len()).ok()? - exponent)
}

/// The number after `e`. Beyond ±1,000,000 every number but zero is too large or too small anyway.
fn read_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0i64, |sum, b| (sum * 10 + i64::from(b - b'0')).min(1_000_000));
    Some(if negative { -value } else { value })
}

/// magnitude × 10^-scale for any scale: below zero the zeros become digits, beyond 38 zeros are given up.
fn scaled(negative: bool, mut magnitude: u128, mut scale: i64) -> Option<Decimal> {
    let digits_max = i64::from(Decimal::DIGITS_MAX);
    if magnitude == 0 {
        return Some(Decimal::new(0, scale.clamp(0, digits_max) as u8));
    }
    if scale < 0 {
        let power = *POWERS.get(usize::try_from(-scale).ok()?)?;
        magnitude = magnitude.checked_mul(power)?;
        scale = 0;
    }
    while scale > digits_max && magnitude.is_multiple_of(10) {
        magnitude /= 10;
        scale -= 1;
    }
    if scale > digits_max {
        return None;
    }
    let mantissa = i128::try_from(magnitude).ok()?;
    limited(if negative { -mantissa } else { mantissa }, scale as u8)
}

/// The decimal when its mantissa has at most 38 digits.
fn limited(mantissa: i128, scale: u8) -> Option<Decimal> {
    (mantissa.unsigned_abs() < POWERS[38]).then(|| Decimal::new(mantissa, scale))
}

/// What is left of a division against one half of the divisor.
fn lost(rest: u128, divisor: u128) -> Option<Ordering> {
    // `divisor - rest` instead of `rest * 2`: the double may not fit.
    (rest != 0).then(|| rest.cmp(&(divisor - rest)))
}

/// a × 10^shift ÷ b, digit by digit, since the dividend may be far beyond 128 bits.
fn divide_extended(a: u128, b: u128, shift: i64) -> Option<(u128, Option<Ordering>)> {
    let (mut quotient, mut rest) = (a / b, a % b);
    for _ in 0..shift {
        let (mut digit, mut next) = (0, 0u128);
        // rest × 10 may not fit, but rest + rest does: both are below the divisor, which is below 2^127.
        for _ in 0..10 {
            next += rest;
            if next >= b {
                next -= b;
                digit += 1;
            }
        }
        quotient = quotient.checked_mul(10)?.checked_add(digit)?;
        rest = next;
    }
    Some((quotient, lost(rest, b)))
}

/// a ÷ (b × 10^shift).
fn divide_by_more(a: u128, b: u128, shift: i64) -> (u128, Option<Ordering>) {
    let power = usize::try_from(shift).ok().and_then(|i| POWERS.get(i));
    match power.and_then(|p| b.checked_mul(*p)) {
        Some(divisor) => (a / divisor, lost(a % divisor, divisor)),
        // The divisor is beyond 2^128, the dividend below 2^127: less than one half.
        None => (0, (a != 0).then_some(Ordering::Less)),
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.pad(&out)
    }
}
impl PartialEq for Decimal {
    fn eq(&self, other: &Decimal) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Decimal {}
impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let (a, b) = (self.mantissa(), other.mantissa());
        if self.scale == other.scale || a.signum() != b.signum() {
            return a.cmp(&b);
        }
        let magnitudes = if self.scale < other.scale {
            compare_magnitudes(a.unsigned_abs(), other.scale - self.scale, b.unsigned_abs())
        } else {
            compare_magnitudes(b.unsigned_abs(), self.scale - other.scale, a.unsigned_abs()).reverse()
        };
        if a < 0 { magnitudes.reverse() } else { magnitudes }
    }
}

/// Compares a × 10^shift with b. What does not fit 128 bits is greater than anything that does.
fn compare_magnitudes(a: u128, shift: u8, b: u128) -> Ordering {
    if a == 0 {
        return 0.cmp(&b);
    }
    match POWERS.get(usize::from(shift)).and_then(|p| a.checked_mul(*p)) {
        Some(widened) => widened.cmp(&b),
        None => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigdecimal::BigDecimal;
    use proptest::prelude::*;
    use std::str::FromStr;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn written_as_read() {
        for text in [
            "0",
            "0.00",
            "-1.50",
            "12345678901234567890",
            "0.000001",
            "99999999999999999999999999999999999999",
        ] {
            assert_eq!(d(text).to_string(), text);
        }
        let tiny = format!("0.{}1", "0".repeat(37));
        assert_eq!(d(&tiny).to_string(), tiny);
    }

    #[test]
    fn exponents_are_expanded() {
        let rows = [
            ("1E2", "100"),
            ("1.5e-3", "0.0015"),
            ("1.50e1", "15.0"),
            ("0e5", "0"),
            ("-0", "0"),
            ("0E-2", "0.00"),
            ("4.5E7", "45000000"),
            ("1e+37", "10000000000000000000000000000000000000"),
        ];
        for (text, expected) in rows {
            assert_eq!(d(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn sums_beyond_64_bits_are_exact() {
        let rows = [
            ("9223372036854775807", "1", "9223372036854775808"),
            ("-9223372036854775808", "-0.1", "-9223372036854775808.1"),
            ("9223372036854775808", "-1", "9223372036854775807"),
            ("1", "0.0000000000000000001", "1.0000000000000000001"),
            ("922337203685477580", "0.01", "922337203685477580.01"),
            ("0.000", "5", "5.000"),
        ];
        for (a, b, sum) in rows {
            let shown = |a: &str, b: &str| d(a).add(d(b)).expect("it fits 38 digits").to_string();
            assert_eq!((shown(a, b).as_str(), shown(b, a).as_str()), (sum, sum), "{a} + {b}");
        }
    }

    #[test]
    fn what_is_not_a_json_number_is_refused() {
        let too_long = "1".repeat(39);
        let nothing = [
            "",
            "-",
            "+1",
            "01",
            "00",
            "-01",
            ".5",
            "1.",
            "1.e3",
            "1e",
            "1e+",
            "1.2.3",
            "1 ",
            "0x1",
            "1_000",
            "NaN",
            "1e38",
            "1e999999999999",
            "1e-99",
            "--1",
            "1,5",
            "٣",
            "00000000000000000000000.1",
            &too_long,
        ];
        for text in nothing {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn rounding_by_mode() {
        let rows = [
            // half_up, half_even, half_down, down, up
            ("2.5", ["3", "2", "2", "2", "3"]),
            ("3.5", ["4", "4", "3", "3", "4"]),
            ("-2.5", ["-3", "-2", "-2", "-2", "-3"]),
            ("2.51", ["3", "3", "3", "2", "3"]),
            ("2.49", ["2", "2", "2", "2", "3"]),
            ("0.001", ["0", "0", "0", "0", "1"]),
            ("7", ["7", "7", "7", "7", "7"]),
        ];
        for (text, expected) in rows {
            for ((name, mode), wanted) in Rounding::NAMES.iter().zip(expected) {
                assert_eq!(d(text).round(0, *mode).expect("fits").to_string(), wanted, "{text} {name}");
            }
        }
        assert_eq!(d("1.5").round(3, Rounding::Down).expect("fits").to_string(), "1.500");
        assert!(d("1").round(38, Rounding::Down).is_none(), "39 digits");
    }

    #[test]
    fn division_beyond_128_bits() {
        let large = d("99999999999999999999999999999999999999");
        let quotient =
            |a: Decimal, b: Decimal, places| a.div(b, places, Rounding::HalfUp).map(|q| q.to_string());
        assert_eq!(quotient(large, large, 10).as_deref(), Some("1.0000000000"));
        assert_eq!(quotient(d("1"), d("3"), 5).as_deref(), Some("0.33333"));
        assert_eq!(quotient(d("-2"), d("3"), 2).as_deref(), Some("-0.67"));
        assert_eq!(quotient(d("1"), d("0.00"), 2), None);
        assert_eq!(quotient(large, d("0.01"), 0), None);
        assert_eq!(
            quotient(d("0.00000000000000000000000000000000000001"), large, 2).as_deref(),
            Some("0.00")
        );
    }

    #[test]
    fn digits_as_xml_schema_counts_them() {
        let rows =
            [("0", 1, 0), ("100", 3, 0), ("1.50", 2, 1), ("0.05", 2, 2), ("-12.345", 5, 3), ("0.00", 1, 0)];
        for (text, total, fraction) in rows {
            assert_eq!((d(text).total_digits(), d(text).fraction_digits()), (total, fraction), "{text}");
        }
    }

    #[test]
    fn shifting_is_exact() {
        assert_eq!(d("12345").shift(-2).expect("fits").to_string(), "123.45");
        assert_eq!(d("1.5").shift(2).expect("fits").to_string(), "150");
        assert_eq!(d("1.50").shift(1).expect("fits").to_string(), "15.0");
        assert!(d("1.5").shift(38).is_none());
        assert!(d("1").shift(i32::MIN).is_none());
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(d("12.00").to_i64(), Some(12));
        assert_eq!(d("12.5").to_i64(), None);
        assert_eq!(d("9223372036854775808").to_i64(), None);
    }

    #[test]
    fn order_at_the_limits() {
        let large = d("99999999999999999999999999999999999999");
        let tiny = d("0.00000000000000000000000000000000000001");
        assert!(large > tiny && tiny.neg() > large.neg() && d("0") < tiny && d("0.00") == d("0"));
        // Nothing panics even on mantissas nobody should make.
        let _ = Decimal::new(i128::MIN, 255).cmp(&Decimal::new(i128::MAX, 0));
        assert!(Decimal::new(i128::MIN, 0).add(Decimal::new(i128::MIN, 0)).is_none());
    }

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            "-?(0|[1-9][0-9]{0,17})(\\.[0-9]{1,6})?",
            "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,12})?",
            "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,4})?[eE][+-]?[0-9]",
        ]
    }
    fn big(decimal: Decimal) -> BigDecimal {
        BigDecimal::new(decimal.mantissa().into(), i64::from(decimal.scale()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn agrees_with_another_decimal(a in number(), b in number()) {
            let (x, y) = (d(&a), d(&b));
            let (big_x, big_y) = (BigDecimal::from_str(&a).unwrap(), BigDecimal::from_str(&b).unwrap());
            prop_assert_eq!(big(x), big_x.clone());
            prop_assert_eq!(BigDecimal::from_str(&x.to_string()).unwrap(), big_x.clone());
            prop_assert_eq!(x.cmp(&y), big_x.cmp(&big_y));
            if let Some(sum) = x.add(y) { prop_assert_eq!(big(sum), &big_x + &big_y); }
            if let Some(difference) = x.sub(y) { prop_assert_eq!(big(difference), &big_x - &big_y); }
            if let Some(product) = x.mul(y) { prop_assert_eq!(big(product), &big_x * &big_y); }
            prop_assert_eq!(big(x.normal()), big_x.clone());
            if let Some(rounded) = x.round(2, Rounding::HalfEven) {
                prop_assert_eq!(big(rounded), big_x.with_scale_round(2, bigdecimal::RoundingMode::HalfEven));
            }
            if let Some(quotient) = x.div(y, 4, Rounding::HalfUp) {
                // |quotient × y - x| <= |y| / 20000
                let error = (big(quotient) * &big_y - &big_x).abs();
                prop_assert!(error * BigDecimal::from(20000) <= big_y.abs());
            }
        }

        #[test]
        fn never_panics(text in "[-+0-9eE.]{0,50}") {
            if let Some(read) = Decimal::parse(&text) {
                prop_assert_eq!(big(read), BigDecimal::from_str(&text).unwrap());
            }
        }
    }
}
