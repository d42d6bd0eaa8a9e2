-- +goose Up
CREATE TABLE score_days (
  dataset TEXT NOT NULL,
  score_day TEXT NOT NULL,    -- day in Viet Nam; what it ended with. Days on which nothing changed have no row
  weight DOUBLE PRECISION NOT NULL, -- share in roll-ups on that day, 0 = retired
  formula TEXT NOT NULL,
  overall DOUBLE PRECISION,   -- null = chưa đo
  criteria TEXT NOT NULL,     -- JSON: values without their parts
  PRIMARY KEY (dataset, score_day)
);
CREATE TABLE score_recounts (
  dataset TEXT PRIMARY KEY,
  recounted_at TEXT NOT NULL,
  seq BIGINT NOT NULL,
  agrees INTEGER NOT NULL,    -- 1 = the recount found what was kept
  difference TEXT NOT NULL    -- what it found else, "" when it agrees
);

-- +goose Down
DROP TABLE score_recounts;
DROP TABLE score_days;
