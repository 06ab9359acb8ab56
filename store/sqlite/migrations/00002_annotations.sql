-- +goose Up

-- The latest attempt of each judge and annotator at each trial: a verdict, an
-- annotation or a failure. SQLite cannot change a table's CHECK, so the table is
-- made anew and filled from the old one.
CREATE TABLE judgements_with_annotations (
    trial      INTEGER NOT NULL REFERENCES trials (key),
    judge      INTEGER NOT NULL REFERENCES judges (key), -- or annotator
    at         TEXT NOT NULL, -- RFC 3339
    verdict    TEXT, -- JSON
    annotation TEXT, -- JSON
    failure    TEXT, -- JSON
    PRIMARY KEY (trial, judge),
    CHECK ((verdict IS NOT NULL) + (annotation IS NOT NULL) + (failure IS NOT NULL) = 1)
);
INSERT INTO judgements_with_annotations (trial, judge, at, verdict, failure)
    SELECT trial, judge, at, verdict, failure FROM judgements;
DROP TABLE judgements;
ALTER TABLE judgements_with_annotations RENAME TO judgements;
