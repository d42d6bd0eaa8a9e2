-- +goose Up
-- Review campaigns over the register of systems or the catalogue of data sets. A
-- line is one object with what was said of it when the campaign was opened and
-- what its agency answers; it stands in the sheet of one agency.
CREATE TABLE campaigns (
  id TEXT PRIMARY KEY,           -- ULID: sorts by time
  subject TEXT NOT NULL,         -- systems, datasets
  title TEXT NOT NULL,
  basis TEXT NOT NULL,           -- the document that asks for it
  fields TEXT NOT NULL,          -- JSON of names
  orgs TEXT NOT NULL,            -- JSON of ids, [] = all owners
  lead_org TEXT NOT NULL,        -- agency that leads it, and answers for what nobody owns
  days INTEGER NOT NULL,         -- working days to answer in
  state TEXT NOT NULL,           -- draft, open, approved, closed
  made_by TEXT NOT NULL,         -- JSON of an actor
  made_at TEXT NOT NULL,
  opened_at TEXT NOT NULL,       -- '' while it is a draft
  due_at TEXT NOT NULL,
  ended_by TEXT NOT NULL,        -- JSON of an actor
  ended_at TEXT NOT NULL,        -- '' while it runs
  why TEXT NOT NULL              -- why it was closed
);

CREATE TABLE campaign_sheets (
  campaign TEXT NOT NULL,
  org TEXT NOT NULL,
  state TEXT NOT NULL,           -- open, sent, back, approved
  deadline TEXT NOT NULL,        -- its clock
  due_at TEXT NOT NULL,
  times INTEGER NOT NULL,        -- how often it was sent
  sent_by TEXT NOT NULL,         -- JSON of an actor
  sent_at TEXT NOT NULL,
  decided_by TEXT NOT NULL,      -- JSON of an actor
  decided_at TEXT NOT NULL,
  said TEXT NOT NULL,            -- why it was sent back
  batch TEXT NOT NULL,           -- that wrote what it changes
  PRIMARY KEY (campaign, org)
);
CREATE INDEX campaign_sheets_of_org ON campaign_sheets (org, campaign);

CREATE TABLE campaign_lines (
  campaign TEXT NOT NULL,
  place INTEGER NOT NULL,        -- 1, 2, …
  org TEXT NOT NULL,             -- whose sheet it stands in
  object TEXT NOT NULL,          -- id of what it is about, '' = a new one
  name TEXT NOT NULL,
  had TEXT NOT NULL,             -- JSON of the values by field when it was opened
  verdict TEXT NOT NULL,         -- '', kept, changed, gone, new
  said TEXT NOT NULL,            -- JSON of the values by field that are to be
  why TEXT NOT NULL,
  by_actor TEXT NOT NULL,        -- JSON of an actor
  answered_at TEXT NOT NULL,
  result TEXT NOT NULL,          -- key of what approving did beyond writing it
  PRIMARY KEY (campaign, place)
);
CREATE INDEX campaign_lines_of_sheet ON campaign_lines (campaign, org, place);

-- +goose Down
DROP TABLE campaign_lines;
DROP TABLE campaign_sheets;
DROP TABLE campaigns;
