"""Compares an output with jemap's: same.py JEMAP.xml OTHER.xml. Prints `the same bytes`, `the same XML`, or the
first difference, and then ends with status 1. Amounts and rates are compared as numbers: floats lose last zeros."""

import sys
from decimal import Decimal, InvalidOperation
from itertools import zip_longest

from lxml.etree import iterparse

NUMBERS = {"AmountInTransactionCurrency", "AmountInCompanyCodeCurrency", "ExchangeRate"}


def elements(path):
    for _, element in iterparse(path):
        text = element.text or ""
        if len(element):
            if text.strip():
                yield element.tag, "text between elements", text
            text = ""
        elif element.tag in NUMBERS:
            try:
                text = Decimal(text).normalize()
            except InvalidOperation:
                yield element.tag, "no number", text
        yield element.tag, tuple(sorted(element.attrib.items())), text
        if element.tag == "JournalEntryCreateRequest":
            element.clear()


ours, theirs = sys.argv[1:]
with open(ours, "rb") as a, open(theirs, "rb") as b:
    if a.read() == b.read():
        sys.exit(print("the same bytes"))
for number, (one, other) in enumerate(zip_longest(elements(ours), elements(theirs))):
    if one != other:
        sys.exit(f"element {number}: {one} but {other}")
print("the same XML")
