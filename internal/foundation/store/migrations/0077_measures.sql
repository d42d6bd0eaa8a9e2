-- +goose Up
-- Measures of governance: every version of every measure; one of each is in force.
CREATE TABLE measures (
  id TEXT NOT NULL,
  digest TEXT NOT NULL,          -- SHA-256 of the content
  pack TEXT NOT NULL,            -- that brought this version, '' = written here
  content TEXT NOT NULL,         -- JSON of govern.Measure
  state TEXT NOT NULL,           -- current, past, retired
  why TEXT NOT NULL,
  by TEXT NOT NULL,              -- JSON of an actor
  made_at TEXT NOT NULL,
  PRIMARY KEY (id, digest)
);
CREATE UNIQUE INDEX measures_in_force ON measures (id) WHERE state <> 'past';

-- What units have declared for measures that the platform does not measure.
CREATE TABLE measure_declarations (
  measure TEXT NOT NULL,
  period TEXT NOT NULL,          -- 2026, 2026-Q4, 2026-11
  place INTEGER NOT NULL,        -- 1, 2, … of measure and period: the last counts
  value DOUBLE PRECISION,        -- null: withdrawn
  evidence TEXT NOT NULL,        -- number of a document, or an address
  note TEXT NOT NULL,
  by TEXT NOT NULL,              -- JSON of an actor
  at TEXT NOT NULL,
  PRIMARY KEY (measure, period, place)
);

-- +goose Down
DROP TABLE measure_declarations;
DROP TABLE measures;
