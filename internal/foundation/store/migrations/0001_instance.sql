-- +goose Up
CREATE TABLE instance (
  id TEXT PRIMARY KEY,      -- tells installations apart, e.g. in backups
  made_at TEXT NOT NULL
);

-- +goose Down
DROP TABLE instance;
