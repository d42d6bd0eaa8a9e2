-- +goose Up
CREATE TABLE code_lists (
  id TEXT NOT NULL,
  digest TEXT NOT NULL,       -- SHA-256 of the content
  version TEXT NOT NULL,
  pack TEXT NOT NULL,
  content TEXT NOT NULL,      -- canonical JSON, with the codes of a CSV file in it
  state TEXT NOT NULL CHECK (state IN ('current', 'retired', 'past')),
  installed_at TEXT NOT NULL,
  installed_by TEXT NOT NULL,
  PRIMARY KEY (id, digest)
);
CREATE UNIQUE INDEX code_lists_in_force ON code_lists (id) WHERE state <> 'past';

-- +goose Down
DROP TABLE code_lists;
