-- +goose Up
CREATE TABLE contracts (
  id TEXT NOT NULL,
  digest TEXT NOT NULL,       -- SHA-256 of the document
  version TEXT NOT NULL,
  pack TEXT NOT NULL,         -- '' when installed by itself
  document TEXT NOT NULL,     -- as it was written, byte for byte
  state TEXT NOT NULL CHECK (state IN ('current', 'retired', 'past')),
  installed_at TEXT NOT NULL,
  installed_by TEXT NOT NULL,
  PRIMARY KEY (id, digest)
);
CREATE UNIQUE INDEX contracts_in_force ON contracts (id) WHERE state <> 'past';

-- +goose Down
DROP TABLE contracts;
