-- +goose Up
CREATE TABLE score_counts (
  dataset TEXT PRIMARY KEY,
  seq BIGINT NOT NULL,        -- state of the data set that was counted
  basis TEXT NOT NULL,        -- digest of all that the figures depend on
  counted_at TEXT NOT NULL,
  counts TEXT NOT NULL        -- JSON; scores are computed from it when asked for
);
CREATE TABLE score_history (
  dataset TEXT NOT NULL,
  scored_at TEXT NOT NULL,
  seq BIGINT NOT NULL,
  formula TEXT NOT NULL,
  overall DOUBLE PRECISION,   -- null = chưa đo
  band TEXT NOT NULL,
  criteria TEXT NOT NULL,     -- JSON: values without their parts
  PRIMARY KEY (dataset, scored_at)
);

-- +goose Down
DROP TABLE score_history;
DROP TABLE score_counts;
