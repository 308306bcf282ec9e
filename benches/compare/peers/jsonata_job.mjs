// Runs job.jsonata: node jsonata_job.mjs BATCH.json OUT.xml COST_CENTERS.csv; NODE_PATH holds the library.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const jsonata = createRequire(resolve(process.env.NODE_PATH, "peers.js"))("jsonata");
const [batch, out, table] = process.argv.slice(2);
const start =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" ' +
  'xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><soapenv:Header/><soapenv:Body>' +
  "<sfin:JournalEntryBulkCreateRequest><MessageHeader><ID>BATCH-2026-000042</ID>" +
  "<CreationDateTime>2026-01-31T23:59:00Z</CreationDateTime></MessageHeader>\n";
const end = "</sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>\n";

// No field before the third of this table needs quotes.
const rows = readFileSync(table, "utf8").trimEnd().split("\n").slice(1);
const centers = Object.fromEntries(rows.map((row) => row.split(",", 2)));
const job = jsonata(readFileSync(new URL("job.jsonata", import.meta.url), "utf8"));
const documents = await job.evaluate(JSON.parse(readFileSync(batch, "utf8")), { centers });
writeFileSync(out, start + documents + end);
