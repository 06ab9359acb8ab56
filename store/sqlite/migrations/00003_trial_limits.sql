-- +goose Up

-- The limits of a trial that has many turns, as JSON of turncoat.TrialLimits.
ALTER TABLE trials ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
