//! What names usually mean in finance data. These are guesses for a first mapping, nothing is decided by
//! them.

/// Amounts of money.
const AMOUNT: &[&str] = &[
    "amount", "amt", "betrag", "debit", "credit", "total", "sum", "net", "gross", "balance", "price", "fee",
    "soll", "haben", "wrbtr", "dmbtr", "monto", "importe", "montant", "belopp",
];
/// Numbers that are not.
const NOT_AMOUNT: &[&str] =
    &["quantity", "qty", "rate", "percent", "count", "id", "number", "no", "nr", "code", "type"];
/// Accounts.
const ACCOUNT: &[&str] =
    &["account", "acct", "konto", "gl", "ledger", "nominal", "hkont", "saknr", "racct", "cuenta", "compte"];
/// Dates and instants.
const DATE: &[&str] = &[
    "date",
    "datum",
    "day",
    "time",
    "timestamp",
    "created",
    "posted",
    "booked",
    "at",
    "on",
    "effective",
    "updated",
    "fecha",
    "budat",
    "bldat",
];
/// What makes a document.
const DOCUMENT: &[&str] = &[
    "doc",
    "document",
    "journal",
    "voucher",
    "entry",
    "belnr",
    "transaction",
    "batch",
    "posting",
    "reference",
    "je",
];
/// Identities.
const IDENTITY: &[&str] = &["id", "number", "no", "nr", "num", "key", "ref", "uuid", "belnr"];
/// Company codes.
const COMPANY: &[&str] = &["company", "bukrs", "entity", "subsidiary"];
/// Free text.
const TEXT: &[&str] = &[
    "text",
    "memo",
    "description",
    "narration",
    "narrative",
    "comment",
    "note",
    "remark",
    "sgtxt",
    "bktxt",
    "label",
];
/// Amounts that are probably not the one in transaction currency.
const SECOND: &[&str] = &[
    "tax",
    "vat",
    "local",
    "base",
    "group",
    "balance",
    "home",
    "functional",
    "foreign",
    "net",
    "fee",
    "open",
];
/// The side of a line.
const DEBIT: &[&str] = &["d", "s", "debit", "soll", "dr", "deb"];
/// The other.
const CREDIT: &[&str] = &["c", "h", "k", "credit", "haben", "cr", "kredit", "cred"];

fn any(words: &[String], known: &[&str]) -> bool {
    words.iter().any(|w| known.contains(&w.as_str()))
}

pub(super) fn is_amount(words: &[String]) -> bool {
    any(words, AMOUNT) && !any(words, NOT_AMOUNT)
}
pub(super) fn is_second_amount(words: &[String]) -> bool {
    any(words, SECOND)
}
pub(super) fn is_account(words: &[String]) -> bool {
    any(words, ACCOUNT)
}
pub(super) fn is_date(words: &[String]) -> bool {
    any(words, DATE)
}
pub(super) fn is_document(words: &[String]) -> bool {
    any(words, DOCUMENT)
}
pub(super) fn is_identity(words: &[String]) -> bool {
    any(words, IDENTITY)
}
/// Of two accounts, the one that people write.
pub(super) fn is_written(words: &[String]) -> bool {
    any(words, &["number", "no", "nr", "num", "code"])
}
pub(super) fn is_company(words: &[String]) -> bool {
    any(words, COMPANY)
}
pub(super) fn is_text(words: &[String]) -> bool {
    any(words, TEXT)
}
pub(super) fn is_debit(word: &str) -> bool {
    DEBIT.contains(&word.to_lowercase().as_str())
}
pub(super) fn is_credit(word: &str) -> bool {
    CREDIT.contains(&word.to_lowercase().as_str())
}
