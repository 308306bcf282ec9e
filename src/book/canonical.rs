//! What a document says, whatever its layout: the hash by which "the same again" is told from "other content".

use sha2::{Digest, Sha256};

/// Nesting that is looked into; deeper values count byte by byte.
const DEPTH_MAX: u32 = 128;

/// SHA-256 of JSON values, one after the other, without white space between tokens and with the members of
/// objects in the order of their names. Numbers and texts count as they are written: `1.0` is not `1.00`.
/// Bytes that are no JSON count as they are.
pub fn content_hash(json: &[u8]) -> [u8; 32] {
    let mut out = Vec::with_capacity(json.len());
    let mut walk = Walk { json, at: 0 };
    loop {
        walk.space();
        if walk.at == json.len() {
            break;
        }
        if walk.value(&mut out, 0).is_none() {
            out.clear();
            out.extend_from_slice(json);
            break;
        }
        out.push(b'\n');
    }
    Sha256::digest(&out).into()
}

struct Walk<'j> {
    json: &'j [u8],
    at: usize,
}

impl Walk<'_> {
    fn space(&mut self) {
        while matches!(self.json.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }
    fn next(&mut self) -> Option<u8> {
        self.space();
        self.json.get(self.at).copied()
    }
    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, out: &mut Vec<u8>, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.next()? {
            b'{' => self.object(out, depth),
            b'[' => self.array(out, depth),
            b'"' => self.text(out),
            _ => {
                let start = self.at;
                while self.json.get(self.at).is_some_and(|b| !b",:]}[{\" \t\r\n".contains(b)) {
                    self.at += 1;
                }
                out.extend_from_slice(&self.json[start..self.at]);
                (self.at > start).then_some(())
            }
        }
    }

    fn text(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.json.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        out.extend_from_slice(self.json.get(start..self.at)?);
        Some(())
    }

    fn array(&mut self, out: &mut Vec<u8>, depth: u32) -> Option<()> {
        self.at += 1;
        out.push(b'[');
        if self.eat(b']').is_none() {
            loop {
                self.value(out, depth + 1)?;
                if self.eat(b',').is_none() {
                    break;
                }
                out.push(b',');
            }
            self.eat(b']')?;
        }
        out.push(b']');
        Some(())
    }

    fn object(&mut self, out: &mut Vec<u8>, depth: u32) -> Option<()> {
        self.at += 1;
        out.push(b'{');
        let start = out.len();
        // each member with the end of its name
        let mut members: Vec<(usize, usize, usize)> = vec![];
        if self.eat(b'}').is_none() {
            loop {
                let from = out.len();
                if self.next()? != b'"' {
                    return None;
                }
                self.text(out)?;
                let name = out.len();
                self.eat(b':')?;
                out.push(b':');
                self.value(out, depth + 1)?;
                out.push(b',');
                members.push((from, name, out.len()));
                if self.eat(b',').is_none() {
                    break;
                }
            }
            self.eat(b'}')?;
        }
        if !members.is_sorted_by(|a, b| out[a.0..a.1] <= out[b.0..b.1]) {
            let before = out[start..].to_vec();
            let part = |from: usize, to: usize| &before[from - start..to - start];
            members.sort_by(|a, b| part(a.0, a.1).cmp(part(b.0, b.1)));
            out.truncate(start);
            for (from, _, to) in members {
                out.extend_from_slice(part(from, to));
            }
        }
        out.push(b'}');
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::content_hash;

    #[test]
    fn layout_and_order_mean_nothing_and_digits_do() {
        let first = content_hash(br#"{"b": [1, {"y":2,"x":"a b"}], "a":9007199254740993}"#);
        assert_eq!(first, content_hash(b"{\"a\":9007199254740993,\n\"b\":[1,{\"x\":\"a b\",\"y\":2}]}"));
        assert_ne!(first, content_hash(br#"{"b":[1,{"y":2,"x":"a b"}],"a":9007199254740992}"#));
        assert_ne!(first, content_hash(br#"{"b":[1,{"y":2,"x":"ab"}],"a":9007199254740993}"#));
        assert_ne!(content_hash(b"{\"a\":1.0}"), content_hash(b"{\"a\":1.00}"));
        assert_ne!(content_hash(b"[1,2]"), content_hash(b"[2,1]"));
        assert_eq!(content_hash(b"{} {}"), content_hash(b"{}\n{ }\n"));
    }

    #[test]
    fn what_is_no_json_counts_as_it_is() {
        for broken in ["", "{", "{\"a\"}", "[1,", "\"\\", "{1:2}", "}"] {
            assert_eq!(content_hash(broken.as_bytes()), content_hash(broken.as_bytes()));
            assert_ne!(content_hash(broken.as_bytes()), content_hash(format!("{broken} x").as_bytes()));
        }
        let deep = "[".repeat(100_000);
        assert_ne!(content_hash(deep.as_bytes()), content_hash(b"["));
    }
}
