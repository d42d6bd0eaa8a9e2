-- +goose Up
-- Service accounts: programs of other systems that use the interfaces.
CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  org TEXT NOT NULL,            -- organisation that it works for
  contact TEXT NOT NULL,        -- who answers for it there
  grants TEXT NOT NULL,         -- JSON: roles, units, covers, scopes, algorithms
  state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'closed')),
  valid_from TEXT NOT NULL,     -- '' = no bound
  valid_to TEXT NOT NULL,
  made_at TEXT NOT NULL,
  made_by_kind TEXT NOT NULL,
  made_by_id TEXT NOT NULL,
  made_by_name TEXT NOT NULL,
  changed_at TEXT NOT NULL
);

-- What they and people's programs sign in with. Secrets are not here, only
-- their keyed digests.
CREATE TABLE client_credentials (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('key', 'secret', 'jwk')),
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('program', 'account')),
  subject TEXT NOT NULL,
  label TEXT NOT NULL,
  digest TEXT NOT NULL,         -- '' of a jwk
  public TEXT NOT NULL,         -- public key as JSON (RFC 7517), '' of others
  scopes TEXT NOT NULL,         -- JSON: narrower than the account's, null = as wide
  expires_at TEXT NOT NULL,
  revoked_at TEXT NOT NULL,     -- '' = in force
  used_at TEXT NOT NULL,        -- to the minute or so, '' = never
  made_at TEXT NOT NULL,
  made_by_kind TEXT NOT NULL,
  made_by_id TEXT NOT NULL,
  made_by_name TEXT NOT NULL
);
CREATE INDEX client_credentials_of_subject ON client_credentials (subject_kind, subject);

-- Assertions that were used, until they expire: none is taken twice.
CREATE TABLE client_assertions (
  id TEXT PRIMARY KEY,          -- digest of client and jti
  client TEXT NOT NULL,
  expires_at TEXT NOT NULL
);
CREATE INDEX client_assertions_expiry ON client_assertions (expires_at);

-- Rises with every change above, so that nodes see quickly that they are behind.
CREATE TABLE client_version (
  id INTEGER PRIMARY KEY,
  version BIGINT NOT NULL
);
INSERT INTO client_version (id, version) VALUES (1, 1);

-- +goose Down
DROP TABLE client_version;
DROP TABLE client_assertions;
DROP TABLE client_credentials;
DROP TABLE clients;
