//! Walks JSON by looking 32 or 64 bytes ahead. Only structure is checked: like its caller, it trusts what it skips.

use std::arch::x86_64::*;

/// Readable bytes that must follow every buffer handed to this program's functions.
pub const SLACK: usize = 256;

/// Why a unit could not be read.
#[derive(Debug, Clone, Copy)]
pub enum Stop {
    /// It goes on behind the window.
    More,
    /// It is not what was expected, at that byte of the window.
    Wrong(&'static str, usize),
}

pub type Step<T> = Result<T, Stop>;

/// A value: its place in the window. Empty is none.
#[derive(Clone, Copy, Default)]
pub struct Span {
    pub at: u32,
    pub len: u32,
}

impl Span {
    fn new(from: usize, to: usize) -> Span {
        Span { at: from as u32, len: (to - from) as u32 }
    }
    pub fn is_none(self) -> bool {
        self.len == 0
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Text,
    Number,
    Null,
    Other,
}

/// A place in a window of `len` bytes, with [`SLACK`] behind it.
#[derive(Clone, Copy)]
pub struct Scan {
    pub base: *const u8,
    pub len: usize,
    pub at: usize,
}

/// Bits of the 32 bytes at `p` that are quotes, and that are backslashes.
#[inline(always)]
unsafe fn quotes32(p: *const u8) -> (u32, u32) {
    unsafe {
        let bytes = _mm256_loadu_si256(p.cast());
        let equal =
            |byte: u8| _mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8))) as u32;
        (equal(b'"'), equal(b'\\'))
    }
}

/// Bits of 64 bytes: quotes, backslashes, opening and closing brackets.
#[inline(always)]
unsafe fn structure64(p: *const u8) -> (u64, u64, u64, u64) {
    unsafe {
        let (a, b) = (_mm256_loadu_si256(p.cast()), _mm256_loadu_si256(p.add(32).cast()));
        // `[` and `]` differ from `{` and `}` in one bit.
        let bit = _mm256_set1_epi8(0x20);
        let (c, d) = (_mm256_or_si256(a, bit), _mm256_or_si256(b, bit));
        let equal = |low, high, byte: u8| {
            let byte = _mm256_set1_epi8(byte as i8);
            let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, byte)) as u32;
            let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, byte)) as u32;
            u64::from(low) | u64::from(high) << 32
        };
        (equal(a, b, b'"'), equal(a, b, b'\\'), equal(c, d, b'{'), equal(c, d, b'}'))
    }
}

/// Bits of the bytes behind an odd number of backslashes; `carry` goes from block to block.
#[inline(always)]
fn escaped(backslashes: u64, carry: &mut u64) -> u64 {
    if backslashes == 0 {
        return std::mem::take(carry);
    }
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let starts = backslashes & !*carry;
    let run = (((starts << 1) | ODD).wrapping_sub(starts)) ^ ODD;
    let escaped = run ^ (backslashes | *carry);
    *carry = (run & backslashes) >> 63;
    escaped
}

/// Bit n is the xor of the bits 0 to n: set between an opening quote and its closing one.
#[inline(always)]
unsafe fn inside(quotes: u64) -> u64 {
    unsafe {
        let product = _mm_clmulepi64_si128(_mm_set_epi64x(0, quotes as i64), _mm_set1_epi8(-1), 0);
        _mm_cvtsi128_si64(product) as u64
    }
}

/// The bits below the lowest bit that is set; all when none is.
#[inline(always)]
fn below_lowest(bits: u64) -> u64 {
    (bits & bits.wrapping_neg()).wrapping_sub(1)
}

impl Scan {
    /// Whether one row of usual length lies wholly in the window, so that literals need no bounds check.
    #[inline(always)]
    pub fn roomy(&self) -> bool {
        self.at + 4096 < self.len
    }

    #[inline(always)]
    pub unsafe fn byte(&self) -> u8 {
        unsafe { *self.base.add(self.at) }
    }

    #[inline(always)]
    pub unsafe fn bytes(&self, span: Span) -> &'static [u8] {
        unsafe { std::slice::from_raw_parts(self.base.add(span.at as usize), span.len as usize) }
    }

    /// Goes past a literal when it stands here.
    #[inline(always)]
    pub unsafe fn literal<const N: usize>(&mut self, literal: &[u8; N]) -> bool {
        let equal = unsafe { *self.base.add(self.at).cast::<[u8; N]>() } == *literal;
        self.at += if equal { N } else { 0 };
        equal
    }

    #[inline(always)]
    pub unsafe fn blank(&mut self) {
        while unsafe { matches!(self.byte(), b' ' | b'\n' | b'\t' | b'\r') } && self.at < self.len {
            self.at += 1;
        }
    }

    /// A string whose opening quote has been passed.
    #[inline(always)]
    pub unsafe fn text(&mut self) -> Step<Span> {
        let from = self.at;
        let (quotes, backslashes) = unsafe { quotes32(self.base.add(from)) };
        let near = quotes != 0 && below_lowest(u64::from(quotes)) & u64::from(backslashes) == 0;
        let end = if near { from + quotes.trailing_zeros() as usize } else { unsafe { self.text_end(from) } };
        if end >= self.len {
            return Err(Stop::More);
        }
        self.at = end + 1;
        Ok(Span::new(from, end))
    }

    #[inline(never)]
    unsafe fn text_end(&self, mut at: usize) -> usize {
        while at < self.len {
            let (quotes, backslashes, ..) = unsafe { structure64(self.base.add(at)) };
            if quotes | backslashes == 0 {
                at += 64;
            } else if below_lowest(quotes) & backslashes == 0 {
                return at + quotes.trailing_zeros() as usize;
            } else {
                at += backslashes.trailing_zeros() as usize + 2;
            }
        }
        at
    }

    /// A number in compact JSON: up to the comma or bracket.
    #[inline(always)]
    pub unsafe fn number(&mut self) -> Step<Span> {
        let from = self.at;
        let ends = unsafe {
            let bytes = _mm256_loadu_si256(self.base.add(from).cast());
            let comma = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b',' as i8));
            let bracket = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
            let bracket = _mm256_cmpeq_epi8(bracket, _mm256_set1_epi8(b'}' as i8));
            _mm256_movemask_epi8(_mm256_or_si256(comma, bracket)) as u32
        };
        if ends == 0 {
            return unsafe { Ok(self.any()?.1) };
        }
        self.at = from + ends.trailing_zeros() as usize;
        if self.at >= self.len { Err(Stop::More) } else { Ok(Span::new(from, self.at)) }
    }

    /// A string, a number or null, as a member of compact JSON.
    #[inline(always)]
    pub unsafe fn scalar(&mut self) -> Step<Span> {
        unsafe {
            if self.byte() == b'"' {
                self.at += 1;
                self.text()
            } else if self.literal(b"null") {
                Ok(Span::default())
            } else {
                self.number()
            }
        }
    }

    /// Past an object or array.
    pub unsafe fn skip(&mut self) -> Step<()> {
        let (mut at, mut escape, mut text, mut depth) = (self.at, 0, 0, 0i64);
        while at < self.len {
            let (quotes, backslashes, opening, closing) = unsafe { structure64(self.base.add(at)) };
            let quotes = quotes & !escaped(backslashes, &mut escape);
            let within = unsafe { inside(quotes) } ^ text;
            text = ((within as i64) >> 63) as u64;
            let (opening, mut closing) = (opening & !within, closing & !within);
            while closing != 0 {
                let opened = i64::from((opening & below_lowest(closing)).count_ones());
                if depth + opened == 1 {
                    self.at = at + closing.trailing_zeros() as usize + 1;
                    return if self.at > self.len { Err(Stop::More) } else { Ok(()) };
                }
                depth -= 1;
                closing &= closing - 1;
            }
            depth += i64::from(opening.count_ones());
            at += 64;
        }
        Err(Stop::More)
    }

    /// Any value, without knowing what comes.
    pub unsafe fn any(&mut self) -> Step<(Kind, Span)> {
        if self.at >= self.len {
            return Err(Stop::More);
        }
        let from = self.at;
        match unsafe { self.byte() } {
            b'"' => {
                self.at += 1;
                Ok((Kind::Text, unsafe { self.text()? }))
            }
            b'{' | b'[' => {
                unsafe { self.skip()? };
                Ok((Kind::Other, Span::new(from, self.at)))
            }
            first => {
                while self.at < self.len
                    && unsafe { !matches!(self.byte(), b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') }
                {
                    self.at += 1;
                }
                if self.at >= self.len {
                    return Err(Stop::More);
                }
                if self.at == from {
                    return Err(Stop::Wrong("a value was expected", from));
                }
                let kind = match first {
                    b'n' => Kind::Null,
                    b't' | b'f' => Kind::Other,
                    _ => Kind::Number,
                };
                Ok((kind, Span::new(from, self.at)))
            }
        }
    }

    /// The value of a declared field.
    #[inline(always)]
    pub unsafe fn leaf(&mut self) -> Step<Span> {
        match unsafe { self.any()? } {
            (Kind::Text | Kind::Number, span) => Ok(span),
            (Kind::Null, _) => Ok(Span::default()),
            (Kind::Other, _) => Err(Stop::Wrong("a string, number or null was expected", self.at)),
        }
    }

    /// A key and its colon; here is the opening quote.
    #[inline(always)]
    pub unsafe fn key(&mut self) -> Step<&'static [u8]> {
        unsafe {
            self.expect(b'"', "a key was expected")?;
            let key = self.text()?;
            self.blank();
            self.expect(b':', "a colon was expected")?;
            self.blank();
            Ok(self.bytes(key))
        }
    }

    #[inline(always)]
    pub unsafe fn expect(&mut self, byte: u8, what: &'static str) -> Step<()> {
        if self.at >= self.len {
            return Err(Stop::More);
        }
        if unsafe { self.byte() } != byte {
            return Err(Stop::Wrong(what, self.at));
        }
        self.at += 1;
        Ok(())
    }

    /// Into an object or array: whether it has something in it.
    #[inline(always)]
    pub unsafe fn enter(&mut self, open: u8, close: u8) -> Step<bool> {
        unsafe {
            self.blank();
            self.expect(open, "an opening bracket was expected")?;
            self.blank();
            if self.at >= self.len {
                return Err(Stop::More);
            }
            let empty = self.byte() == close;
            self.at += usize::from(empty);
            Ok(!empty)
        }
    }

    /// After a value: whether another follows; else past the closing bracket.
    #[inline(always)]
    pub unsafe fn more(&mut self, close: u8) -> Step<bool> {
        unsafe {
            self.blank();
            if self.at >= self.len {
                return Err(Stop::More);
            }
            let byte = self.byte();
            self.at += 1;
            match byte {
                b',' => {
                    self.blank();
                    Ok(true)
                }
                byte if byte == close => Ok(false),
                _ => Err(Stop::Wrong("a comma or the end was expected", self.at - 1)),
            }
        }
    }
}
