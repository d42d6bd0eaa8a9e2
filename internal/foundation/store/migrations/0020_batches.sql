-- +goose Up
-- What was sent and how far it has come: an index over the data-set files and,
-- for batches on their way, the only place that knows them.
CREATE TABLE batches (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  dataset TEXT NOT NULL,         -- address of the object
  contract TEXT NOT NULL,        -- id of the contract
  kind TEXT NOT NULL,            -- load, undo, rejudge, release
  state TEXT NOT NULL,
  name TEXT NOT NULL,            -- file name
  mode TEXT NOT NULL,
  confirmed INTEGER NOT NULL,
  again INTEGER NOT NULL,
  idempotency TEXT NOT NULL,     -- '' = none
  digest TEXT NOT NULL,          -- SHA-256 of the file
  bytes BIGINT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  received_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  seq BIGINT NOT NULL,           -- 0 until committed
  report TEXT NOT NULL,          -- JSON, '' until there is one
  fault TEXT NOT NULL,           -- JSON, '' unless it failed
  undoes TEXT NOT NULL           -- batch that this one undoes, or ''
);
CREATE INDEX batches_of_dataset ON batches (dataset, id);
CREATE INDEX batches_open ON batches (state) WHERE state IN ('received', 'staged', 'checked', 'applying', 'applied', 'mirrored');
CREATE UNIQUE INDEX batches_idempotency ON batches (dataset, idempotency) WHERE idempotency <> '';

-- What happened, once each: relayed from the outboxes of the data sets.
CREATE TABLE events (
  dataset TEXT NOT NULL,         -- id of the contract
  seq BIGINT NOT NULL,
  kind TEXT NOT NULL,
  relayed_at TEXT NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (dataset, seq, kind)
);

-- +goose Down
DROP TABLE events;
DROP TABLE batches;
