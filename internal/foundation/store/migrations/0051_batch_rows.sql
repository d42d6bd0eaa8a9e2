-- +goose Up
-- Whose rows the sender may write, as JSON of policy.Rows; '' = all.
ALTER TABLE batches ADD COLUMN only_rows TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE batches DROP COLUMN only_rows;
