//! What people want to know of a certificate: whose it is, who signed it, how long it is good. Whether it is to be
//! trusted is decided by rustls alone; this only reads what is shown.

use crate::data::Date;

/// A certificate as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The common name of its owner, or the organisation.
    pub subject: String,
    /// The same of who signed it.
    pub issuer: String,
    /// The first and the last day on which it is good.
    pub days: (Date, Date),
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const OBJECT: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const TIME: u8 = 0x18;
const BMP: u8 = 0x1e;
/// `commonName`, `organizationName` (X.520).
const NAMES: [&[u8]; 2] = [&[0x55, 0x04, 0x03], &[0x55, 0x04, 0x0a]];

/// Reads a certificate (RFC 5280 §4.1); `None` where it is none.
pub(super) fn read(der: &[u8]) -> Option<Seen> {
    let mut certificate = Der(Der(der).of(SEQUENCE)?);
    let mut signed = Der(certificate.of(SEQUENCE)?);
    let (tag, _) = signed.next()?;
    if tag == VERSION {
        signed.next()?;
    }
    signed.of(SEQUENCE)?;
    let issuer = name(signed.of(SEQUENCE)?);
    let mut good = Der(signed.of(SEQUENCE)?);
    let days = (day(good.next()?)?, day(good.next()?)?);
    let subject = name(signed.of(SEQUENCE)?);
    Some(Seen { subject, issuer, days })
}

/// A walk over values, each with its tag and its length before it.
struct Der<'d>(&'d [u8]);

impl<'d> Der<'d> {
    fn next(&mut self) -> Option<(u8, &'d [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    fn of(&mut self, wanted: u8) -> Option<&'d [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, value)| value)
    }
}

/// The name that is told of a distinguished name.
fn name(distinguished: &[u8]) -> String {
    let mut found = [None, None];
    let mut sets = Der(distinguished);
    while let Some((_, set)) = sets.next() {
        let mut pair = Der(Der(set).of(SEQUENCE).unwrap_or_default());
        let (Some(kind), Some((tag, value))) = (pair.of(OBJECT), pair.next()) else { continue };
        if let Some(at) = NAMES.iter().position(|name| *name == kind) {
            found[at] = found[at].take().or_else(|| Some(text(tag, value)));
        }
    }
    let [common, organisation] = found;
    common.or(organisation).unwrap_or_else(|| "no name".to_owned())
}

fn text(tag: u8, value: &[u8]) -> String {
    let text = if tag == BMP {
        let units: Vec<u16> =
            value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    } else {
        String::from_utf8_lossy(value).into_owned()
    };
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// `YYMMDDHHMMSSZ` of the years 1950 to 2049, or `YYYYMMDDHHMMSSZ`.
fn day((tag, value): (u8, &[u8])) -> Option<Date> {
    let digits = std::str::from_utf8(value).ok()?;
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<u16>().ok();
    let (year, rest) = match tag {
        UTC_TIME => {
            let year = number(0, 2)?;
            (year + if year < 50 { 2000 } else { 1900 }, 2)
        }
        TIME => (number(0, 4)?, 4),
        _ => return None,
    };
    let part = |from: usize| number(from, from + 2).and_then(|n| u8::try_from(n).ok());
    Date::new(year, part(rest)?, part(rest + 2)?)
}

#[cfg(test)]
mod tests {
    use super::read;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    fn certificate(common: &str, until: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["acme.example".into()]).expect("it is a name");
        params.distinguished_name.push(DnType::CommonName, common);
        params.distinguished_name.push(DnType::OrganizationName, "Acme & Söhne");
        params.not_before = date_time_ymd(1999, 12, 31);
        params.not_after = date_time_ymd(until, 2, 28);
        let key = KeyPair::generate().expect("there is randomness");
        params.self_signed(&key).expect("it signs itself").der().to_vec()
    }

    #[test]
    fn owner_authority_and_days() {
        for until in [2026, 2049, 2050, 4096] {
            let seen = read(&certificate("Acme ERP", until)).expect("it is one");
            assert_eq!((seen.subject.as_str(), seen.issuer.as_str()), ("Acme ERP", "Acme ERP"));
            let mut said = vec![];
            seen.days.0.write(&mut said);
            said.push(b' ');
            seen.days.1.write(&mut said);
            assert_eq!(String::from_utf8_lossy(&said), format!("1999-12-31 {until}-02-28"));
        }
        let seen = read(&certificate("a\u{1b}[31m", 2026)).expect("it is one");
        assert_eq!(seen.subject, "a\u{fffd}[31m", "a terminal is not spoken to");
    }

    #[test]
    fn what_is_cut_or_changed_is_no_panic() {
        let whole = certificate("Acme", 2026);
        for end in 0..whole.len() {
            let _ = read(&whole[..end]);
        }
        for at in 0..whole.len().min(300) {
            for byte in [0x00, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = read(&changed);
            }
        }
        assert_eq!(read(b""), None);
    }
}
