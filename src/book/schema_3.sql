-- Every row with content has a sum of it, so that damage is seen; what is due is found by an index.
ALTER TABLE batch ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE template ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE piece ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE revision ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE envelope ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE confirmation ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stray ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
-- deadline: of the latest request with it; offered: when the first one with its present revision began
ALTER TABLE entry ADD COLUMN deadline INTEGER;
ALTER TABLE entry ADD COLUMN offered INTEGER;
UPDATE batch SET sum = checksum(source, destination, mode, mapping, version, hash, path, params, began);
UPDATE template SET sum = checksum(head, said_id, said_uuid, tail);
UPDATE piece SET sum = checksum(length, body);
UPDATE revision SET sum = checksum(entry, n, content, template, piece, json_at, json_length, xml_at, xml_length,
  said, refusal, author, reason, made);
UPDATE envelope SET sum = checksum(message_id, destination, documents, length, sha, body, made);
UPDATE attempt SET sum = checksum(envelope, n, worker, epoch, started, deadline, ended, class, status, problem,
  answer);
UPDATE confirmation SET sum = checksum(name, digest, message, sender, created, source, entries, length, body, received);
UPDATE stray SET sum = checksum(confirmation, position, reference, key, kind, document, year, company, severity,
  notes, cause, why);
UPDATE entry SET
  deadline = (SELECT max(a.deadline) FROM member m JOIN attempt a ON a.envelope = m.envelope
    WHERE m.entry = entry.id),
  offered = (SELECT min(a.started) FROM member m JOIN attempt a ON a.envelope = m.envelope
    WHERE m.entry = entry.id AND m.revision = entry.revision)
  WHERE attempt > 0;
-- an entry that was never sent has the mode of its batch
UPDATE entry SET mode = (SELECT CASE b.mode WHEN 'async' THEN 0 WHEN 'sync-idem' THEN 1 WHEN 'sync-lookup' THEN 2
  ELSE 3 END FROM batch b WHERE b.id = entry.batch) WHERE attempt = 0;
-- the first books of version 1 lacked it
DROP INDEX IF EXISTS entry_batch;
CREATE INDEX entry_batch ON entry(batch, phase, updated);
DROP INDEX entry_unsettled;
CREATE INDEX entry_unsettled ON entry(batch, deadline) WHERE marks & 3 = 2;
CREATE INDEX entry_settling ON entry(batch, deadline) WHERE phase = 4 AND marks & 2;
CREATE INDEX entry_early ON entry(batch, deadline) WHERE phase = 4 AND mode = 2 AND marks & 2;
CREATE INDEX entry_doubtful ON entry(batch, offered) WHERE phase = 4 AND mode < 2 AND marks & 4;
CREATE INDEX entry_look ON entry(batch, updated) WHERE phase = 4 AND mode = 2 AND marks & 34 = 0;
CREATE INDEX entry_look_again ON entry(batch, updated) WHERE phase = 4 AND mode = 2 AND marks & 34 = 32;
CREATE INDEX entry_accepted ON entry(batch, updated) WHERE phase = 6;
CREATE INDEX envelope_sending ON envelope(id) WHERE state = 1;
