-- +goose Up
-- Every change of a policy is a row; the one with the highest seq is in force.
CREATE TABLE policies (
  seq BIGINT PRIMARY KEY,      -- over all policies: what is in force has the version MAX(seq)
  id TEXT NOT NULL,            -- @id of the policy, 'settings' for roles, purposes and masks
  version BIGINT NOT NULL,     -- of this id, from 1
  content TEXT NOT NULL,       -- Cedar text, or YAML of the settings; '' when removed
  digest TEXT NOT NULL,        -- SHA-256 of content, '' when removed
  pack TEXT NOT NULL,          -- pack that brought it, '' when a person wrote it
  removed BIGINT NOT NULL,     -- 1 = no longer in force
  note TEXT NOT NULL,          -- why, in the words of who changed it
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  changed_at TEXT NOT NULL
);
CREATE UNIQUE INDEX policies_of_id ON policies (id, version);

-- +goose Down
DROP TABLE policies;
