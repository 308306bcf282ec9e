#!/bin/sh
# Prints a right mapping of about so many lines, a third each fields, functions and rejects: benches/big_map.sh [1000]
rounds=$(((${1:-1000} - 19) / 3))
cat <<'END'
map big version 1
target s4.journal_entry profile 2024
source json record {
  id: text(1..16), day: date, ccy: currency, amount: money(ccy)
END
seq "$rounds" | awk '{ print "  field_" $1 ": text(1..40)? at dims.group_" $1 % 20 ".field_" $1 }'
echo "}"
seq "$rounds" | awk '{ print "fn f_" $1 "(t: text) -> text = t | trim | cut(" $1 % 40 + 1 ")" }'
cat <<'END'
document from record key id {
  OriginalReferenceDocumentType = "BKPFF"
  BusinessTransactionType = "RFBU"
  AccountingDocumentType = "SA"
  DocumentReferenceID = id
  CreatedByUser = "BENCH"
  CompanyCode = "1010"
  DocumentDate = day
  PostingDate = day
END
seq "$rounds" | awk '{ print "  reject \"test " $1 "\" when f_" $1 "(field_" $1 " or \"-\") == \"test\"" }'
cat <<'END'
  Item { GLAccount = "1"; AmountInTransactionCurrency = amount }
  Item { GLAccount = "2"; AmountInTransactionCurrency = -amount }
}
END
