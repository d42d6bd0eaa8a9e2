-- +goose Up
-- The organisation that the sender acted for, '' = none.
ALTER TABLE batches ADD COLUMN by_org TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE batches DROP COLUMN by_org;
