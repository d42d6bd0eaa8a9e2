-- +goose Up
-- Notices to accounts and organisations, who has read them, and what goes out of
-- the machine because of them.
CREATE TABLE notices (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  account TEXT NOT NULL,         -- '' = not to one alone
  org TEXT NOT NULL,             -- '' = not to an organisation
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,        -- info, warning, urgent
  title_vi TEXT NOT NULL,
  title_en TEXT NOT NULL,
  text_vi TEXT NOT NULL,
  text_en TEXT NOT NULL,
  path TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX notices_of_account ON notices (account, id) WHERE account <> '';
CREATE INDEX notices_of_org ON notices (org, id) WHERE org <> '';

CREATE TABLE notice_reads (
  account TEXT NOT NULL,
  notice TEXT NOT NULL,
  read_at TEXT NOT NULL,
  PRIMARY KEY (account, notice)
);
CREATE INDEX notice_reads_of ON notice_reads (notice);

CREATE TABLE notice_preferences (
  account TEXT PRIMARY KEY,
  mail TEXT NOT NULL             -- JSON: list of severities
);

CREATE TABLE notice_channels (
  id TEXT PRIMARY KEY,           -- ULID
  kind TEXT NOT NULL,            -- mail, webhook
  is_on INTEGER NOT NULL,
  content TEXT NOT NULL,         -- JSON: notify.Channel without its secret
  secret TEXT NOT NULL           -- sealed, '' = none
);
CREATE TABLE notice_channel_history (
  id TEXT PRIMARY KEY,           -- ULID
  channel TEXT NOT NULL,
  content TEXT NOT NULL,         -- JSON after the change, '' = removed
  why TEXT NOT NULL,
  by_actor TEXT NOT NULL,
  happened_at TEXT NOT NULL
);
CREATE INDEX notice_channel_history_of ON notice_channel_history (channel, id);

CREATE TABLE notice_outbox (
  id TEXT PRIMARY KEY,           -- ULID, the id of the message too
  channel TEXT NOT NULL,
  notice TEXT NOT NULL,
  account TEXT NOT NULL,         -- whose mailbox; '' of webhooks
  state TEXT NOT NULL,           -- waiting, sent, dead
  tries INTEGER NOT NULL,
  next_at TEXT NOT NULL,         -- '' once it has ended
  ended_at TEXT NOT NULL,
  reason TEXT NOT NULL           -- why it did not go out the last time
);
CREATE INDEX notice_outbox_next ON notice_outbox (channel, next_at, id) WHERE next_at <> '';
CREATE INDEX notice_outbox_of ON notice_outbox (notice);

-- +goose Down
DROP TABLE notice_outbox;
DROP TABLE notice_channel_history;
DROP TABLE notice_channels;
DROP TABLE notice_preferences;
DROP TABLE notice_reads;
DROP TABLE notices;
