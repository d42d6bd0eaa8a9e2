-- +goose Up
-- What units report on tasks and targets of plans, month by month. Every word that
-- was ever saved is a row of progress_words and stays one; a line says which of
-- them is its current one.
CREATE TABLE progress_periods (
  period TEXT PRIMARY KEY,       -- yyyy-mm
  lead_org TEXT NOT NULL,        -- agency that coordinates
  cut INTEGER NOT NULL,          -- day of the month on which figures are cut
  state TEXT NOT NULL,           -- open, closed
  opened_by TEXT NOT NULL,       -- JSON of an actor
  opened_at TEXT NOT NULL,
  due_at TEXT NOT NULL,          -- of the sheets handed out when it was opened
  deadline TEXT NOT NULL,        -- clock of closing
  closed_by TEXT NOT NULL,       -- JSON of an actor
  closed_at TEXT NOT NULL,       -- '' while it is open
  header TEXT NOT NULL,          -- first line of the snapshot
  hash TEXT NOT NULL             -- of the whole snapshot
);

CREATE TABLE progress_items (
  period TEXT NOT NULL,
  kind TEXT NOT NULL,            -- task, target
  code TEXT NOT NULL,
  title TEXT NOT NULL,
  leads TEXT NOT NULL,           -- JSON of ids of organisations
  removed_at TEXT NOT NULL,      -- '' while it is in the period
  PRIMARY KEY (period, kind, code)
);

CREATE TABLE progress_sheets (
  period TEXT NOT NULL,
  org TEXT NOT NULL,
  state TEXT NOT NULL,           -- draft, sent, back, approved, moved
  no_news INTEGER NOT NULL,      -- 1: sent saying that lines without words have nothing to report
  deadline TEXT NOT NULL,        -- clock of sending
  due_at TEXT NOT NULL,
  approval TEXT NOT NULL,        -- clock of approving, '' = not sent yet
  times INTEGER NOT NULL,        -- how often it was sent
  sent_by TEXT NOT NULL,         -- JSON of an actor
  sent_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,      -- JSON of an actor
  decided_at TEXT NOT NULL,
  said TEXT NOT NULL,            -- why it was sent back
  moved_to TEXT NOT NULL,        -- unit that it went to
  PRIMARY KEY (period, org)
);

CREATE TABLE progress_lines (
  period TEXT NOT NULL,
  org TEXT NOT NULL,
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  place INTEGER NOT NULL,        -- of the unit among those that lead, 0 = first
  version INTEGER NOT NULL,      -- 0 = nothing was said
  word TEXT NOT NULL,            -- id of the current word
  answered INTEGER NOT NULL,     -- 1: the current word says something
  gone_at TEXT NOT NULL,         -- '' while it stands in the sheet
  moved_to TEXT NOT NULL,        -- unit that it went to
  PRIMARY KEY (period, org, kind, code)
);
CREATE INDEX progress_lines_of_item ON progress_lines (kind, code, period);

CREATE TABLE progress_words (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  period TEXT NOT NULL,
  org TEXT NOT NULL,             -- whose line it is said of
  from_org TEXT NOT NULL,        -- unit that said it; another than org once the line was moved
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  place INTEGER NOT NULL,
  save_id TEXT NOT NULL,         -- made by the client
  digest TEXT NOT NULL,          -- of what was sent under it
  base INTEGER NOT NULL,         -- version of the line that it was based on
  version INTEGER NOT NULL,      -- version that it made, or met
  outcome TEXT NOT NULL,         -- kept, same, conflict, late, correction
  why TEXT NOT NULL,             -- of late: sent, approved, closed, removed; of a correction: its reason
  against TEXT NOT NULL,         -- id of the word that it met
  said TEXT NOT NULL,
  no_news INTEGER NOT NULL,
  done INTEGER NOT NULL,
  done_on TEXT NOT NULL,         -- yyyy-mm-dd
  percent INTEGER,
  value DOUBLE PRECISION,
  estimate INTEGER NOT NULL,
  difficulty TEXT NOT NULL,
  proposal TEXT NOT NULL,
  evidence TEXT NOT NULL,        -- JSON
  by_actor TEXT NOT NULL,        -- JSON of an actor
  said_at TEXT NOT NULL,         -- by the clock of who said it
  kept_at TEXT NOT NULL,
  counted INTEGER NOT NULL,      -- 1: approved, or a correction
  settled TEXT NOT NULL,         -- of a conflict, or late: used, merged, left
  settled_by TEXT NOT NULL,      -- JSON of an actor
  settled_at TEXT NOT NULL
);
CREATE INDEX progress_words_of_line ON progress_words (period, org, kind, code, id);
CREATE INDEX progress_words_of_item ON progress_words (kind, code, period);
CREATE INDEX progress_words_saved ON progress_words (save_id, digest);

-- The word that counts of each item, rewritten whenever words come to count.
CREATE TABLE progress_latest (
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  word TEXT NOT NULL,            -- id of the word
  begun INTEGER NOT NULL,        -- 0: it says that work is at nothing yet
  done INTEGER NOT NULL,
  done_on TEXT NOT NULL,
  kept_at TEXT NOT NULL,
  value DOUBLE PRECISION,        -- told last, maybe by an earlier word
  value_word TEXT NOT NULL,      -- that word
  PRIMARY KEY (kind, code)
);

CREATE TABLE progress_matters (
  id TEXT PRIMARY KEY,           -- ULID
  period TEXT NOT NULL,
  org TEXT NOT NULL,
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  sort TEXT NOT NULL,            -- difficulty, proposal
  said TEXT NOT NULL,
  word TEXT NOT NULL,            -- id of the word that says it, '' = raised by itself
  state TEXT NOT NULL,           -- open, escalated, answered, withdrawn
  raised_by TEXT NOT NULL,       -- JSON of an actor
  raised_at TEXT NOT NULL,
  deadline TEXT NOT NULL,
  due_at TEXT NOT NULL,
  escalated_to TEXT NOT NULL,
  escalated_why TEXT NOT NULL,
  escalated_by TEXT NOT NULL,    -- JSON of an actor
  escalated_at TEXT NOT NULL,
  answer TEXT NOT NULL,
  answered_by TEXT NOT NULL,     -- JSON of an actor
  answered_at TEXT NOT NULL
);
CREATE INDEX progress_matters_of_line ON progress_matters (org, kind, code, id);
CREATE INDEX progress_matters_of_period ON progress_matters (period, id);

CREATE TABLE progress_events (
  id TEXT PRIMARY KEY,           -- ULID
  period TEXT NOT NULL,
  org TEXT NOT NULL,             -- '' = of the whole period
  kind TEXT NOT NULL,            -- with code: of one item, else ''
  code TEXT NOT NULL,
  what TEXT NOT NULL,
  why TEXT NOT NULL,
  detail TEXT NOT NULL,
  by_actor TEXT NOT NULL,        -- JSON of an actor
  happened_at TEXT NOT NULL
);
CREATE INDEX progress_events_of ON progress_events (period, id);

CREATE TABLE progress_snapshots (
  period TEXT NOT NULL,
  place INTEGER NOT NULL,        -- 1, 2, …
  line TEXT NOT NULL,            -- canonical JSON
  hash TEXT NOT NULL,            -- of the hash before and the line
  PRIMARY KEY (period, place)
);

-- +goose Down
DROP TABLE progress_snapshots;
DROP TABLE progress_events;
DROP TABLE progress_matters;
DROP TABLE progress_latest;
DROP TABLE progress_words;
DROP TABLE progress_lines;
DROP TABLE progress_sheets;
DROP TABLE progress_items;
DROP TABLE progress_periods;
