CREATE TABLE confirmation(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest BLOB NOT NULL, message TEXT, sender TEXT,
  created TEXT, source TEXT NOT NULL, entries INTEGER NOT NULL, length INTEGER NOT NULL, body BLOB NOT NULL,
  received INTEGER NOT NULL, times INTEGER NOT NULL, latest INTEGER NOT NULL) STRICT;
CREATE TABLE stray(
  confirmation INTEGER NOT NULL REFERENCES confirmation, position INTEGER NOT NULL, reference TEXT, key BLOB,
  kind TEXT NOT NULL, document TEXT, year TEXT, company TEXT, severity INTEGER, notes TEXT NOT NULL, cause TEXT,
  why TEXT NOT NULL, entry INTEGER REFERENCES entry, PRIMARY KEY(confirmation, position)) STRICT, WITHOUT ROWID;
CREATE INDEX stray_open ON stray(confirmation, position) WHERE entry IS NULL;
CREATE INDEX stray_unclear ON stray(confirmation, position) WHERE kind = 'unclear' AND entry IS NOT NULL;
CREATE INDEX revision_own ON revision(said) WHERE said NOT GLOB 'J??????????????????????????.[0-9][0-9]';
