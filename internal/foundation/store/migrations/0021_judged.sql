-- +goose Up
-- By what the rows of a contract were last judged.
CREATE TABLE judged (
  contract TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL     -- SHA-256 over the digests of the contract and its code lists
);

-- +goose Down
DROP TABLE judged;
