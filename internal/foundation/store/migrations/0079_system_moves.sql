-- +goose Up
-- Requests to move a system of the register from one state to another: one person
-- asks, another decides.
CREATE TABLE system_moves (
  id TEXT PRIMARY KEY,
  system TEXT NOT NULL,           -- its code in the register
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  why TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  by_org TEXT NOT NULL,
  made_at TEXT NOT NULL,
  state TEXT NOT NULL,            -- waiting, approved, refused, withdrawn, void
  decided_kind TEXT NOT NULL,
  decided_id TEXT NOT NULL,
  decided_name TEXT NOT NULL,
  decided_org TEXT NOT NULL,
  said TEXT NOT NULL,             -- what who decided said
  decided_at TEXT NOT NULL,       -- '' while it waits
  batch TEXT NOT NULL             -- that wrote the new state, '' without
);
CREATE INDEX system_moves_system ON system_moves (system, id);
CREATE INDEX system_moves_state ON system_moves (state, id);

-- Why somebody changed a record by hand: one for each batch that a form made.
CREATE TABLE edit_notes (
  batch TEXT PRIMARY KEY,
  why TEXT NOT NULL
);

-- +goose Down
DROP TABLE edit_notes;
DROP TABLE system_moves;
