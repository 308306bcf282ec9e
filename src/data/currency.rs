//! ISO 4217 currency codes and their exponents.

/// Three capital letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(pub [u8; 3]);

impl Currency {
    /// Three letters; small ones are made capital. Not checked against the list.
    pub fn parse(text: &str) -> Option<Currency> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_alphabetic).then(|| Currency(letters.map(|b| b.to_ascii_uppercase())))
    }
    /// The letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is three ASCII letters")
    }
    /// Digits after the point of the currency's minor unit by ISO 4217; `None`: not in the list, or without
    /// minor units (precious metals, funds).
    pub fn exponent(self) -> Option<u8> {
        // Compared as numbers: three bytes as a slice would cost a call each.
        let number = |code: [u8; 3]| u32::from_be_bytes([0, code[0], code[1], code[2]]);
        if TWO.binary_search_by_key(&number(self.0), |code| number(*code)).is_ok() {
            return Some(2);
        }
        let is_in = |codes: &str| codes.split(' ').any(|code| code.as_bytes() == self.0);
        [(0, WITHOUT), (3, THREE), (4, FOUR)]
            .into_iter()
            .find(|(_, codes)| is_in(codes))
            .map(|(exponent, _)| exponent)
    }
}

/// Currencies without minor unit.
const WITHOUT: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
/// Currencies of thousandths.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";
/// Units of account of ten-thousandths.
const FOUR: &str = "CLF UYW";
/// Currencies of hundredths, ordered; with those withdrawn since 2020, which older postings still carry.
#[rustfmt::skip]
const TWO: [[u8; 3]; 145] = [
    *b"AED", *b"AFN", *b"ALL", *b"AMD", *b"ANG", *b"AOA", *b"ARS", *b"AUD", *b"AWG", *b"AZN", *b"BAM",
    *b"BBD", *b"BDT", *b"BGN", *b"BMD", *b"BND", *b"BOB", *b"BOV", *b"BRL", *b"BSD", *b"BTN", *b"BWP",
    *b"BYN", *b"BZD", *b"CAD", *b"CDF", *b"CHE", *b"CHF", *b"CHW", *b"CNY", *b"COP", *b"COU", *b"CRC",
    *b"CUC", *b"CUP", *b"CVE", *b"CZK", *b"DKK", *b"DOP", *b"DZD", *b"EGP", *b"ERN", *b"ETB", *b"EUR",
    *b"FJD", *b"FKP", *b"GBP", *b"GEL", *b"GHS", *b"GIP", *b"GMD", *b"GTQ", *b"GYD", *b"HKD", *b"HNL",
    *b"HRK", *b"HTG", *b"HUF", *b"IDR", *b"ILS", *b"INR", *b"IRR", *b"JMD", *b"KES", *b"KGS", *b"KHR",
    *b"KPW", *b"KYD", *b"KZT", *b"LAK", *b"LBP", *b"LKR", *b"LRD", *b"LSL", *b"MAD", *b"MDL", *b"MGA",
    *b"MKD", *b"MMK", *b"MNT", *b"MOP", *b"MRU", *b"MUR", *b"MVR", *b"MWK", *b"MXN", *b"MXV", *b"MYR",
    *b"MZN", *b"NAD", *b"NGN", *b"NIO", *b"NOK", *b"NPR", *b"NZD", *b"PAB", *b"PEN", *b"PGK", *b"PHP",
    *b"PKR", *b"PLN", *b"QAR", *b"RON", *b"RSD", *b"RUB", *b"SAR", *b"SBD", *b"SCR", *b"SDG", *b"SEK",
    *b"SGD", *b"SHP", *b"SLE", *b"SLL", *b"SOS", *b"SRD", *b"SSP", *b"STN", *b"SVC", *b"SYP", *b"SZL",
    *b"THB", *b"TJS", *b"TMT", *b"TOP", *b"TRY", *b"TTD", *b"TWD", *b"TZS", *b"UAH", *b"USD", *b"USN",
    *b"UYU", *b"UZS", *b"VED", *b"VES", *b"WST", *b"XAD", *b"XCD", *b"XCG", *b"YER", *b"ZAR", *b"ZMW",
    *b"ZWG", *b"ZWL",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents() {
        let rows = [("EUR", Some(2)), ("jpy", Some(0)), ("KWD", Some(3)), ("CLF", Some(4)), ("XCG", Some(2))];
        for (code, exponent) in rows {
            assert_eq!(Currency::parse(code).expect("three letters").exponent(), exponent, "{code}");
        }
        assert_eq!(Currency(*b"XAU").exponent(), None);
        assert_eq!(Currency(*b"QQQ").exponent(), None);
    }

    #[test]
    fn letters() {
        assert_eq!(Currency::parse("eur").expect("three letters").as_str(), "EUR");
        assert!(["", "EU", "EURO", "E1R", "€", "ÄÖ"].iter().all(|t| Currency::parse(t).is_none()));
    }

    #[test]
    fn the_lists_are_ordered_and_disjoint() {
        assert!(TWO.windows(2).all(|w| w[0] < w[1]));
        let others = [WITHOUT, THREE, FOUR].join(" ");
        let others: Vec<_> = others.split(' ').collect();
        assert!(others.iter().all(|code| code.len() == 3 && TWO.iter().all(|t| t != code.as_bytes())));
    }
}
