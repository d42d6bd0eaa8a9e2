-- +goose Up
-- Accounts of people, and what they sign in with. Secrets are never here: of
-- passwords an argon2id hash, of codes and tokens a digest, of what must be
-- read again a sealed text.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL,             -- as it is shown
  login_folded TEXT NOT NULL,      -- as it is looked up
  login_looks TEXT NOT NULL,       -- what it looks like: two that look alike cannot both be
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  kind TEXT NOT NULL,              -- person, company, emergency
  person_id TEXT NOT NULL,         -- in the register of people and posts, '' = none
  org_id TEXT NOT NULL,            -- organisation that it belongs to, or that gave the mandate
  state TEXT NOT NULL,             -- invited, active, locked, disabled, erased
  state_why TEXT NOT NULL,
  mandate_from TEXT NOT NULL,      -- day, of company accounts
  mandate_to TEXT NOT NULL,        -- day, the last one
  mandate_paper TEXT NOT NULL,     -- number and day of the paper
  password_hash TEXT NOT NULL,     -- '' = none
  password_set_at TEXT NOT NULL,
  change_required INTEGER NOT NULL,
  version INTEGER NOT NULL,        -- sessions of another version have ended
  last_at TEXT NOT NULL,           -- last sign-in, '' = never
  last_ip TEXT NOT NULL,
  alive_at TEXT NOT NULL,          -- counts towards inactivity: sign-in, activation, being let in again
  created_at TEXT NOT NULL,
  created_kind TEXT NOT NULL,
  created_id TEXT NOT NULL,
  created_name TEXT NOT NULL
);
CREATE UNIQUE INDEX accounts_by_login ON accounts (login_folded);
CREATE UNIQUE INDEX accounts_by_looks ON accounts (login_looks);
CREATE INDEX accounts_of_org ON accounts (org_id);
CREATE INDEX accounts_of_person ON accounts (person_id) WHERE person_id <> '';

CREATE TABLE account_passwords (   -- those used before
  account TEXT NOT NULL,
  set_at TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (account, set_at)
);

CREATE TABLE account_factors (     -- authenticator apps and telephones
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  kind TEXT NOT NULL,              -- totp, sms
  name TEXT NOT NULL,
  secret TEXT NOT NULL,            -- sealed
  last_step INTEGER NOT NULL,      -- of TOTP: the step that was used last
  made_at TEXT NOT NULL,
  used_at TEXT NOT NULL
);
CREATE INDEX account_factors_of ON account_factors (account);

CREATE TABLE account_passkeys (
  id TEXT PRIMARY KEY,             -- credential id, base64url
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  credential TEXT NOT NULL,        -- JSON: webauthn.Credential, no secret
  blocked_at TEXT NOT NULL,        -- '' = usable; it may have been copied
  made_at TEXT NOT NULL,
  used_at TEXT NOT NULL
);
CREATE INDEX account_passkeys_of ON account_passkeys (account);

CREATE TABLE account_recovery (
  digest TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  used_at TEXT NOT NULL
);
CREATE INDEX account_recovery_of ON account_recovery (account);

CREATE TABLE account_slips (       -- one-time codes: first administrator, activation, sealed emergency code
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,              -- first, activate, emergency
  account TEXT NOT NULL,           -- '' for first
  digest TEXT NOT NULL,
  made_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,           -- '' = never
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE UNIQUE INDEX account_slips_by_digest ON account_slips (digest);
CREATE INDEX account_slips_of ON account_slips (account);

CREATE TABLE account_grants (      -- roles given to an account itself, beside those of posts
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  role TEXT NOT NULL,
  org TEXT NOT NULL,               -- '' = wherever the account acts
  units TEXT NOT NULL,             -- JSON: codes of administrative units, "*" = every one
  from_day TEXT NOT NULL,
  to_day TEXT NOT NULL,            -- the last one, '' = open
  made_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);
CREATE INDEX account_grants_of ON account_grants (account);
CREATE INDEX account_grants_by_role ON account_grants (role);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,             -- to list and end it by; opens nothing
  digest TEXT NOT NULL,            -- SHA-256 of the token
  account TEXT NOT NULL,
  version INTEGER NOT NULL,        -- of the account
  made_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  idle_seconds INTEGER NOT NULL,
  strong_at TEXT NOT NULL,         -- when a second factor was shown, '' = never
  strong_by TEXT NOT NULL,
  org TEXT NOT NULL,               -- that it acts for
  ip TEXT NOT NULL,
  agent TEXT NOT NULL,
  purpose TEXT NOT NULL            -- JSON, '' = none stated
);
CREATE UNIQUE INDEX sessions_by_digest ON sessions (digest);
CREATE INDEX sessions_of ON sessions (account);

CREATE TABLE signin_pending (      -- sign-ins under way
  digest TEXT PRIMARY KEY,         -- SHA-256 of the token
  account TEXT NOT NULL,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL,              -- signin, activate
  slip TEXT NOT NULL,              -- that it uses up, '' = none
  factor TEXT NOT NULL,            -- that was shown, '' = none yet
  weak INTEGER NOT NULL,           -- the password is not enough by itself
  chosen INTEGER NOT NULL,         -- the password was set on this way
  tries INTEGER NOT NULL,
  ip TEXT NOT NULL,
  agent TEXT NOT NULL,
  business INTEGER NOT NULL,
  ends_at TEXT NOT NULL
);
CREATE INDEX signin_pending_of ON signin_pending (account);

CREATE TABLE signin_ceremonies (   -- challenges that wait for their answer
  holder TEXT NOT NULL,            -- digest of the token it was asked with
  kind TEXT NOT NULL,
  account TEXT NOT NULL,
  secret TEXT NOT NULL,            -- sealed
  tries INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  PRIMARY KEY (holder, kind)
);

CREATE TABLE signin_failures (
  id TEXT PRIMARY KEY,             -- keyed digest of a login or of an address
  failures INTEGER NOT NULL,
  locks INTEGER NOT NULL,
  last_at TEXT NOT NULL,
  until_at TEXT NOT NULL
);

CREATE TABLE signin_rules (
  version INTEGER PRIMARY KEY,
  rules TEXT NOT NULL,             -- JSON: identity.Rules
  made_at TEXT NOT NULL,
  by_kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL
);

CREATE TABLE signin_marks (
  name TEXT PRIMARY KEY,           -- clock: the latest instant that was seen
  value TEXT NOT NULL
);

CREATE TABLE account_events (      -- to be handed to the audit log
  id TEXT PRIMARY KEY,
  event TEXT NOT NULL              -- JSON: identity.Event
);

-- +goose Down
DROP TABLE account_events;
DROP TABLE signin_marks;
DROP TABLE signin_rules;
DROP TABLE signin_failures;
DROP TABLE signin_ceremonies;
DROP TABLE signin_pending;
DROP TABLE sessions;
DROP TABLE account_grants;
DROP TABLE account_slips;
DROP TABLE account_recovery;
DROP TABLE account_passkeys;
DROP TABLE account_factors;
DROP TABLE account_passwords;
DROP TABLE accounts;
