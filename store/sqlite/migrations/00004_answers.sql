-- +goose Up

-- What models answered to judges and annotators.
CREATE TABLE answers (
    key     TEXT PRIMARY KEY, -- digest of what was asked
    reply   TEXT NOT NULL,    -- JSON of turncoat.Reply
    counted INTEGER NOT NULL  -- whether its tokens are part of a judgement: 0 or 1
) WITHOUT ROWID;

-- Batches of questions that are with a provider.
CREATE TABLE batches (
    key      INTEGER PRIMARY KEY,
    model    TEXT NOT NULL,
    id       TEXT NOT NULL, -- the provider's
    at       TEXT NOT NULL, -- RFC 3339
    requests INTEGER NOT NULL,
    UNIQUE (model, id)
);
