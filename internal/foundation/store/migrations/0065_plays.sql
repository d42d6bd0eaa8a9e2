-- +goose Up
-- The play of generated days in a demo: at most one row. What was stamped before
-- it began was stamped by the played clock.
CREATE TABLE plays (
  id TEXT PRIMARY KEY,
  began_at TEXT NOT NULL,     -- real time
  days INTEGER NOT NULL,
  done INTEGER NOT NULL,      -- steps of its script that are behind it
  played_to TEXT NOT NULL,    -- what the played clock shows
  ended_at TEXT NOT NULL      -- real time, '' = not yet
);

-- +goose Down
DROP TABLE plays;
