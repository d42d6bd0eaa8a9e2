-- +goose Up
-- Clocks of duties. What a version says never changes: deadlines name it.
CREATE TABLE clocks (
  id TEXT NOT NULL,              -- CLK-11, CLK-22.report
  version INTEGER NOT NULL,      -- from 1
  content TEXT NOT NULL,         -- JSON: deadline.Definition
  pack TEXT NOT NULL,            -- pack that brought this version, '' = made by hand
  why TEXT NOT NULL,
  by_actor TEXT NOT NULL,        -- JSON of an actor
  made_at TEXT NOT NULL,
  PRIMARY KEY (id, version)
);
CREATE TABLE clock_heads (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,      -- the newest
  pack TEXT NOT NULL,            -- pack that brings the clock, '' = none
  brought TEXT NOT NULL,         -- JSON: deadline.Definition as the pack last brought it, '' = never
  retired_at TEXT NOT NULL       -- '' = in use
);

-- The calendar of working days and the office's hours. Every edit has a number;
-- the highest is the edition by which deadlines are counted.
CREATE TABLE calendar_days (
  day TEXT PRIMARY KEY,          -- yyyy-mm-dd
  kind TEXT NOT NULL,            -- work, off, swap_work, swap_off
  name TEXT NOT NULL,
  act TEXT NOT NULL,
  pack TEXT NOT NULL,
  brought TEXT NOT NULL          -- JSON of the entry as the pack last brought it, '' = made by hand
);
CREATE TABLE calendar_years (
  year INTEGER PRIMARY KEY,      -- all its days off are there
  pack TEXT NOT NULL             -- '' = said by hand
);
CREATE TABLE office_hours (
  id INTEGER PRIMARY KEY,        -- 1: there is one row
  content TEXT NOT NULL,         -- JSON: deadline.Hours
  pack TEXT NOT NULL,
  brought TEXT NOT NULL          -- JSON as the pack last brought it, '' = made by hand
);
CREATE TABLE calendar_edits (
  edition BIGINT PRIMARY KEY,
  what TEXT NOT NULL,            -- a day, a year, or "hours"
  was TEXT NOT NULL,             -- JSON, '' = nothing
  now_is TEXT NOT NULL,          -- JSON, '' = nothing
  why TEXT NOT NULL,
  by_actor TEXT NOT NULL,
  made_at TEXT NOT NULL
);

CREATE TABLE deadlines (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  clock TEXT NOT NULL,
  version INTEGER NOT NULL,
  unit TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  path TEXT NOT NULL,
  title_vi TEXT NOT NULL,
  title_en TEXT NOT NULL,
  org TEXT NOT NULL,             -- that owes it
  account TEXT NOT NULL,         -- '' = nobody in particular
  started_at TEXT NOT NULL,
  event_at TEXT NOT NULL,        -- what the duty precedes, '' = nothing
  due_at TEXT NOT NULL,
  allowed BIGINT NOT NULL,       -- µs from the start until due without pauses: office time of wd clocks, else time
  pauses TEXT NOT NULL,          -- JSON: list of deadline.Pause
  running INTEGER NOT NULL,      -- 1 = neither done nor cancelled
  paused INTEGER NOT NULL,
  done_at TEXT NOT NULL,
  cancelled_at TEXT NOT NULL,
  why TEXT NOT NULL,             -- of cancelling
  breached_at TEXT NOT NULL,
  given INTEGER NOT NULL,        -- last notice: 0, 50, 80, 100
  moved INTEGER NOT NULL,        -- how often it was extended
  soon_at TEXT NOT NULL,         -- when 80 % are gone
  next_notice_at TEXT NOT NULL,  -- '' = no notice to come: ended, paused, all given
  edition BIGINT NOT NULL        -- of the calendar by which it was counted
);
CREATE INDEX deadlines_notice ON deadlines (next_notice_at, id) WHERE next_notice_at <> '';
CREATE INDEX deadlines_edition ON deadlines (edition, id) WHERE running = 1;
CREATE INDEX deadlines_running ON deadlines (due_at, id) WHERE running = 1;
CREATE INDEX deadlines_due ON deadlines (due_at, id);
CREATE INDEX deadlines_of_org ON deadlines (org, due_at, id);
CREATE INDEX deadlines_of_account ON deadlines (account, due_at, id) WHERE account <> '';
CREATE INDEX deadlines_of_subject ON deadlines (subject_kind, subject_id, id);

CREATE TABLE deadline_history (
  id TEXT PRIMARY KEY,           -- ULID
  deadline TEXT NOT NULL,
  what TEXT NOT NULL,
  why TEXT NOT NULL,
  due_at TEXT NOT NULL,          -- after it
  by_actor TEXT NOT NULL,
  happened_at TEXT NOT NULL
);
CREATE INDEX deadline_history_of ON deadline_history (deadline, id);

-- +goose Down
DROP TABLE deadline_history;
DROP TABLE deadlines;
DROP TABLE calendar_edits;
DROP TABLE office_hours;
DROP TABLE calendar_years;
DROP TABLE calendar_days;
DROP TABLE clock_heads;
DROP TABLE clocks;
