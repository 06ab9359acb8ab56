-- +goose Up

-- "Trnc": tells Turncoat's files from other programs' SQLite files.
PRAGMA application_id = 1416785507;

-- A study with its current plan. The column plan counts all plans ever saved
-- in this file, so the study with the highest number was planned last.
CREATE TABLE studies (
    key     INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    design  TEXT NOT NULL, -- JSON of turncoat.Study
    planned TEXT NOT NULL, -- RFC 3339, UTC
    plan    INTEGER NOT NULL,
    trials  INTEGER NOT NULL
);

-- What the worlds of many trials share: all of turncoat.WorldID but the seed.
CREATE TABLE settings (
    key       INTEGER PRIMARY KEY,
    scenario  TEXT NOT NULL,
    version   TEXT NOT NULL,
    condition TEXT NOT NULL, -- JSON
    UNIQUE (scenario, version, condition)
);

-- A trial as planned, and what is known of it without its transcript.
CREATE TABLE trials (
    key                INTEGER PRIMARY KEY,
    id                 TEXT NOT NULL UNIQUE,
    study              TEXT NOT NULL,
    setting            INTEGER NOT NULL REFERENCES settings (key),
    seed               INTEGER NOT NULL, -- the 64 bits of the unsigned seed
    interface          TEXT NOT NULL,
    model              TEXT NOT NULL,
    parameters         TEXT NOT NULL, -- JSON
    number             INTEGER NOT NULL,

    status             TEXT NOT NULL,
    events             INTEGER NOT NULL DEFAULT 0, -- how many the transcript has
    ending             TEXT, -- JSON; of the first event that has one
    failure            TEXT, -- JSON; of the last event that has one
    returned_model     TEXT, -- of the first reply
    stand_in           INTEGER NOT NULL DEFAULT 0,
    input_tokens       INTEGER NOT NULL DEFAULT 0,
    output_tokens      INTEGER NOT NULL DEFAULT 0,
    cache_read_tokens  INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens   INTEGER NOT NULL DEFAULT 0
);

-- The trials of each study's current plan, in its order.
CREATE TABLE plans (
    study    INTEGER NOT NULL REFERENCES studies (key),
    position INTEGER NOT NULL, -- from 0
    trial    INTEGER NOT NULL REFERENCES trials (key),
    PRIMARY KEY (study, position)
) WITHOUT ROWID;

-- Long texts that many transcripts have in common, each kept once.
CREATE TABLE texts (
    key    INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE, -- SHA-256 of body
    body   BLOB NOT NULL
);

-- Transcripts. Where body lacks a text because it is kept in the table texts,
-- the column texts says which: pairs of the text's place in the event and its
-- key there, as a JSON array.
CREATE TABLE events (
    trial INTEGER NOT NULL REFERENCES trials (key),
    seq   INTEGER NOT NULL,
    body  TEXT NOT NULL, -- JSON of turncoat.Event
    texts TEXT,
    PRIMARY KEY (trial, seq)
);

CREATE TABLE judges (
    key  INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- The latest attempt of each judge at each trial: a verdict or a failure.
CREATE TABLE judgements (
    trial   INTEGER NOT NULL REFERENCES trials (key),
    judge   INTEGER NOT NULL REFERENCES judges (key),
    at      TEXT NOT NULL, -- RFC 3339
    verdict TEXT, -- JSON
    failure TEXT, -- JSON
    PRIMARY KEY (trial, judge),
    CHECK ((verdict IS NULL) <> (failure IS NULL))
);
