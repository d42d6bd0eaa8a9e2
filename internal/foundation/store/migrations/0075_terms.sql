-- +goose Up
-- The shared dictionary: every version of every term. At most one version of a term
-- is in force (cong_bo); those before it stay readable.
CREATE TABLE terms (
  id TEXT NOT NULL,              -- ph:ID-001
  digest TEXT NOT NULL,          -- SHA-256 of the content
  version TEXT NOT NULL,
  pack TEXT NOT NULL,            -- that brought this version, '' = written here
  content TEXT NOT NULL,         -- JSON of dictionary.Term
  state TEXT NOT NULL,           -- de_xuat, ra_soat, tham_van, phe_duyet, cong_bo, thay_the, het_hieu_luc, rut
  until TEXT NOT NULL,           -- last day of the consultation, yyyy-mm-dd; '' before one
  proposed_by TEXT NOT NULL,     -- account
  changed_at TEXT NOT NULL,
  PRIMARY KEY (id, digest)
);
CREATE UNIQUE INDEX terms_in_force ON terms (id) WHERE state = 'cong_bo';
CREATE INDEX terms_by_state ON terms (state, id);

-- What has happened to a version, and who wanted it.
CREATE TABLE term_moves (
  id TEXT NOT NULL,
  digest TEXT NOT NULL,
  place INTEGER NOT NULL,        -- 1, 2, … of the term
  came_from TEXT NOT NULL,       -- state, '' of a new version
  went_to TEXT NOT NULL,
  why TEXT NOT NULL,
  by TEXT NOT NULL,              -- JSON of an actor
  at TEXT NOT NULL,
  PRIMARY KEY (id, place)
);

-- What those who were asked have said.
CREATE TABLE term_opinions (
  id TEXT NOT NULL,
  digest TEXT NOT NULL,
  place INTEGER NOT NULL,        -- 1, 2, … of the term
  org TEXT NOT NULL,             -- whose opinion it is, '' = the person's own
  agrees INTEGER NOT NULL,       -- 0 or 1
  text TEXT NOT NULL,
  by TEXT NOT NULL,              -- JSON of an actor
  at TEXT NOT NULL,
  PRIMARY KEY (id, place)
);

-- +goose Down
DROP TABLE term_opinions;
DROP TABLE term_moves;
DROP TABLE terms;
