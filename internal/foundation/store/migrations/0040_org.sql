-- +goose Up
-- Organisations, people and their posts. An organisation is one JSON value: all
-- of them are read together into a snapshot, and nothing asks for one by a part.
CREATE TABLE orgs (
  id TEXT PRIMARY KEY,
  content TEXT NOT NULL,         -- JSON: org.Org
  pack TEXT NOT NULL,            -- pack that brings it, '' = none now
  brought TEXT NOT NULL,         -- JSON: org.Org as a pack last brought it, '' = made by hand
  changed_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);
-- What stood there before each change, and who changed it.
CREATE TABLE org_history (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  org TEXT NOT NULL,
  content TEXT NOT NULL,         -- JSON before the change, '' = it was not there
  changed_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX org_history_of ON org_history (org, id);

CREATE TABLE people (
  id TEXT PRIMARY KEY,           -- ULID
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  name_key TEXT NOT NULL,        -- sorts in Vietnamese order
  email TEXT NOT NULL,           -- '' = none
  email_folded TEXT NOT NULL,
  phone TEXT NOT NULL,           -- E.164, '' = none
  made_up INTEGER NOT NULL,      -- 1 = sample data, no real person
  changed_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE UNIQUE INDEX people_email ON people (email_folded) WHERE email_folded <> '';
CREATE INDEX people_phone ON people (phone) WHERE phone <> '';
CREATE INDEX people_order ON people (name_key, id);

CREATE TABLE posts (
  id TEXT PRIMARY KEY,           -- ULID
  person TEXT NOT NULL REFERENCES people (id),
  org TEXT NOT NULL REFERENCES orgs (id),
  title TEXT NOT NULL,
  roles TEXT NOT NULL,           -- JSON: ids
  units TEXT NOT NULL,           -- JSON: codes of administrative units, "*" = all of the province
  valid_from TEXT NOT NULL,      -- day, '' = open
  valid_to TEXT NOT NULL,
  mandate_no TEXT NOT NULL,      -- number of the decision, '' = not given yet
  mandate_day TEXT NOT NULL,
  deputy INTEGER NOT NULL,
  changed_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX posts_of_person ON posts (person);
CREATE INDEX posts_of_org ON posts (org);

CREATE TABLE hand_overs (
  id TEXT PRIMARY KEY,           -- ULID
  org TEXT NOT NULL,
  record TEXT NOT NULL,          -- JSON: org.HandOver
  made_at TEXT NOT NULL,
  undone_at TEXT NOT NULL        -- '' = it stands
);
CREATE INDEX hand_overs_of ON hand_overs (org, id);

-- +goose Down
DROP TABLE hand_overs;
DROP TABLE posts;
DROP TABLE people;
DROP TABLE org_history;
DROP TABLE orgs;
