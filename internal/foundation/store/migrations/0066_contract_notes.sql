-- +goose Up
-- Why a version was put in force, in the words of who did it, and whether that was
-- a change made here of what a pack had brought.
ALTER TABLE contracts ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE contracts ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE contracts DROP COLUMN by_hand;
ALTER TABLE contracts DROP COLUMN note;
