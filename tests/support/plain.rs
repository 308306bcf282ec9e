//! JSON (RFC 8259) by the letter, one byte after the other: the reader that the fast one is compared with.
//! It learns nothing, keeps nothing, and looks at no more than one byte ahead.

/// Code and byte of what is wrong first.
pub type Wrong = (&'static str, usize);

/// Nested objects and arrays of a record, and of what encloses it.
const NESTING_MAX: usize = 512;

struct Plain<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Whether the bytes are one document. The elements of a top-level array are records: nesting begins anew.
pub fn document(bytes: &[u8]) -> Result<(), Wrong> {
    if let [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, b'{' | b'[', ..] | [b'{' | b'[', 0, ..] = bytes {
        return Err(("J408", 0));
    }
    let mut plain = Plain { bytes, at: if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 } };
    plain.blank();
    if plain.peek() == Some(b'[') {
        plain.array(None)?
    } else {
        plain.value(0)?
    }
    plain.blank();
    if plain.at < bytes.len() { Err(("J410", plain.at)) } else { Ok(()) }
}

/// Whether the bytes are one value, as a record.
pub fn record(bytes: &[u8]) -> Result<(), Wrong> {
    let mut plain = Plain { bytes, at: 0 };
    plain.value(0)?;
    plain.blank();
    if plain.at < bytes.len() { Err(("J401", plain.at)) } else { Ok(()) }
}

impl Plain<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }
    /// What is wrong here; at the end of the input it is that it ends.
    fn wrong<T>(&self, code: &'static str) -> Result<T, Wrong> {
        Err((if self.at < self.bytes.len() { code } else { "J402" }, self.at))
    }

    fn value(&mut self, depth: usize) -> Result<(), Wrong> {
        match self.peek() {
            Some(b'{' | b'[') if depth >= NESTING_MAX => self.wrong("J406"),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(Some(depth)),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            _ => self.wrong("J401"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Wrong> {
        self.at += 1;
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.wrong("J401");
            }
            self.string()?;
            self.blank();
            if self.peek() != Some(b':') {
                return self.wrong("J401");
            }
            self.at += 1;
            self.blank();
            self.value(depth + 1)?;
            if self.ends(b'}')? {
                return Ok(());
            }
        }
    }

    /// `None`: the elements are records.
    fn array(&mut self, depth: Option<usize>) -> Result<(), Wrong> {
        self.at += 1;
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(depth.map_or(0, |depth| depth + 1))?;
            if self.ends(b']')? {
                return Ok(());
            }
        }
    }

    /// After a value: the bracket, or a comma.
    fn ends(&mut self, bracket: u8) -> Result<bool, Wrong> {
        self.blank();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blank();
                Ok(false)
            }
            Some(byte) if byte == bracket => {
                self.at += 1;
                Ok(true)
            }
            _ => self.wrong("J401"),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Wrong> {
        for letter in word.bytes() {
            if self.peek() != Some(letter) {
                return self.wrong("J401");
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Wrong> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0x20..) => self.at += 1,
                _ => return self.wrong("J404"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Wrong> {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                return Ok(());
            }
            Some(b'u') => {}
            // An escape is told where it begins.
            Some(_) => return Err(("J404", start)),
            None => return self.wrong("J402"),
        }
        let half = Err(("J405", start));
        match self.digits()? {
            0xdc00..0xe000 => half,
            0xd800..0xdc00 => {
                for expected in *b"\\u" {
                    match self.peek() {
                        Some(byte) if byte == expected => self.at += usize::from(byte == b'\\'),
                        Some(_) => return half,
                        None => return self.wrong("J402"),
                    }
                }
                if (0xdc00..0xe000).contains(&self.digits()?) { Ok(()) } else { half }
            }
            _ => Ok(()),
        }
    }

    /// The letter `u` and four hexadecimal digits.
    fn digits(&mut self) -> Result<u32, Wrong> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            match self.peek().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => code = code * 16 + digit,
                None => return self.wrong("J404"),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<(), Wrong> {
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1
        } else {
            self.some_digits()?
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.some_digits()?;
        }
        match self.peek() {
            Some(b'0'..=b'9' | b'.' | b'+' | b'-' | b'a'..=b'z' | b'A'..=b'Z') => self.wrong("J403"),
            _ => Ok(()),
        }
    }

    fn some_digits(&mut self) -> Result<(), Wrong> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.wrong("J403");
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }
}
