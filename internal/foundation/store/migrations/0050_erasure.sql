-- +goose Up
-- What is being erased, and what was. The record itself is erased in its data
-- set's own file in one transaction; this is the list of what follows from it,
-- so that nothing is forgotten when the program stops.
CREATE TABLE erasures (
  id TEXT PRIMARY KEY,           -- ULID; the batch that erases has the same
  subject TEXT NOT NULL,         -- erasure of a person that it is part of, '' = one record
  dataset TEXT NOT NULL,         -- address of the object
  contract TEXT NOT NULL,
  hash TEXT NOT NULL,            -- keyed hash of the key
  state TEXT NOT NULL,           -- planned, erased (in the truth), done, refused
  basis TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  planned_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  sealed TEXT NOT NULL,          -- by what the record is found, encrypted; '' once nothing is left to do
  found TEXT NOT NULL,           -- JSON: how much was found where
  fault TEXT NOT NULL            -- JSON: why it was refused, or what the last attempt failed of
);
CREATE INDEX erasures_open ON erasures (id) WHERE state IN ('planned', 'erased');
CREATE INDEX erasures_of_subject ON erasures (subject) WHERE subject <> '';

-- Files as sent that are not kept any more, or not as they were sent.
CREATE TABLE originals (
  digest TEXT PRIMARY KEY,       -- SHA-256 of the file as it was sent
  kept TEXT NOT NULL,            -- digest of what stands in its place, '' = nothing
  reason TEXT NOT NULL,          -- erased, expired
  gone_at TEXT NOT NULL
);

-- +goose Down
DROP TABLE originals;
DROP TABLE erasures;
