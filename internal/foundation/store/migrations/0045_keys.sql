-- +goose Up
-- Keys that the program makes for itself, each wrapped by the master key, which
-- lies elsewhere. A key that is gone for good leaves its row, without the key.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,          -- 16 hexadecimal digits, written into what the key seals or signs
  kind TEXT NOT NULL CHECK (kind IN ('root', 'seal', 'blind', 'sign')),
  purpose TEXT NOT NULL,        -- what the key is for: a data set, the tokens
  generation INTEGER NOT NULL,  -- 1, 2, … within kind and purpose
  state TEXT NOT NULL CHECK (state IN ('current', 'past', 'shredded')),
  wrapped TEXT NOT NULL,        -- the key, sealed by the master; '' once shredded
  wrapped_by TEXT NOT NULL,     -- tells one master from another, and nothing about it
  public TEXT NOT NULL,         -- of signing keys, '' of others
  use_from TEXT NOT NULL,       -- signing keys: first and last instant of use, '' of others
  use_until TEXT NOT NULL,
  made_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  UNIQUE (kind, purpose, generation)
);

-- +goose Down
DROP TABLE keys;
