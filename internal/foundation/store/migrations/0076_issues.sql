-- +goose Up
-- Data issues (sổ tay theo dõi): one for each data set, rule and source. It closes
-- by itself when the source sends data that passes, and is open again when the
-- fault comes back.
CREATE TABLE data_issues (
  id TEXT PRIMARY KEY,            -- SC-2026-0001
  dataset TEXT NOT NULL,          -- contract
  object TEXT NOT NULL,           -- address of the table
  rule TEXT NOT NULL,
  source TEXT NOT NULL,           -- value of the sender's column; '' = the data set as a whole
  source_name TEXT NOT NULL,
  field TEXT NOT NULL,            -- name of the column, '' = the whole record or set
  title_vi TEXT NOT NULL,
  title_en TEXT NOT NULL,
  criterion TEXT NOT NULL,
  error_group TEXT NOT NULL,      -- one of the eight
  severity TEXT NOT NULL,         -- do, vang, xanh
  is_identity INTEGER NOT NULL,   -- 1: the fault is in what records are known by
  records BIGINT NOT NULL,        -- that break the rule now, 0 where none are counted
  waiting BIGINT NOT NULL,        -- of these: in quarantine
  org TEXT NOT NULL,              -- that has to mend it, '' = nobody is named
  account TEXT NOT NULL,          -- who looks after it, '' = nobody yet
  state TEXT NOT NULL,            -- moi, dang_xu_ly, hoan_thanh
  at_field INTEGER NOT NULL,      -- 1: has to be looked at on the spot, which takes longer
  cause TEXT NOT NULL,
  effect TEXT NOT NULL,
  action TEXT NOT NULL,
  prevention TEXT NOT NULL,
  before_score REAL,              -- of the rule when the issue was opened, 0 to 100
  after_score REAL,               -- … when it closed
  found_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  closed_at TEXT NOT NULL,        -- '' while it is open
  reopened INTEGER NOT NULL,      -- how often it came back
  due_at TEXT NOT NULL            -- by when it has to be mended, '' = not known
);
CREATE UNIQUE INDEX data_issues_of ON data_issues (dataset, object, rule, source);
CREATE INDEX data_issues_open ON data_issues (state, due_at, id);
CREATE INDEX data_issues_org ON data_issues (org, state);

-- What has happened to an issue.
CREATE TABLE data_issue_events (
  issue TEXT NOT NULL,
  place INTEGER NOT NULL,         -- 1, 2, … of the issue
  what TEXT NOT NULL,             -- opened, changed, taken, noted, said, field, assigned, closed, reopened
  text TEXT NOT NULL,
  records BIGINT NOT NULL,
  by TEXT NOT NULL,               -- JSON of an actor
  at TEXT NOT NULL,
  PRIMARY KEY (issue, place)
);

-- +goose Down
DROP TABLE data_issue_events;
DROP TABLE data_issues;
