-- +goose Up
CREATE TABLE recipes (
  dataset TEXT NOT NULL,      -- address of the object
  sender TEXT NOT NULL,       -- who sends, '' = nobody in particular
  recipe TEXT NOT NULL,       -- JSON: recipe.Recipe
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  PRIMARY KEY (dataset, sender)
);
ALTER TABLE batches ADD COLUMN sender TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN recipe TEXT NOT NULL DEFAULT '';   -- JSON: what a person said about this file, '' = nothing

-- +goose Down
ALTER TABLE batches DROP COLUMN recipe;
ALTER TABLE batches DROP COLUMN sender;
DROP TABLE recipes;
