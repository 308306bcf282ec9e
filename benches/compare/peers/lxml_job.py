"""The benchmark's job on nested batches with Python and lxml: lxml_job.py BATCH.json OUT.xml COST_CENTERS.csv

Amounts are `Decimal`, so nothing is lost and the bytes are those that jemap writes.
"""

import csv
import json
import sys
from decimal import Decimal

from lxml.etree import Element, SubElement, tostring

START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><soapenv:Header/><soapenv:Body>'
    "<sfin:JournalEntryBulkCreateRequest><MessageHeader><ID>BATCH-2026-000042</ID>"
    "<CreationDateTime>2026-01-31T23:59:00Z</CreationDateTime></MessageHeader>\n"
)
END = "</sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>\n"
DIGITS = {"JPY": 0, "KWD": 3}


def element(parent, name, text):
    """An element, unless there is nothing to write."""
    if text:
        SubElement(parent, name).text = text


def amount(parent, name, value, currency):
    SubElement(parent, name, currencyCode=currency).text = format(value, "f")


def cut(text, characters):
    return text and text[:characters]


def fits(value, currency):
    """Whether the currency has so many digits after the point."""
    digits = DIGITS.get(currency, 2)
    return -value.as_tuple().exponent <= digits or value == round(value, digits)


def right(entry):
    """The job's refusals; makes the amounts numbers."""
    total = local_total = Decimal(0)
    currency, local_currency = entry["currency"], entry["localCurrency"]
    for line in entry["lines"]:
        line["amount"] = value = Decimal(line["amount"])
        line["localAmount"] = local = Decimal(line["localAmount"])
        if not fits(value, currency) or not fits(local, local_currency):
            return False
        total += value
        local_total += local
    return total == 0 and local_total == 0


def item(journal_entry, entry, line, centers):
    item = SubElement(journal_entry, "Item")
    element(item, "ReferenceDocumentItem", str(line["lineNo"]))
    element(item, "GLAccount", str(line["account"]).zfill(10))
    amount(item, "AmountInTransactionCurrency", line["amount"], entry["currency"])
    amount(item, "AmountInCompanyCodeCurrency", line["localAmount"], entry["localCurrency"])
    element(item, "DebitCreditCode", "H" if line["amount"] < 0 else "S")
    element(item, "DocumentItemText", cut(line.get("text"), 50))
    element(item, "AssignmentReference", cut(line.get("assignment"), 18))
    if tax_code := line.get("taxCode"):
        element(SubElement(item, "Tax"), "TaxCode", tax_code)
    if date := line.get("valueDate"):
        element(item, "ValueDate", f"{date[:4]}-{date[4:6]}-{date[6:]}")
    dims = line.get("dims") or {}
    profit_center, segment, wbs = line.get("profitCenter"), dims.get("segment"), dims.get("wbs")
    cost_center = line.get("costCenter")
    cost_center = cost_center and centers.get(cost_center, "0000009999")
    if profit_center or segment or cost_center or wbs:
        assignment = SubElement(item, "AccountAssignment")
        element(assignment, "ProfitCenter", profit_center)
        element(assignment, "Segment", segment)
        element(assignment, "CostCenter", cost_center)
        element(assignment, "WBSElement", wbs)


def document(batch, entry, centers):
    request = Element("JournalEntryCreateRequest")
    header = SubElement(request, "MessageHeader")
    element(header, "ID", entry["docNo"])
    element(header, "UUID", entry["uuid"])
    element(header, "CreationDateTime", batch["createdAt"])
    journal_entry = SubElement(request, "JournalEntry")
    element(journal_entry, "OriginalReferenceDocumentType", "BKPFF")
    element(journal_entry, "OriginalReferenceDocument", entry["docNo"])
    element(journal_entry, "OriginalReferenceDocumentLogicalSystem", batch["source"])
    element(journal_entry, "BusinessTransactionType", "RFBU")
    element(journal_entry, "AccountingDocumentType", entry["docType"])
    element(journal_entry, "DocumentReferenceID", cut(entry.get("reference"), 16))
    element(journal_entry, "DocumentHeaderText", cut(entry.get("headerText"), 25))
    element(journal_entry, "CreatedByUser", cut(entry["user"], 12))
    element(journal_entry, "CompanyCode", entry["companyCode"])
    element(journal_entry, "DocumentDate", entry["docDate"])
    element(journal_entry, "PostingDate", entry["postDate"][:10])
    element(journal_entry, "PostingFiscalPeriod", str(entry["period"]))
    if fx := entry.get("fx"):
        element(journal_entry, "ExchangeRate", str(fx["rate"]))
    for line in entry["lines"]:
        item(journal_entry, entry, line, centers)
    return tostring(request, encoding="UTF-8")


def main(batch_path, out_path, table_path):
    with open(table_path, encoding="utf-8", newline="") as table:
        centers = {row["code"]: row["cost_center"] for row in csv.DictReader(table)}
    with open(batch_path, "rb") as file:
        data = json.load(file, parse_float=Decimal)
    with open(out_path, "wb") as out:
        out.write(START.encode())
        for entry in data["entries"]:
            if right(entry):
                out.write(document(data["batch"], entry, centers))
                out.write(b"\n")
        out.write(END.encode())


main(*sys.argv[1:])
