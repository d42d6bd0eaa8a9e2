-- +goose Up
-- Reviews of accounts and roles, every six months: one open at a time. A line says
-- what an account had when the review began, and what was decided; who the account
-- belongs to stands with the account alone.
CREATE TABLE account_reviews (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  begun_at TEXT NOT NULL,
  begun_by TEXT NOT NULL,        -- JSON of an actor
  due_on TEXT NOT NULL,          -- day, yyyy-mm-dd: the last one
  ended_at TEXT NOT NULL,        -- '' while it is open
  ended_by TEXT NOT NULL,
  why TEXT NOT NULL              -- why it ended with accounts that nobody had looked at
);

CREATE TABLE account_review_lines (
  review TEXT NOT NULL,
  account TEXT NOT NULL,
  org TEXT NOT NULL,             -- of the account when it began, '' = none
  had TEXT NOT NULL,             -- JSON of review.Had
  verdict TEXT NOT NULL,         -- '', kept, changed, closed
  why TEXT NOT NULL,
  decided_by TEXT NOT NULL,      -- JSON of an actor, '' = nobody yet
  decided_at TEXT NOT NULL,
  PRIMARY KEY (review, account)
);
CREATE INDEX account_review_lines_of_org ON account_review_lines (review, org);

-- +goose Down
DROP TABLE account_review_lines;
DROP TABLE account_reviews;
