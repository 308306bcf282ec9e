"""Says by itself what some mappings must give: from the sample input and the tables of a mapping to the tree
of arguments from which zeep builds the envelope. Shares nothing with jemap: the rules of each README.md are
written here a second time.

  oracle_trees.py                  the expected files it has rules for, one a line
  oracle_trees.py EXPECTED OUT     writes the tree for this expected file, as JSON, to OUT

The tree: object = children, array = repeated element, "@x" = attribute x, "#text" = text beside attributes.
Only what jemap makes up itself (ids, UUIDs, the time of the run) is read from the expected file, by position.
The refused documents are held against the expected rejects. Status: 0 written, 1 something differs.
"""
import csv
import json
import re
import sys
from datetime import datetime, timezone
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

PLACES = {"CHF": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3, "PLN": 2}
LINES = ["Item", "DebtorItem", "CreditorItem", "ProductTaxItem"]


class Refused(Exception):
    """The document must not become an entry."""


def table(mapping, name, *keys):
    with open(f"mappings/{mapping}/{name}.csv", encoding="utf-8", newline="") as file:
        return {tuple(row[key] for key in keys): row for row in csv.DictReader(file)}


def row(rows, *key):
    if key not in rows:
        raise Refused(f"no row for {key}")
    return rows[key]


def read(path):
    """The JSON values of a file, numbers as they are written: a float never holds money."""
    text = Path(path).read_text(encoding="utf-8")
    documents = text.splitlines() if path.endswith(".ndjson") else [text]
    return [json.loads(document, parse_float=Decimal) for document in documents]


def money(value, currency):
    exact = Decimal(value)
    scaled = exact.quantize(Decimal(1).scaleb(-PLACES[currency]))
    if scaled != exact:
        raise Refused(f"{value} has more places than {currency}")
    return scaled


def minor(value, currency):
    """Money counted in the smallest unit."""
    return money(Decimal(value).scaleb(-PLACES[currency]), currency)


def cut(text, length):
    """The beginning, without a blank at its end; None for what says nothing."""
    return (text or "")[:length].rstrip() or None


def tail(text, length):
    return (text or "")[-length:].lstrip() or None


def alpha(number):
    """SAP's internal form: digits alone are led by zeros to ten places."""
    return number.zfill(10) if number and number.isdigit() else number or None


def amount(value, currency, name="AmountInTransactionCurrency"):
    tree = {name: {"#text": f"{value:f}", "@currencyCode": currency}}
    if name == "AmountInTransactionCurrency":
        tree["DebitCreditCode"] = "S" if value > 0 else "H"
    return tree


def header(document_type, user, company, dated, posted, **rest):
    return {
        "OriginalReferenceDocumentType": "BKPFF",
        "BusinessTransactionType": "RFBU",
        "AccountingDocumentType": document_type,
        "CreatedByUser": user,
        "CompanyCode": company,
        "DocumentDate": dated,
        "PostingDate": posted,
        **rest,
    }


def day_of(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()


# One document of a daily billing file: the lines that share a document number.
def daily_billing(lines):
    accounts = table("daily_billing", "accounts", "account")
    first = lines[0]
    if any(line[name] != first[name] for line in lines for name in ["company", "date", "ccy"]):
        raise Refused("company, date or currency changes within the document")
    memos = [line["memo"] for line in lines if line.get("memo")]
    entry = header("SA", "BILLING", first["company"], first["date"], first["date"])
    entry["DocumentReferenceID"] = first["doc"]
    entry["DocumentHeaderText"] = cut(memos[0], 25) if memos else None
    for number, line in enumerate(lines, 1):
        value = money(line["amount"], line["ccy"])
        if value < 0:
            raise Refused("the letter says the side: no amount is negative")
        account = row(accounts, line["account"])
        kind = {"gl": "Item", "debtor": "DebtorItem", "creditor": "CreditorItem"}[account["kind"]]
        who = {"gl": "GLAccount", "debtor": "Debtor", "creditor": "Creditor"}[account["kind"]]
        partner = account["sap"] if kind == "Item" else line.get("party")
        if not partner:
            raise Refused("no account or partner")
        entry.setdefault(kind, []).append({
            "ReferenceDocumentItem": str(number),
            who: alpha(partner),
            **amount({"D": value, "C": -value}[line["dc"]], line["ccy"]),
            "DocumentItemText": cut(line.get("memo"), 50),
        })
    return entry


# One balance transaction: the balance moves by net, each fee is a cost, the other side is the amount.
def stripe(record):
    categories, kinds = table("stripe", "categories", "category"), table("stripe", "fee_kinds", "kind")
    currency = record["currency"].upper()
    category = row(categories, record["reporting_category"])
    legs = []
    if record["net"] != 0:
        legs.append(("113900", record["net"], {"DocumentItemText": cut(record["description"], 50)}))
    purpose = {"DocumentItemText": category["text"], "AssignmentReference": tail(record["source"], 18)}
    legs.append((category["sap"], -record["amount"], purpose))
    for fee in record["fee_details"]:
        kind = row(kinds, fee["type"])
        legs.append((kind["sap"], fee["amount"], {"DocumentItemText": kind["text"]}))
    day = day_of(record["created"])
    return header(
        "SA", "STRIPE", "1500", day, day,
        SourceSystemAccountingDocument=record["id"],
        DocumentReferenceID=tail(record["id"], 16),
        DocumentHeaderText=cut(record["description"] or record["reporting_category"], 25),
        Item=[
            {
                "ReferenceDocumentItem": str(number),
                "GLAccount": alpha(account),
                **amount(minor(value, currency), currency),
                **texts,
            }
            for number, (account, value, texts) in enumerate(legs, 1)
        ],
    )


def xero_day(written):
    in_answers = re.fullmatch(r"/Date\((\d+)(?:\+0000)?\)/", written)
    return day_of(int(in_answers[1]) // 1000) if in_answers else written


def xero_item(number, line, net, text, tracking):
    accounts, centers = table("xero", "accounts", "code"), table("xero", "tracking", "option")
    item = {
        "ReferenceDocumentItem": str(number),
        "GLAccount": alpha(row(accounts, str(line["AccountCode"]))["sap"]),
        **amount(net, "GBP"),
        "DocumentItemText": cut(text, 50),
    }
    for category in tracking or []:
        if category["Name"] == "Department" and (category["Option"],) in centers:
            item["AccountAssignment"] = {"CostCenter": alpha(centers[category["Option"],]["cost_center"])}
    return item


# One manual journal; None where it is dropped.
def xero(journal):
    taxes = table("xero", "taxes", "type")
    if journal.get("Status") in ["DRAFT", "DELETED", "VOIDED"]:
        return None
    if not journal.get("JournalLines"):
        raise Refused("the list endpoint answers without lines")
    mode = journal.get("LineAmountTypes") or "NoTax"
    items, tax_items = [], []
    for number, line in enumerate(journal["JournalLines"], 1):
        kind = (line.get("TaxType"),)
        if mode != "NoTax" and kind in taxes and line.get("TaxAmount") is None:
            raise Refused("a taxed line without its tax")
        tax = money(line.get("TaxAmount") or 0, "GBP")
        net = money(line["LineAmount"], "GBP") - (tax if mode == "Inclusive" else 0)
        item = xero_item(number, line, net, line.get("Description"), line.get("Tracking"))
        if tax != 0:
            code = row(taxes, *kind)
            item["Tax"] = {"TaxCode": code["sap"], "TaxItemGroup": str(number)}
            tax_items.append({
                "TaxCode": code["sap"],
                "TaxItemClassification": code["class"],
                "ConditionType": code["condition"],
                "TaxItemGroup": str(number),
                **amount(tax, "GBP"),
                **amount(net, "GBP", "TaxBaseAmountInTransCrcy"),
            })
        items.append(item)
    day = xero_day(journal["Date"])
    return header(
        "SA", "XERO", "4100", day, day,
        SourceSystemAccountingDocument=(journal.get("ManualJournalID") or "").replace("-", "") or None,
        DocumentHeaderText=cut(journal["Narration"], 25),
        TaxDeterminationDate=day if tax_items else None,
        Item=items,
        ProductTaxItem=tax_items,
    )


# One journal Xero booked itself: tax has lines of its own.
def xero_journals(journal):
    day = xero_day(journal["JournalDate"])
    return header(
        "SA", "XERO", "4100", day, day,
        DocumentReferenceID=str(journal["JournalNumber"]),
        SourceSystemAccountingDocument=journal["JournalID"].replace("-", ""),
        DocumentHeaderText=cut(journal.get("Reference"), 25),
        Item=[
            xero_item(
                number, line, money(line["NetAmount"], "GBP"),
                line["Description"] or line["AccountName"], line["TrackingCategories"],
            )
            for number, line in enumerate(journal["JournalLines"], 1)
        ],
    )


# One document of a ledger; the sample has none that must be written in parts.
def ledger_export(document):
    renumbered = table("ledger_export", "renumbered", "kind", "old")
    head = document["header"]

    def new(kind, old):
        return alpha(renumbered[kind, old]["new"] if (kind, old) in renumbered else old)

    items = []
    for line in document["lines"]:
        value = money(line["debit_amount"], head["currency"]) - money(line["credit_amount"], head["currency"])
        if value == 0:
            continue
        centers = {
            "CostCenter": new("cost center", line.get("cost_center")),
            "ProfitCenter": new("profit center", line.get("profit_center")),
        }
        quantity = line.get("quantity")
        items.append({
            "ReferenceDocumentItem": str(len(items) + 1),
            "GLAccount": new("account", line["gl_account"]),
            **amount(value, head["currency"]),
            "DocumentItemText": cut(line.get("line_text"), 50),
            "AssignmentReference": cut(line.get("assignment"), 18),
            "ValueDate": line.get("value_date"),
            "QuantityInEntryUnit": {"#text": quantity, "@unitCode": line["unit"]} if quantity else None,
            "AccountAssignment": centers if any(centers.values()) else None,
        })
    assert len(items) <= 999, "this oracle has no rule for parts"
    return header(
        head["document_type"], cut(head["created_by"], 12), head["company_code"],
        head["document_date"], head["posting_date"],
        DocumentReferenceID=tail(head["reference"], 16),
        SourceSystemAccountingDocument=cut(head["reference"], 35),
        DocumentHeaderText=cut(head["header_text"], 25),
        Item=items,
    )


def by_document():
    lines = read("mappings/daily_billing/input.ndjson")
    return [(key, list(group)) for key, group in groupby(lines, lambda line: line["doc"])]


def page(path, member, key):
    (document,) = read(path)
    return [(record.get(key), record) for record in document[member]]


def ledger_documents():
    (documents,) = read("mappings/ledger_export/input.json")
    return [(document["header"]["document_id"], document) for document in documents]


# For each expected file: what gives the documents with their keys (or None), and what makes an entry of one.
RULES = {
    "mappings/daily_billing/expected.xml": (by_document, daily_billing),
    "mappings/ledger_export/expected.xml": (ledger_documents, ledger_export),
    "mappings/stripe/expected.xml": (lambda: page("mappings/stripe/input.json", "data", "id"), stripe),
    "mappings/xero/expected.xml": (
        lambda: page("mappings/xero/input.json", "ManualJournals", "ManualJournalID"), xero),
    "mappings/xero/journals.expected.xml": (
        lambda: page("mappings/xero/journals.input.json", "Journals", "JournalID"), xero_journals),
}


def entries_of(documents, make):
    """The entries, and the keys of the refused documents."""
    entries, refused = [], []
    for key, document in documents:
        try:
            entry = make(document)
            if entry is None:
                continue
            lines = [line for kind in LINES for line in entry.get(kind, [])]
            if sum(Decimal(line["AmountInTransactionCurrency"]["#text"]) for line in lines) != 0:
                raise Refused("debit and credit differ")
            entries.append(entry)
        except Refused:
            refused.append(key)
    return entries, refused


def same_rejects(expected, refused):
    path = Path(expected.replace("expected.xml", "rejects.expected.ndjson"))
    rejects = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    said = [json.loads(reject)["key"] for reject in rejects]
    same = len(said) == len(refused) and all(ours in (None, theirs) for ours, theirs in zip(refused, said))
    return same, said


def message_headers(expected):
    """What jemap makes up: the header of the envelope, then one for each request."""
    headers = [
        {child.tag: child.text for child in header}
        for header in ElementTree.parse(expected).iter("MessageHeader")
    ]
    assert all(list(header) == ["ID", "UUID", "CreationDateTime"] for header in headers), "unknown header"
    for name in ["ID", "UUID"]:
        assert len({header[name] for header in headers}) == len(headers), f"an {name} stands twice"
    return headers


def main(arguments):
    if not arguments:
        print("\n".join(RULES))
        return 0
    expected, out = arguments
    documents, make = RULES[expected]
    entries, refused = entries_of(documents(), make)
    agrees, said = same_rejects(expected, refused)
    if not agrees:
        print(f"refused by the rules: {refused}, expected rejects: {said}")
        return 1
    headers = message_headers(expected)
    if len(headers) != len(entries) + 1:
        print(f"{len(entries)} entries by the rules, {len(headers) - 1} in {expected}")
        return 1
    tree = {
        "MessageHeader": headers[0],
        "JournalEntryCreateRequest": [
            {"MessageHeader": header, "JournalEntry": entry} for header, entry in zip(headers[1:], entries)
        ],
    }
    Path(out).write_text(json.dumps(tree, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
