//! Functions of texts. Lengths count characters (Unicode code points), as the contracts do.

use crate::data::{Decimal, Fault, Kind, Text, Texts, Type, Value, quoted};
use crate::diag::Code;
use crate::func::Arg;
use crate::func::macros::functions;
use crate::func::take::{self, Wrong, bounds, constant_count, sure, text_of};

functions! {
    /// Removes white space at both ends.
    ///
    ///     trim("  a b ") => "a b"
    ///     trim("   ") => ""
    fn trim(texts, text: text) -> "text", up_to_as_long => {
        part_of(texts, text, str::trim)
    }

    /// Makes every run of white space one space and removes it at both ends.
    ///
    ///     squeeze("  Travel \t  Berlin ") => "Travel Berlin"
    fn squeeze(texts, text: text) -> "text", up_to_as_long => {
        Ok(Value::Text(texts.make([text], |[text], out| {
            for (i, word) in text.split_whitespace().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(word);
            }
        })))
    }

    /// Capital letters.
    ///
    /// Letters whose capital form is several characters stay as they are, so that the length does.
    ///
    ///     upper("eur") => "EUR"
    ///     upper("Größe") => "GRÖßE"
    fn upper(texts, text: text) -> "text", as_long => {
        by_character(texts, text, |c| match c.is_ascii() {
            true => c.to_ascii_uppercase(),
            false => single(c, c.to_uppercase()),
        })
    }

    /// Small letters.
    ///
    /// Letters whose small form is several characters stay as they are, so that the length does.
    ///
    ///     lower("EUR") => "eur"
    fn lower(texts, text: text) -> "text", as_long => {
        by_character(texts, text, |c| match c.is_ascii() {
            true => c.to_ascii_lowercase(),
            false => single(c, c.to_lowercase()),
        })
    }

    /// The first characters. Texts that lose characters are counted in the run report.
    ///
    ///     cut("Übernachtung", 4) => "Über"
    ///     cut("ab", 4) => "ab"
    ///     cut("ab", -1) => error
    fn cut(texts, text: text, length: count) -> "text", at_most => {
        match texts.get(text).char_indices().nth(length) {
            Some((at, _)) => {
                texts.cuts += 1;
                Ok(Value::Text(text.slice(0..at)))
            }
            None => Ok(Value::Text(text)),
        }
    }

    /// The last characters.
    ///
    ///     tail("DE4711", 4) => "4711"
    ///     tail("ab", 4) => "ab"
    ///     tail("ab", 0) => ""
    fn tail(texts, text: text, length: count) -> "text", at_most => {
        let end = text.len as usize;
        let start = match length.checked_sub(1) {
            Some(before_last) => texts.get(text).char_indices().nth_back(before_last).map_or(0, |(at, _)| at),
            None => end,
        };
        Ok(Value::Text(text.slice(start..end)))
    }

    /// SAP's internal form of a number: digits alone get zeros in front up to the length; other texts stay.
    ///
    /// Zeros in front beyond the length are removed; a number that is still longer is a fault.
    ///
    ///     alpha("4711", 10) => "0000004711"
    ///     alpha("0000004711", 6) => "004711"
    ///     alpha("CC-01", 10) => "CC-01"
    ///     alpha("12345678901", 10) => error J558
    fn alpha(texts, text: text, length: count) -> "text", alpha_type => {
        let digits = texts.get(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.len() == length {
            return Ok(Value::Text(text));
        }
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        match digits.len().checked_sub(length) {
            None => pad(texts, text, length, '0', true),
            Some(excess) if excess <= zeros => Ok(Value::Text(text.slice(excess..digits.len()))),
            Some(_) => {
                let message = format!("{} has more digits than {length} to be padded to", quoted(digits));
                Err(Fault::new(Code::J558, message))
            }
        }
    }

    /// Fills up at the front to a length; longer texts stay.
    ///
    ///     pad_left("7", 3, "0") => "007"
    ///     pad_left("1234", 3, "0") => "1234"
    ///     pad_left("7", 3, "00") => error
    fn pad_left(texts, text: text, length: count, filling: letter) -> "text", at_least => {
        pad(texts, text, length, filling, true)
    }

    /// Fills up at the end to a length; longer texts stay.
    ///
    ///     pad_right("7", 3, " ") => "7  "
    fn pad_right(texts, text: text, length: count, filling: letter) -> "text", at_least => {
        pad(texts, text, length, filling, false)
    }

    /// Every occurrence of a piece replaced by another text.
    ///
    ///     replace("a/b/c", "/", "-") => "a-b-c"
    ///     replace("a b", " ", "") => "ab"
    ///     replace("a", "", "b") => error
    fn replace(texts, text: text, old: piece, new: text) -> "text", replaced_type => {
        Ok(Value::Text(texts.make([text, old, new], |[text, old, new], out| {
            for (i, part) in text.split(old).enumerate() {
                if i > 0 {
                    out.push_str(new);
                }
                out.push_str(part);
            }
        })))
    }

    /// What stands before the first separator; none when there is none.
    ///
    ///     before("4711-A-1", "-") => "4711"
    ///     before("4711", "-") => none
    fn before(texts, text: text, separator: piece) -> "text?", part_type => {
        let at = texts.get(text).find(texts.get(separator));
        Ok(at.map_or(Value::None, |at| Value::Text(text.slice(0..at))))
    }

    /// What stands after the first separator; none when there is none.
    ///
    ///     after("4711-A-1", "-") => "A-1"
    ///     after("4711", "-") => none
    fn after(texts, text: text, separator: piece) -> "text?", part_type => {
        let at = texts.get(text).find(texts.get(separator));
        let after = |at| text.slice(at + separator.len as usize..text.len as usize);
        Ok(at.map_or(Value::None, |at| Value::Text(after(at))))
    }

    /// One of the parts between separators, counted from 1; none when there are fewer.
    ///
    /// Below zero they are counted from the end, -1 being the last.
    ///
    ///     part("4711-A-1", "-", 2) => "A"
    ///     part("4711-A-1", "-", -1) => "1"
    ///     part("4711-A-1", "-", 4) => none
    ///     part("4711", "-", 0) => error
    fn part(texts, text: text, separator: piece, number: int) -> "text?", numbered_part_type => {
        let mut parts = texts.get(text).split(texts.get(separator));
        let position = number.unsigned_abs().saturating_sub(1).try_into().unwrap_or(usize::MAX);
        let part = match number {
            0 => return Err(take::out_of_range(format!("{PARTS_COUNTED}, found 0"))),
            1.. => parts.nth(position),
            // Separators may overlap themselves, so parts are cut from the front as always and counted then.
            _ => parts.clone().count().checked_sub(position + 1).and_then(|i| parts.nth(i)),
        };
        let start = part.map(|part| part.as_ptr() as usize - texts.get(text).as_ptr() as usize);
        Ok(start.zip(part).map_or(Value::None, |(at, part)| Value::Text(text.slice(at..at + part.len()))))
    }

    /// How many characters.
    ///
    ///     length("Größe") => 5
    fn length(texts, text: text) -> "int", |_| sure(Kind::Decimal { int: true }) => {
        let characters = texts.get(text).chars().count();
        Ok(Value::Decimal(Decimal::new(characters as i128, 0)))
    }

    /// Whether the whole text fits a pattern: `*` stands for any characters, `?` for one.
    ///
    ///     matches("DE-4711", "DE-*") => true
    ///     matches("DE-4711", "DE-???") => false
    ///     matches("a.b", "a?b") => true
    fn matches(texts, text: text, pattern: text) -> "bool", |_| sure(Kind::Bool) => {
        Ok(Value::Bool(fits(texts.get(text), texts.get(pattern))))
    }

    /// Whether it begins so.
    ///
    ///     starts_with("4711", "47") => true
    fn starts_with(texts, text: text, beginning: text) -> "bool", |_| sure(Kind::Bool) => {
        Ok(Value::Bool(texts.get(text).starts_with(texts.get(beginning))))
    }

    /// Whether it ends so.
    ///
    ///     ends_with("4711", "12") => false
    fn ends_with(texts, text: text, ending: text) -> "bool", |_| sure(Kind::Bool) => {
        Ok(Value::Bool(texts.get(text).ends_with(texts.get(ending))))
    }

    /// Whether it has the piece in it.
    ///
    ///     contains("Travel Berlin", "Berlin") => true
    fn contains(texts, text: text, piece: text) -> "bool", |_| sure(Kind::Bool) => {
        Ok(Value::Bool(texts.get(text).contains(texts.get(piece))))
    }

    /// The digits 0 to 9 of a text, everything else left out.
    ///
    ///     digits_only("DE 123-456") => "123456"
    fn digits_only(texts, text: text) -> "text", up_to_as_long => {
        Ok(Value::Text(texts.make([text], |[text], out| {
            out.extend(text.chars().filter(char::is_ascii_digit));
        })))
    }

    /// Removes zeros in front, all but the last character.
    ///
    ///     strip_zeros("0004711") => "4711"
    ///     strip_zeros("000") => "0"
    fn strip_zeros(texts, text: text) -> "text", stripped_type => {
        part_of(texts, text, |all| {
            let stripped = all.trim_start_matches('0');
            if stripped.is_empty() { &all[all.len().saturating_sub(1)..] } else { stripped }
        })
    }

    /// None for a text that is empty or white space only, else the text.
    ///
    ///     nonempty("  ") => none
    ///     nonempty("a") => "a"
    fn nonempty(texts, text: text) -> "text?", nonempty_type => {
        let blank = texts.get(text).trim().is_empty();
        Ok(if blank { Value::None } else { Value::Text(text) })
    }

    /// A value as text.
    ///
    /// Numbers plainly and as written, dates and instants by ISO 8601, money without its currency.
    ///
    ///     to_text(12.50) => "12.50"
    ///     to_text(true) => "true"
    ///     to_text(to_date("31.12.2024", "dd.MM.yyyy")) => "2024-12-31"
    fn to_text(texts, value: any) -> "text", written_type => {
        let start = texts.start();
        match value {
            Value::Text(text) => return Ok(Value::Text(text)),
            Value::Bool(truth) => texts.scratch.push_str(if truth { "true" } else { "false" }),
            Value::Decimal(number) => number.write(texts.scratch),
            Value::Money(money) => money.amount.write(texts.scratch),
            Value::Date(date) => date.write(texts.scratch),
            Value::Time(time) => time.write(texts.scratch),
            Value::None => return Ok(Value::None),
        }
        Ok(Value::Text(texts.finish(start)))
    }

    /// The value, which must be there: where it is none, the document is rejected.
    ///
    ///     require("a") => "a"
    ///     require(nonempty("")) => error J560
    fn require(texts, value: optional) -> "the same", |args| sure(args[0].ty.kind.clone()) => {
        let _ = texts;
        match value {
            Value::None => Err(Fault::new(Code::J560, "a required value is missing")),
            value => Ok(value),
        }
    }
}

const PARTS_COUNTED: &str = "parts are counted from 1, or from -1 at the end";

/// A part of a text, found by a function that gives a part of its argument.
fn part_of(texts: &Texts<'_>, text: Text, part: fn(&str) -> &str) -> Result<Value, Box<Fault>> {
    let all = texts.get(text);
    let found = part(all);
    let at = found.as_ptr() as usize - all.as_ptr() as usize;
    Ok(Value::Text(text.slice(at..at + found.len())))
}

fn by_character(texts: &mut Texts<'_>, text: Text, map: fn(char) -> char) -> Result<Value, Box<Fault>> {
    if texts.get(text).chars().all(|c| map(c) == c) {
        return Ok(Value::Text(text));
    }
    Ok(Value::Text(texts.make([text], |[text], out| out.extend(text.chars().map(map)))))
}

/// The mapped character when it is one.
fn single(original: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => original,
    }
}

fn pad(
    texts: &mut Texts<'_>,
    text: Text,
    length: usize,
    filling: char,
    front: bool,
) -> Result<Value, Box<Fault>> {
    let missing = length.saturating_sub(texts.get(text).chars().count());
    if missing == 0 {
        return Ok(Value::Text(text));
    }
    Ok(Value::Text(texts.make([text], |[text], out| {
        out.push_str(if front { "" } else { text });
        out.extend(std::iter::repeat_n(filling, missing));
        out.push_str(if front { text } else { "" });
    })))
}

/// Wildcards without backing up further than to the last `*`: time is at most the product of the lengths.
fn fits(text: &str, pattern: &str) -> bool {
    let (mut text, mut pattern) = (text.chars(), pattern.chars());
    let mut retry = None;
    loop {
        let rest = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = rest.clone();
                retry = Some((rest, pattern.clone()));
                continue;
            }
            (Some('?'), Some(_)) => continue,
            (Some(wanted), Some(found)) if wanted == found => continue,
            _ => {}
        }
        // The last `*` takes one character more.
        let Some((mut longer, after_star)) = retry.take() else { return false };
        if longer.next().is_none() {
            return false;
        }
        text = longer.clone();
        pattern = after_star.clone();
        retry = Some((longer, after_star));
    }
}

fn as_long(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let (min, max) = bounds(&args[0]);
    text_of(min, max)
}

fn up_to_as_long(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    text_of(0, bounds(&args[0]).1)
}

fn at_most(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let (min, max) = bounds(&args[0]);
    match constant_count(&args[1]) {
        Some(length) => text_of(min.min(length), Some(max.map_or(length, |max| max.min(length)))),
        None => text_of(0, max),
    }
}

fn at_least(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let (min, max) = bounds(&args[0]);
    match constant_count(&args[1]) {
        Some(length) => text_of(min.max(length), max.map(|max| max.max(length))),
        None => text_of(min, None),
    }
}

fn alpha_type(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let (min, max) = bounds(&args[0]);
    match constant_count(&args[1]) {
        // Digits become exactly that long, longer ones too; other texts keep their length.
        Some(length) => text_of(min.min(length), max.map(|max| max.max(length))),
        None => text_of(0, None),
    }
}

fn replaced_type(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let (old, new) = (bounds(&args[1]), bounds(&args[2]));
    let (min, max) = bounds(&args[0]);
    let never_shorter = old.1.is_some_and(|old_max| new.0 >= old_max);
    let never_longer = new.1.is_some_and(|new_max| new_max <= old.0);
    text_of(if never_shorter { min } else { 0 }, if never_longer { max } else { None })
}

fn part_type(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let max = bounds(&args[0]).1.map(|max| max.saturating_sub(bounds(&args[1]).0.max(1)));
    Ok(Type { kind: Kind::Text { min: 0, max }, optional: true })
}

fn numbered_part_type(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    if args[2].constant == Some("0") {
        return Err((2, PARTS_COUNTED.into()));
    }
    Ok(Type { optional: true, ..up_to_as_long(args)? })
}

fn stripped_type(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let (min, max) = bounds(&args[0]);
    text_of(min.min(1), max)
}

fn nonempty_type(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    let (min, max) = bounds(&args[0]);
    Ok(Type { kind: Kind::Text { min: min.max(1), max }, optional: true })
}

fn written_type(args: &[Arg<'_>]) -> Result<Type, Wrong> {
    match &args[0].ty.kind {
        Kind::Text { .. } | Kind::Enum(_) | Kind::Currency => as_long(args),
        // 38 digits and a sign; a point and a zero before it.
        Kind::Decimal { int: true } => text_of(1, Some(39)),
        Kind::Decimal { .. } | Kind::Money(_) => text_of(1, Some(41)),
        Kind::Date => text_of(10, Some(10)),
        // `2024-12-31T23:59:59Z`, and up to seven digits of a fraction after a point.
        Kind::Time => text_of(20, Some(28)),
        Kind::Bool => text_of(4, Some(5)),
        Kind::Never => sure(Kind::Never),
    }
}
