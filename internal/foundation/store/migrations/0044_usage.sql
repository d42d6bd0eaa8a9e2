-- +goose Up
-- The ledger of uses of personal data. A line says who used what of how many
-- persons and why; who the persons are stands in usage_subjects, or in a file,
-- as keyed hashes only.
CREATE TABLE usage_lines (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  used_at TEXT NOT NULL,
  door TEXT NOT NULL,            -- api, pages, export, …
  action TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  org TEXT NOT NULL,
  purpose TEXT NOT NULL,         -- code
  purpose_text TEXT NOT NULL,    -- in the user's words
  basis TEXT NOT NULL,           -- legal basis
  kinds TEXT NOT NULL,           -- kinds of fields, separated by spaces
  dataset TEXT NOT NULL,
  trace TEXT NOT NULL,
  persons BIGINT NOT NULL,       -- how many
  forgotten BIGINT NOT NULL,     -- how many of them were erased from here since
  in_file INTEGER NOT NULL       -- 1: the persons are in a file, not in usage_subjects
);
CREATE INDEX usage_lines_of_dataset ON usage_lines (dataset, id);
CREATE INDEX usage_lines_of_actor ON usage_lines (actor_kind, actor_id, id);
CREATE INDEX usage_lines_with_file ON usage_lines (id) WHERE in_file = 1;

CREATE TABLE usage_subjects (
  subject TEXT NOT NULL,         -- keyed hash of the personal number, 16 bytes in base64url
  line TEXT NOT NULL,
  PRIMARY KEY (subject, line)
);

-- How much data sets are used, personal or not; kept when lines are not.
CREATE TABLE usage_counts (
  dataset TEXT NOT NULL,
  day TEXT NOT NULL,             -- in Vietnam, yyyy-mm-dd
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  org TEXT NOT NULL,
  uses BIGINT NOT NULL,
  persons BIGINT NOT NULL,
  PRIMARY KEY (dataset, day, actor_kind, actor_id, org)
);

-- +goose Down
DROP TABLE usage_counts;
DROP TABLE usage_subjects;
DROP TABLE usage_lines;
