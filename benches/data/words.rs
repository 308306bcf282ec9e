//! The words texts are made of, and the codes of the ledger.

#[rustfmt::skip]
pub const ASCII: &[&str] = &[
    "Rent", "Office", "Invoice", "Payment", "Accrual", "Reversal", "January", "February", "March", "Q1",
    "Q2", "2026", "Clearing", "Bank", "Travel", "Expense", "Consulting", "License", "Software",
    "Maintenance", "Energy", "Freight", "Customs", "Payroll", "Pension", "Insurance", "Marketing",
    "Depreciation", "Asset", "Vendor", "Customer", "Intercompany", "Reclass", "Adjustment", "Provision",
    "Leasing", "Miete", "Lager", "Rechnung", "Zahlung", "Instandhaltung", "Reisekosten", "Abschreibung",
    "Steuer", "Personal", "Strom", "Gas", "Wasser", "Telefon", "Fracht", "Material", "IT", "ERP", "HR",
    "to", "for", "per", "von", "und", "der", "no.", "ref",
];
#[rustfmt::skip]
pub const NOT_ASCII: &[&str] = &[
    "Büromaterial", "Überweisung", "Straße", "Prüfung", "Zürich", "Łódź", "façade", "naïve", "côte",
    "Škoda", "東京支店", "支払", "Ω-Mega", "résumé", "Grüße", "Kältetechnik", "Gebühren", "Verträge", "São",
    "Malmö", "Þórr", "Kraków", "10 €", "n°", "Müller", "für", "März", "Ünal", "💶", "–",
];
#[rustfmt::skip]
pub const XML_SPECIAL: &[&str] = &[
    "R&D", "M&A", "Soll > Haben", "<intern>", "A & B", "Smith & Sons", "x<y", "AT&T", "P&L", "H&M", "->",
    "]]>",
];
pub const CURRENCIES: &[&str] = &["EUR", "EUR", "EUR", "EUR", "USD", "USD", "CHF", "PLN", "GBP"];
pub const COMPANIES: &[&str] = &["1010", "1020", "1710", "2000", "DE01", "FR02", "CH01"];
pub const DOCUMENT_TYPES: &[&str] = &["SA", "KR", "DR", "AB", "WE", "ZP"];
#[rustfmt::skip]
pub const USERS: &[&str] = &[
    "BATCH_FI", "MMUELLER", "JDOE", "RFC_USER", "SVC-ERP-INT", "A.KOWALSKA", "TKLINGER",
    "svc_journal_upload",
];
pub const TAX_CODES: &[&str] = &["V0", "V1", "V7", "A1", "A0", "I1"];
pub const UNITS: &[&str] = &["PC", "KG", "H", "EA", "L"];
pub const SEGMENTS: &[&str] = &["1000_A", "1000_B", "1000_C", "MANF", "SERV"];
pub const ACCOUNTS: [u64; 7] = [113_100, 400_000, 476_000, 1, 21_300_000, 160_000, 800_000];
