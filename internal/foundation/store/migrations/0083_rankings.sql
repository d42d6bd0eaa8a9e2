-- +goose Up
-- The yearly ranking of units: shown to each unit before it is public, with a time to
-- object in. A former publication stays, with why it was withdrawn.
CREATE TABLE rankings (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  title TEXT NOT NULL,
  state TEXT NOT NULL,           -- preview, published, withdrawn
  lead_org TEXT NOT NULL,        -- agency that answers objections
  days INTEGER NOT NULL,         -- working days to object in
  made_by TEXT NOT NULL,         -- JSON of an actor
  made_at TEXT NOT NULL,
  counted_at TEXT NOT NULL,
  due_at TEXT NOT NULL,          -- until when units may object
  published_by TEXT NOT NULL,    -- JSON of an actor
  published_at TEXT NOT NULL,
  ended_by TEXT NOT NULL,        -- who withdrew it
  ended_at TEXT NOT NULL,
  why TEXT NOT NULL              -- why it was withdrawn
);

CREATE TABLE ranking_units (
  ranking TEXT NOT NULL,
  org TEXT NOT NULL,
  content TEXT NOT NULL,         -- JSON of govern.Standing
  PRIMARY KEY (ranking, org)
);

CREATE TABLE ranking_objections (
  id TEXT PRIMARY KEY,
  ranking TEXT NOT NULL,
  org TEXT NOT NULL,
  why TEXT NOT NULL,
  evidence TEXT NOT NULL,
  by_actor TEXT NOT NULL,        -- JSON of an actor
  made_at TEXT NOT NULL,
  deadline TEXT NOT NULL,        -- clock of the answer
  verdict TEXT NOT NULL,         -- '', accepted, refused
  said TEXT NOT NULL,            -- what changes, or why not
  decided_by TEXT NOT NULL,
  decided_at TEXT NOT NULL
);
CREATE INDEX ranking_objections_of ON ranking_objections (ranking, org);

-- +goose Down
DROP TABLE ranking_objections;
DROP TABLE ranking_units;
DROP TABLE rankings;
