-- +goose Up
-- What a post was before each change, and who changed it. Posts from before this table
-- have no history of then.
CREATE TABLE post_history (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  post TEXT NOT NULL,
  content TEXT NOT NULL,         -- JSON of org.Post before the change, '' = it was not there
  changed_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX post_history_of ON post_history (post, id);

-- +goose Down
DROP TABLE post_history;
