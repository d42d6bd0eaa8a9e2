-- +goose Up
-- Who has asked for what to be erased. Whoever asks does not carry it out: a
-- request waits, object by object, for somebody who may.
CREATE TABLE erase_requests (
  id TEXT PRIMARY KEY,           -- ULID; erasures that come of it have it as their subject
  kind TEXT NOT NULL,            -- person, record
  basis TEXT NOT NULL,
  hash TEXT NOT NULL,            -- keyed hash of the number or the key
  sealed TEXT NOT NULL,          -- number or key, encrypted; '' once nothing waits
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  by_org TEXT NOT NULL,
  asked_at TEXT NOT NULL
);
CREATE INDEX erase_requests_open ON erase_requests (hash) WHERE sealed <> '';

-- What a request would erase of each object, and what was decided.
CREATE TABLE erase_parts (
  request TEXT NOT NULL,
  dataset TEXT NOT NULL,         -- address of the object
  title TEXT NOT NULL,
  state TEXT NOT NULL,           -- asked, carried (erasures have it), refused, nothing (there was nothing left)
  agreed BIGINT NOT NULL,        -- 1: who asked may erase there
  plan TEXT NOT NULL,            -- JSON: how much would go, what the law keeps; no key, no value
  planned_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,         -- who decided
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  decided_at TEXT NOT NULL,
  reason TEXT NOT NULL,          -- of a refusal
  PRIMARY KEY (request, dataset)
);

-- +goose Down
DROP TABLE erase_parts;
DROP TABLE erase_requests;
