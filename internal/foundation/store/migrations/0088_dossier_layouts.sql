-- +goose Up
-- Layouts of the yearly dossier: every version; one is in force.
CREATE TABLE dossier_layouts (
  id TEXT NOT NULL,              -- dossier: there is one
  digest TEXT NOT NULL,          -- SHA-256 of the content
  pack TEXT NOT NULL,            -- that brought this version, '' = written here
  content TEXT NOT NULL,         -- JSON of govern.Layout
  state TEXT NOT NULL,           -- current, past, retired
  why TEXT NOT NULL,
  by TEXT NOT NULL,              -- JSON of an actor
  made_at TEXT NOT NULL,
  PRIMARY KEY (id, digest)
);
CREATE UNIQUE INDEX dossier_layouts_in_force ON dossier_layouts (id) WHERE state <> 'past';

-- +goose Down
DROP TABLE dossier_layouts;
