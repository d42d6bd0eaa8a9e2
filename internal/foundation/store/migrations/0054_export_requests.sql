-- +goose Up
-- Exports that need the approval of several persons. What is asked for never
-- changes after it was written: digest is that of asked, and each decision names
-- the digest that it is about. No value of a record is in here.
CREATE TABLE export_requests (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  dataset TEXT NOT NULL,         -- address
  by_kind TEXT NOT NULL,         -- who asked
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  by_org TEXT NOT NULL,
  asked TEXT NOT NULL,           -- JSON of approval.Ask
  digest TEXT NOT NULL,          -- SHA-256 of asked
  state TEXT NOT NULL,           -- open, refused, withdrawn, void, expired
  why TEXT NOT NULL,             -- of the state, in words
  made_at TEXT NOT NULL,
  until_at TEXT NOT NULL,        -- after which it is worth nothing
  ended_at TEXT NOT NULL         -- '' while it is open
);
CREATE INDEX export_requests_by ON export_requests (by_kind, by_id, id);
CREATE INDEX export_requests_open ON export_requests (until_at) WHERE state = 'open';

CREATE TABLE export_decisions (
  request TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  by_org TEXT NOT NULL,
  verdict TEXT NOT NULL,         -- approve, refuse
  why TEXT NOT NULL,
  digest TEXT NOT NULL,          -- of what was shown
  decided_at TEXT NOT NULL,
  PRIMARY KEY (request, by_kind, by_id, verdict)
);

CREATE TABLE export_fetches (
  request TEXT NOT NULL,
  n INTEGER NOT NULL,            -- from 1 on
  fetched_at TEXT NOT NULL,
  PRIMARY KEY (request, n)
);

-- +goose Down
DROP TABLE export_fetches;
DROP TABLE export_decisions;
DROP TABLE export_requests;
