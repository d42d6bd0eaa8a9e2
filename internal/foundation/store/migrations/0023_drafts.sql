-- +goose Up
-- Contracts in the making, from sample files; the samples lie in a store of
-- their own and go with the draft.
CREATE TABLE drafts (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL,        -- open, created
  draft TEXT NOT NULL,        -- JSON: draft.Draft
  before TEXT NOT NULL,       -- JSON: the draft before the last edit, '' = none
  samples TEXT NOT NULL,      -- JSON: [{name, digest, bytes}], [] once they are gone
  shown TEXT NOT NULL,        -- digest of the rows that are shown, '' once they are gone
  notes TEXT NOT NULL,        -- JSON: what to know about how the samples were read
  dataset TEXT NOT NULL,      -- id of the contract that was made of it, '' = none
  lists TEXT NOT NULL,        -- JSON: ids of the code lists that were made with it
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  started_at TEXT NOT NULL,
  changed_at TEXT NOT NULL
);
CREATE INDEX drafts_of_dataset ON drafts (dataset) WHERE dataset <> '';

-- +goose Down
DROP TABLE drafts;
