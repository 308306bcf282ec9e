CREATE TABLE setting(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE batch(
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, destination TEXT NOT NULL, mode TEXT NOT NULL,
  mapping TEXT NOT NULL, version INTEGER NOT NULL, hash BLOB NOT NULL, path TEXT NOT NULL,
  params TEXT NOT NULL, complete INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER) STRICT;
CREATE TABLE template(
  id INTEGER PRIMARY KEY, head BLOB NOT NULL, said_id TEXT NOT NULL, said_uuid TEXT NOT NULL,
  tail BLOB NOT NULL) STRICT;
CREATE TABLE piece(id INTEGER PRIMARY KEY, length INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE entry(
  id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, natural_key TEXT NOT NULL,
  batch INTEGER NOT NULL REFERENCES batch, position INTEGER NOT NULL,
  mode INTEGER NOT NULL, phase INTEGER NOT NULL, revision INTEGER NOT NULL, attempt INTEGER NOT NULL,
  marks INTEGER NOT NULL, envelope INTEGER REFERENCES envelope, company TEXT, lane TEXT,
  lines INTEGER NOT NULL, cause TEXT, received INTEGER NOT NULL, updated INTEGER NOT NULL) STRICT;
CREATE INDEX entry_phase ON entry(phase, updated);
CREATE INDEX entry_natural ON entry(natural_key);
CREATE INDEX entry_batch ON entry(batch, phase);
CREATE INDEX entry_ready ON entry(batch) WHERE phase = 1;
CREATE INDEX entry_unsettled ON entry(id) WHERE marks & 2;
CREATE INDEX entry_cause ON entry(cause, phase) WHERE cause IS NOT NULL;
CREATE INDEX entry_company ON entry(company) WHERE company IS NOT NULL;
CREATE TABLE revision(
  entry INTEGER NOT NULL REFERENCES entry, n INTEGER NOT NULL, content BLOB NOT NULL,
  template INTEGER REFERENCES template, piece INTEGER NOT NULL REFERENCES piece,
  json_at INTEGER NOT NULL, json_length INTEGER NOT NULL, xml_at INTEGER NOT NULL, xml_length INTEGER NOT NULL,
  said TEXT NOT NULL, refusal TEXT, author TEXT NOT NULL, reason TEXT NOT NULL, made INTEGER NOT NULL,
  PRIMARY KEY(entry, n)) STRICT, WITHOUT ROWID;
CREATE TABLE adopted(
  batch INTEGER NOT NULL REFERENCES batch, entry INTEGER NOT NULL REFERENCES entry,
  template INTEGER, PRIMARY KEY(batch, entry)) STRICT, WITHOUT ROWID;
CREATE TABLE envelope(
  id INTEGER PRIMARY KEY, message_id BLOB NOT NULL UNIQUE, destination TEXT NOT NULL,
  documents INTEGER NOT NULL, length INTEGER NOT NULL, sha BLOB NOT NULL, body BLOB NOT NULL,
  state INTEGER NOT NULL, attempts INTEGER NOT NULL, due INTEGER NOT NULL, made INTEGER NOT NULL) STRICT;
CREATE INDEX envelope_open ON envelope(destination, state, due) WHERE state < 3;
CREATE TABLE member(
  envelope INTEGER NOT NULL REFERENCES envelope, position INTEGER NOT NULL,
  entry INTEGER NOT NULL REFERENCES entry, revision INTEGER NOT NULL, attempt INTEGER NOT NULL,
  PRIMARY KEY(envelope, position)) STRICT, WITHOUT ROWID;
CREATE INDEX member_entry ON member(entry);
CREATE TABLE attempt(
  envelope INTEGER NOT NULL REFERENCES envelope, n INTEGER NOT NULL, worker TEXT NOT NULL,
  epoch INTEGER NOT NULL, started INTEGER NOT NULL, deadline INTEGER NOT NULL, ended INTEGER,
  class TEXT, status INTEGER, problem TEXT, answer BLOB, PRIMARY KEY(envelope, n)) STRICT;
CREATE TABLE outcome(
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry, revision INTEGER NOT NULL,
  attempt INTEGER NOT NULL, kind TEXT NOT NULL, document TEXT, year TEXT, company TEXT,
  severity INTEGER, notes TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX outcome_entry ON outcome(entry);
CREATE TABLE event(
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, entry INTEGER, envelope INTEGER, kind TEXT NOT NULL,
  detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE INDEX event_entry ON event(entry) WHERE entry IS NOT NULL;
CREATE INDEX event_envelope ON event(envelope) WHERE envelope IS NOT NULL;
INSERT INTO setting(name, value) VALUES ('epoch', 0);
