-- +goose Up
-- What people have said about a described object: an organisation, a system, a data
-- set, a term, a code list, a measure. What is withdrawn keeps its place and says why.
CREATE TABLE comments (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  object TEXT NOT NULL,
  said TEXT NOT NULL,             -- '' once it is withdrawn
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  by_org TEXT NOT NULL,
  made_at TEXT NOT NULL,
  withdrawn_at TEXT NOT NULL,     -- '' while it stands
  withdrawn_kind TEXT NOT NULL,
  withdrawn_id TEXT NOT NULL,
  withdrawn_name TEXT NOT NULL,
  why TEXT NOT NULL
);
CREATE INDEX comments_object ON comments (kind, object, id);

-- +goose Down
DROP TABLE comments;
