-- +goose Up
CREATE TABLE packs (
  id TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  digest TEXT NOT NULL,
  manifest TEXT NOT NULL,     -- JSON of pack.yaml
  installed_at TEXT NOT NULL,
  installed_by TEXT NOT NULL
);

-- +goose Down
DROP TABLE packs;
