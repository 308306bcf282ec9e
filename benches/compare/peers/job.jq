# The benchmark's job on nested batches, for jq and jaq:
#   jq -r --rawfile table cost_centers.csv -f job.jq batch.json
# Numbers are floating point in jq: amounts are summed in thousandths, as whole numbers, so that documents
# balance exactly, and a number loses its last zeros (`12.50` is written `12.5`). `@html` escapes.

# Optional: null and "" write nothing.
def element($name; $value):
  if $value == null or $value == "" then "" else @html "<\($name)>\($value)</\($name)>" end;
# In jq an amount that stands as a string keeps its spelling.
def spelt: if type == "string" then . else . + 0 end;
def amount($name; $value; $currency):
  @html "<\($name) currencyCode=\"\($currency)\">\($value | spelt)</\($name)>";
def cut($characters): if . == null then . else .[:$characters] end;
def padded: tostring | "0000000000"[:10 - length] + .;
def iso: if . == null or . == "" then . else .[:4] + "-" + .[4:6] + "-" + .[6:] end;

def digits($currency): if $currency == "JPY" then 1 elif $currency == "KWD" then 1000 else 100 end;
def fits($one): tonumber | ((. * $one | round) / $one) == .;
def thousandths(amounts): reduce amounts as $amount (0; . + ($amount | tonumber * 1000 | round));
def right:
  digits(.currency) as $one | digits(.localCurrency) as $local_one
  | all(.lines[]; (.amount | fits($one)) and (.localAmount | fits($local_one)))
    and thousandths(.lines[].amount) == 0 and thousandths(.lines[].localAmount) == 0;

def assignment($centers):
  (if .costCenter == null or .costCenter == "" then null else $centers[.costCenter] // "0000009999" end)
    as $center
  | element("ProfitCenter"; .profitCenter) + element("Segment"; .dims.segment)
    + element("CostCenter"; $center) + element("WBSElement"; .dims.wbs)
  | if . == "" then "" else "<AccountAssignment>" + . + "</AccountAssignment>" end;

def item($entry; $centers):
  "<Item>" + element("ReferenceDocumentItem"; .lineNo)
  + element("GLAccount"; .account | padded)
  + amount("AmountInTransactionCurrency"; .amount; $entry.currency)
  + amount("AmountInCompanyCodeCurrency"; .localAmount; $entry.localCurrency)
  + element("DebitCreditCode"; if (.amount | tonumber) < 0 then "H" else "S" end)
  + element("DocumentItemText"; .text | cut(50))
  + element("AssignmentReference"; .assignment | cut(18))
  + (element("TaxCode"; .taxCode) | if . == "" then "" else "<Tax>" + . + "</Tax>" end)
  + element("ValueDate"; .valueDate | iso)
  + assignment($centers) + "</Item>";

def document($batch; $centers):
  . as $entry
  | "<JournalEntryCreateRequest><MessageHeader>" + element("ID"; .docNo) + element("UUID"; .uuid)
  + element("CreationDateTime"; $batch.createdAt) + "</MessageHeader><JournalEntry>"
  + element("OriginalReferenceDocumentType"; "BKPFF")
  + element("OriginalReferenceDocument"; .docNo)
  + element("OriginalReferenceDocumentLogicalSystem"; $batch.source)
  + element("BusinessTransactionType"; "RFBU")
  + element("AccountingDocumentType"; .docType)
  + element("DocumentReferenceID"; .reference | cut(16))
  + element("DocumentHeaderText"; .headerText | cut(25))
  + element("CreatedByUser"; .user | cut(12))
  + element("CompanyCode"; .companyCode)
  + element("DocumentDate"; .docDate)
  + element("PostingDate"; .postDate | cut(10))
  + element("PostingFiscalPeriod"; .period)
  + element("ExchangeRate"; .fx.rate)
  + ([.lines[] | item($entry; $centers)] | add)
  + "</JournalEntry></JournalEntryCreateRequest>";

.batch as $batch
# No field before the third of this table needs quotes.
| ($table | split("\n")[1:] | map(split(",") | select(length > 1) | {(.[0]): .[1]}) | add) as $centers
| "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
  "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" "
  + "xmlns:sfin=\"http://sap.com/xi/SAPSCORE/SFIN\"><soapenv:Header/><soapenv:Body>"
  + "<sfin:JournalEntryBulkCreateRequest><MessageHeader><ID>BATCH-2026-000042</ID>"
  + "<CreationDateTime>2026-01-31T23:59:00Z</CreationDateTime></MessageHeader>",
  (.entries[] | select(right) | document($batch; $centers)),
  "</sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>"
